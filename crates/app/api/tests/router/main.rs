//! The real router over stores in memory.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without fails it where it is missing")]

mod access;
mod calls;
mod contact_lens;
mod desk;
mod guard;
mod intake;
mod lifecycle;
mod paths;
mod playbooks;
mod recording;
mod review;
mod server;
mod sockets;
mod support;
mod transports;
mod uploads;
