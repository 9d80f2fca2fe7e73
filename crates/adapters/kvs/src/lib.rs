//! Reads media from Kinesis Video Streams: the port `MediaSource` over AWS's own clients.
//!
//! The same code reads the real service and the local server; only the constructor differs. One `open` is one
//! `GetMedia` call: no operation timeout, no stalled-stream protection (a quiet live stream is not broken), and no
//! retries but two: with another data endpoint when the service says that the known one is stale, and with fresh
//! credentials when it refuses the known ones. All other retries are the caller's, who knows how long silence may
//! last and when to come back. Dropping a body closes its connection, which the service's three connections per
//! stream demand.
//!
//! `open_archive` lists the fragments of a stretch of time (`ListFragments`, unordered also across pages), sorts
//! them by number and reads them in batches with `GetMediaForFragmentList`.
//!
//! # Credentials
//! A tenant's streams may lie in its own account: then [`RoleConfig`] names the role to assume there and the external
//! id by which that account knows us. Sessions last an hour, the most that a role assumed by a role may, and are
//! renewed before they end. Other tenants' streams are read with the process's own credentials.
//!
//! # Least privilege
//! The role needs, on `arn:<partition>:kinesisvideo:<region>:<account>:stream/<prefix>*` and on nothing else:
//! `kinesisvideo:GetDataEndpoint`, `kinesisvideo:GetMedia`, `kinesisvideo:ListFragments`,
//! `kinesisvideo:GetMediaForFragmentList`, `kinesisvideo:DescribeStream`; `kinesisvideo:ListStreams`, which knows no
//! resource, on `*`, where streams are to be found by their prefix; and `kms:Decrypt` on the streams' key. It never
//! needs to create, write or delete. Its trust policy names our principal and demands `sts:ExternalId`; we need
//! `sts:AssumeRole` on it.
//!
//! # Quotas
//! `GetMedia` is paced at five openings a second and stream, `GetDataEndpoint` below the three hundred a second of an
//! account, and endpoints are kept for their 45 minutes and a little more, each a little longer than the last, so that
//! a fleet's do not end together.

mod account;
mod archive;
mod endpoints;
mod facts;
mod pace;
mod role;
mod source;
mod wire;

pub use facts::{StreamFacts, StreamStatus};
pub use role::{RoleConfig, Roles};
pub use source::KvsMediaSource;
pub use wire::SdkConfig;
