//! Reads live media from Kinesis Video Streams: the port `MediaSource` over AWS's own clients.
//!
//! The same code reads the real service and the local server; only the constructor differs. One `open` is one
//! `GetMedia` call: no retries, no operation timeout, no stalled-stream protection (a quiet live stream is not
//! broken), since the caller knows how long silence may last and when to come back. Data endpoints are kept for their
//! 45 minutes and fetched again when the service says that one is stale. Dropping a body closes its connection,
//! which the service's three connections per stream demand.
//!
//! Needs `kinesisvideo:GetDataEndpoint` and `kinesisvideo:GetMedia` on the streams, and `kms:Decrypt` on their key.

mod source;
mod wire;

pub use source::KvsMediaSource;
pub use wire::SdkConfig;
