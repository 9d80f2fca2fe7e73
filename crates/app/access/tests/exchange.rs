//! Tokens of an identity provider: which are believed, and for whom.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use access::{
    Access, AccessParts, ApiKey, ClaimNames, ExchangeError, Issuer, KeySource, Principal, Refused, Role,
    SubjectToken, TokenKey,
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::Timestamp;
use ports::{KeySetError, KeySets};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const SECONDS: i64 = 1_700_000_000;
const ISSUER: &str = "https://id.example";

/// A provider that signs with keys of its own, and counts how often it is asked for them.
#[derive(Default)]
struct Provider(Mutex<Served>);

#[derive(Default)]
struct Served {
    keys: Vec<Value>,
    is_away: bool,
    asked: usize,
}

#[async_trait]
impl KeySets for Provider {
    async fn fetch(&self, issuer: &str, url: Option<&str>) -> Result<Vec<u8>, KeySetError> {
        assert_eq!((issuer, url), (ISSUER, None));
        let mut served = self.0.lock().unwrap();
        served.asked += 1;
        if served.is_away {
            return Err(KeySetError::Away("no route".into()));
        }
        Ok(json!({ "keys": served.keys }).to_string().into_bytes())
    }
}

impl Provider {
    /// A new key of this name, in place of all others.
    fn rotate(&self, id: &str) -> Signer {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let public = Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap();
        let x = URL_SAFE_NO_PAD.encode(public.public_key().as_ref());
        let other = json!({"kty": "oct-of-the-future", "kid": "odd"});
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": id, "use": "sig", "alg": "EdDSA"});
        self.0.lock().unwrap().keys = vec![other, jwk];
        Signer { id: id.to_owned(), key: EncodingKey::from_ed_der(key.as_ref()) }
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    fn away(&self, is_away: bool) {
        self.0.lock().unwrap().is_away = is_away;
    }
}

struct Signer {
    id: String,
    key: EncodingKey,
}

impl Signer {
    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

fn issuer() -> Issuer {
    Issuer {
        issuer: ISSUER.to_owned(),
        audience: vec!["trunkline".to_owned()],
        keys: KeySource::Discovered,
        claims: ClaimNames {
            agent: "agent_id".to_owned(),
            role: Some("roles".to_owned()),
            queues: Some("queues".to_owned()),
        },
        roles: BTreeMap::from([("team-lead".to_owned(), Role::Supervisor)]),
        role: Some(Role::Agent),
        tenant: None,
    }
}

fn access_of(provider: &Arc<Provider>, issuer: Issuer) -> Access {
    let key = ApiKey { digest: Sha256::digest(b"the key").into(), principal: Principal::anybody() };
    Access::new(AccessParts {
        keys: vec![key],
        issuers: vec![issuer],
        tokens: Some(TokenKey::derive(&[7; 32])),
        token_seconds: 900,
        key_sets: Arc::clone(provider) as _,
    })
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": ["other", "trunkline"], "sub": "u-1", "preferred_username": "ann",
        "agent_id": "a-1", "iat": SECONDS, "exp": SECONDS + 300})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

async fn exchanged(access: &Access, token: &str) -> Result<Principal, ExchangeError> {
    let issued = access.exchange(SubjectToken(token), NOW).await?;
    assert_eq!(issued.expires_in, 900);
    Ok(access.authenticate(&issued.token, NOW).unwrap())
}

#[tokio::test]
async fn a_token_that_is_believed_becomes_one_of_ours() {
    let provider = Arc::new(Provider::default());
    let signer = provider.rotate("k1");
    let access = access_of(&provider, issuer());
    let ann = exchanged(&access, &signer.sign(&claims())).await.unwrap();
    assert_eq!((ann.name.as_str(), ann.role, ann.agent.as_deref()), ("ann", Role::Agent, Some("a-1")));
    assert_eq!(ann.expires_at, Some(Timestamp::from_millis((SECONDS + 900) * 1_000)));
    let mut lead = with("roles", json!(["staff", "team-lead", "agent"]));
    lead["queues"] = json!(["billing"]);
    let lead = exchanged(&access, &signer.sign(&lead)).await.unwrap();
    assert_eq!((lead.role, lead.agent, lead.queues), (Role::Supervisor, None, vec!["billing".to_owned()]));
    let admin = exchanged(&access, &signer.sign(&with("roles", json!("admin")))).await.unwrap();
    assert_eq!(admin.role, Role::Admin);
    assert_eq!(provider.asked(), 1, "the keys are fetched once");
}

#[tokio::test]
async fn what_a_real_service_would_refuse_is_refused() {
    let provider = Arc::new(Provider::default());
    let signer = provider.rotate("k1");
    let access = access_of(&provider, issuer());
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(null)),
        ("aud", json!("another")),
        ("aud", json!(null)),
        ("exp", json!(SECONDS - 61)),
        ("exp", json!("never")),
        ("exp", json!(null)),
        ("nbf", json!(SECONDS + 61)),
        ("iat", json!(SECONDS + 61)),
        ("agent_id", json!("")),
        // A supervisor of some queues whose queues are missing must not see all.
        ("roles", json!("team-lead")),
    ] {
        let refused = exchanged(&access, &signer.sign(&with(name, value.clone()))).await;
        assert!(matches!(refused, Err(ExchangeError::Invalid(_))), "{name} = {value}: {refused:?}");
    }
    for (name, value) in
        [("exp", json!(SECONDS - 59)), ("nbf", json!(SECONDS + 59)), ("iat", json!(SECONDS + 59))]
    {
        exchanged(&access, &signer.sign(&with(name, value))).await.expect("clocks may differ by a minute");
    }
}

