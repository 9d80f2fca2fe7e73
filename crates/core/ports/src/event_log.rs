//! The event log, which is the truth, and the projections that can be rebuilt from it.

use async_trait::async_trait;
use events::{Envelope, Event, Stages};
use model::{CallId, TenantId, Timestamp};
use projection::{CallState, CallSummary, TranscriptView};
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
