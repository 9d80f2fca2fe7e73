//! The adapter against the local server.
#![expect(clippy::unwrap_used, reason = "what fails to be set up fails the test")]

mod archive;
mod live;
mod roles;
mod streams;
mod support;
