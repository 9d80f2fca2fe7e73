//! A stand-in for Amazon Transcribe streaming: `POST /stream-transcription` over HTTP/2 and TLS, with its rules.
//!
//! It verifies the request's signature and the chain of signatures of the frames, the frames' checksums, the headers,
//! the size of chunks, the 15 s without audio, the quota of streams, one stream for each connection and the length of
//! a session, and answers what breaks them as the service does: before the stream as HTTP errors, in it as exceptions.
//! The words are a pure function of the audio (see `tone_words`): each channel is heard for itself, partials come with
//! each word, a final after [`SEGMENT_GAP_MS`] of silence, an event without results for each second without words.
//! [`Faults`] make it misbehave on demand.
//!
//! Not the service's: `POST /faults` adds a fault, for tests in other processes.

mod auth;
mod config;
mod faults;
mod frames;
mod recogniser;
mod request;
mod server;
mod stream;
mod tls;

pub use config::{Credentials, ServerConfig};
pub use faults::{Fault, Faults};
pub use recogniser::SEGMENT_GAP_MS;
pub use server::{Counters, Server, StartError};
