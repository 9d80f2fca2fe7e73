//! AWS's clients and their errors; no type of theirs goes further, but for the configuration that callers bring.

mod archive;
mod clients;
mod control;
mod media;
mod refusal;
mod sts;

pub use aws_config::SdkConfig;

pub(crate) use archive::ArchiveClient;
pub(crate) use clients::{Clients, Own};
pub(crate) use control::Api;
pub(crate) use media::{Body, MediaClient};
pub(crate) use refusal::{Refusal, WireError};
pub(crate) use sts::Assumed;
