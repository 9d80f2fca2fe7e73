//! The public keys of those who vouch for people: identity providers.

use async_trait::async_trait;
use thiserror::Error;

/// Why an issuer's keys are not known.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The issuer was not reached, or did not answer in time.
    #[error("the issuer was not reached")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it answered is no set of keys, or not its own.
    #[error("the issuer's answer cannot be used: {0}")]
    Unusable(String),
}

impl KeySetError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Away(_) => true,
            Self::Unusable(_) => false,
        }
    }
}

/// Fetches the keys with which an issuer signs its tokens.
#[async_trait]
pub trait KeySets: Send + Sync {
    /// The JSON Web Key Set of an issuer: at `url`, or where the issuer's own description says it is (`OpenID` Connect
    /// Discovery).
    ///
    /// # Errors
    /// When it is not there, too large, or the description is another issuer's.
    async fn fetch(&self, issuer: &str, url: Option<&str>) -> Result<Vec<u8>, KeySetError>;
}
