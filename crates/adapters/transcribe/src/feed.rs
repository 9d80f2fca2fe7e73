//! Audio that waits to be sent: two channels in, interleaved chunks out.

use std::{collections::VecDeque, time::Duration};

use model::Channel;

use crate::error::StreamFailure;

/// The service wants chunks of 50 to 200 ms.
pub(crate) const CHUNK: Duration = Duration::from_millis(100);
/// Audio that may wait. A caller that pushes faster than what is settled stops long before; beyond it the stream
/// fails, and the caller sends from what is settled.
const MAX_QUEUED: Duration = Duration::from_secs(180);
/// How far one channel may be behind the other; beyond it the stream fails.
const MAX_DRIFT: Duration = Duration::from_secs(15);

/// The audio of both channels from when it is pushed until it is sent.
#[derive(Debug)]
pub(crate) struct Feed {
    rate_hz: u32,
    channels: [VecDeque<i16>; 2],
    pushed: [u64; 2],
    finished: bool,
}

/// A piece of audio to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Samples of both channels in turn.
    pub(crate) samples: Vec<i16>,
    /// How many samples of each channel, from the end, are silence in place of audio that did not come.
    pub(crate) fill: usize,
}

/// What there is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This.
    Chunk(Chunk),
    /// Not enough yet.
    Wait,
    /// Nothing, and nothing more will come.
    End,
}

impl Feed {
    pub(crate) const fn new(rate_hz: u32) -> Self {
        Self { rate_hz, channels: [VecDeque::new(), VecDeque::new()], pushed: [0; 2], finished: false }
    }

    /// Takes a channel's next samples.
    pub(crate) fn push(&mut self, channel: Channel, samples: &[i16]) -> Result<(), StreamFailure> {
        if self.finished {
            return Ok(());
        }
        let [customer, to_customer] = &mut self.channels;
        let (queue, other) = match channel {
            Channel::Customer => (customer, to_customer),
            Channel::ToCustomer => (to_customer, customer),
        };
        let length = queue.len() + samples.len();
        if length > self.rate_hz.samples(MAX_QUEUED) {
            return Err(StreamFailure::QueueFull(MAX_QUEUED));
        }
        if length > other.len() + self.rate_hz.samples(MAX_DRIFT) {
            return Err(StreamFailure::Drift(MAX_DRIFT));
        }
        queue.extend(samples);
        if let Some(pushed) = self.pushed.get_mut(channel.index()) {
            *pushed += u64::try_from(samples.len()).unwrap_or(u64::MAX);
        }
        Ok(())
    }

    /// No more audio comes: the shorter channel is padded with silence.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
        let longest = self.channels.iter().map(VecDeque::len).max().unwrap_or(0);
        for channel in &mut self.channels {
            channel.resize(longest, 0);
        }
    }

    /// How much of each channel was pushed.
    pub(crate) fn pushed(&self) -> [Duration; 2] {
        self.pushed.map(|samples| self.rate_hz.duration(samples))
    }

    /// Whether a whole chunk waits.
    pub(crate) fn has_chunk(&self) -> bool {
        let both = self.channels.iter().map(VecDeque::len).min().unwrap_or(0);
        both >= self.rate_hz.samples(CHUNK).max(1)
    }

    /// The next whole chunk, or what is left at the end. A channel that is behind holds the other back.
    pub(crate) fn next(&mut self) -> Next {
        let both = self.channels.iter().map(VecDeque::len).min().unwrap_or(0);
        let whole = self.rate_hz.samples(CHUNK).max(1);
        match (both >= whole, self.finished, both) {
            (true, ..) => Next::Chunk(Chunk { samples: self.take(whole), fill: 0 }),
            (false, true, 0) => Next::End,
            (false, true, _) => Next::Chunk(Chunk { samples: self.take(both), fill: 0 }),
            (false, false, _) => Next::Wait,
        }
    }

    /// What waits of both channels, made up to a chunk with silence: sent when nothing came for long.
    pub(crate) fn fill(&mut self) -> Chunk {
        let both = self.channels.iter().map(VecDeque::len).min().unwrap_or(0);
        let whole = self.rate_hz.samples(CHUNK).max(1);
        let mut samples = self.take(both.min(whole));
        samples.resize(whole * 2, 0);
        Chunk { samples, fill: whole.saturating_sub(both) }
    }

    fn take(&mut self, count: usize) -> Vec<i16> {
        let [customer, to_customer] = &mut self.channels;
        let pairs = customer.drain(..count).zip(to_customer.drain(..count));
        pairs.flat_map(|(customer, to_customer)| [customer, to_customer]).collect()
    }
}

