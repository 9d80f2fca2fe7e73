//! How far the reading is behind, told when it matters.

use mkv::Fragment;
use model::Timestamp;

use crate::facts::{EARLIEST_EPOCH_MS, Facts, LATEST_EPOCH_MS};

/// Beyond this the reading is behind: a fragment lasts one second, and the clocks differ by another.
const BEHIND_MS: u64 = 2_000;
/// Down to this it has caught up.
const CAUGHT_UP_MS: u64 = 1_500;
/// While it is behind, this much change is told.
const STEP_MS: u64 = 10_000;

/// What was told of the lag.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    /// What was told last, while the reading is behind.
    told_ms: Option<u64>,
}

impl Lag {
    /// Takes a measure; gives it back when it is to be told.
    pub(crate) fn note(&mut self, behind_ms: u64) -> Option<u64> {
        let news = match self.told_ms {
            None => behind_ms > BEHIND_MS,
            Some(told) => behind_ms <= CAUGHT_UP_MS || behind_ms.abs_diff(told) >= STEP_MS,
        };
        if !news {
            return None;
        }
        self.told_ms = (behind_ms > CAUGHT_UP_MS).then_some(behind_ms);
        Some(behind_ms)
    }
}

/// How far behind a fragment of the live body comes: behind the stream's newest one, as the service says, or behind
/// the producer's clock, where the producer itself is late.
pub(crate) fn measure(fragment: &Fragment, facts: &Facts, now: Timestamp) -> Option<u64> {
    let behind_newest = facts.behind_ms?;
    let wall = EARLIEST_EPOCH_MS..=LATEST_EPOCH_MS;
    let end_ms = facts.span.filter(|_| !fragment.blocks.is_empty()).map(|span| span.end_ms);
    let late = end_ms.filter(|end| wall.contains(end)).map_or(0, |end| now.as_millis().saturating_sub(end));
    Some(behind_newest.max(u64::try_from(late).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(measures: &[u64]) -> Vec<u64> {
        let mut lag = Lag::default();
        measures.iter().filter_map(|behind| lag.note(*behind)).collect()
    }

    #[test]
    fn a_reading_that_keeps_up_tells_nothing() {
        assert_eq!(told(&[0, 900, 2_000, 1_700, 0]), [0_u64; 0]);
    }

    #[test]
    fn it_tells_when_it_falls_behind_when_that_changes_much_and_when_it_has_caught_up() {
        assert_eq!(
            told(&[2_001, 9_000, 12_001, 25_000, 16_000, 15_000, 5_001, 5_000, 1_600, 1_500, 1_000]),
            [2_001, 12_001, 25_000, 15_000, 5_000, 1_500]
        );
    }

    #[test]
    fn around_the_bound_it_does_not_tell_each_fragment() {
        assert_eq!(told(&[2_100, 1_900, 2_100, 1_900, 2_100]), [2_100]);
    }
}
