//! Who is asked for the next stream, and when.

use std::time::Duration;

use model::Timestamp;

use crate::fault::Fault;

/// The waits before the same recogniser is asked again.
const REPEAT_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];
/// The wait after all were asked, at first; doubled each time.
const ROUND_AFTER: Duration = Duration::from_millis(500);
/// And at the most.
const MAX_ROUND_AFTER: Duration = Duration::from_secs(10);
/// The wait for a moment that a recogniser named, at the least.
const MIN_ROUND_AFTER: Duration = Duration::from_millis(50);

/// The search for the next stream. A round ends when every tier was asked in vain, or when a stream lasts.
#[derive(Debug)]
pub(super) struct Search {
    /// Spreads the waits of calls that lost the same recogniser at once.
    seed: u64,
    /// The one to ask first.
    prefer: Option<usize>,
    /// Those that are not asked again in this round.
    tried: Vec<bool>,
    repeats: u32,
    rounds: u32,
    /// Someone in this round may take the call later without anybody doing something.
    hope: bool,
}

/// What follows a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask now.
    Ask,
    /// Ask the same one after this wait.
    Wait(Duration),
    /// Nobody is left in this round.
    Round,
}

impl Search {
    pub(super) fn new(tiers: usize, seed: u64) -> Self {
        Self { seed, prefer: None, tried: vec![false; tiers], repeats: 0, rounds: 0, hope: false }
    }

    /// The stream of a tier was refused or failed.
    pub(super) fn failed(&mut self, tier: usize, fault: Fault) -> Next {
        self.hope |= fault != Fault::Unavailable;
        if self.repeats < fault.repeats() {
            let wait = REPEAT_AFTER.get(self.repeats as usize).copied().unwrap_or(ROUND_AFTER);
            self.repeats += 1;
            self.prefer = Some(tier);
            return Next::Wait(self.spread(wait));
        }
        self.repeats = 0;
        self.prefer = None;
        if let Some(tried) = self.tried.get_mut(tier) {
            *tried = true;
        }
        if self.tried.iter().all(|tried| *tried) { Next::Round } else { Next::Ask }
    }

    /// None of those that were left may be asked now, though perhaps later.
    pub(super) const fn none_takes(&mut self, unavailable: bool) {
        self.hope |= !unavailable;
    }

    /// Begins another round, and says after which wait. `again` is when one of the recognisers may be asked.
    pub(super) fn next_round(&mut self, now: Timestamp, again: Option<Timestamp>) -> Duration {
        let wait = (ROUND_AFTER * 2_u32.saturating_pow(self.rounds.min(16))).min(MAX_ROUND_AFTER);
        let wait = again.map_or(wait, |at| at.since(now).clamp(MIN_ROUND_AFTER, wait));
        self.rounds = self.rounds.saturating_add(1);
        self.reset();
        self.spread(wait)
    }

    /// A stream got further. Only one that `lasts` is forgiven its failures: one that fails after every few words is
    /// left for the next, though it gets further each time.
    pub(super) fn got_further(&mut self, lasts: bool) {
        self.rounds = 0;
        if lasts {
            self.reset();
        }
    }

    /// All may be asked again.
    pub(super) fn reset(&mut self) {
        self.prefer = None;
        self.tried.fill(false);
        self.repeats = 0;
        self.hope = false;
    }

    /// Those that are to be asked, in order.
    pub(super) fn order(&self) -> Vec<usize> {
        let tried = self.tried.iter().enumerate();
        let rest = tried.filter(|(tier, tried)| !**tried && Some(*tier) != self.prefer);
        self.prefer.into_iter().chain(rest.map(|(tier, _)| tier)).collect()
    }

    pub(super) const fn has_hope(&self) -> bool {
        self.hope
    }

    /// Whether all were asked in vain.
    pub(super) const fn is_long(&self) -> bool {
        self.rounds > 0
    }

    /// `wait` and up to a quarter more.
    fn spread(&self, wait: Duration) -> Duration {
        // Fibonacci hashing: near seeds and rounds come out far apart.
        let mixed = self.seed ^ u64::from(self.rounds) << 8 ^ u64::from(self.repeats);
        let hash = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        wait + wait.mul_f64(hash as f64 / 65_536.0 / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_come_farther_apart_up_to_a_bound_and_not_all_at_once() {
        let now = Timestamp::from_millis(0);
        let mut waits: Vec<Vec<Duration>> = Vec::new();
        for seed in 0..50 {
            let mut search = Search::new(1, seed);
            waits.push((0..8).map(|_| search.next_round(now, None)).collect());
        }
        for (round, least_ms) in
            [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000].into_iter().enumerate()
        {
            let least = Duration::from_millis(least_ms);
            let mut of_round: Vec<_> = waits.iter().map(|waits| waits[round]).collect();
            assert!(of_round.iter().all(|wait| (least..least * 5 / 4).contains(wait)));
            of_round.sort();
            of_round.dedup();
            assert!(of_round.len() > 40, "calls spread");
        }
    }

    #[test]
    fn a_moment_that_is_known_is_waited_for() {
        let now = Timestamp::from_millis(0);
        let mut search = Search::new(1, 1);
        let wait = search.next_round(now, Some(Timestamp::from_millis(120)));
        assert!((120..150).contains(&wait.as_millis()), "{wait:?}");
        let wait = search.next_round(now, Some(now));
        assert!((50..63).contains(&wait.as_millis()), "{wait:?}");
        let wait = search.next_round(now, Some(Timestamp::from_millis(60_000)));
        assert!((2_000..2_500).contains(&wait.as_millis()), "another one may be free before: {wait:?}");
    }
}
