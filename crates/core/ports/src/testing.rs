//! In-memory fakes and one conformance suite per port.
//!
//! A suite panics at the first rule that an implementation breaks. It is `async` and names no runtime: the
//! caller drives it with whatever its adapter needs.

mod audit;
mod audit_suite;
mod blob_store;
mod blob_store_suite;
mod bus;
mod bus_suite;
mod directory;
mod directory_suite;
mod embedder;
mod embedder_suite;
mod event_log;
mod event_log_suite;
mod fixtures;
mod jobs;
mod jobs_suite;
mod join;
mod knowledge;
mod knowledge_suite;
mod language_model;
mod language_model_suite;
mod leases;
mod leases_suite;
mod media_source;
mod media_source_suite;
mod queue;
mod queue_suite;
mod transcriber;
mod transcriber_suite;

pub use audit::MemoryAuditLog;
pub use audit_suite::audit_log_suite;
pub use blob_store::MemoryBlobStore;
pub use blob_store_suite::blob_store_suite;
pub use bus::MemoryBus;
pub use bus_suite::bus_suite;
pub use directory::MemoryContacts;
pub use directory_suite::contact_directory_suite;
pub use embedder::HashedEmbedder;
pub use embedder_suite::embedder_suite;
pub use event_log::MemoryEventLog;
pub use event_log_suite::event_log_suite;
pub use fixtures::{append_as_owner, call_ended, call_started, ids, revised, utterance};
pub use jobs::{JobClock, MemoryJobs};
pub use jobs_suite::{JOBS_SUITE_RULES, jobs_suite};
pub use knowledge::MemoryKnowledge;
pub use knowledge_suite::{SuiteDocument, knowledge_suite};
pub use language_model::ScriptedModel;
pub use language_model_suite::language_model_suite;
pub use leases::MemoryLeases;
pub use leases_suite::leases_suite;
pub use media_source::{BodyStep, MediaFailure, ScriptedMediaSource};
pub use media_source_suite::{MediaFixture, media_source_suite};
pub use queue::MemoryQueue;
pub use queue_suite::queue_suite;
pub use transcriber::{ScriptLine, ScriptedTranscriber};
pub use transcriber_suite::transcriber_suite;
