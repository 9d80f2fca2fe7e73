//! An issuer's keys, fetched when they are needed, and again when a token names one that is not known.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use model::Timestamp;
use ports::KeySets;
use tokio::sync::Mutex;

use crate::{
    ExchangeError, Issuer, KeySource,
    issuer::{VerifyingKey, read_set},
};

/// After this long keys are fetched again, in milliseconds: one that was taken back must not be believed for ever.
const FRESH_MS: i64 = 3_600_000;
/// Not more often than this: tokens with keys of nobody's must not become requests to the issuer.
const AT_MOST_EVERY_MS: i64 = 30_000;
/// Keys of one issuer that are kept.
const MAX_KEYS: usize = 64;

/// The keys of one issuer.
pub(crate) struct KeyStore {
    issuer: String,
    source: KeySource,
    key_sets: Arc<dyn KeySets>,
    /// Held while keys are fetched, so that they are fetched once.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: Vec<VerifyingKey>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl KeyStore {
    pub(crate) fn new(issuer: &Issuer, key_sets: Arc<dyn KeySets>) -> Self {
        let keys = if let KeySource::Given(keys) = &issuer.keys { keys.clone() } else { Vec::new() };
        Self {
            issuer: issuer.issuer.clone(),
            source: issuer.keys.clone(),
            key_sets,
            known: Mutex::new(Known { keys, ..Known::default() }),
        }
    }

    /// The key that a token names; without a name the only one of the algorithm.
    pub(crate) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<VerifyingKey, ExchangeError> {
        let mut known = self.known.lock().await;
        let is_old = known.is_older_than(FRESH_MS, known.fetched_at, now);
        if is_old || known.find(id, algorithm).is_none() {
            self.fetch(&mut known, now).await?;
        }
        known.find(id, algorithm).cloned().ok_or(ExchangeError::Invalid("the token's key is not known"))
    }

    async fn fetch(&self, known: &mut Known, now: Timestamp) -> Result<(), ExchangeError> {
        let url = match &self.source {
            KeySource::Given(_) => return Ok(()),
            KeySource::At(url) => Some(url.as_str()),
            KeySource::Discovered => None,
        };
        if !known.is_older_than(AT_MOST_EVERY_MS, known.tried_at, now) {
            return if known.fetched_at.is_some() { Ok(()) } else { Err(ExchangeError::KeysAway) };
        }
        known.tried_at = Some(now);
        let fetched = self.key_sets.fetch(&self.issuer, url).await;
        let read = match &fetched {
            Ok(json) => read_set(json).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(mut keys) => {
                keys.truncate(MAX_KEYS);
                *known = Known { keys, fetched_at: Some(now), tried_at: Some(now) };
                Ok(())
            }
            Err(error) => {
                tracing::warn!(issuer = %self.issuer, error, "an issuer's keys are not there");
                // Those that are known hold on for now.
                if known.fetched_at.is_some() { Ok(()) } else { Err(ExchangeError::KeysAway) }
            }
        }
    }
}

impl Known {
    fn is_older_than(&self, ms: i64, then: Option<Timestamp>, now: Timestamp) -> bool {
        then.is_none_or(|then| now.as_millis().saturating_sub(then.as_millis()) >= ms)
    }

    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&VerifyingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        let Some(id) = id else {
            // Several could be meant.
            return fitting.next().filter(|_| fitting.next().is_none());
        };
        // A key that was given without a name is meant by any.
        fitting.find(|key| key.id.as_deref().is_none_or(|own| own == id))
    }
}
