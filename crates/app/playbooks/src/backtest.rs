//! A changed playbook over the stored calls: what would have fired, and what not.

mod compare;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use assist::{Again, CompiledPlaybook, guide_again};
use events::Envelope;
use model::{CallId, TenantId, Timestamp};
use playbook::Playbook;
use ports::{CallFilter, Embedder, EventLog, EventLogError};
use projection::{CallState, CallSummary};
use serde::Serialize;
use tokio::sync::mpsc;

pub use compare::{Firing, ItemChange, ItemCounts, RuleChange};

use self::compare::Comparison;
use crate::compile::{compile, embed, lacks_meaning};

/// As many calls are guided again at the most.
pub const MAX_CALLS: usize = 10_000;
/// As many are where nobody says.
pub const CALLS: usize = 1_000;
/// Calls of more events are passed over: no call that was carried has as many.
const MAX_EVENTS: usize = 100_000;
/// Events of a call that are read at once.
const PAGE: u32 = 1_000;
/// Calls that are listed at once.
const LISTED: u32 = 500;
/// Messages that wait for whoever reads them; then the work waits, too.
const WAITING: usize = 16;

/// Whether somebody may see a call.
pub type MaySee = Arc<dyn Fn(&CallSummary) -> bool + Send + Sync>;

/// What is guided again, and with what.
#[derive(Clone)]
pub struct Backtest {
    /// The stored calls.
    pub log: Arc<dyn EventLog>,
    /// Whose.
    pub tenant: TenantId,
    /// The changed playbook.
    pub candidate: Playbook,
    /// The one that it is compared with; with none where the id is new.
    pub live: Option<Arc<Playbook>>,
    /// Tells meanings; without it they are not told with either.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// Calls that began from then on.
    pub from: Timestamp,
    /// As many of them, the newest.
    pub limit: usize,
    /// Which of them whoever asks may see; the others are left out.
    pub may_see: MaySee,
}

/// How a backtest goes. One line of JSON each.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BacktestMessage {
    /// So many calls are done.
    Progress {
        /// Guided again, or passed over.
        done: usize,
        /// All that will be.
        of: usize,
    },
    /// The end.
    Result(BacktestResult),
    /// It broke off.
    Error {
        /// Why.
        detail: String,
    },
}

/// What a changed playbook changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BacktestResult {
    /// Calls that were guided again.
    pub calls: usize,
    /// Calls that were passed over: hidden for a review, gone since, or not readable.
    pub skipped: usize,
    /// Whether meanings were not told, for want of an embedding model.
    pub without_meaning: bool,
    /// The rules of both, the changed playbook's first.
    pub rules: Vec<RuleChange>,
    /// The items of both checklists, the changed playbook's first.
    pub checklist: Vec<ItemChange>,
}

impl fmt::Debug for Backtest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backtest")
            .field("tenant", &self.tenant)
            .field("candidate", &self.candidate.id)
            .finish_non_exhaustive()
    }
}

