//! Messages that came too often.

use std::fmt;

use bytes::Bytes;

use crate::{RedisFailure, RedisQueue, queue::scripts};

/// The most dead letters that one call lists.
const MAX_LISTED: u32 = 100;

/// A message that came too often and was never deleted.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id among the dead letters.
    pub id: String,
    /// Its group.
    pub group: String,
    /// Its content.
    pub body: Bytes,
    /// How often it was received.
    pub attempts: u32,
    /// Why it is here.
    pub cause: String,
}

impl fmt::Debug for DeadLetter {
    /// The content may name a caller, so only its size is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("id", &self.id)
            .field("group", &self.group)
            .field("body_bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .field("cause", &self.cause)
            .finish()
    }
}

impl RedisQueue {
    /// The oldest dead letters, at most `limit` and never more than a hundred.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, RedisFailure> {
        let script = scripts::dead_letters(&self.0.keys, limit.min(MAX_LISTED));
        let letters: Vec<scripts::Dead> = self.0.link.run(&script).await?;
        let letter = |(id, group, body, attempts, cause): scripts::Dead| DeadLetter {
            id,
            group,
            body: Bytes::from(body),
            attempts,
            cause,
        };
        Ok(letters.into_iter().map(letter).collect())
    }

    /// Sends a dead letter once more, as if it were new, and removes it from the dead letters. Says whether there
    /// was one of this id.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn replay(&self, id: &str) -> Result<bool, RedisFailure> {
        self.0.link.run(&scripts::replay(&self.0.keys, &self.0.config, id)).await
    }
}
