//! Samples of one channel: formats, levels, and the tone that stands where sensitive audio was.
//!
//! Pure functions and small state machines over blocks of 16-bit PCM; nothing here reads files or devices.

mod pcm;

pub use pcm::{interleave, pcm_from_bytes, pcm_to_bytes};
