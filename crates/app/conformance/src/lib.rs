//! Proves servers and clients of the subscription protocol.
//!
//! [`server::run`] asks a server as clients do, over all three transports, and compares what they say. [`client`] stands
//! between a client and a server, breaks and cuts and reorders what passes, and judges what the client has seen.

pub mod client;
mod report;
pub mod server;

pub use report::{Check, Outcome, Report};
