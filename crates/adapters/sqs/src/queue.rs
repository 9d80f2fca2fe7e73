//! The port's implementation.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use ports::{Queue, QueueError, QueueMessage};

use crate::{
    error::SqsError,
    message::{Outgoing, deduplication_id, group_id, incoming},
    wire::{Client, Order, SdkConfig},
};

/// The most messages of one receive.
const MAX_MESSAGES: u32 = 10;
/// The longest that a receive waits.
const MAX_WAIT: Duration = Duration::from_secs(20);
/// The longest that a message is put back for. The service's 12 hours count from when it was received.
const MAX_DELAY: Duration = Duration::from_secs(11 * 60 * 60);

/// One queue of SQS.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    is_fifo: bool,
}

/// How a queue is set, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueFacts {
    /// How long a message that was received is away.
    pub visibility: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// How often a message is received before it goes to the dead letters; none when it comes for ever.
    pub max_receives: Option<u32>,
    /// About how many messages wait.
    pub waiting: u64,
    /// About how many were received and are not deleted.
    pub in_flight: u64,
}

impl SqsQueue {
    /// The queue at `url`, at a stand-in at `endpoint_url` with a fixed key pair.
    #[must_use]
    pub fn local(endpoint_url: &str, region: &str, access_key: &str, secret_key: &str, url: &str) -> Self {
        Self::of(Client::local(endpoint_url, region, access_key, secret_key, url))
    }

    /// The queue at `url` of the real service, as `sdk` says: credentials (of an assumed role, say) and proxies. The
    /// region is that of the address.
    #[must_use]
    pub fn from_aws_config(sdk: &SdkConfig, url: &str) -> Self {
        Self::of(Client::from_aws_config(sdk, url))
    }

    /// As [`SqsQueue::from_aws_config`], for a sender who is waited for: an operation takes no more than `time` with its
    /// retries, which come the sooner the less it is. Receiving takes its own time.
    #[must_use]
    pub fn from_aws_config_within(sdk: &SdkConfig, url: &str, time: Duration) -> Self {
        Self::of(Client::within(sdk, url, time))
    }

    /// The queue at `url` of the real service, as the environment says: the AWS variables, profiles and instance roles.
    pub async fn from_environment(url: &str) -> Self {
        Self::of(Client::from_environment(url).await)
    }

    fn of(client: Client) -> Self {
        let is_fifo = client.url().ends_with(".fifo");
        Self { client, is_fifo }
    }

    /// How the queue is set, for the checks of a deployment, and how much is in it.
    ///
    /// # Errors
    /// When the queue is not there, not reached, or refuses.
    pub async fn facts(&self) -> Result<QueueFacts, SqsError> {
        self.client.facts().await
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, group: &str, body: Bytes) -> Result<(), QueueError> {
        let message = Outgoing::of(&body)?;
        let order = self
            .is_fifo
            .then(|| Order { group: group_id(group), deduplication: deduplication_id(group, &body) });
        Ok(self.client.send(message, order).await?)
    }

    async fn receive(&self, max: u32, wait: Duration) -> Result<Vec<QueueMessage>, QueueError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let received = self.client.receive(max.min(MAX_MESSAGES), whole_seconds(wait.min(MAX_WAIT))).await?;
        let mut messages = Vec::with_capacity(received.len());
        for message in received {
            match incoming(message.text, message.is_base64) {
                Some(body) => {
                    messages.push(QueueMessage {
                        body,
                        attempts: message.attempts,
                        receipt: message.receipt,
                    });
                }
                // Never ours; it comes again until it goes to the dead letters, where a person can look at it.
                None => tracing::warn!(
                    queue.url = self.client.url(),
                    "a message says that it is base64, and is not"
                ),
            }
        }
        Ok(messages)
    }

    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError> {
        Ok(self.client.delete(&message.receipt).await?)
    }

    async fn put_back(&self, message: &QueueMessage, delay: Duration) -> Result<(), QueueError> {
        Ok(self.client.set_visibility(&message.receipt, whole_seconds(delay.min(MAX_DELAY))).await?)
    }
}

/// The service counts whole seconds; a part of one is one, so that nobody asks again and again in the meantime.
fn whole_seconds(time: Duration) -> i32 {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_rounded_up() {
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(20)), 20);
    }
}
