//! What all calls share of the recognisers: how they are, how many streams they have, what they said last.

use model::Timestamp;

use crate::{
    breaker::{Breaker, Gate, TierState},
    fault::Fault,
    quota::{Starts, Streams},
    tier::Tier,
};

/// How a recogniser is, for people and for `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierStatus {
    /// Its name.
    pub name: String,
    /// Whether it takes calls.
    pub state: TierState,
    /// Streams that are open now.
    pub streams: usize,
    /// How many it takes at once; no bound when absent.
    pub max_streams: Option<usize>,
    /// Streams that were asked for so far.
    pub starts: u64,
    /// Streams that were refused or failed so far.
    pub errors: u64,
    /// What it said when it last refused or failed.
    pub last_error: Option<String>,
}

/// Why a call may not go to a recogniser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Someone has to do something.
    Unavailable,
    /// Not now; at this time it may be otherwise, where that is known.
    Later(Option<Timestamp>),
}

/// The recognisers of a pool, best first.
#[derive(Debug)]
pub(crate) struct Roster {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    breaker: Breaker,
    streams: Streams,
    starts: Starts,
    started: u64,
    errors: u64,
    last_error: Option<String>,
}

impl Roster {
    pub(crate) fn new(tiers: &[Tier]) -> Self {
        let entries = tiers.iter().map(|tier| Entry {
            name: tier.name.clone(),
            breaker: Breaker::default(),
            streams: Streams { open: 0, most: tier.max_streams },
            starts: Starts::new(tier.starts_per_second),
            started: 0,
            errors: 0,
            last_error: None,
        });
        Self { entries: entries.collect() }
    }

    /// Takes one stream and one start of a tier, and says whether the stream is a probe.
    pub(crate) fn admit(&mut self, tier: usize, now: Timestamp) -> Result<bool, Refusal> {
        let entry = self.entries.get_mut(tier).ok_or(Refusal::Unavailable)?;
        let probe = match entry.breaker.gate(now) {
            Gate::Clear => false,
            Gate::Probe => true,
            Gate::Shut { fault: Fault::Unavailable, .. } => return Err(Refusal::Unavailable),
            Gate::Shut { until, .. } => return Err(Refusal::Later(until)),
        };
        if entry.streams.free() == Some(0) {
            return Err(Refusal::Later(None));
        }
        let next = entry.starts.next_at(now);
        if next > now {
            return Err(Refusal::Later(Some(next)));
        }
        if probe {
            entry.breaker.probe();
        }
        entry.starts.take();
        entry.streams.open += 1;
        entry.started += 1;
        Ok(probe)
    }

    /// A stream is over. A probe that has told nothing leaves its place.
    pub(crate) fn release(&mut self, tier: usize, now: Timestamp, probe: bool) {
        let Some(entry) = self.entries.get_mut(tier) else { return };
        entry.streams.open = entry.streams.open.saturating_sub(1);
        if probe {
            entry.breaker.probe_gone(now);
        }
    }

    pub(crate) fn opened(&mut self, tier: usize, probe: bool) {
        if let Some(entry) = self.entries.get_mut(tier) {
            entry.breaker.opened(probe);
        }
    }

    pub(crate) fn answered(&mut self, tier: usize, probe: bool) {
        if let Some(entry) = self.entries.get_mut(tier) {
            entry.breaker.answered(probe);
        }
    }

    pub(crate) fn steady(&mut self, tier: usize) {
        if let Some(entry) = self.entries.get_mut(tier) {
            entry.breaker.steady();
        }
    }

    pub(crate) fn failed(&mut self, tier: usize, now: Timestamp, fault: Fault, probe: bool, why: String) {
        let Some(entry) = self.entries.get_mut(tier) else { return };
        entry.breaker.failed(now, fault, probe);
        entry.errors += 1;
        entry.last_error = Some(why);
    }

    /// How many more calls could have words now; `None` when there is no bound. A recogniser that is away has no room,
    /// and when its time is over, room for the one call that tries it.
    pub(crate) fn room(&self, now: Timestamp) -> Option<usize> {
        let room = |entry: &Entry| match entry.breaker.gate(now) {
            Gate::Clear => entry.streams.free(),
            Gate::Probe => Some(entry.streams.free().map_or(1, |free| free.min(1))),
            Gate::Shut { .. } => Some(0),
        };
        self.entries.iter().try_fold(0, |sum: usize, entry| Some(sum.saturating_add(room(entry)?)))
    }

    pub(crate) fn status(&self) -> Vec<TierStatus> {
        let status = self.entries.iter().map(|entry| TierStatus {
            name: entry.name.clone(),
            state: entry.breaker.state(),
            streams: entry.streams.open,
            max_streams: entry.streams.most,
            starts: entry.started,
            errors: entry.errors,
            last_error: entry.last_error.clone(),
        });
        status.collect()
    }

    /// The streams of a tier and the share of its quota that they are.
    pub(crate) fn used(&self, tier: usize) -> (usize, f64) {
        self.entries.get(tier).map_or((0, 0.0), |entry| (entry.streams.open, entry.streams.used()))
    }

    /// What each recogniser said last, on one line.
    pub(crate) fn complaints(&self) -> String {
        let complaints = self
            .entries
            .iter()
            .filter_map(|entry| entry.last_error.as_ref().map(|error| format!("{}: {error}", entry.name)));
        complaints.collect::<Vec<_>>().join("; ")
    }
}
