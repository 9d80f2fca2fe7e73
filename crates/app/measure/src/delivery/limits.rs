//! Room for so many sockets.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that a process has open besides.
const BESIDES: u64 = 256;

/// Sees to it that this process, and those that it starts, may have so many sockets open.
///
/// # Errors
/// When the system allows fewer; the text says how to allow more.
pub fn room_for_sockets(count: usize) -> anyhow::Result<()> {
    let wanted = count as u64 + BESIDES;
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    anyhow::ensure!(
        wanted <= allowed,
        "{count} sockets need {wanted} open files and {allowed} are allowed: run `ulimit -Hn {wanted}` as root first, \
         or ask for fewer subscribers"
    );
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised)
        .map_err(|error| anyhow::anyhow!("the limit of open files cannot be raised: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_is_allowed_is_refused_with_what_to_do() {
        room_for_sockets(1).unwrap();
        if getrlimit(Resource::Nofile).maximum.is_some() {
            let refused = room_for_sockets(usize::MAX / 2).unwrap_err().to_string();
            assert!(refused.contains("ulimit -Hn"), "{refused}");
        }
    }
}
