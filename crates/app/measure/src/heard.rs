//! How late events came, by when they were due.

use std::{collections::BTreeSet, time::Duration};

use anyhow::anyhow;
use hdrhistogram::Histogram;
use model::Timestamp;

const MAX_LATENCY_US: u64 = 600_000_000;
/// A window is looked at in thirds, to see lateness that grows.
const PARTS: usize = 3;

/// How late events came, by when they were due: from the schedule of the generator, so that one who falls behind counts
/// against the server (no coordinated omission).
#[derive(Clone, Debug)]
pub struct Heard {
    window: Option<(Timestamp, Duration)>,
    pub(crate) parts: [Histogram<u64>; PARTS],
    /// Calls that gave any words, within the window or not.
    pub(crate) calls: BTreeSet<String>,
}

impl Heard {
    /// Nothing yet.
    ///
    /// # Errors
    /// Never, unless the histogram's bounds are changed to ones that it does not take.
    pub fn new() -> anyhow::Result<Self> {
        let empty = Histogram::new_with_bounds(1, MAX_LATENCY_US, 3).map_err(|error| anyhow!("{error:?}"))?;
        Ok(Self { window: None, parts: [empty.clone(), empty.clone(), empty], calls: BTreeSet::new() })
    }

    /// From now on, what is due within the window counts, however late it comes.
    pub fn measure(&mut self, from: Timestamp, length: Duration) {
        self.window = Some((from, length));
    }

    /// An event of a call came.
    pub fn take(&mut self, call: &str, due: Timestamp, now: Timestamp) {
        if !self.calls.contains(call) {
            self.calls.insert(call.to_owned());
        }
        let Some((from, length)) = self.window.filter(|(from, _)| due >= *from) else { return };
        let part = due.since(from).as_micros() * PARTS as u128 / length.as_micros().max(1);
        let Some(part) = usize::try_from(part).ok().and_then(|part| self.parts.get_mut(part)) else { return };
        let us = u64::try_from(now.since(due).as_micros()).unwrap_or(MAX_LATENCY_US);
        part.saturating_record(us.max(1));
    }

    /// How many calls gave any words so far.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// All parts of the window as one.
    #[must_use]
    pub fn late(&self) -> Histogram<u64> {
        let [first, rest @ ..] = &self.parts;
        rest.iter().fold(first.clone(), |mut all, part| {
            all += part;
            all
        })
    }
}
