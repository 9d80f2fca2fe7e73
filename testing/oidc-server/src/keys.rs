//! The keys that sign, and their public halves.

use anyhow::{Context, anyhow};
use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

/// One key.
struct Key {
    id: String,
    signing: EncodingKey,
    public: Value,
}

/// The key that signs now, and the one before it.
pub struct Keys {
    made: usize,
    now: Key,
    before: Option<Key>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("now", &self.now.id).finish_non_exhaustive()
    }
}

impl Keys {
    /// A new key.
    ///
    /// # Errors
    /// When none can be made.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { made: 1, now: Key::make("key-1")?, before: None })
    }

    /// Another key from now on; the one before it is published until the next.
    ///
    /// # Errors
    /// When none can be made.
    pub fn rotate(&mut self) -> anyhow::Result<()> {
        self.made += 1;
        let key = Key::make(&format!("key-{}", self.made))?;
        self.before = Some(std::mem::replace(&mut self.now, key));
        Ok(())
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.now.id
    }

    /// The public halves, as a JSON Web Key Set.
    #[must_use]
    pub fn set(&self) -> Value {
        let keys: Vec<&Value> =
            std::iter::once(&self.now).chain(&self.before).map(|key| &key.public).collect();
        json!({ "keys": keys })
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        let header = Header { kid: Some(self.now.id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.now.signing).context("a token is not signed")
    }
}

impl Key {
    fn make(id: &str) -> anyhow::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no key is made"))?;
        let der = pair.as_der().map_err(|_| anyhow!("the key is not written"))?;
        let pem = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n");
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes()).context("the key is not read")?;
        let mut jwk =
            Jwk::from_encoding_key(&signing, Algorithm::RS256).context("the key has no public half")?;
        jwk.common.key_id = Some(id.to_owned());
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        let public = serde_json::to_value(&jwk).context("the public half is not written")?;
        Ok(Self { id: id.to_owned(), signing, public })
    }
}
