//! Amazon Transcribe streaming: the port `Transcriber` over AWS's own client.
//!
//! One call is one `StartStreamTranscription` with both channels interleaved, on a connection of its own: the service
//! takes one stream for each HTTP/2 connection. Audio is sent in 100 ms chunks at no more than the configured
//! [`Pace`], since the service works in real time and refuses what waits too long. While nothing is pushed, now and
//! then a little silence is sent in its place, so that the service does not give the stream up after 15 s; positions
//! are told without it.
//!
//! Nothing is retried here. Any failure ends the results, and the caller opens again from what is settled. The
//! service says nothing in silence, so what is settled is derived: see `settle.rs` for what that rests on.
//!
//! Needs `transcribe:StartStreamTranscription`. Billed by the second of audio, once for both channels.

mod config;
mod error;
mod feed;
mod language;
mod pace;
mod results;
mod session;
mod settle;
mod sink;
mod timeline;
mod transcriber;
mod wire;

pub use config::{Stability, TranscribeConfig};
pub use pace::Pace;
pub use transcriber::TranscribeTranscriber;
pub use wire::SdkConfig;
