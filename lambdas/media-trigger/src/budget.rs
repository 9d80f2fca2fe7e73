//! How long the function may take, and how it shares that time.

use std::time::Duration;

use tokio::time::Instant;

/// What is left to Lambda itself for sending the answer.
const MARGIN: Duration = Duration::from_millis(300);
/// The least time for an event, should the clocks of the function and of its runner differ.
const MIN_TIME: Duration = Duration::from_millis(100);

/// The time for an event, of what is `left` until Lambda ends the function and what the configuration allows.
pub(crate) fn time_for(left: Duration, budget: Duration) -> Duration {
    left.saturating_sub(MARGIN).max(left / 2).min(budget).max(MIN_TIME)
}

/// How the time for an event is shared. The rest, a tenth, is for noting that it was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// For the directory, which is asked first and may be left out.
    pub(crate) directory: Duration,
    /// For each way to hand over.
    pub(crate) way: Duration,
}

impl Shares {
    pub(crate) fn of(time: Duration, ways: usize) -> Self {
        let ways = u32::try_from(ways).unwrap_or(u32::MAX).max(1);
        Self { directory: time / 4, way: time * 13 / 20 / ways }
    }
}

/// The time of one event, running.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    begun: Instant,
    time: Duration,
}

impl Budget {
    pub(crate) fn begin(time: Duration) -> Self {
        Self { begun: Instant::now(), time }
    }

    /// Until when the directory may take.
    pub(crate) fn for_directory(&self) -> Instant {
        self.begun + Shares::of(self.time, 1).directory
    }

    /// Until when the next of so many ways may take: each has the same part of what is left, so that one that is not
    /// needed or fails at once leaves its time to the others.
    pub(crate) fn for_way(&self, ways_left: usize) -> Instant {
        let now = Instant::now();
        let ways = u32::try_from(ways_left).unwrap_or(u32::MAX).max(1);
        let left = (self.end() - self.time / 10).saturating_duration_since(now);
        now + left / ways
    }

    /// Until when the answer has to be there.
    pub(crate) fn end(&self) -> Instant {
        self.begun + self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn an_event_has_the_budget_unless_lambda_ends_the_function_sooner() {
        assert_eq!(time_for(ms(8_000), ms(2_500)), ms(2_500));
        assert_eq!(time_for(ms(3_000), ms(2_900)), ms(2_700));
        assert_eq!(time_for(ms(400), ms(2_500)), ms(200), "half of what is left rather than next to nothing");
        assert_eq!(time_for(Duration::ZERO, ms(2_500)), MIN_TIME);
    }

    #[tokio::test(start_paused = true)]
    async fn ways_share_what_is_left() {
        let begun = Instant::now();
        let budget = Budget::begin(ms(2_000));
        assert_eq!(budget.for_directory() - begun, ms(500));
        assert_eq!(budget.for_way(2) - begun, ms(900), "nothing was spent on the directory");
        tokio::time::advance(ms(500)).await;
        assert_eq!(budget.for_way(2) - begun, ms(500 + 650));
        tokio::time::advance(ms(650)).await;
        assert_eq!(budget.for_way(1) - begun, ms(1_800));
        tokio::time::advance(ms(5_000)).await;
        assert_eq!(budget.for_way(1), Instant::now());
        assert_eq!(Shares::of(ms(2_000), 2).way, ms(650), "what clients are made for");
    }
}
