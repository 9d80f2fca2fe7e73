//! A token of an identity provider for one of ours (RFC 8693).

use std::time::Duration;

use jsonwebtoken::Validation;
use model::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    Access,
    access::MAX_CREDENTIAL_BYTES,
    issuer::{ALGORITHMS, VerifyingKey},
};

/// Why no token is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The token is not one that is believed; says why, without a word of it.
    #[error("{0}")]
    Invalid(&'static str),
    /// The issuer's keys cannot be fetched now.
    #[error("the issuer's keys cannot be fetched now")]
    KeysAway,
    /// This installation gives no tokens.
    #[error("no tokens are given here")]
    NotHere,
}

/// A token of an identity provider.
#[derive(Clone, Copy)]
pub struct SubjectToken<'a>(pub &'a str);

impl std::fmt::Debug for SubjectToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectToken")
    }
}

/// A token of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// How long it holds, in seconds.
    pub expires_in: u32,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl Access {
    /// Gives a token of ours for one of an identity provider.
    ///
    /// # Errors
    /// When it is not to be believed, or cannot be checked now.
    pub async fn exchange(&self, subject: SubjectToken<'_>, now: Timestamp) -> Result<Issued, ExchangeError> {
        let tokens = self.tokens.as_ref().filter(|_| self.exchanges()).ok_or(ExchangeError::NotHere)?;
        let SubjectToken(token) = subject;
        if token.len() > MAX_CREDENTIAL_BYTES {
            return Err(ExchangeError::Invalid("the token is too long"));
        }
        let unreadable = ExchangeError::Invalid("the token cannot be read");
        let header = jsonwebtoken::decode_header(token).map_err(|_| unreadable)?;
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(ExchangeError::Invalid("the token is signed in a way that is not taken"));
        }
        // Only to find whose it says it is: nothing else of it is looked at before its signature.
        let said: Map<String, Value> =
            jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| unreadable)?;
        let said = said.get("iss").and_then(Value::as_str);
        let known = self.issuers.iter().find(|(issuer, _)| said == Some(issuer.issuer.as_str()));
        let (issuer, keys) =
            known.ok_or(ExchangeError::Invalid("the token's issuer is not one that is trusted"))?;
        let key = keys.find(header.kid.as_deref(), header.alg, now).await?;
        let claims = verified(token, &key)?;
        issuer.check(&claims, now)?;
        let mut principal = issuer.principal(&claims)?;
        let expires_at = now + Duration::from_secs(self.token_seconds.into());
        principal.expires_at = Some(expires_at);
        let token = tokens.make(&principal, now).ok_or(ExchangeError::NotHere)?;
        Ok(Issued { token, expires_in: self.token_seconds })
    }
}

/// The claims of a token that this key signed.
fn verified(token: &str, key: &VerifyingKey) -> Result<Map<String, Value>, ExchangeError> {
    let mut rules = Validation::new(key.algorithm);
    // Each of these is checked by the issuer's own rules, and by the clock that is given.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let read = jsonwebtoken::decode::<Map<String, Value>>(token, &key.key, &rules);
    read.map(|read| read.claims).map_err(|_| ExchangeError::Invalid("the token's signature is not right"))
}
