//! What goes wrong, in words that tell what to do.

use thiserror::Error;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a question was not answered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No credentials were found, or they are refused.
    #[error("the credentials are not found, not valid, or have expired")]
    Credentials(#[source] Cause),
    /// The tenant's role does not let us in.
    #[error("the role cannot be assumed")]
    Role(#[source] Cause),
    /// The credentials do not permit the question.
    #[error("the credentials do not permit {0}")]
    Denied(&'static str),
    /// The instance is not there.
    #[error("there is no such Connect instance in this region and account")]
    NoInstance,
    /// The service failed or refused otherwise.
    #[error("the service refused with {0}")]
    Refused(String),
    /// The service was not reached.
    #[error("the service was not reached")]
    Unreachable(#[source] Cause),
    /// The answer has another form.
    #[error("the answer is not understood")]
    Garbled(#[source] Cause),
}
