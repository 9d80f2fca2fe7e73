//! What can go wrong, and what to do about it.

use http::StatusCode;
use ports::QueueError;
use thiserror::Error;

use crate::answer::Code;

/// A variable of the function's environment that is wrong. `Display` names it and tells what to set.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{variable} {problem}")]
pub(crate) struct ConfigError {
    pub(crate) variable: String,
    pub(crate) problem: String,
}

/// Why a way did not take an event.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum HandOverError {
    /// The queue did not take it.
    #[error("the queue did not take the event")]
    Queue(#[source] QueueError),
    /// The server's answer was no success, and trying again does not help.
    #[error("the server refused the event with {0}")]
    Refused(StatusCode),
    /// The server's answer was no success; later it may be.
    #[error("the server could not take the event now: {0}")]
    Busy(StatusCode),
    /// No answer came from the server.
    #[error("the server was not reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer came in time.
    #[error("no answer came in time")]
    TimedOut,
}

impl HandOverError {
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Queue(QueueError::TooLarge { .. }) => Code::TooLarge,
            Self::Queue(_) => Code::QueueFailed,
            Self::Refused(_) => Code::ServerRefused,
            Self::Busy(_) => Code::ServerBusy,
            Self::Unreachable(_) => Code::ServerUnreachable,
            Self::TimedOut => Code::TimedOut,
        }
    }
}
