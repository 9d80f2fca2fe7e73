//! How often and when a job is tried again.

use std::time::Duration;

/// How often a job is tried, how long is waited between, and how long a dead worker's jobs wait for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobRules {
    /// How often a job is taken at most. Times at which its worker died count.
    pub max_attempts: u32,
    /// How long is waited after the first attempt; twice as long after each further one.
    pub first_delay: Duration,
    /// The longest such wait.
    pub max_delay: Duration,
    /// How long after its last sign of life a worker's jobs are another's.
    pub lease: Duration,
}

impl Default for JobRules {
    /// Ten attempts over some two hours; half a minute until a dead worker's jobs are taken.
    fn default() -> Self {
        Self {
            max_attempts: 10,
            first_delay: Duration::from_secs(15),
            max_delay: Duration::from_secs(30 * 60),
            lease: Duration::from_secs(30),
        }
    }
}

impl JobRules {
    /// How long to wait after an attempt that did not do it; `asked` is what the handler asked for.
    #[must_use]
    pub fn delay_after(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let delay = asked.unwrap_or_else(|| self.first_delay.saturating_mul(doubled));
        delay.min(self.max_delay)
    }

    /// Whether a job that was taken this often is given up.
    #[must_use]
    pub const fn is_last(&self, attempt: u32) -> bool {
        attempt >= self.max_attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let rules = JobRules::default();
        let waits = [1, 2, 3, 4, 40].map(|attempt| rules.delay_after(attempt, None).as_secs());
        assert_eq!(waits, [15, 30, 60, 120, 1_800]);
    }

    #[test]
    fn a_handler_may_ask_for_another_wait_within_the_longest() {
        let rules = JobRules::default();
        assert_eq!(rules.delay_after(5, Some(Duration::ZERO)), Duration::ZERO);
        assert_eq!(rules.delay_after(1, Some(Duration::MAX)), rules.max_delay);
    }

    #[test]
    fn the_attempt_at_the_bound_is_the_last() {
        let rules = JobRules { max_attempts: 3, ..JobRules::default() };
        assert_eq!([2, 3, 4].map(|attempt| rules.is_last(attempt)), [false, true, true]);
    }
}