#[tokio::test]
async fn signatures_count_and_algorithms_are_ours_to_choose() {
    let provider = Arc::new(Provider::default());
    let signer = provider.rotate("k1");
    let access = access_of(&provider, issuer());
    let token = signer.sign(&claims());
    let (head, _) = token.rsplit_once('.').unwrap();
    // The issuer's public key as the secret of an HMAC, the classic confusion; and no signature at all.
    let x = provider.0.lock().unwrap().keys[1]["x"].as_str().unwrap().to_owned();
    let confused = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(x).unwrap());
    let confused = jsonwebtoken::encode(&confused, &claims(), &secret).unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    let stranger = Provider::default().rotate("k1").sign(&claims());
    let long = "a".repeat(20_000);
    for bad in [confused.as_str(), &unsigned, &stranger, &format!("{head}.AAAA"), "", "a.b.c", "é", &long] {
        let refused = exchanged(&access, bad).await;
        assert!(matches!(refused, Err(ExchangeError::Invalid(_))), "{refused:?}");
        assert_eq!(access.authenticate(bad, NOW), Err(Refused::Unauthenticated));
    }
    assert_eq!(
        access.authenticate(&token, NOW),
        Err(Refused::Unauthenticated),
        "only ours are taken elsewhere"
    );
}

#[tokio::test]
async fn keys_that_change_are_fetched_again_but_not_at_every_token() {
    let provider = Arc::new(Provider::default());
    let old = provider.rotate("k1");
    let access = access_of(&provider, issuer());
    exchanged(&access, &old.sign(&claims())).await.unwrap();
    let new = provider.rotate("k2");
    let token = new.sign(&with("exp", json!(SECONDS + 90_000)));
    // A stranger's key is asked for once in a while, and no more.
    for _ in 0..5 {
        access.exchange(SubjectToken(&token), NOW).await.unwrap_err();
    }
    assert_eq!(provider.asked(), 1);
    let later = Timestamp::from_millis((SECONDS + 31) * 1_000);
    access.exchange(SubjectToken(&token), later).await.unwrap();
    assert_eq!(provider.asked(), 2);
    // What the issuer took back is not believed for ever.
    let token = old.sign(&with("exp", json!(SECONDS + 90_000)));
    let much_later = Timestamp::from_millis((SECONDS + 4_000) * 1_000);
    assert!(access.exchange(SubjectToken(&token), much_later).await.is_err());
}

#[tokio::test]
async fn while_an_issuer_is_away_its_known_keys_hold_on() {
    let provider = Arc::new(Provider::default());
    let signer = provider.rotate("k1");
    let access = access_of(&provider, issuer());
    provider.away(true);
    let token = signer.sign(&with("exp", json!(SECONDS + 90_000)));
    assert_eq!(access.exchange(SubjectToken(&token), NOW).await, Err(ExchangeError::KeysAway));
    provider.away(false);
    let later = Timestamp::from_millis((SECONDS + 31) * 1_000);
    access.exchange(SubjectToken(&token), later).await.unwrap();
    provider.away(true);
    let much_later = Timestamp::from_millis((SECONDS + 8_000) * 1_000);
    access.exchange(SubjectToken(&token), much_later).await.unwrap();
}

#[tokio::test]
async fn keys_can_be_given_as_a_set_a_key_or_pem() {
    let provider = Arc::new(Provider::default());
    let signer = provider.rotate("k1");
    let jwk = provider.0.lock().unwrap().keys[1].clone();
    for text in [jwk.to_string(), json!({"keys": [jwk]}).to_string()] {
        let given = Issuer { keys: KeySource::read(&text).unwrap(), ..issuer() };
        exchanged(&access_of(&provider, given), &signer.sign(&claims())).await.unwrap();
    }
    assert_eq!(provider.asked(), 0);
    for bad in ["", "{}", "{\"keys\":[]}", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        assert!(KeySource::read(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn keys_of_programs_are_known_and_nothing_of_them_is_shown() {
    let provider = Arc::new(Provider::default());
    let access = access_of(&provider, issuer());
    assert_eq!(access.authenticate("the key", NOW), Ok(Principal::anybody()));
    for bad in ["", "the key ", "The key", &"k".repeat(20_000)] {
        assert_eq!(access.authenticate(bad, NOW), Err(Refused::Unauthenticated));
    }
    let shown = format!("{access:?} {:?} {:?}", SubjectToken("secret"), TokenKey::derive(&[7; 32]));
    assert!(!shown.contains("secret") && !shown.contains("digest"), "{shown}");
}
