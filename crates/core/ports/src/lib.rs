//! The traits through which Trunkline meets the outside: media in, words, logs, blobs.
//!
//! Each port has its own error, which says whether trying again can help. An adapter implements a port and
//! passes its conformance suite (feature `testing`), as the in-memory fake beside the suite does.

mod blob;
mod event_log;
mod media_source;
mod transcriber;

pub use blob::{BlobError, BlobStore, BlobWriter, ByteRange};
pub use event_log::{
    Appended, CallFilter, CallPage, CallState, CallSummary, EventLog, EventLogError, NewEvent, TranscriptView,
};
pub use media_source::{MediaBody, MediaSource, MediaSourceError, StartAt};
pub use transcriber::{
    AudioSink, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest,
};
