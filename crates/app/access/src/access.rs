//! What a request shows, and who is known by it.

use std::sync::Arc;

use model::Timestamp;
use ports::KeySets;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{Principal, TokenKey, issuer::Issuer, key_store::KeyStore};

/// The longest key or token that is looked at, in bytes.
pub(crate) const MAX_CREDENTIAL_BYTES: usize = 16 * 1024;

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refused {
    /// Nothing that is known was shown.
    #[error("no key or token that is known was given")]
    Unauthenticated,
    /// It was known, and its time is over.
    #[error("the token has expired")]
    Expired,
}

/// A key by which a program is known.
#[derive(Clone)]
pub struct ApiKey {
    /// The SHA-256 of the key.
    pub digest: [u8; 32],
    /// Whose it is.
    pub principal: Principal,
}

impl ApiKey {
    /// The key itself, which is not kept.
    #[must_use]
    pub fn new(key: &str, principal: Principal) -> Self {
        Self { digest: Sha256::digest(key.as_bytes()).into(), principal }
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey").field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// What access is decided by.
pub struct AccessParts {
    /// The keys of programs.
    pub keys: Vec<ApiKey>,
    /// Whose tokens are taken in exchange.
    pub issuers: Vec<Issuer>,
    /// Makes and reads our own tokens; without it none are given.
    pub tokens: Option<TokenKey>,
    /// How long a token of ours holds, in seconds.
    pub token_seconds: u32,
    /// Fetches issuers' keys.
    pub key_sets: Arc<dyn KeySets>,
}

impl std::fmt::Debug for AccessParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessParts")
    }
}

/// Decides who is let in.
pub struct Access {
    keys: Vec<ApiKey>,
    pub(crate) issuers: Vec<(Issuer, KeyStore)>,
    pub(crate) tokens: Option<TokenKey>,
    pub(crate) token_seconds: u32,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("keys", &self.keys.len())
            .field("issuers", &self.issuers.len())
            .finish()
    }
}

impl Access {
    /// Access by these parts.
    #[must_use]
    pub fn new(parts: AccessParts) -> Self {
        let AccessParts { keys, issuers, tokens, token_seconds, key_sets } = parts;
        let issuers = issuers.into_iter().map(|issuer| {
            let store = KeyStore::new(&issuer, Arc::clone(&key_sets));
            (issuer, store)
        });
        Self { keys, issuers: issuers.collect(), tokens, token_seconds }
    }

    /// Whose key or token this is.
    ///
    /// # Errors
    /// When it is nobody's, or not any more.
    pub fn authenticate(&self, credential: &str, now: Timestamp) -> Result<Principal, Refused> {
        if credential.is_empty() || credential.len() > MAX_CREDENTIAL_BYTES {
            return Err(Refused::Unauthenticated);
        }
        // Digests are compared, so the time that it takes says nothing of a key.
        let digest: [u8; 32] = Sha256::digest(credential.as_bytes()).into();
        if let Some(key) = self.keys.iter().find(|key| key.digest == digest) {
            return Ok(key.principal.clone());
        }
        self.tokens.as_ref().ok_or(Refused::Unauthenticated)?.read(credential, now)
    }

    /// Whether programs are known by keys.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether tokens of others are taken in exchange.
    #[must_use]
    pub fn exchanges(&self) -> bool {
        self.tokens.is_some() && !self.issuers.is_empty()
    }
}
