//! How fast audio is sent.

use std::time::Duration;

/// How fast audio is sent. The service hears in real time: what is sent much faster waits there unheard, and after
/// five minutes its signatures are too old to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The speed while audio waits, in percent of real time; at least 100.
    pub speed_percent: u32,
    /// How much audio may be sent at once.
    pub burst: Duration,
    /// How far the service may be behind what it was sent, if it hears no faster than in real time.
    pub backlog: Duration,
}

impl Default for Pace {
    /// Half as fast again as real time, with at most two minutes unheard.
    fn default() -> Self {
        Self { speed_percent: 150, burst: Duration::from_secs(5), backlog: Duration::from_secs(120) }
    }
}

/// Says how long to wait before the next chunk. Times are since the stream began.
#[derive(Debug)]
pub(crate) struct Pacer {
    fast: Bucket,
    real_time: Bucket,
}

impl Pacer {
    pub(crate) const fn new(pace: &Pace) -> Self {
        let percent = if pace.speed_percent < 100 { 100 } else { pace.speed_percent };
        Self {
            fast: Bucket { percent, lead: pace.burst, due: Duration::ZERO },
            real_time: Bucket { percent: 100, lead: pace.backlog, due: Duration::ZERO },
        }
    }

    /// How long to wait before anything more is sent.
    pub(crate) fn wait(&self, now: Duration) -> Duration {
        self.fast.wait(now).max(self.real_time.wait(now))
    }

    /// Counts audio that was sent.
    pub(crate) fn sent(&mut self, audio: Duration, now: Duration) {
        self.fast.sent(audio, now);
        self.real_time.sent(audio, now);
    }
}

/// A leaky bucket: `due` is when all that was sent would have been played at this speed.
#[derive(Debug)]
struct Bucket {
    percent: u32,
    lead: Duration,
    due: Duration,
}

impl Bucket {
    fn wait(&self, now: Duration) -> Duration {
        self.due.saturating_sub(now + self.lead)
    }

    fn sent(&mut self, audio: Duration, now: Duration) {
        self.due = self.due.max(now) + audio * 100 / self.percent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: Duration = Duration::from_millis(100);

    /// How much was sent when time passes only by waiting.
    fn sent_within(pace: &Pace, span: Duration, from: Duration) -> Duration {
        let mut pacer = Pacer::new(pace);
        let (mut now, mut sent) = (from, Duration::ZERO);
        loop {
            now += pacer.wait(now);
            if now > from + span {
                return sent;
            }
            pacer.sent(CHUNK, now);
            sent += CHUNK;
        }
    }

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_at_the_speed() {
        let pace = Pace::default();
        // The burst is counted in time: at this speed five seconds carry seven and a half of audio.
        let at_once = sent_within(&pace, Duration::ZERO, Duration::ZERO);
        assert!(at_once.abs_diff(Duration::from_millis(7_500)) <= CHUNK, "{at_once:?}");
        let later = sent_within(&pace, Duration::from_secs(20), Duration::ZERO);
        assert!(later.abs_diff(Duration::from_millis(37_500)) <= CHUNK, "{later:?}");
    }

    #[test]
    fn the_service_is_never_further_behind_than_the_backlog() {
        let pace = Pace { speed_percent: 1_000, ..Pace::default() };
        let sent = sent_within(&pace, Duration::from_secs(600), Duration::ZERO);
        assert!(sent.abs_diff(Duration::from_secs(720)) <= CHUNK, "{sent:?}");
    }

    #[test]
    fn quiet_times_do_not_add_up_to_a_larger_burst() {
        let pace = Pace::default();
        let after_an_hour = sent_within(&pace, Duration::ZERO, Duration::from_secs(3_600));
        assert_eq!(after_an_hour, sent_within(&pace, Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn live_audio_is_never_held_back() {
        let mut pacer = Pacer::new(&Pace::default());
        for chunk in 0..36_000 {
            let now = CHUNK * chunk;
            assert_eq!(pacer.wait(now), Duration::ZERO);
            pacer.sent(CHUNK, now);
        }
    }
}
