//! The event log, which is the truth, and the projections that can be rebuilt from it.

use async_trait::async_trait;
use events::{Envelope, Event, Stages};
use model::{CallId, CallKey, Epoch, TenantId, Timestamp};
use projection::{CallState, CallSummary, TranscriptView};
use thiserror::Error;

/// Why the log could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// The call has no event in the log.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// A later owner has claimed the call: whoever appends with this epoch must stop at once.
    #[error("another worker owns the call {0} now")]
    Fenced(CallId),
    /// The call's last event is another one than the append goes on from. Its owner lost count, or there are two.
    #[error("the call {call} is at seq {last}, not where the append goes on from")]
    OutOfStep {
        /// The call.
        call: CallId,
        /// Its last event's seq.
        last: u64,
    },
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
            Self::NoSuchCall(_) | Self::Fenced(_) | Self::OutOfStep { .. } => false,
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

/// Events of one call that are to be appended, all or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// The call.
    pub key: CallKey,
    /// The owner's epoch.
    pub epoch: Epoch,
    /// The seq of the call's last event as its owner knows it; 0 when there is none. An append that is tried again
    /// because its answer was lost finds its events there and gives the places they have.
    pub after: u64,
    /// The owner's time.
    pub now: Timestamp,
    /// The events.
    pub events: Vec<NewEvent>,
}

/// What an append gave: the events with their places and append time, in order.
pub type Appended = Vec<Envelope>;

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

/// The event log of all tenants, with its projections.
///
/// Appends of one call come from one owner, the one with the highest epoch that claimed it. An event that is appended is in the projections when `append`
/// returns.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Makes `epoch` the call's: from now on appends with a lower one are refused. Gives the seq of its last event, 0
    /// when it has none. Claiming with the call's own epoch again is no error.
    ///
    /// # Errors
    /// [`EventLogError::Fenced`] when a later owner has claimed the call.
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError>;

    /// Appends events of one call, all or none, and gives them their places. Partials are refused by panic in
    /// debug builds and passed over otherwise.
    ///
    /// # Errors
    /// [`EventLogError::Fenced`] when a later owner has claimed the call, [`EventLogError::OutOfStep`] when `after` is
    /// not its last event and what follows is not these events.
    async fn append(&self, append: Append) -> Result<Appended, EventLogError>;

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
