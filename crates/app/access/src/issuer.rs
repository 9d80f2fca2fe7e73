//! Whose tokens are taken in exchange, and what of them is believed.

use std::collections::BTreeMap;

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use model::{TenantId, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{ExchangeError, MAX_NAME_CHARS, Principal, Role};

/// How far clocks may differ, in milliseconds.
const SKEW_MS: i64 = 60_000;
/// Queues of one person that are looked at.
const MAX_QUEUES: usize = 256;
/// The algorithms with which issuers may sign.
pub(crate) const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// The claims that name a person, the first that there is.
const NAMES: [&str; 4] = ["preferred_username", "email", "name", "sub"];

/// Where an issuer's keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// They were given.
    Given(Vec<VerifyingKey>),
    /// From this address.
    At(String),
    /// From where the issuer's own description says.
    Discovered,
}

/// A key that checks tokens.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(crate) id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A text holds no key that can check tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is no JSON Web Key or Key Set, and no public key in PEM, for RS256, ES256 or EdDSA")]
pub struct Unreadable;

impl KeySource {
    /// The keys of a text: a JSON Web Key Set, a JSON Web Key, or a public key in PEM.
    ///
    /// # Errors
    /// When it holds none that can be used.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let keys =
            if text.trim_start().starts_with('{') { read_set(text.as_bytes())? } else { read_pem(text)? };
        Ok(Self::Given(keys))
    }
}

/// The keys of a set that can check tokens; others are passed over.
pub(crate) fn read_set(json: &[u8]) -> Result<Vec<VerifyingKey>, Unreadable> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let value: Value = serde_json::from_slice(json).map_err(|_| Unreadable)?;
    let keys = match serde_json::from_value::<Set>(value.clone()) {
        Ok(set) => set.keys,
        Err(_) => vec![value],
    };
    // A key of a kind that the library does not know must not hide the others.
    let keys = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let keys: Vec<_> = keys.filter_map(|key| verifying_key(&key)).collect();
    if keys.is_empty() { Err(Unreadable) } else { Ok(keys) }
}

fn verifying_key(jwk: &Jwk) -> Option<VerifyingKey> {
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return None;
    }
    let curve = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => None,
        AlgorithmParameters::EllipticCurve(key) => Some(&key.curve),
        AlgorithmParameters::OctetKeyPair(key) => Some(&key.curve),
        // A secret that is shared, and what the library does not know.
        AlgorithmParameters::OctetKey(_) | AlgorithmParameters::Other(_) | _ => return None,
    };
    let algorithm = match curve {
        None => Algorithm::RS256,
        Some(EllipticCurve::P256) => Algorithm::ES256,
        Some(EllipticCurve::Ed25519) => Algorithm::EdDSA,
        Some(_) => return None,
    };
    let named = match jwk.common.key_algorithm {
        None => true,
        Some(KeyAlgorithm::RS256) => algorithm == Algorithm::RS256,
        Some(KeyAlgorithm::ES256) => algorithm == Algorithm::ES256,
        Some(KeyAlgorithm::EdDSA) => algorithm == Algorithm::EdDSA,
        Some(_) => false,
    };
    let key = DecodingKey::from_jwk(jwk).ok().filter(|_| named)?;
    Some(VerifyingKey { id: jwk.common.key_id.clone(), algorithm, key })
}

fn read_pem(text: &str) -> Result<Vec<VerifyingKey>, Unreadable> {
    let pem = text.as_bytes();
    let key = |algorithm, key: Result<DecodingKey, _>| {
        key.ok().map(|key| VerifyingKey { id: None, algorithm, key })
    };
    key(Algorithm::RS256, DecodingKey::from_rsa_pem(pem))
        .or_else(|| key(Algorithm::ES256, DecodingKey::from_ec_pem(pem)))
        .or_else(|| key(Algorithm::EdDSA, DecodingKey::from_ed_pem(pem)))
        .map(|key| vec![key])
        .ok_or(Unreadable)
}

