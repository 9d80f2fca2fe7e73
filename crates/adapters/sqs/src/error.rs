//! What SQS says, in words that tell what to do.

use ports::QueueError;
use thiserror::Error;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a queue cannot be used. Never holds what a message says.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SqsError {
    /// The queue is not there.
    #[error("there is no SQS queue {url}: create it, or correct its address (region, account and name)")]
    NoQueue {
        /// The queue.
        url: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The credentials are wrong, have expired, or do not permit it.
    #[error(
        "the credentials may not use the SQS queue {url}: check the access key or role, and that its policy allows \
         SendMessage to senders, and ReceiveMessage, DeleteMessage and ChangeMessageVisibility to receivers"
    )]
    Denied {
        /// The queue.
        url: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// More requests than the queue takes.
    #[error("the SQS queue {url} takes no more requests at the moment")]
    Throttled {
        /// The queue.
        url: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// No answer came.
    #[error("the SQS queue {url} was not reached")]
    Unreachable {
        /// The queue.
        url: String,
        /// What went wrong on the way.
        #[source]
        source: Cause,
    },
    /// The service failed or refused otherwise.
    #[error("the SQS queue {url} failed")]
    Failed {
        /// The queue.
        url: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
}

impl SqsError {
    /// Whether trying the same again later can help without anyone's doing. A refusal of credentials counts: they are
    /// renewed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Denied { .. } | Self::Throttled { .. } | Self::Unreachable { .. } | Self::Failed { .. } => {
                true
            }
            Self::NoQueue { .. } => false,
        }
    }
}

impl From<SqsError> for QueueError {
    fn from(error: SqsError) -> Self {
        Self::Failed(Box::new(error))
    }
}
