//! Keys, and what is made with them.

use std::fmt::{self, Write};

use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// How many bytes of a public key's hash make its id.
const ID_BYTES: usize = 8;

/// The name of a key: the start of its public half's SHA-256, in hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A new secret, from the system's randomness; none when it has none to give.
#[must_use]
pub fn random_secret() -> Option<Zeroizing<[u8; 32]>> {
    let mut secret = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(secret.as_mut_slice()).ok()?;
    Some(secret)
}

/// The key that signs. Shown as its id.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

/// The half of a key that everybody may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey([u8; 32]);

/// A signature beside the document that it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Always `ed25519`.
    pub algorithm: String,
    /// Which key signed.
    pub key_id: KeyId,
    /// Its public half, in hex.
    pub public_key: String,
    /// The signature of the document's bytes, in hex.
    pub signature: String,
}

/// Why a signature does not prove anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// It is made in a way that this version does not know.
    #[error("the signature's algorithm is not ed25519")]
    Algorithm,
    /// The public key or the signature are no hex of the right length.
    #[error("the signature cannot be read")]
    Unreadable,
    /// Another key made it.
    #[error("the signature is another key's")]
    OtherKey,
    /// The document was changed after it was signed, or never signed so.
    #[error("the signature is not of this document")]
    Forged,
}

impl SigningKey {
    /// The key of a secret, which must be random.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let secret = Zeroizing::new(*secret);
        let pair = Ed25519KeyPair::from_seed_unchecked(secret.as_slice()).expect("a seed has 32 bytes");
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        Self { pair, public: VerifyingKey(public) }
    }

    /// Signs a document.
    #[must_use]
    pub fn sign(&self, document: &[u8]) -> Signature {
        Signature {
            algorithm: "ed25519".to_owned(),
            key_id: self.public.id(),
            public_key: hex(&self.public.0),
            signature: hex(self.pair.sign(document).as_ref()),
        }
    }

    /// Its public half.
    #[must_use]
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.public.id()).finish_non_exhaustive()
    }
}

impl VerifyingKey {
    /// The key of 64 hex digits.
    ///
    /// # Errors
    /// [`SignatureError::Unreadable`] when it is something else.
    pub fn from_hex(text: &str) -> Result<Self, SignatureError> {
        bytes(text).map(Self)
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let hash = Sha256::digest(self.0);
        KeyId(hex(hash.get(..ID_BYTES).unwrap_or_default()))
    }

    /// Whether the document is as this key signed it.
    ///
    /// # Errors
    /// Why it is not shown to be.
    pub fn verify(&self, document: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        if signature.key_id != self.id() || signature.public_key != hex(&self.0) {
            return Err(SignatureError::OtherKey);
        }
        signature.verify(document)
    }
}

impl Signature {
    /// Whether the document is as the key that the signature names signed it. Whose key that is, the signature does not
    /// tell: compare [`Signature::key_id`] with one that is known.
    ///
    /// # Errors
    /// Why it is not shown to be.
    pub fn verify(&self, document: &[u8]) -> Result<(), SignatureError> {
        if self.algorithm != "ed25519" {
            return Err(SignatureError::Algorithm);
        }
        let key = VerifyingKey::from_hex(&self.public_key)?;
        if key.id() != self.key_id {
            return Err(SignatureError::OtherKey);
        }
        let signature: [u8; 64] = bytes(&self.signature)?;
        let key = UnparsedPublicKey::new(&ED25519, key.0);
        key.verify(document, &signature).map_err(|_| SignatureError::Forged)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], SignatureError> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(SignatureError::Unreadable);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| SignatureError::Unreadable)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| SignatureError::Unreadable)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_as_it_was_signed_or_not() {
        let key = SigningKey::from_secret(&[7; 32]);
        let signature = key.sign(b"document");
        assert_eq!(key.verifying().verify(b"document", &signature), Ok(()));
        assert_eq!(signature.verify(b"document"), Ok(()));
        assert_eq!(signature.verify(b"Document"), Err(SignatureError::Forged));
        assert_eq!(signature.verify(b""), Err(SignatureError::Forged));
    }

    #[test]
    fn another_key_is_not_taken_for_the_one_that_is_known() {
        let (ours, other) = (SigningKey::from_secret(&[7; 32]), SigningKey::from_secret(&[8; 32]));
        let forged = other.sign(b"document");
        assert_eq!(ours.verifying().verify(b"document", &forged), Err(SignatureError::OtherKey));
        let mut renamed = forged;
        renamed.key_id = ours.verifying().id();
        assert_eq!(renamed.verify(b"document"), Err(SignatureError::OtherKey));
        renamed.public_key = ours.sign(b"").public_key;
        assert_eq!(ours.verifying().verify(b"document", &renamed), Err(SignatureError::Forged));
    }

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let signature = SigningKey::from_secret(&secret).sign(&[0x72]);
        assert_eq!(signature.public_key, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert!(signature.signature.starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8f"));
    }

    #[test]
    fn what_cannot_be_a_signature_is_refused() {
        let good = SigningKey::from_secret(&[7; 32]).sign(b"document");
        for text in ["", "zz", "é", &"g".repeat(64), &"é".repeat(32), &"+1".repeat(32)] {
            let bad = Signature { public_key: text.to_owned(), ..good.clone() };
            assert!(bad.verify(b"document").is_err(), "{text}");
            let bad = Signature { signature: text.to_owned(), ..good.clone() };
            assert_eq!(bad.verify(b"document"), Err(SignatureError::Unreadable), "{text}");
        }
        let other = Signature { algorithm: "none".to_owned(), ..good };
        assert_eq!(other.verify(b"document"), Err(SignatureError::Algorithm));
    }

    #[test]
    fn a_signature_reads_back_from_json_and_a_key_is_never_shown() {
        let key = SigningKey::from_secret(&[7; 32]);
        let signature = key.sign(b"document");
        let json = serde_json::to_string(&signature).unwrap();
        assert_eq!(serde_json::from_str::<Signature>(&json).unwrap(), signature);
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ id: {:?}, .. }}", key.verifying().id()));
    }
}
