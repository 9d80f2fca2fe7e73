//! Room for sockets: every client that follows is an open file.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the number of files that this process may have open as far as the system lets it. Where it does not, `doctor`
/// says so, and connections beyond it are refused.
pub(crate) fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::debug!(error = &error as &dyn std::error::Error, "the limit of open files stays as it is");
    }
}
