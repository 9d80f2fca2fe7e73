//! What the adapter is told.

use std::{fmt, time::Duration};

use crate::{RedisFailure, partition::MAX_PARTITIONS};

/// The streams of the bus unless told. Enough that one hot call does not trim away many others.
const DEFAULT_PARTITIONS: u32 = 64;
/// The messages that each stream of the bus keeps unless told: how far a subscriber may lag before it is told that it
/// lost some. 64 streams of a kilobyte each are a quarter of a gigabyte.
const DEFAULT_MAXLEN: u32 = 4_096;
/// The streams of a queue unless told.
const DEFAULT_QUEUE_PARTITIONS: u32 = 8;
/// The longest that handling takes unless told.
const DEFAULT_VISIBILITY: Duration = Duration::from_secs(60);
/// How often a message comes unless told.
const DEFAULT_MAX_ATTEMPTS: u32 = 5;
/// The messages that wait in one partition of a queue unless told; what is more is refused.
const DEFAULT_MAX_BACKLOG: u64 = 100_000;
/// The dead letters that a queue keeps unless told; beyond it the oldest go.
const DEFAULT_MAX_DEAD: u32 = 10_000;

/// Where Redis is, and how the bus uses it.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://host:6379/0`, or `rediss://` for TLS; may hold user and password, so it is a secret.
    pub url: String,
    /// What the names of all keys begin with.
    pub prefix: String,
    /// How many streams the bus is spread over, a power of two; the same on all hosts.
    pub partitions: u32,
    /// How many messages each stream of the bus keeps, about; beyond it the oldest go.
    pub maxlen: u32,
}

impl RedisConfig {
    /// The defaults for a server.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "trunkline".to_owned(),
            partitions: DEFAULT_PARTITIONS,
            maxlen: DEFAULT_MAXLEN,
        }
    }

    pub(crate) fn check(&self) -> Result<(), RedisFailure> {
        check_name(&self.prefix)?;
        check_partitions(self.partitions)
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("url", &"[secret]")
            .field("prefix", &self.prefix)
            .field("partitions", &self.partitions)
            .field("maxlen", &self.maxlen)
            .finish()
    }
}

/// One queue.
#[derive(Clone, Debug)]
pub struct QueueConfig {
    /// Its name.
    pub name: String,
    /// How many streams it is spread over, a power of two; the same on all hosts.
    pub partitions: u32,
    /// When a message that was neither deleted nor put back comes again: longer than the longest handling.
    pub visibility: Duration,
    /// How often a message comes before it goes to the dead letters.
    pub max_attempts: u32,
    /// How many messages may wait in one partition; sending more fails.
    pub max_backlog: u64,
    /// How many dead letters are kept, about; beyond it the oldest go.
    pub max_dead: u32,
}

impl QueueConfig {
    /// The defaults for a queue.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            partitions: DEFAULT_QUEUE_PARTITIONS,
            visibility: DEFAULT_VISIBILITY,
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            max_backlog: DEFAULT_MAX_BACKLOG,
            max_dead: DEFAULT_MAX_DEAD,
        }
    }

    pub(crate) fn check(&self) -> Result<(), RedisFailure> {
        check_name(&self.name)?;
        check_partitions(self.partitions)
    }
}

fn check_partitions(partitions: u32) -> Result<(), RedisFailure> {
    let good = partitions.is_power_of_two() && partitions <= MAX_PARTITIONS;
    if good { Ok(()) } else { Err(RedisFailure::Partitions(partitions)) }
}

fn check_name(name: &str) -> Result<(), RedisFailure> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !name.is_empty() && name.bytes().all(good) { Ok(()) } else { Err(RedisFailure::Name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_never_printed() {
        let config = RedisConfig::new("redis://user:hunter2@host");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn partitions_are_a_power_of_two_and_names_have_no_colon() {
        let config = |partitions, prefix: &str| RedisConfig {
            partitions,
            prefix: prefix.to_owned(),
            ..RedisConfig::new("redis://host")
        };
        assert!(config(64, "trunkline").check().is_ok());
        for (partitions, prefix) in [(0, "t"), (3, "t"), (2_048, "t"), (64, ""), (64, "a:b"), (64, "{a}")] {
            assert!(config(partitions, prefix).check().is_err());
        }
        assert!(QueueConfig::new("offers").check().is_ok());
    }
}
