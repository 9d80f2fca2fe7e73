//! Every call of the local server, driven by the AWS SDK for Rust; `PutMedia`, which it lacks, by a client of our own.
#![expect(clippy::unwrap_used, reason = "what fails to be set up fails the test")]

mod archive;
mod control;
mod faults;
mod limits;
mod media;
mod roles;
mod selectors;
mod signatures;
mod storage;
mod support;
