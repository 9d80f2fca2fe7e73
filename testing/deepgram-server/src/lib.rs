//! A stand-in for Deepgram's live streaming API, with its rules and its faults.
//!
//! It enforces what the real service enforces: the key, the parameters, the control messages, ten seconds without audio
//! or `KeepAlive`, whole frames, the limit of streams. What it hears are the words of [`tone_words`], so a transcript
//! is a function of the audio alone: neither where a stream begins nor how the audio was cut changes the words, their
//! times on the call, or where an utterance ends.
//!
//! Faults are asked for with [`DeepgramServer::fault`], or by `POST /admin/faults` with the JSON of a [`Fault`];
//! `DELETE /admin/faults` ends them, `GET /admin/streams` tells what every stream did.

mod api;
mod fault;
mod params;
mod recogniser;
mod server;
mod stream;
mod tls;
mod wire;

pub use fault::{Fault, FaultKind, Garbage};
pub use server::{DeepgramServer, Options};
pub use stream::StreamReport;
