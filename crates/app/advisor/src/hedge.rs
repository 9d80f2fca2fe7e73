//! When a question is asked a second time.

use std::time::Duration;

/// So many first words are remembered, the last ones.
const REMEMBERED: usize = 200;
/// With fewer nothing is known of what is slow.
const KNOWN_AFTER: usize = 20;
/// The share of questions that are faster than those that are asked a second time, in percent.
const SLOW_PERCENT: usize = 95;
/// A second question is not asked sooner than this.
const SOONEST: Duration = Duration::from_millis(50);
/// How many second questions may be asked at once after a quiet time.
const MOST_AT_ONCE: f64 = 5.0;
/// What a question adds to the second ones that may be asked: a tenth at the most, or a slow hour would double it.
const SHARE: f64 = 0.1;

/// Learns how long first words take.
#[derive(Debug)]
pub(crate) struct Hedge {
    times: Vec<Duration>,
    at: usize,
    credit: f64,
}

impl Default for Hedge {
    fn default() -> Self {
        Self { times: Vec::new(), at: 0, credit: 1.0 }
    }
}

impl Hedge {
    /// A first word took so long.
    pub(crate) fn took(&mut self, time: Duration) {
        if self.times.len() < REMEMBERED {
            self.times.push(time);
        } else if let Some(place) = self.times.get_mut(self.at) {
            *place = time;
            self.at = (self.at + 1) % REMEMBERED;
        }
    }

    /// A question is asked: after how long a second one may be, if there is one to spare.
    pub(crate) fn after(&mut self) -> Option<Duration> {
        self.credit = (self.credit + SHARE).min(MOST_AT_ONCE);
        if self.times.len() < KNOWN_AFTER || self.credit < 1.0 {
            return None;
        }
        let mut times = self.times.clone();
        let place = times.len() * SLOW_PERCENT / 100;
        let (_, slow, _) = times.select_nth_unstable(place.min(self.times.len() - 1));
        Some((*slow).max(SOONEST))
    }

    /// A second question goes, if there is still one to spare.
    pub(crate) fn take(&mut self) -> bool {
        let has = self.credit >= 1.0;
        if has {
            self.credit -= 1.0;
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_is_slow_is_learned() {
        let mut hedge = Hedge::default();
        for n in 1..=19 {
            hedge.took(ms(n * 10));
            assert_eq!(hedge.after(), None);
        }
        for n in 20..=100 {
            hedge.took(ms(n * 10));
        }
        assert_eq!(hedge.after(), Some(ms(960)));
        for _ in 0..REMEMBERED {
            hedge.took(ms(1));
        }
        assert_eq!(hedge.after(), Some(SOONEST));
    }

    #[test]
    fn a_tenth_of_the_questions_is_asked_twice_at_the_most() {
        let mut hedge = Hedge::default();
        for _ in 0..REMEMBERED {
            hedge.took(ms(100));
        }
        let second = (0..1_000).filter(|_| hedge.after().is_some() && hedge.take()).count();
        assert!((90..=101).contains(&second), "{second}");
    }
}
