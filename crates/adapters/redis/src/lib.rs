//! The bus and the queue between hosts, on Redis Streams: the ports `Bus` and `Queue`.
//!
//! **The bus** is a fixed number of streams; a message goes to the one that its order key hashes to. Every message
//! carries a number that rises by one within its stream, so a subscriber that misses any – it was too slow and the
//! stream was trimmed, or the server came back with less than it had – sees the hole and says [`Lost`]. Each
//! subscription has a connection of its own, reads from where it stood when it was made, and after an outage goes on
//! by itself behind the last message that it has read.
//!
//! **The queue** is a consumer group over a few streams. What a consumer took and did not delete in time, dead or
//! alive, is claimed by the next that asks; what came too often goes to a stream of dead letters, from where it can
//! be listed and replayed. All steps that belong together are one script, so a consumer may die between any two.
//!
//! **While Redis is away** every call fails within [`CALL_TIMEOUT`], and what is away longer than a moment fails at
//! once. Nothing has to be restarted afterwards. A message whose sending failed may still arrive, even behind the
//! one that was sent after it: whoever reads goes by the numbers of the events, not by their order of arrival.
//!
//! Needs Redis 6.2 or newer, or Valkey; not a cluster. One that evicts keys when its memory is full
//! (`maxmemory-policy` other than `noeviction`) loses messages of the queue.
//!
//! [`Lost`]: ports::Received::Lost

mod backoff;
mod bus;
mod config;
mod error;
mod heads;
mod link;
mod names;
mod partition;
mod queue;

pub use bus::{RedisBus, ServerFacts};
pub use config::{QueueConfig, RedisConfig};
pub use error::RedisFailure;
pub use link::CALL_TIMEOUT;
pub use queue::{DeadLetter, RedisQueue};
