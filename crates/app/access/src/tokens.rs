//! Our own tokens: short, and accepted by every host that has the key.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Principal, Refused, Role};

/// Who issues them, and for whom.
const SELF: &str = "trunkline";
/// What they are (RFC 9068), so that no token of another kind passes for one.
const KIND: &str = "at+jwt";
/// Tells this key from others that are made of the same secret.
const CONTEXT: &[u8] = b"trunkline access tokens, version 1";

/// Makes and reads our tokens. Shows nothing.
#[derive(Clone)]
pub struct TokenKey {
    making: EncodingKey,
    reading: DecodingKey,
    rules: Validation,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    queues: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    iat: i64,
    exp: i64,
}

impl TokenKey {
    /// The key that is made of the installation's secret, which it does not show.
    #[must_use]
    pub fn derive(secret: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(CONTEXT);
        hash.update(secret);
        let key = Zeroizing::new(<[u8; 32]>::from(hash.finalize()));
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[SELF]);
        rules.set_audience(&[SELF]);
        rules.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        // By the clock that is given, not by the library's.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        Self {
            making: EncodingKey::from_secret(key.as_slice()),
            reading: DecodingKey::from_secret(key.as_slice()),
            rules,
        }
    }

    /// A token that says who somebody is until they expire. Who never expires has no use for one.
    pub(crate) fn make(&self, principal: &Principal, now: Timestamp) -> Option<String> {
        let claims = Claims {
            iss: SELF.to_owned(),
            aud: SELF.to_owned(),
            sub: principal.name.clone(),
            role: principal.role,
            agent: principal.agent.clone(),
            queues: principal.queues.clone(),
            tenant: principal.tenant.clone(),
            iat: now.as_millis() / 1_000,
            exp: principal.expires_at?.as_millis() / 1_000,
        };
        let header = Header { typ: Some(KIND.to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.making).ok()
    }

    /// Who a token says somebody is.
    pub(crate) fn read(&self, token: &str, now: Timestamp) -> Result<Principal, Refused> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.reading, &self.rules);
        let read = read.map_err(|_| Refused::Unauthenticated)?;
        if read.header.typ.as_deref() != Some(KIND) {
            return Err(Refused::Unauthenticated);
        }
        let Claims { sub, role, agent, queues, tenant, exp, .. } = read.claims;
        let expires_at =
            exp.checked_mul(1_000).map(Timestamp::from_millis).ok_or(Refused::Unauthenticated)?;
        let principal = Principal { name: sub, role, agent, queues, tenant, expires_at: Some(expires_at) };
        if principal.is_expired(now) { Err(Refused::Expired) } else { Ok(principal) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn ann() -> Principal {
        Principal {
            name: "ann".to_owned(),
            role: Role::Agent,
            agent: Some("a-1".to_owned()),
            queues: vec!["billing".to_owned()],
            tenant: Some(TenantId::new("acme").unwrap()),
            expires_at: Some(Timestamp::from_millis(1_700_000_060_000)),
        }
    }

    #[test]
    fn a_token_says_all_of_who_it_was_made_for_until_it_expires() {
        let key = TokenKey::derive(&[7; 32]);
        let token = key.make(&ann(), NOW).unwrap();
        assert_eq!(key.read(&token, NOW), Ok(ann()));
        assert_eq!(TokenKey::derive(&[7; 32]).read(&token, NOW), Ok(ann()), "another host reads it");
        assert_eq!(key.read(&token, Timestamp::from_millis(1_700_000_060_000)), Err(Refused::Expired));
    }

    #[test]
    fn another_keys_token_and_one_that_was_changed_are_nobodys() {
        let key = TokenKey::derive(&[7; 32]);
        let token = TokenKey::derive(&[8; 32]).make(&ann(), NOW).unwrap();
        assert_eq!(key.read(&token, NOW), Err(Refused::Unauthenticated));
        let token = key.make(&ann(), NOW).unwrap();
        let (head, signature) = token.rsplit_once('.').unwrap();
        for bad in [
            head.to_owned(),
            format!("{head}."),
            format!("{head}.A{signature}"),
            String::new(),
            "..".to_owned(),
        ] {
            assert_eq!(key.read(&bad, NOW), Err(Refused::Unauthenticated), "{bad}");
        }
    }

    #[test]
    fn a_token_of_another_kind_or_algorithm_is_refused() {
        let key = TokenKey::derive(&[7; 32]);
        let claims = Claims {
            iss: SELF.to_owned(),
            aud: SELF.to_owned(),
            sub: "ann".to_owned(),
            role: Role::Admin,
            agent: None,
            queues: Vec::new(),
            tenant: None,
            iat: 0,
            exp: 2_000_000_000,
        };
        let made = |header: &Header| jsonwebtoken::encode(header, &claims, &key.making).unwrap();
        assert_eq!(key.read(&made(&Header::new(Algorithm::HS256)), NOW), Err(Refused::Unauthenticated));
        let other = Header { typ: Some(KIND.to_owned()), ..Header::new(Algorithm::HS512) };
        assert_eq!(key.read(&made(&other), NOW), Err(Refused::Unauthenticated));
        // {"typ":"at+jwt","alg":"none"}
        let none = made(&Header::new(Algorithm::HS256));
        let payload = none.split('.').nth(1).unwrap();
        let none = format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{payload}.");
        assert_eq!(key.read(&none, NOW), Err(Refused::Unauthenticated));
    }
}
