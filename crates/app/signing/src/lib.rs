//! Signatures of the documents by which Trunkline proves what it did: evidence reports and certificates of erasure.
//!
//! Ed25519 (RFC 8032), detached: the bytes that are signed stay as they are, the signature names the key and carries its
//! public half. Who trusts a key by its id can check a document without us.
//!
//! It must not read keys from anywhere, nor know what is signed.

mod key;

pub use key::{KeyId, Signature, SignatureError, SigningKey, VerifyingKey, random_secret};
