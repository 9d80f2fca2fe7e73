//! The traits through which Trunkline meets the outside: media in, words, logs, blobs.
//!
//! Each port has its own error, which says whether trying again can help. An adapter implements a port and
//! passes its conformance suite (feature `testing`), as the in-memory fake beside the suite does.

mod blob;
mod event_log;
mod media_source;
#[cfg(feature = "testing")]
pub mod testing;
mod transcriber;

pub use blob::{BlobError, BlobStore, BlobWriter, ByteRange, check_blob_key};
pub use event_log::{Appended, CallFilter, CallPage, EventLog, EventLogError, NewEvent};
pub use media_source::{MediaBody, MediaSource, MediaSourceError, StartAt};
pub use projection::{CallState, CallSummary, TranscriptView};
pub use transcriber::{
    AudioSink, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest,
};
