//! The traits through which Trunkline meets the outside: media in, words, logs, blobs, and what hosts share.
//!
//! Each port has its own error, which says whether trying again can help. An adapter implements a port and
//! passes its conformance suite (feature `testing`), as the in-memory fake beside the suite does.

mod audit;
mod blob;
mod bus;
mod directory;
mod embedder;
mod event_log;
mod jobs;
mod json_answer;
mod key_sets;
mod knowledge;
mod language_model;
mod leases;
mod media_source;
mod queue;
#[cfg(feature = "testing")]
pub mod testing;
mod transcriber;

pub use audit::{AuditCheck, AuditEntry, AuditError, AuditLog, NewAuditEntry, act};
pub use blob::{BlobError, BlobStore, BlobWriter, ByteRange, check_blob_key, check_blob_prefix};
pub use bus::{Bus, BusError, BusMessage, BusSubscription, Received};
pub use directory::{ContactDirectory, DirectoryError, Put};
pub use embedder::{EmbedError, Embedder, Embedding};
pub use event_log::{
    Append, Appended, CallFilter, CallPage, EventLog, EventLogError, NewEvent, Remains, ReviewFilter,
};
pub use jobs::{
    Enqueued, InvalidJob, Job, JobCounts, JobHandler, JobHandlers, JobId, JobKey, JobKind, JobPayload,
    JobRules, JobState, JobStatus, Jobs, JobsError, MAX_PAYLOAD_BYTES, MAX_WHY_CHARS, NewJob, Outcome,
    attempt_job,
};
pub use json_answer::json_answer;
pub use key_sets::{KeySetError, KeySets};
pub use knowledge::{Knowledge, KnowledgeError, Passage};
pub use language_model::{Answer, AnswerPart, LanguageModel, LanguageModelError, Prompt};
pub use leases::{Lease, LeaseCounts, LeaseError, Leases, Offered, Renewal};
pub use media_source::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};
pub use projection::{CallState, CallSummary, TranscriptView};
pub use queue::{Queue, QueueError, QueueMessage};
pub use transcriber::{
    AudioSink, Language, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription,
    TranscriptionRequest,
};
