//! The clock that judges silence: it runs only while the stream is read.

use std::time::Duration;

use model::Timestamp;

/// Wall time less the time for which the stream was not read, because its reader had to wait. What nobody listens
/// for is not silent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReadingClock {
    stood: Duration,
    paused_at: Option<Timestamp>,
}

impl ReadingClock {
    /// Stops it, if it runs.
    pub(crate) fn pause(&mut self, now: Timestamp) {
        self.paused_at.get_or_insert(now);
    }

    /// Lets it go on from where it stands; false when it runs.
    pub(crate) fn resume(&mut self, now: Timestamp) -> bool {
        let Some(paused_at) = self.paused_at.take() else { return false };
        self.stood = self.stood.saturating_add(now.since(paused_at));
        true
    }

    /// Whether it stands still.
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// What it shows.
    pub(crate) fn at(&self, now: Timestamp) -> Timestamp {
        self.paused_at.unwrap_or(now) - self.stood
    }

    /// When it will show `time`; never while it stands still.
    pub(crate) fn when(&self, time: Timestamp) -> Option<Timestamp> {
        self.paused_at.is_none().then(|| time + self.stood)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn it_stands_still_between_a_pause_and_its_end() {
        let mut clock = ReadingClock::default();
        assert_eq!(clock.at(at(10)), at(10));
        clock.pause(at(10));
        clock.pause(at(50));
        assert_eq!((clock.at(at(60)), clock.when(at(11))), (at(10), None));
        assert!(clock.resume(at(70)));
        assert!(!clock.resume(at(80)));
        assert_eq!((clock.at(at(71)), clock.when(at(11))), (at(11), Some(at(71))));
    }

    #[test]
    fn pauses_add_up() {
        let mut clock = ReadingClock::default();
        for start in [10, 30] {
            clock.pause(at(start));
            clock.resume(at(start + 5));
        }
        assert_eq!(clock.at(at(100)), at(90));
    }
}
