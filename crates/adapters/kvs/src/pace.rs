//! Calls that a service allows only so often.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Lets calls pass at a rate, a few at once when there were none for a while.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    burst: u32,
    /// The longest that a call waits for its turn.
    patience: Duration,
    /// When the next call would come if all had kept their distance.
    due: Mutex<Option<Instant>>,
}

/// So many calls wait that another one's turn would come too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crowded;

impl Pace {
    pub(crate) const fn new(interval: Duration, burst: u32, patience: Duration) -> Self {
        Self { interval, burst, patience, due: Mutex::new(None) }
    }

    /// Waits for this call's turn. A turn that is given up while waiting is lost, so that the rate holds.
    pub(crate) async fn turn(&self) -> Result<(), Crowded> {
        let at = self.reserve(Instant::now())?;
        tokio::time::sleep_until(at).await;
        Ok(())
    }

    fn reserve(&self, now: Instant) -> Result<Instant, Crowded> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let next = due.map_or(now, |due| due.max(now));
        let ahead = self.interval * self.burst.saturating_sub(1);
        let at = next.checked_sub(ahead).map_or(now, |at| at.max(now));
        if at > now + self.patience {
            return Err(Crowded);
        }
        *due = Some(next + self.interval);
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn waits(pace: &Pace, now: Instant, calls: usize) -> Vec<Option<u128>> {
        (0..calls).map(|_| pace.reserve(now).ok().map(|at| (at - now).as_millis())).collect()
    }

    #[test]
    fn a_few_pass_at_once_and_the_rest_at_the_rate() {
        let pace = Pace::new(5 * MS, 3, 12 * MS);
        let now = Instant::now();
        let rest = [Some(0), Some(0), Some(0), Some(5), Some(10), None, None];
        assert_eq!(waits(&pace, now, 7), rest);
    }

    #[test]
    fn a_pause_earns_no_more_than_the_burst() {
        let pace = Pace::new(5 * MS, 2, 100 * MS);
        let now = Instant::now();
        waits(&pace, now, 4);
        assert_eq!(waits(&pace, now + Duration::from_secs(60), 4), [Some(0), Some(0), Some(5), Some(10)]);
    }

    #[test]
    fn a_burst_of_one_keeps_its_distance() {
        let pace = Pace::new(200 * MS, 1, Duration::from_secs(5));
        assert_eq!(waits(&pace, Instant::now(), 3), [Some(0), Some(200), Some(400)]);
    }
}
