//! Proof that what is kept of a call holds nothing that it must not: the checks after a call, their repair, and the same
//! for files.
//!
//! The rules are in core; this crate reads and writes stores and files for them. It holds no words in clear: what it reads
//! is redacted, and what it hears again is judged at once and forgotten.

mod account;
mod cases;
mod check;
mod facts;
mod file;
mod job;
mod recording;
mod redact_audio;
mod repair;
mod report;
mod rerender;
mod sound;
mod spans;
mod verifier;
mod wav_file;

pub use cases::{MAX_CASES, cases};
pub use file::{FileChecks, FileError, check_file};
pub use job::{Sweep, VERIFY_JOB, verify_job};
pub use recording::RecordingError;
pub use redact_audio::{MaskedRange, Padding, RedactAudio, RedactAudioError, RedactedAudio, redact_audio};
pub use report::{evidence_key, evidence_page_key, evidence_signature_key};
pub use spans::{AudioSpan, MAX_SPANS, SpanChannel, SpansError, parse_spans};
pub use verifier::{Checks, MaskMore, PolicyOf, Verifier, VerifierParts, VerifyError};
pub use wav_file::{WavFile, WavFileError};
