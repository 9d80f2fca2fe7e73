//! Recordings and other large objects.

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

/// Why a blob could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no blob of this key.
    #[error("there is no blob {0}")]
    NotFound(String),
    /// A blob of this key exists; blobs are written once.
    #[error("the blob {0} exists already")]
    Exists(String),
    /// The key could leave the store: keys are `a-z A-Z 0-9 . _ -` in parts joined by `/`, no part
    /// empty or beginning with a dot.
    #[error("the blob key is not valid")]
    InvalidKey,
    /// The store has no room.
    #[error("the blob store is full")]
    Full,
    /// The store failed otherwise.
    #[error("the blob store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl BlobError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotFound(_) | Self::Exists(_) | Self::InvalidKey => false,
            Self::Full | Self::Store(_) => true,
        }
    }
}

/// The longest key, in bytes.
const MAX_KEY_BYTES: usize = 512;

/// Checks that a key cannot leave a store: `a-z A-Z 0-9 . _ -` in parts joined by `/`, none of them empty or
/// beginning with a dot. Every store uses this one rule.
///
/// # Errors
/// [`BlobError::InvalidKey`] when the key breaks it.
pub fn check_blob_key(key: &str) -> Result<(), BlobError> {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if key.len() <= MAX_KEY_BYTES && key.split('/').all(good) { Ok(()) } else { Err(BlobError::InvalidKey) }
}

/// Checks that a prefix can be listed: empty, or a key with a `/` at its end.
///
/// # Errors
/// [`BlobError::InvalidKey`] when it is neither.
pub fn check_blob_prefix(prefix: &str) -> Result<(), BlobError> {
    match prefix.strip_suffix('/') {
        Some(key) => check_blob_key(key),
        None if prefix.is_empty() => Ok(()),
        None => Err(BlobError::InvalidKey),
    }
}

/// Bytes `start..end` of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// First byte after the last.
    pub end: u64,
}

/// Keeps blobs, each written once.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Begins a blob. Nothing is seen under `key` until the writer is committed; dropping the writer leaves nothing.
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError>;

    /// The size of a blob, in bytes.
    async fn size(&self, key: &str) -> Result<u64, BlobError>;

    /// Bytes of a blob; a range beyond its end gives what there is.
    async fn read(&self, key: &str, range: ByteRange) -> Result<Bytes, BlobError>;

    /// The keys that begin with `prefix` and come after `after`, in the order of their bytes, at most `limit`. The prefix
    /// is whole parts of keys with a `/` at their end, such as `acme/recordings/`, or empty. A blob that is committed or
    /// removed meanwhile may be in it or not.
    ///
    /// # Errors
    /// [`BlobError::InvalidKey`] when no key can begin so.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, BlobError>;

    /// Removes a blob; one that is not there is no error.
    async fn delete(&self, key: &str) -> Result<(), BlobError>;
}

/// A blob that is being written.
#[async_trait]
pub trait BlobWriter: Send {
    /// Adds bytes at the end.
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError>;

    /// Makes the blob whole and visible at once.
    async fn commit(self: Box<Self>) -> Result<(), BlobError>;
}
