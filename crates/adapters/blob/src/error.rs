//! What the file system says, in the port's words.

use std::{io, path::PathBuf};

use ports::BlobError;
use thiserror::Error;

/// Why a folder cannot hold blobs.
#[derive(Debug, Error)]
#[error("the recordings folder {} cannot be used", path.display())]
pub struct OpenBlobStoreError {
    /// The folder.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

pub(crate) fn failed(error: io::Error) -> BlobError {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        BlobError::Full
    } else {
        BlobError::Store(Box::new(error))
    }
}

/// As [`failed`], where a missing file means a missing blob.
pub(crate) fn failed_to_find(key: &str, error: io::Error) -> BlobError {
    // A part of the key that is a file is not a folder: nothing is below it.
    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        BlobError::NotFound(key.to_owned())
    } else {
        failed(error)
    }
}
