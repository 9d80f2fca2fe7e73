//! The stream that hears a call: what it was sent, and whether it owes an answer.

use std::time::Duration;

use model::{MediaTime, Timestamp};

/// How far a stream is sent ahead of what it has settled.
const MAX_AHEAD: Duration = Duration::from_secs(60);
/// Audio so long behind what was sent is settled by any recogniser that works: the port says 30 s.
const SETTLES_WITHIN: Duration = Duration::from_secs(35);
/// An utterance that was shown grows or ends before so much more has been sent.
const GROWS_WITHIN: Duration = Duration::from_secs(10);

/// One stream. Positions are samples of the call's timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct HearingStream {
    pub(super) tier: usize,
    rate_hz: u32,
    start: u64,
    /// Up to where each channel was done before: silence for this stream.
    done_before: [u64; 2],
    sent: [u64; 2],
    pub(super) finished: bool,
    opened_at: Timestamp,
    answered_at: Timestamp,
    owes_since: Option<Timestamp>,
}

/// How far one channel is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// Every word before this is final.
    pub(super) done: MediaTime,
    /// The end of what was shown last and is not final.
    pub(super) open_end: Option<MediaTime>,
}

impl HearingStream {
    pub(super) const fn new(
        tier: usize,
        rate_hz: u32,
        start: u64,
        done_before: [u64; 2],
        now: Timestamp,
    ) -> Self {
        Self {
            tier,
            rate_hz,
            start,
            done_before,
            sent: [start; 2],
            finished: false,
            opened_at: now,
            answered_at: now,
            owes_since: None,
        }
    }

    /// So many samples of a channel were sent; gives back where they began.
    pub(super) fn send(&mut self, n: usize, samples: usize) -> MediaTime {
        let at = self.sent_time(n);
        self.sent[n] += samples as u64;
        at
    }

    /// A result came.
    pub(super) const fn answered(&mut self, now: Timestamp) {
        self.answered_at = now;
    }

    /// Notes since when it owes something: when one that works would soon have something to say.
    pub(super) fn note_debt(&mut self, reached: [Reached; 2], now: Timestamp) {
        let owes = |n: usize, Reached { done, open_end }: Reached| {
            let sent = self.sent_time(n);
            sent.since(done) >= SETTLES_WITHIN || open_end.is_some_and(|end| sent.since(end) >= GROWS_WITHIN)
        };
        let owes = self.finished || owes(0, reached[0]) || owes(1, reached[1]);
        self.owes_since = owes.then(|| self.owes_since.unwrap_or(now));
    }

    pub(super) fn age(&self, now: Timestamp) -> Duration {
        now.since(self.opened_at)
    }

    /// When it counts as hung if it is silent until then and may be so for `within`.
    pub(super) fn hung_at(&self, within: Duration) -> Option<Timestamp> {
        Some(self.owes_since?.max(self.answered_at) + within)
    }

    /// Whether a channel may be sent more when it is done up to `done`.
    pub(super) fn takes_more(&self, n: usize, done: MediaTime) -> bool {
        let from = done.max(MediaTime::from_samples(self.start, self.rate_hz));
        self.sent_time(n).since(from) < MAX_AHEAD
    }

    /// How much silence comes next on a channel, in place of what others have heard.
    pub(super) const fn silence(&self, n: usize) -> u64 {
        self.done_before[n].saturating_sub(self.sent[n])
    }

    pub(super) const fn sent(&self, n: usize) -> u64 {
        self.sent[n]
    }

    pub(super) fn sent_time(&self, n: usize) -> MediaTime {
        MediaTime::from_samples(self.sent[n], self.rate_hz)
    }
}
