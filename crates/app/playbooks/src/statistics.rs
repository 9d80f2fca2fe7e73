//! Usefulness over the calls of some days, counted from their events.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{CallId, TenantId, Timestamp};
use ports::{CallFilter, EventLog, EventLogError};

use crate::Usefulness;
use crate::usefulness::{CardsOfCall, Tally};

/// As many calls are counted; those of a longer time are the newest of it.
pub const MAX_COUNTED_CALLS: u64 = 20_000;
/// As many calls' counts are remembered, so that asking again costs a list and no logs.
const MAX_REMEMBERED: usize = 50_000;
/// Events of a call that are read at once.
const PAGE: u32 = 1_000;
/// Calls that are listed at once.
const CALLS: u32 = 500;

/// What the cards of calls came to, and up to which event of each.
type Remembered = BTreeMap<(TenantId, CallId), (u64, Arc<Tally>)>;

/// Counts how useful cards were.
pub struct Statistics {
    log: Arc<dyn EventLog>,
    remembered: Mutex<Remembered>,
}

impl fmt::Debug for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statistics").finish_non_exhaustive()
    }
}

impl Statistics {
    /// Statistics of the calls of a log.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log, remembered: Mutex::default() }
    }

    /// How useful the cards of a tenant's calls were that began between these times.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Usefulness, EventLogError> {
        let mut whole = Tally::default();
        let (mut calls, mut more) = (0, false);
        let mut filter = CallFilter { limit: CALLS, ..CallFilter::default() };
        'pages: loop {
            let page = self.log.calls(tenant, &filter).await?;
            for row in page.calls {
                if row.started_at < from {
                    break 'pages;
                }
                if row.started_at >= to {
                    continue;
                }
                if calls == MAX_COUNTED_CALLS {
                    more = true;
                    break 'pages;
                }
                calls += 1;
                if let Some(tally) = self.tally(tenant, &row.call_id, row.seq).await? {
                    whole.merge(&tally);
                }
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        let (from_ms, to_ms) = (from.as_millis(), to.as_millis());
        Ok(Usefulness { from_ms, to_ms, calls, more, rules: whole.rules() })
    }

    /// What the cards of a call came to; none where the call is gone.
    async fn tally(
        &self,
        tenant: &TenantId,
        call: &CallId,
        seq: u64,
    ) -> Result<Option<Arc<Tally>>, EventLogError> {
        let key = (tenant.clone(), call.clone());
        let known =
            self.remembered().get(&key).filter(|(upto, _)| *upto == seq).map(|(_, tally)| tally.clone());
        if known.is_some() {
            return Ok(known);
        }
        let mut cards = CardsOfCall::default();
        let mut after = 0;
        loop {
            let page = match self.log.read_call(tenant, call, after, PAGE).await {
                Err(EventLogError::NoSuchCall(_)) => return Ok(None),
                page => page?,
            };
            page.iter().for_each(|envelope| cards.apply(envelope));
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = last.seq,
                _ => break,
            }
        }
        let tally = Arc::new(cards.tally());
        let mut remembered = self.remembered();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, (seq, Arc::clone(&tally)));
        Ok(Some(tally))
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
