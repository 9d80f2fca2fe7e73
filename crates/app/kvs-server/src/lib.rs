//! A local Kinesis Video Streams server: what AWS's own clients need to create streams, put media, read it
//! live and read it back from the archive, on one machine, without an account.
//!
//! It speaks the service's HTTP protocol (`SigV4`, JSON errors, chunked full-duplex media) and its Matroska dialect
//! (one fragment per EBML document, service tags around each cluster). Producers' bytes pass through unchanged.
//! Everything held in memory or on disk is bounded by [`Limits`]; the oldest goes first, logged and counted.
//! With [`Role`]s it is also the Security Token Service of its account, and media is read with their sessions only.
//! Failures of the real service can be ordered with [`Fault`]s, in process, by flag or by HTTP.
//!
//! It knows nothing of calls, contacts or Trunkline's own ports, and never names an adapter.

mod access;
mod admin;
mod archive;
mod auth;
mod config;
mod control;
mod counters;
mod error;
mod faults;
mod get_media;
mod http_body;
mod limits;
mod number;
mod put_media;
mod registry;
mod request;
mod router;
mod server;
mod store;
mod stream;
mod sts;
mod validate;

pub use config::{Clock, Config, Credentials, Limits, ParseRoleError, Role, system_clock};
pub use counters::Counts;
pub use faults::{Fault, FaultId, FaultKind, Faults, Operation, ParseFaultError};
pub use server::{BindError, Server, ServerHandle};