/// What claims are called, where an issuer calls them otherwise than most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The agent's id, as Connect names it.
    pub agent: String,
    /// The role: a text, or several.
    pub role: Option<String>,
    /// The supervisor's queues.
    pub queues: Option<String>,
}

/// Somebody whose tokens are taken in exchange.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// What stands in `iss`.
    pub issuer: String,
    /// What must stand in `aud`: one of these.
    pub audience: Vec<String>,
    /// Where its keys come from.
    pub keys: KeySource,
    /// What claims are called.
    pub claims: ClaimNames,
    /// Which of its roles are which of ours, beside those of our own names.
    pub roles: BTreeMap<String, Role>,
    /// Whoever has none of them; none refuses them.
    pub role: Option<Role>,
    /// The tenant of its people.
    pub tenant: Option<TenantId>,
}

impl Issuer {
    /// Whether the claims of a token whose signature is right are to be believed now.
    pub(crate) fn check(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(), ExchangeError> {
        let bad = |why: &'static str| Err(ExchangeError::Invalid(why));
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return bad("the token's issuer is not one that is trusted");
        }
        if !texts(claims.get("aud")).iter().any(|one| self.audience.iter().any(|own| own == one)) {
            return bad("the token is not for this audience");
        }
        let time =
            |name: &str| claims.get(name).and_then(seconds).map(|seconds| seconds.saturating_mul(1_000));
        let now = now.as_millis();
        let Some(end) = time("exp") else { return bad("the token has no time of expiry") };
        if end.saturating_add(SKEW_MS) <= now {
            return bad("the token has expired");
        }
        if time("nbf").is_some_and(|start| start > now.saturating_add(SKEW_MS)) {
            return bad("the token is not valid yet");
        }
        if time("iat").is_some_and(|made| made > now.saturating_add(SKEW_MS)) {
            return bad("the token was made in the future");
        }
        Ok(())
    }

    /// Who the claims say somebody is.
    pub(crate) fn principal(&self, claims: &Map<String, Value>) -> Result<Principal, ExchangeError> {
        let text =
            |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let name =
            NAMES.into_iter().find_map(text).ok_or(ExchangeError::Invalid("the token names nobody"))?;
        let role =
            self.role_of(claims).ok_or(ExchangeError::Invalid("the token gives no role that is known"))?;
        let agent = text(&self.claims.agent).map(str::to_owned).filter(|_| role == Role::Agent);
        if role == Role::Agent && agent.is_none() {
            return Err(ExchangeError::Invalid("the token names no agent"));
        }
        let queues = self.claims.queues.as_ref().map(|name| texts(claims.get(name))).unwrap_or_default();
        if queues.len() > MAX_QUEUES {
            return Err(ExchangeError::Invalid("the token names too many queues"));
        }
        // Who should see some queues only must not see all when the claim is missing.
        if role == Role::Supervisor && self.claims.queues.is_some() && queues.is_empty() {
            return Err(ExchangeError::Invalid("the token names no queues"));
        }
        let name = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
        Ok(Principal { name, role, agent, queues, tenant: self.tenant.clone(), expires_at: None })
    }

    /// The highest role that a token gives.
    fn role_of(&self, claims: &Map<String, Value>) -> Option<Role> {
        let given = self.claims.role.as_ref().map(|name| texts(claims.get(name))).unwrap_or_default();
        let known = given.iter().filter_map(|one| self.roles.get(one).copied().or_else(|| Role::of(one)));
        known.max().or(self.role)
    }
}

/// A claim that is a text, or several.
fn texts(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

/// A time in seconds, of which some issuers write fractions (RFC 7519, 2).
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let seconds = value.as_f64().filter(|seconds| seconds.is_finite() && seconds.abs() < 1e12)?;
        #[expect(clippy::cast_possible_truncation, reason = "the bound above keeps it within range")]
        Some(seconds as i64)
    })
}