impl Backtest {
    /// Begins. Dropping what it gives stops it.
    #[must_use]
    pub fn begin(self) -> mpsc::Receiver<BacktestMessage> {
        let (messages, out) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let last = match self.run(&messages).await {
                Ok(Some(result)) => BacktestMessage::Result(result),
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a backtest broke off");
                    BacktestMessage::Error { detail: error.to_string() }
                }
            };
            // Whoever asked may be gone, and then nobody wants the end.
            drop(messages.send(last).await);
        });
        out
    }

    /// Guides one call after the other again. None when nobody listens any more.
    async fn run(
        &self,
        messages: &mpsc::Sender<BacktestMessage>,
    ) -> Result<Option<BacktestResult>, EventLogError> {
        let (calls, hidden) = self.calls().await?;
        let of = calls.len();
        let books = self.books().await;
        let mut comparison = Comparison::new(&self.candidate, self.live.as_deref());
        let without_meaning = books.iter().flatten().any(|book| lacks_meaning(book));
        let mut result = BacktestResult { skipped: hidden, without_meaning, ..BacktestResult::default() };
        for (index, call) in calls.into_iter().enumerate() {
            match self.read(&call).await? {
                Some(events) => {
                    let (before, after) = self.guide(Arc::new(events), &books).await;
                    result.without_meaning |= before.without_meaning || after.without_meaning;
                    comparison.add(&call, &before, &after);
                    result.calls += 1;
                }
                None => result.skipped += 1,
            }
            if messages.send(BacktestMessage::Progress { done: index + 1, of }).await.is_err() {
                return Ok(None);
            }
        }
        (result.rules, result.checklist) = comparison.finish();
        Ok(Some(result))
    }

    /// The calls to guide again, newest first, and how many are hidden.
    async fn calls(&self) -> Result<(Vec<CallId>, usize), EventLogError> {
        let limit = self.limit.min(MAX_CALLS);
        let mut filter = CallFilter { state: Some(CallState::Ended), limit: LISTED, ..CallFilter::default() };
        let (mut calls, mut hidden) = (Vec::new(), 0);
        loop {
            let page = self.log.calls(&self.tenant, &filter).await?;
            for row in page.calls {
                if row.started_at < self.from || calls.len() + hidden == limit {
                    return Ok((calls, hidden));
                }
                if row.quarantined {
                    hidden += 1;
                } else if (self.may_see)(&row) {
                    calls.push(row.call_id);
                }
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok((calls, hidden)),
            }
        }
    }

    /// A call's events; none when it is gone, or has too many.
    async fn read(&self, call: &CallId) -> Result<Option<Vec<Envelope>>, EventLogError> {
        let mut events: Vec<Envelope> = Vec::new();
        loop {
            let after = events.last().map_or(0, |envelope| envelope.seq);
            let page = match self.log.read_call(&self.tenant, call, after, PAGE).await {
                Err(EventLogError::NoSuchCall(_)) => return Ok(None),
                page => page?,
            };
            let whole = page.len() < PAGE as usize;
            events.extend(page);
            if events.len() > MAX_EVENTS {
                return Ok(None);
            }
            if whole {
                return Ok((!events.is_empty()).then_some(events));
            }
        }
    }

    /// The live playbook and the changed one, ready.
    async fn books(&self) -> [Option<Arc<CompiledPlaybook>>; 2] {
        let embedder = self.embedder.as_deref();
        let mut books = [None, None];
        for (book, playbook) in books.iter_mut().zip([self.live.as_deref(), Some(&self.candidate)]) {
            if let Some(playbook) = playbook {
                *book = compile(playbook, "", embedder).await.ok().map(Arc::new);
            }
        }
        books
    }

    /// Guides a call with both, off the threads that serve others.
    async fn guide(
        &self,
        events: Arc<Vec<Envelope>>,
        books: &[Option<Arc<CompiledPlaybook>>; 2],
    ) -> (Again, Again) {
        let [live, candidate] = books.clone();
        let embedder = self.embedder.clone();
        let runtime = tokio::runtime::Handle::current();
        let both = tokio::task::spawn_blocking(move || {
            let mut vectors =
                |sentences: &[String]| runtime.block_on(embed(embedder.as_deref()?, sentences)).ok();
            let mut again = |book: Option<Arc<CompiledPlaybook>>| {
                book.map(|book| guide_again(&events, &[book], &mut vectors)).unwrap_or_default()
            };
            (again(live), again(candidate))
        });
        both.await.unwrap_or_default()
    }
}

/// The beginning of the last so many days.
#[must_use]
pub fn days_before(now: Timestamp, days: u32) -> Timestamp {
    let back = Duration::from_secs(u64::from(days) * 86_400);
    Timestamp::from_micros(
        now.as_micros().saturating_sub(i64::try_from(back.as_micros()).unwrap_or(i64::MAX)),
    )
}

#[cfg(test)]
mod tests;
