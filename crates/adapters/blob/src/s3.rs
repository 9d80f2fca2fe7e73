//! Blobs in S3.

mod bucket;
mod conditional;
mod config;
mod credentials;
mod error;
mod store;
mod writer;

pub use config::S3Config;
pub use error::S3Error;
pub use store::S3BlobStore;
