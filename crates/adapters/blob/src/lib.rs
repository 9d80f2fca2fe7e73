//! Blobs in a local folder: one file per key, written once, whole or not at all.
//!
//! A blob is written under `.tmp` (a name that no key can have), synced, and linked to its name, so that
//! what has the name is whole even after a power loss. Files are readable by their owner alone. What a killed
//! process left under `.tmp` is removed at the next start; a file that another process still writes is
//! locked and stays. It must not know what a blob holds.

mod error;
mod store;
mod writer;

pub use error::OpenBlobStoreError;
pub use store::FolderBlobStore;
