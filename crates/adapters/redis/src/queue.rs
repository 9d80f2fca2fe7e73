//! The port `Queue`: a consumer group over a few streams, a sorted set of what was put back, and dead letters.

mod dead;
mod receipt;
mod scripts;
#[cfg(test)]
mod tests;
mod watcher;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use metrics::counter;
use ports::{Queue, QueueError, QueueMessage};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::{
    QueueConfig, RedisConfig, RedisFailure,
    link::Link,
    names,
    partition::partition_of,
    queue::{receipt::Receipt, watcher::Watcher},
};

pub use dead::DeadLetter;

/// The largest message that the queue takes, its group included: as large as Amazon SQS takes.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// The most messages that one call receives: with bodies of the largest size still within memory.
const MAX_RECEIVED: u32 = 256;
/// The name of the one consumer group.
const GROUP: &str = "hosts";

/// A queue of the installation. Clones are the same consumer.
#[derive(Clone, Debug)]
pub struct RedisQueue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    link: Arc<Link>,
    keys: Keys,
    config: QueueConfig,
    /// This consumer's name, new in each process.
    consumer: String,
    /// Counts receipts, so that each begins at another partition.
    turn: AtomicU32,
    watcher: Watcher,
}

/// The names of a queue in Redis.
#[derive(Clone, Debug)]
struct Keys {
    /// How many partitions there are.
    meta: String,
    /// What was put back, by the time when it comes again.
    delayed: String,
    /// What came too often.
    dead: String,
    /// What waits or is being handled.
    streams: Vec<String>,
}

impl Keys {
    fn stream(&self, partition: u32) -> Option<&str> {
        self.streams.get(usize::try_from(partition).ok()?).map(String::as_str)
    }
}

impl RedisQueue {
    /// A queue of an installation. It connects when it is first used, so that a host can start while Redis is away.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn connect(redis: &RedisConfig, config: QueueConfig) -> Result<Self, RedisFailure> {
        redis.check()?;
        config.check()?;
        let link = Arc::new(Link::new(&redis.url, config.partitions)?);
        let name = format!("{}:queue:{}", redis.prefix, config.name);
        let keys = Keys {
            meta: format!("{name}:meta"),
            delayed: format!("{name}:delayed"),
            dead: format!("{name}:dead"),
            streams: (0..config.partitions).map(|partition| format!("{name}:{partition}")).collect(),
        };
        let watcher = Watcher::new(Arc::clone(&link), keys.clone(), config.visibility);
        let consumer = Uuid::new_v4().to_string();
        Ok(Self(Arc::new(Shared { link, keys, config, consumer, turn: AtomicU32::new(0), watcher })))
    }

    /// Takes what can be had at once.
    async fn take(&self, max: u32) -> Result<Vec<QueueMessage>, RedisFailure> {
        let Shared { link, keys, config, consumer, turn, .. } = self.0.as_ref();
        let first = turn.fetch_add(1, Ordering::Relaxed) % config.partitions;
        let script = scripts::receive(keys, config, consumer, max, first);
        let (taken, dead): (Vec<scripts::Taken>, u64) = link.run(&script).await?;
        let again = taken.iter().filter(|(.., attempts, _)| *attempts > 1).count();
        if again > 0 {
            counter!(names::REDELIVERED, "queue" => config.name.clone()).increment(again as u64);
        }
        if dead > 0 {
            counter!(names::DEAD_LETTERS, "queue" => config.name.clone()).increment(dead);
            tracing::error!(
                queue = config.name,
                dead,
                "messages came too often and went to the dead letters"
            );
        }
        let message = |(partition, id, delivery, attempts, body): scripts::Taken| QueueMessage {
            body: Bytes::from(body),
            attempts,
            receipt: Receipt { partition, id, delivery, attempts }.to_string(),
        };
        Ok(taken.into_iter().map(message).collect())
    }

    fn receipt(&self, message: &QueueMessage) -> Result<(Receipt, &str), QueueError> {
        let receipt: Receipt = message.receipt.parse().map_err(failed)?;
        let stream = self.0.keys.stream(receipt.partition).ok_or(RedisFailure::Receipt).map_err(failed)?;
        Ok((receipt, stream))
    }
}

#[async_trait]
impl Queue for RedisQueue {
    async fn send(&self, group: &str, body: Bytes) -> Result<(), QueueError> {
        let bytes = group.len() + body.len();
        if bytes > MAX_MESSAGE_BYTES {
            return Err(QueueError::TooLarge { bytes });
        }
        let Shared { link, keys, config, .. } = self.0.as_ref();
        let partition = partition_of(group, config.partitions);
        let Some(stream) = keys.stream(partition) else { return Err(failed(RedisFailure::Receipt)) };
        let script = scripts::send(keys, config, stream, group, &body);
        let sent: Option<String> = link.run(&script).await.map_err(failed)?;
        sent.map(drop).ok_or(RedisFailure::Full(config.max_backlog)).map_err(failed)
    }

    /// A call that is dropped half-way may have taken messages; they come again after the visibility timeout.
    async fn receive(&self, max: u32, wait: Duration) -> Result<Vec<QueueMessage>, QueueError> {
        let until = Instant::now() + wait;
        let max = max.min(MAX_RECEIVED);
        loop {
            // Listening begins before the look, so that what comes between the two wakes it.
            let woken = self.0.watcher.woken();
            let taken = self.take(max).await.map_err(failed)?;
            let left = until.saturating_duration_since(Instant::now());
            if !taken.is_empty() || left.is_zero() {
                return Ok(taken);
            }
            // Either way it looks again: what is due for the second time wakes nobody.
            drop(timeout(left.min(self.0.watcher.poll()), woken).await);
        }
    }

    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let (receipt, stream) = self.receipt(message)?;
        self.0.link.run(&scripts::delete(stream, &receipt)).await.map_err(failed)
    }

    async fn put_back(&self, message: &QueueMessage, delay: Duration) -> Result<(), QueueError> {
        let (receipt, stream) = self.receipt(message)?;
        let script = scripts::put_back(&self.0.keys, stream, &receipt, delay);
        self.0.link.run(&script).await.map_err(failed)
    }
}

fn failed(failure: RedisFailure) -> QueueError {
    QueueError::Failed(Box::new(failure))
}
