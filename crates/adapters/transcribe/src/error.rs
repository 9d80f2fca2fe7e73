//! Why a stream fails. No text here holds what was said.

use std::time::Duration;

use ports::TranscriberError;
use thiserror::Error;

/// Why a stream failed while it worked. All of these may go better at the next opening.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum StreamFailure {
    #[error("the service ended the stream: {0}")]
    Service(String),
    #[error("the service was not reached: {0}")]
    Connection(String),
    #[error("the service closed the stream before the audio was over")]
    ClosedEarly,
    #[error("the stream has reached the {} minutes that the service allows", .0.as_secs() / 60)]
    SessionLimit(Duration),
    #[error("the service has not answered {} s of sound", .0.as_secs())]
    NoAnswer(Duration),
    #[error("the service has not ended the stream within {} s of the end of the audio", .0.as_secs())]
    NoEnd(Duration),
    #[error("more than {} s of audio wait to be sent", .0.as_secs())]
    QueueFull(Duration),
    #[error("one channel is more than {} s behind the other", .0.as_secs())]
    Drift(Duration),
}

impl From<StreamFailure> for TranscriberError {
    fn from(failure: StreamFailure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

/// An answer of the wrong shape; `what` says which, never what was said.
pub(crate) fn garbled(what: &str) -> TranscriberError {
    TranscriberError::Garbled(format!("Amazon Transcribe sent {what}"))
}
