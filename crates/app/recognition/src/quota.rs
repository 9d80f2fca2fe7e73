//! How many streams a recogniser takes, at once and per second.

use std::time::Duration;

use model::Timestamp;

/// Streams at once.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) open: usize,
    pub(crate) most: Option<usize>,
}

impl Streams {
    /// How many more it takes; `None` when there is no bound.
    pub(crate) fn free(&self) -> Option<usize> {
        self.most.map(|most| most.saturating_sub(self.open))
    }

    /// The share that is in use; 0 without a bound.
    pub(crate) fn used(&self) -> f64 {
        self.most.map_or(0.0, |most| self.open as f64 / most.max(1) as f64)
    }
}

/// Starts per second: a bucket that holds the starts of one second, one at the least.
#[derive(Debug)]
pub(crate) struct Starts {
    per_second: Option<f64>,
    tokens: f64,
    at: Timestamp,
}

impl Starts {
    /// A full bucket. A rate that is no positive number is none at all: the configuration refuses it earlier.
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        let per_second = per_second.filter(|rate| rate.is_finite() && *rate > 0.0);
        Self { per_second, tokens: per_second.unwrap_or(1.0).max(1.0), at: Timestamp::default() }
    }

    /// When the next start may be; not after `now` when one may be now.
    pub(crate) fn next_at(&mut self, now: Timestamp) -> Timestamp {
        let Some(rate) = self.per_second else { return now };
        self.tokens = (self.tokens + now.since(self.at).as_secs_f64() * rate).min(rate.max(1.0));
        self.at = self.at.max(now);
        let lacking = (1.0 - self.tokens).max(0.0);
        now + Duration::try_from_secs_f64(lacking / rate).unwrap_or(Duration::MAX)
    }

    pub(crate) fn take(&mut self) {
        if self.per_second.is_some() {
            self.tokens -= 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn starts_are_spread_over_the_second() {
        let mut starts = Starts::new(Some(2.0));
        for _ in 0..2 {
            assert_eq!(starts.next_at(at(1_000)), at(1_000));
            starts.take();
        }
        assert_eq!(starts.next_at(at(1_000)), at(1_500));
        assert_eq!(starts.next_at(at(1_400)), at(1_500));
        assert_eq!(starts.next_at(at(1_500)), at(1_500));
    }

    #[test]
    fn less_than_one_start_a_second_still_starts() {
        let mut starts = Starts::new(Some(0.1));
        assert_eq!(starts.next_at(at(0)), at(0));
        starts.take();
        assert_eq!(starts.next_at(at(0)), at(10_000));
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_starts() {
        let mut starts = Starts::new(Some(1.0));
        starts.next_at(at(5_000));
        starts.take();
        assert!(starts.next_at(at(1_000)) > at(1_000));
        assert_eq!(starts.next_at(at(5_500)), at(6_000));
    }

    #[test]
    fn no_rate_is_no_bound() {
        let mut starts = Starts::new(None);
        for _ in 0..1_000 {
            starts.take();
        }
        assert_eq!(starts.next_at(at(7)), at(7));
    }
}
