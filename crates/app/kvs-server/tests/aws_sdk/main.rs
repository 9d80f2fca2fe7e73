//! Every call of the local server, driven by the AWS SDK for Rust; `PutMedia`, which it lacks, by a client of our own.

mod archive;
mod control;
mod faults;
mod limits;
mod media;
mod selectors;
mod signatures;
mod storage;
mod support;
