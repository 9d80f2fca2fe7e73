//! When to open the stream, when to replace the body, how long to wait in between.

use std::time::Duration;

use model::Timestamp;

use crate::Timing;

/// A body that nothing comes from is replaced without waiting for a fragment boundary this long after its time.
const ROLLOVER_GRACE: Duration = Duration::from_secs(60);

/// A body that was open this long was no failed attempt: on a quiet stream the service ends bodies after seconds.
const STEADY: Duration = Duration::from_secs(2);

/// After this many failures the wait grows no more.
const MAX_DOUBLINGS: u32 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting { until: Timestamp },
    Opening,
    Open { since: Timestamp },
}

/// The one body that a call may have open.
#[derive(Debug)]
pub(crate) struct Connection {
    timing: Timing,
    jitter_seed: u64,
    state: State,
    last_opening: Option<Timestamp>,
    fruitless: u32,
}

impl Connection {
    /// To be opened at once.
    pub(crate) const fn new(timing: Timing, jitter_seed: u64, now: Timestamp) -> Self {
        Self { timing, jitter_seed, state: State::Waiting { until: now }, last_opening: None, fruitless: 0 }
    }

    /// Whether a body is open.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Whether neither a body nor an attempt to open one is there.
    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Whether the next opening is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Waiting { until } if until <= now)
    }

    /// When the next opening is due.
    pub(crate) const fn reconnect_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Opening | State::Open { .. } => None,
        }
    }

    /// When the body is replaced even if no fragment ends.
    pub(crate) fn rollover_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Open { since } => Some(since + self.timing.rollover_after + ROLLOVER_GRACE),
            State::Waiting { .. } | State::Opening => None,
        }
    }

    /// Whether the body is old enough to be replaced at a fragment's end.
    pub(crate) fn wants_rollover(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Open { since } if now >= since + self.timing.rollover_after)
    }

    /// The stream is being opened.
    pub(crate) const fn begin_opening(&mut self, now: Timestamp) {
        self.state = State::Opening;
        self.last_opening = Some(now);
    }

    /// The body is open; false when none was being opened.
    pub(crate) fn opened(&mut self, now: Timestamp) -> bool {
        let expected = self.state == State::Opening;
        if expected {
            self.state = State::Open { since: now };
        }
        expected
    }

    /// The body brought something new: the next one may be opened without a wait.
    pub(crate) const fn progressed(&mut self) {
        self.fruitless = 0;
    }

    /// The body is gone, or is to be: open another one, later each time that one ends soon and brings nothing new.
    pub(crate) fn retry(&mut self, now: Timestamp) {
        if matches!(self.state, State::Open { since } if now >= since + STEADY) {
            self.fruitless = 0;
        }
        let wait = if self.fruitless == 0 { Duration::ZERO } else { self.backoff() };
        self.fruitless = self.fruitless.saturating_add(1);
        self.wait(now, wait);
    }

    /// As [`retry`](Self::retry), after an error that only a person can repair.
    pub(crate) fn retry_slowly(&mut self, now: Timestamp) {
        self.fruitless = self.fruitless.saturating_add(1);
        self.wait(now, self.timing.slow_retry);
    }

    fn wait(&mut self, now: Timestamp, wait: Duration) {
        let earliest = self.last_opening.map_or(now, |opening| opening + self.timing.min_open_interval);
        self.state = State::Waiting { until: earliest.max(now + wait) };
    }

    /// Doubles from the first wait to the longest; up to a quarter is added by the call's own seed.
    fn backoff(&self) -> Duration {
        let doublings = (self.fruitless - 1).min(MAX_DOUBLINGS);
        let wait = self.timing.backoff_first.saturating_mul(1 << doublings).min(self.timing.backoff_max);
        let spread = mix(self.jitter_seed.wrapping_add(u64::from(self.fruitless))) % 256;
        let spread = u32::try_from(spread).unwrap_or(0);
        wait + wait.saturating_mul(spread) / 1_024
    }
}

/// Spreads nearby numbers far apart (the finalizer of `SplitMix64`).
const fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn wait_ms(connection: &Connection, since: Timestamp) -> u128 {
        connection.reconnect_at().unwrap().since(since).as_millis()
    }

    #[test]
    fn a_body_that_brought_something_is_followed_by_another_without_a_wait() {
        let mut connection = Connection::new(Timing::default(), 1, NOW);
        connection.begin_opening(NOW);
        connection.opened(NOW);
        connection.progressed();
        let later = NOW + Duration::from_secs(5);
        connection.retry(later);
        assert!(connection.is_due(later));
    }

    #[test]
    fn openings_are_never_closer_than_the_service_allows() {
        let mut connection = Connection::new(Timing::default(), 1, NOW);
        connection.begin_opening(NOW);
        connection.retry(NOW);
        assert_eq!(wait_ms(&connection, NOW), 250);
    }

    #[test]
    fn fruitless_waits_double_up_to_their_bound() {
        let mut connection = Connection::new(Timing::default(), 7, NOW);
        let mut waits = Vec::new();
        for _ in 0..40 {
            connection.retry(NOW);
            waits.push(wait_ms(&connection, NOW));
        }
        assert_eq!(waits[0], 0);
        assert!((250..=313).contains(&waits[1]) && (500..=625).contains(&waits[2]), "{waits:?}");
        assert!(waits[10..].iter().all(|wait| (10_000..=12_500).contains(wait)), "{waits:?}");
    }

    #[test]
    fn calls_with_other_seeds_wait_otherwise() {
        let wait = |seed| {
            let mut connection = Connection::new(Timing::default(), seed, NOW);
            (0..8).for_each(|_| connection.retry(NOW));
            connection.reconnect_at().unwrap()
        };
        assert_eq!(wait(1), wait(1));
        assert_ne!(wait(1), wait(2));
    }
}
