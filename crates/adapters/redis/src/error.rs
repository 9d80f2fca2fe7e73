//! Why Redis did not do what it was asked.

use thiserror::Error;

use crate::{link::CALL_TIMEOUT, partition::MAX_PARTITIONS};

/// Why Redis did not do what it was asked. No text of it holds the address with its password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RedisFailure {
    /// The address cannot be read.
    #[error(
        "the address of Redis is not valid: it looks like redis://host:6379 or rediss://user:password@host:6379"
    )]
    Url,
    /// The number of partitions cannot be used.
    #[error("{0} is no number of partitions: it is a power of two up to {MAX_PARTITIONS}")]
    Partitions(u32),
    /// A name holds what the keys in Redis are separated by.
    #[error("a name in Redis may hold only letters, digits, - and _")]
    Name,
    /// Redis was not reached a moment ago, and is not tried again yet.
    #[error("redis was not reached a moment ago")]
    Away,
    /// No connection could be made.
    #[error("redis is not reached")]
    NotReached(#[source] redis::RedisError),
    /// There was no answer in time; whether Redis did what it was asked is not known.
    #[error("redis did not answer within {} ms", CALL_TIMEOUT.as_millis())]
    Slow,
    /// Redis refused, or the connection broke.
    #[error("redis failed")]
    Failed(#[source] redis::RedisError),
    /// Another host spreads the same bus or queue over another number of streams.
    #[error(
        "this host is told {told} partitions, and those that came before it {known}: all must be told the same"
    )]
    OtherPartitions {
        /// What this host is told.
        told: u32,
        /// What Redis says.
        known: String,
    },
    /// A message for the bus is too large.
    #[error("the message has {bytes} bytes, more than the bus takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A message could not be written as text.
    #[error("the message cannot be written")]
    Message(#[source] serde_json::Error),
    /// The queue holds all that it may.
    #[error("the queue is full: {0} messages wait in one of its partitions")]
    Full(u64),
    /// The receipt is none of this queue's.
    #[error("the receipt is none of this queue's")]
    Receipt,
}

impl RedisFailure {
    /// Whether trying again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Away | Self::NotReached(_) | Self::Slow | Self::Failed(_) | Self::Full(_))
    }

    /// What an answer means that is an error.
    pub(crate) fn of(error: redis::RedisError, told: u32) -> Self {
        if error.code() == Some("PARTITIONS") {
            let detail = error.detail().unwrap_or_default();
            let known = detail.split_whitespace().next().unwrap_or_default().to_owned();
            return Self::OtherPartitions { told, known };
        }
        Self::Failed(error)
    }
}
