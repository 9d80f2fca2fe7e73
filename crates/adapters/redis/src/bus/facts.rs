//! How the server is set, for whoever checks a deployment.

use tokio::time::timeout;

use super::RedisBus;
use crate::{CALL_TIMEOUT, RedisFailure};

/// The most characters of a value that are passed on.
const MAX_VALUE_CHARS: usize = 40;

/// How the server is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its version.
    pub version: String,
    /// What it does when its memory is full; empty where it does not say.
    pub eviction: String,
    /// How many bytes it may use; none when it is not told.
    pub max_memory_bytes: Option<u64>,
    /// How many bytes it uses.
    pub used_memory_bytes: u64,
}

impl RedisBus {
    /// Asks the server how it is set.
    ///
    /// # Errors
    /// When it does not answer, or does not let us ask.
    pub async fn facts(&self) -> Result<ServerFacts, RedisFailure> {
        let link = &self.0.link;
        let mut connection = link.dedicated().await?;
        let asking = async move { redis::cmd("INFO").query_async::<String>(&mut connection).await };
        let answer = timeout(CALL_TIMEOUT, asking).await.map_err(|_| RedisFailure::Slow)?;
        Ok(read(&answer.map_err(|error| link.failure(error))?))
    }
}

fn read(answer: &str) -> ServerFacts {
    let value = |name: &str| {
        let of = |line: &str| {
            line.split_once(':').filter(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned())
        };
        answer.lines().find_map(of)
    };
    let text = |name: &str| value(name).unwrap_or_default().chars().take(MAX_VALUE_CHARS).collect::<String>();
    let number = |name: &str| value(name).and_then(|value| value.parse::<u64>().ok());
    // Valkey tells the Redis that it is like, and its own version beside it.
    ServerFacts {
        version: text("redis_version"),
        eviction: text("maxmemory_policy"),
        max_memory_bytes: number("maxmemory").filter(|bytes| *bytes > 0),
        used_memory_bytes: number("used_memory").unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_names() {
        let answer = "# Server\r\nredis_version:7.4.1\r\n# Memory\r\nused_memory:10\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\n";
        let facts = read(answer);
        assert_eq!((facts.version.as_str(), facts.eviction.as_str()), ("7.4.1", "allkeys-lru"));
        assert_eq!((facts.max_memory_bytes, facts.used_memory_bytes), (Some(100), 10));
        assert_eq!(read("nothing").max_memory_bytes, None);
        assert_eq!(read("maxmemory:0\r\n").max_memory_bytes, None);
    }
}
