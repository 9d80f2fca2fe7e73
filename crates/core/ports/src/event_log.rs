//! The event log, which is the truth, and the projections that can be rebuilt from it.

use async_trait::async_trait;
use events::{Envelope, Event, Stages};
use model::{CallId, CallKey, ContactId, Epoch, TenantId, Timestamp};
use projection::{CallState, CallSummary, TranscriptView};
use thiserror::Error;

/// Why the log could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// The call has no event in the log.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// A later owner has claimed the call, or it was erased: whoever appends with this epoch must stop at once.
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
    /// Only calls that stand so with their review.
    pub review: Option<ReviewFilter>,
    /// Only calls that ended before this time.
    pub ended_before: Option<Timestamp>,
    /// Only the calls of this contact.
    pub contact: Option<ContactId>,
    /// Only calls of the customer with this blind name.
    pub customer_key: Option<String>,
    /// Only calls that started before this one in the list: the last `call_id` of the page before.
    pub after: Option<CallId>,
    /// How many at the most; 1 to 500.
    pub limit: u32,
}

/// How a call stands with its review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewFilter {
    /// It ended and was not verified yet.
    Unverified,
    /// It is hidden from everyone but reviewers.
    Quarantined,
    /// It has findings on which somebody has yet to decide.
    OpenFindings,
    /// It must be kept, whatever its retention says.
    Held,
}

impl CallFilter {
    /// Whether a call is one of those, its place in the list aside.
    #[must_use]
    pub fn wants(&self, row: &CallSummary) -> bool {
        let ended = row.state == CallState::Ended;
        self.state.is_none_or(|state| row.state == state)
            && self.review.is_none_or(|review| match review {
                ReviewFilter::Unverified => ended && row.verdict.is_none(),
                ReviewFilter::Quarantined => row.quarantined,
                ReviewFilter::OpenFindings => row.open_findings > 0,
                ReviewFilter::Held => row.legal_hold,
            })
            && self.ended_before.is_none_or(|time| row.ended_at().is_some_and(|ended| ended < time))
            && self.contact.as_ref().is_none_or(|contact| row.contact_id == *contact)
            && self.customer_key.as_ref().is_none_or(|key| row.customer_keys.contains(key))
    }
}

/// What is left of the bytes of what was erased, after [`EventLog::scrub`]. Backups are nobody's here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remains {
    /// Nothing in the store's files.
    Nothing,
    /// What a database server has in the free space of its pages and in its write-ahead log, until it writes over them;
    /// and what was archived of that log.
    UnusedSpace,
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
/// Appends of one call come from one owner, the one with the highest epoch that claimed it. An event that is appended is
/// in the projections when `append` returns.
///
/// What is appended stays as it is, but for two acts. When a newer revision of an utterance is appended, its words
/// replace those of the events that carried the utterance before, in the same transaction, so that the log holds no word
/// that was hidden later; an older revision that comes late gets the newest one's words. And [`EventLog::erase`] removes
/// a call.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Makes `epoch` the call's: from now on appends with a lower one are refused. Gives the seq of its last event, 0
    /// when it has none. Claiming with the call's own epoch again is no error.
    ///
    /// # Errors
    /// [`EventLogError::Fenced`] when a later owner has claimed the call.
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError>;

    /// Makes the call of who asks, to add to its log after its end: gives an epoch that is higher than that of any owner
    /// by lease and of any who asked before, and the seq of its last event. A call that is not over must not be asked
    /// for: its owner would lose it.
    ///
    /// # Errors
    /// [`EventLogError::Fenced`] when the call was erased.
    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError>;

    /// Appends events of one call, all or none, and gives them their places as they are in the log. Partials are refused by panic in
    /// debug builds and passed over otherwise.
    ///
    /// # Errors
    /// [`EventLogError::Fenced`] when a later owner has claimed the call, [`EventLogError::OutOfStep`] when `after` is
    /// not its last event and what follows is not these events.
    async fn append(&self, append: Append) -> Result<Appended, EventLogError>;

    /// Removes all that is kept of a call, its events and its projections, and says how many events there were. From then on the call is nobody's: claims and appends are refused. Others' places
    /// stay, so that positions have holes. Erasing again, or a call without events, is no error.
    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError>;

    /// Leaves no byte of what was erased where the store can reach it, and says what it cannot reach. Costs up to what writing all of the tenant's log
    /// anew costs; appends may wait meanwhile. To be called once after erasures.
    async fn scrub(&self, tenant: &TenantId) -> Result<Remains, EventLogError>;

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
