//! What the service says of a stream, for those who check a deployment.

use model::StreamAddress;

/// What the service says of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFacts {
    /// Where it is.
    pub address: StreamAddress,
    /// How long its media is kept; 0 keeps some minutes and no archive.
    pub retention_hours: u32,
    /// The key that its media is encrypted with.
    pub kms_key: Option<String>,
    /// Whether it can be read.
    pub status: StreamStatus,
}

/// Whether a stream can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamStatus {
    /// It can.
    Active,
    /// Not yet.
    Creating,
    /// It can; its settings are being changed.
    Updating,
    /// Not any more.
    Deleting,
    /// The service says something else.
    Unknown,
}
