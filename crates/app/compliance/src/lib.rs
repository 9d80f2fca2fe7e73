//! Proof that what is kept of a call holds nothing that it must not: the checks after a call, their repair, and the same
//! for files.
//!
//! The rules are in core; this crate reads and writes stores and files for them. It holds no words in clear: what it reads
//! is redacted, and what it hears again is judged at once and forgotten.

mod redact_audio;
mod spans;
mod wav_file;

pub use redact_audio::{MaskedRange, Padding, RedactAudio, RedactAudioError, RedactedAudio, redact_audio};
pub use spans::{AudioSpan, MAX_SPANS, SpanChannel, SpansError, parse_spans};
pub use wav_file::{WavFile, WavFileError};
