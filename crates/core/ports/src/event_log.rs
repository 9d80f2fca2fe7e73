//! The event log, which is the truth, and the projections that can be rebuilt from it.

use async_trait::async_trait;
use events::{CallEndReason, Envelope, Event, Gap, Stages, TranscriptUtterance, TranscriptionStatus};
use model::{CallId, ContactId, TenantId, Timestamp};
use thiserror::Error;

/// Why the log could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// The call has no event in the log.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// The disk has no room. The event is not in the log; keep it and try again.
    #[error("the event log's disk is full")]
    DiskFull,
    /// The store failed otherwise.
    #[error("the event log failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl EventLogError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NoSuchCall(_) => false,
            Self::DiskFull | Self::Store(_) => true,
        }
    }
}

/// An event before it has its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Stage times so far; the log fills in `appended_us`.
    pub stages: Stages,
    /// What happened.
    pub event: Event,
}

/// What an append gave: the events with their places and append time, in order.
pub type Appended = Vec<Envelope>;

/// Whether a call is still going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It has no end yet.
    Live,
    /// It ended.
    Ended,
}

/// One row of the list of calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CallSummary {
    /// Which call.
    pub call_id: CallId,
    /// Connect's contact.
    pub contact_id: ContactId,
    /// The customer's number, all but the last four digits hidden.
    pub customer: Option<String>,
    /// The queue.
    pub queue: Option<String>,
    /// The agent who is or was last connected: the name, else the id.
    pub agent: Option<String>,
    /// Wall time of the first sample.
    pub started_at: Timestamp,
    /// Live or ended.
    pub state: CallState,
    /// What ended it.
    pub end_reason: Option<CallEndReason>,
    /// Its length, once it ended.
    pub duration_ms: Option<u64>,
    /// Whether the customer is on hold now.
    pub on_hold: bool,
    /// Finished utterances.
    pub utterances: u32,
    /// Masked stretches in finished utterances.
    pub masks: u32,
    /// Gaps in the audio.
    pub gaps: u32,
    /// Whether a redacted recording is committed.
    pub has_recording: bool,
    /// Whether words can be expected, as last said.
    pub transcription: Option<TranscriptionStatus>,
    /// The last finished utterance.
    pub last_utterance: Option<TranscriptUtterance>,
    /// The call's last seq that this row takes in.
    pub seq: u64,
    /// The tenant's last position that this row takes in.
    pub position: u64,
}

/// Which calls to list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Only live or only ended calls.
    pub state: Option<CallState>,
    /// Only calls that started before this one in the list: the last `call_id` of the page before.
    pub after: Option<CallId>,
    /// How many at the most; 1 to 500.
    pub limit: u32,
}

/// A page of calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPage {
    /// The calls, newest first.
    pub calls: Vec<CallSummary>,
    /// Pass as [`CallFilter::after`] for more.
    pub next: Option<CallId>,
    /// The tenant's last position that the page takes in: subscribe after it.
    pub position: u64,
}

/// A call's transcript as projected from its log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TranscriptView {
    /// Finished utterances in their newest revision, by start, then channel.
    pub utterances: Vec<TranscriptUtterance>,
    /// Holes in the audio.
    pub gaps: Vec<Gap>,
    /// Holds as `(from_ms, to_ms)`; an open one has no end.
    pub holds: Vec<(u64, Option<u64>)>,
    /// The call's last seq that this takes in.
    pub seq: u64,
}

/// The event log of all tenants, with its projections.
///
/// Appends of one call come from one owner. An event that is appended is in the projections when `append`
/// returns.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Appends events of one call, all or none, and gives them their places. Partials are refused by panic in
    /// debug builds and passed over otherwise.
    async fn append(
        &self,
        tenant: &TenantId,
        call: &CallId,
        now: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Appended, EventLogError>;

    /// Events of a call after `after` (0 for all), in order, at most `limit`.
    async fn read_call(
        &self,
        tenant: &TenantId,
        call: &CallId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError>;

    /// Events of all the tenant's calls after a position, in order, at most `limit`.
    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError>;

    /// A page of calls.
    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError>;

    /// One call's row.
    async fn call(&self, tenant: &TenantId, call: &CallId) -> Result<CallSummary, EventLogError>;

    /// A call's transcript.
    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError>;
}
