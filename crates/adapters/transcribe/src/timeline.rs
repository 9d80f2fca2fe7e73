//! Where a position in the stream lies on the call.

use std::time::Duration;

use model::MediaTime;

/// Stretches of silence that are remembered: one every five seconds for longer than a stream may last. Beyond it the
/// positions after the last one are taken as they are.
const MAX_FILLS: usize = 4_096;

/// Maps positions in the stream to the call. They differ by where the audio begins on the call, and by the silence
/// that was sent in place of audio that did not come.
#[derive(Debug)]
pub(crate) struct Timeline {
    start: MediaTime,
    fills: Vec<Fill>,
}

#[derive(Clone, Copy, Debug)]
struct Fill {
    at: Duration,
    length: Duration,
    /// The length of all fills up to and with this one.
    total: Duration,
}

impl Timeline {
    pub(crate) const fn new(start: MediaTime) -> Self {
        Self { start, fills: Vec::new() }
    }

    /// Silence was sent in place of audio. Fills come in order.
    pub(crate) fn fill(&mut self, at: Duration, length: Duration) {
        let total = self.fills.last().map_or(Duration::ZERO, |last| last.total) + length;
        if self.fills.len() < MAX_FILLS {
            self.fills.push(Fill { at, length, total });
        }
    }

    /// Where a position lies on the call. The whole of a fill lies where the audio waited.
    pub(crate) fn on_call(&self, position: Duration) -> MediaTime {
        let before = self.fills.partition_point(|fill| fill.at <= position);
        let Some(last) = before.checked_sub(1).and_then(|index| self.fills.get(index)) else {
            return self.start + position;
        };
        let inside_end = last.at + last.length;
        let rest = inside_end.saturating_sub(position);
        self.start + (position + rest).saturating_sub(last.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn positions_are_counted_from_where_the_audio_begins() {
        let timeline = Timeline::new(MediaTime::from_millis(60_000));
        assert_eq!(timeline.on_call(ms(1_500)), MediaTime::from_millis(61_500));
    }

    #[test]
    fn silence_that_was_put_in_takes_no_time_on_the_call() {
        let mut timeline = Timeline::new(MediaTime::from_millis(1_000));
        timeline.fill(ms(500), ms(100));
        timeline.fill(ms(600), ms(100));
        timeline.fill(ms(2_000), ms(100));
        let on_call = |at| timeline.on_call(ms(at)).as_millis();
        assert_eq!(on_call(499), 1_499);
        assert_eq!([on_call(500), on_call(550), on_call(600), on_call(699), on_call(700)], [1_500; 5]);
        assert_eq!(on_call(1_999), 2_799);
        assert_eq!([on_call(2_000), on_call(2_100)], [2_800; 2]);
        assert_eq!(on_call(2_101), 2_801);
    }
}
