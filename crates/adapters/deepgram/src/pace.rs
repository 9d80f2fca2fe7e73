//! How fast audio that waits is sent.

use std::time::Duration;

use tokio::time::Instant;

/// How much audio may go at once, in seconds: what a reconnect sends again is as a rule less.
const BURST_SECS: f64 = 10.0;

/// A bucket of frames that fills faster than real time.
#[derive(Debug)]
pub(crate) struct Pace {
    frames_per_sec: f64,
    most: f64,
    frames: f64,
    at: Instant,
}

impl Pace {
    pub(crate) fn new(rate_hz: u32, speed: f64, now: Instant) -> Self {
        let most = f64::from(rate_hz) * BURST_SECS;
        Self { frames_per_sec: f64::from(rate_hz) * speed, most, frames: most, at: now }
    }

    /// How many frames may go now.
    pub(crate) fn allowed(&mut self, now: Instant) -> usize {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.frames = (self.frames + passed * self.frames_per_sec).min(self.most);
        self.at = now;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between zero and the burst"
        )]
        let whole = self.frames.max(0.0) as usize;
        whole
    }

    /// These went.
    pub(crate) fn spend(&mut self, frames: usize) {
        self.frames -= frames as f64;
    }

    /// How long until this many may go.
    pub(crate) fn wait_for(&self, frames: usize) -> Duration {
        let lacking = (frames as f64 - self.frames).max(0.0);
        Duration::from_secs_f64(lacking / self.frames_per_sec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_seconds_go_at_once_and_the_rest_at_its_speed() {
        let start = Instant::now();
        let mut pace = Pace::new(8_000, 2.0, start);
        assert_eq!(pace.allowed(start), 80_000);
        pace.spend(80_000);
        assert_eq!(pace.allowed(start), 0);
        assert_eq!(pace.wait_for(8_000), Duration::from_millis(500));
        assert_eq!(pace.allowed(start + Duration::from_millis(500)), 8_000);
        assert_eq!(pace.allowed(start + Duration::from_secs(900)), 80_000);
    }

    #[test]
    fn live_audio_never_waits() {
        let start = Instant::now();
        let mut pace = Pace::new(8_000, 1.25, start);
        for second in 0..3_600 {
            let now = start + Duration::from_secs(second);
            assert!(pace.allowed(now) >= 8_000);
            pace.spend(8_000);
        }
    }
}
