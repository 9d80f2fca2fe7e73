//! The recognisers of a server as one.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use metrics::{counter, gauge};
use model::{Channel, Timestamp};
use ports::{Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use thiserror::Error;
use tokio::time::Instant;

use crate::{
    call,
    fault::Fault,
    hearing::{Rules, STEADY_AFTER, TierRule},
    meter::Meter,
    names,
    roster::{Refusal, Roster, TierStatus},
    tier::{Tier, Times},
};

/// A pool needs a recogniser.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no recogniser is given")]
pub struct NoTiers;

/// An ordered list of recognisers that hears every call with the best one that can, and goes on with another when
/// that one fails. Cheap to clone; clones are the same pool.
#[derive(Clone, Debug)]
pub struct RecogniserPool {
    shared: Arc<Shared>,
}

/// What the calls of a pool share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) tiers: Vec<Tier>,
    pub(crate) times: Times,
    pub(crate) rules: Rules,
    roster: Mutex<Roster>,
    began: Instant,
}

/// One stream of a tier. The place is free again when it is dropped.
pub(crate) struct Permit {
    shared: Arc<Shared>,
    pub(crate) tier: usize,
    pub(crate) meter: Meter,
    probe: bool,
    opened_at: Option<Timestamp>,
    answered: bool,
    steady: bool,
}

impl RecogniserPool {
    /// A pool of `tiers`, best first.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(tiers: Vec<Tier>, times: Times) -> Result<Self, NoTiers> {
        if tiers.is_empty() {
            return Err(NoTiers);
        }
        let rules = tiers.iter().map(|tier| TierRule {
            name: tier.name.clone(),
            answers_within: tier.answers_within.unwrap_or(times.answers_within),
        });
        let rules = Rules {
            tiers: rules.collect(),
            opens_within: times.opens_within,
            give_up_after: times.give_up_after,
        };
        let roster = Mutex::new(Roster::new(&tiers));
        let shared = Shared { tiers, times, rules, roster, began: Instant::now() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// How many more calls could have words now; `None` when there is no bound. A recogniser that is away has no room;
    /// when it may be back, it has room for the one call that tries it.
    #[must_use]
    pub fn room(&self) -> Option<usize> {
        self.shared.roster().room(self.shared.now())
    }

    /// How each recogniser is, best first.
    #[must_use]
    pub fn status(&self) -> Vec<TierStatus> {
        self.shared.roster().status()
    }
}

#[async_trait]
impl Transcriber for RecogniserPool {
    /// The first recogniser's name. When another one hears a call, its results say so.
    fn name(&self) -> &str {
        self.shared.tiers.first().map_or("", |tier| tier.name.as_str())
    }

    /// Opens at the best recogniser that takes the call. While none does but one may, the call is open all the same:
    /// its audio waits, and another attempt follows.
    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        call::open(Arc::clone(&self.shared), request).await
    }
}

impl Shared {
    /// The time that waits are measured by: since the pool was made.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::default() + self.began.elapsed()
    }

    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        self.began + at.since(Timestamp::default())
    }

    /// Spreads calls, the same way each time.
    pub(crate) fn seed(request: &TranscriptionRequest) -> u64 {
        let mut hasher = DefaultHasher::new();
        request.call.hash(&mut hasher);
        hasher.finish()
    }

    /// Takes a stream of a tier.
    pub(crate) fn admit(self: &Arc<Self>, tier: usize, rate_hz: u32) -> Result<Permit, Refusal> {
        let known = self.tiers.get(tier).ok_or(Refusal::Unavailable)?;
        let probe = self.roster().admit(tier, self.now())?;
        counter!(names::STARTS, "recogniser" => known.name.clone()).increment(1);
        self.measure(tier);
        let meter = Meter::new(known, rate_hz);
        Ok(Permit {
            shared: Arc::clone(self),
            tier,
            meter,
            probe,
            opened_at: None,
            answered: false,
            steady: false,
        })
    }

    pub(crate) fn tier_name(&self, tier: usize) -> &str {
        self.tiers.get(tier).map_or("", |tier| tier.name.as_str())
    }

    /// What each recogniser said last.
    pub(crate) fn complaints(&self) -> String {
        self.roster().complaints()
    }

    fn measure(&self, tier: usize) {
        let (streams, used) = self.roster().used(tier);
        let name = self.tier_name(tier).to_owned();
        gauge!(names::STREAMS, "recogniser" => name.clone()).set(streams as f64);
        gauge!(names::QUOTA_USED, "recogniser" => name).set(used);
    }

    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The stream is open.
    pub(crate) fn opened(&mut self) {
        self.opened_at = Some(self.shared.now());
        self.shared.roster().opened(self.tier, self.probe);
    }

    /// The stream gave a result.
    pub(crate) fn answered(&mut self) {
        if !std::mem::replace(&mut self.answered, true) {
            let probe = std::mem::take(&mut self.probe);
            self.shared.roster().answered(self.tier, probe);
        }
        let lasted = self.opened_at.is_some_and(|at| self.shared.now().since(at) >= STEADY_AFTER);
        if lasted && !self.steady {
            self.steady();
        }
    }

    /// The stream has lasted, or has ended well.
    pub(crate) fn steady(&mut self) {
        self.steady = true;
        self.shared.roster().steady(self.tier);
    }

    /// The stream was refused or failed.
    pub(crate) fn failed(self, fault: Fault, why: String) {
        let name = self.shared.tier_name(self.tier);
        counter!(names::ERRORS, "recogniser" => name.to_owned(), "kind" => fault.kind()).increment(1);
        tracing::warn!(recogniser = name, kind = fault.kind(), error = why, "a recogniser's stream failed");
        self.shared.roster().failed(self.tier, self.shared.now(), fault, self.probe, why);
    }

    pub(crate) fn sent(&mut self, channel: Channel, samples: usize) {
        self.meter.sent(channel, samples);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.shared.now();
        self.shared.roster().release(self.tier, now, self.probe);
        self.shared.measure(self.tier);
    }
}

#[cfg(test)]
mod tests;
