//! Turns what a recogniser says into utterances, and utterances into files.
//!
//! [`TranscriptAssembler`] takes partial and final results of both channels and gives ordered, numbered
//! utterances in clear; it forgets their words at once. It does not redact: what it gives goes to the
//! `redaction` crate and nowhere else. [`render_txt`] and [`render_srt`] write redacted utterances as files.

mod assembler;
mod attribution;
mod render;

pub use assembler::{Assembled, MAX_OPEN_UTTERANCES, MAX_REMEMBERED_FINALS, TranscriptAssembler};
pub use attribution::{Attribution, MAX_AGENT_INTERVALS};
pub use render::{render_srt, render_txt};