/// Samples and durations at a rate.
pub(crate) trait Rate {
    /// How many samples last this long.
    fn samples(self, duration: Duration) -> usize;
    /// How long these samples last.
    fn duration(self, samples: u64) -> Duration;
}

impl Rate for u32 {
    fn samples(self, duration: Duration) -> usize {
        usize::try_from(duration.as_micros() * u128::from(self) / 1_000_000).unwrap_or(usize::MAX)
    }

    fn duration(self, samples: u64) -> Duration {
        let us = u128::from(samples) * 1_000_000 / u128::from(self.max(1));
        Duration::from_micros(u64::try_from(us).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 8_000;
    const WHOLE: usize = 800;

    fn chunk(next: Next) -> Vec<i16> {
        match next {
            Next::Chunk(chunk) => chunk.samples,
            Next::Wait | Next::End => panic!("no chunk but {next:?}"),
        }
    }

    #[test]
    fn samples_alternate_in_the_order_of_the_channels() {
        let mut feed = Feed::new(RATE_HZ);
        feed.push(Channel::ToCustomer, &[2; WHOLE]).unwrap();
        assert_eq!(feed.next(), Next::Wait, "a channel that is behind holds the other back");
        feed.push(Channel::Customer, &[1; WHOLE + 5]).unwrap();
        assert_eq!(chunk(feed.next()), [1, 2].repeat(WHOLE));
        assert_eq!(feed.next(), Next::Wait);
    }

    #[test]
    fn however_audio_is_cut_the_same_samples_come_out() {
        let ramp: Vec<i16> = (0..4_000).collect();
        let sent = |cut: usize| {
            let (mut feed, mut out) = (Feed::new(RATE_HZ), Vec::new());
            for part in ramp.chunks(cut) {
                for channel in Channel::ALL {
                    feed.push(channel, part).unwrap();
                }
                while let Next::Chunk(chunk) = feed.next() {
                    out.extend(chunk.samples);
                }
            }
            feed.finish();
            while let Next::Chunk(chunk) = feed.next() {
                out.extend(chunk.samples);
            }
            out
        };
        let whole = sent(3_900);
        assert_eq!(whole.len(), 8_000);
        for cut in [1, 7, 160, 801] {
            assert_eq!(sent(cut), whole, "{cut}");
        }
    }

    #[test]
    fn at_the_end_the_shorter_channel_is_silent() {
        let mut feed = Feed::new(RATE_HZ);
        feed.push(Channel::Customer, &[1; 10]).unwrap();
        feed.push(Channel::ToCustomer, &[2; 4]).unwrap();
        feed.finish();
        let mut expected = [1, 2].repeat(4);
        expected.extend([1, 0].repeat(6));
        assert_eq!(chunk(feed.next()), expected);
        assert_eq!(feed.next(), Next::End);
        assert_eq!(feed.pushed(), [Duration::from_micros(1_250), Duration::from_micros(500)]);
    }

    #[test]
    fn a_fill_sends_what_waits_and_says_how_much_is_made_up() {
        let mut feed = Feed::new(RATE_HZ);
        feed.push(Channel::Customer, &[1; 10]).unwrap();
        feed.push(Channel::ToCustomer, &[2; 4]).unwrap();
        let fill = feed.fill();
        assert_eq!((fill.samples.len(), fill.fill), (WHOLE * 2, WHOLE - 4));
        assert_eq!(fill.samples[..9], [1, 2, 1, 2, 1, 2, 1, 2, 0]);
        feed.finish();
        assert_eq!(chunk(feed.next()), [1, 0].repeat(6), "what one channel has more stays");
    }

    #[test]
    fn audio_that_nobody_takes_fails_the_stream_at_its_bounds() {
        let second = [0; 8_000];
        let mut feed = Feed::new(RATE_HZ);
        for _ in 0..15 {
            feed.push(Channel::Customer, &second).unwrap();
        }
        assert_eq!(feed.push(Channel::Customer, &[0]), Err(StreamFailure::Drift(MAX_DRIFT)));
        let mut feed = Feed::new(RATE_HZ);
        for _ in 0..180 {
            for channel in Channel::ALL {
                feed.push(channel, &second).unwrap();
            }
        }
        assert_eq!(feed.push(Channel::Customer, &[0]), Err(StreamFailure::QueueFull(MAX_QUEUED)));
    }
}
