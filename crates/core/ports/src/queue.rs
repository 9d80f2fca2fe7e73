//! Work that must not be lost on its way: each message is handled by one host, again until it says done.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

/// Why the queue could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The message is larger than the queue takes.
    #[error("the message has {bytes} bytes, more than the queue takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The queue failed, or was not reached. Whether a sent message arrived is not known.
    #[error("the queue failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A message on its way out of the queue. Until it is deleted it comes again, to this or another consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    /// The content.
    pub body: Bytes,
    /// How often it was received, this time included.
    pub attempts: u32,
    /// Names this receipt to the queue that gave it.
    pub receipt: String,
}

/// A queue of messages, each delivered at least once.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Adds a message. Those of one `group` (a contact, say) are received in order as long as none fails.
    async fn send(&self, group: &str, body: Bytes) -> Result<(), QueueError>;

    /// Up to `max` messages, waiting up to `wait` for the first. A message that is neither deleted nor put back comes
    /// again when the queue's visibility timeout has passed; one that came too often goes to the dead letters.
    async fn receive(&self, max: u32, wait: Duration) -> Result<Vec<QueueMessage>, QueueError>;

    /// Done with it.
    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError>;

    /// Not now: it comes again after `delay`, to whoever asks first.
    async fn put_back(&self, message: &QueueMessage, delay: Duration) -> Result<(), QueueError>;
}
