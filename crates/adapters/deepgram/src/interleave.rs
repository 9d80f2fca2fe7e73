//! Two channels to one stream of frames.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use model::Channel;

/// How far one channel may be ahead of the other, in seconds. Beyond it the stream fails: what the other one lacks
/// does not come.
pub(crate) const MAX_CHANNEL_LEAD_SECS: usize = 30;
/// How much audio may wait to be sent, in seconds. Beyond it the stream fails, and the caller sends again.
pub(crate) const MAX_QUEUED_SECS: usize = 120;
/// One sample of each channel.
pub(crate) const FRAME_BYTES: usize = 4;

/// Why audio cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Overflow {
    #[error("one channel is {MAX_CHANNEL_LEAD_SECS} seconds of audio ahead of the other")]
    Channel,
    #[error("{MAX_QUEUED_SECS} seconds of audio wait to be sent")]
    Queue,
}

/// Holds what one channel has before the other, and what both have until it is sent.
#[derive(Debug)]
pub(crate) struct Interleaver {
    rate_hz: usize,
    /// The samples that the other channel lacks: of one channel at most.
    ahead: [VecDeque<i16>; 2],
    frames: BytesMut,
    pushed: [u64; 2],
}

impl Interleaver {
    pub(crate) fn new(rate_hz: u32) -> Self {
        let rate_hz = usize::try_from(rate_hz).unwrap_or(usize::MAX);
        Self { rate_hz, ahead: Default::default(), frames: BytesMut::new(), pushed: [0; 2] }
    }

    /// Takes the next samples of a channel.
    pub(crate) fn push(&mut self, channel: Channel, samples: &[i16]) -> Result<(), Overflow> {
        let [mine, other] = match channel {
            Channel::Customer => [0, 1],
            Channel::ToCustomer => [1, 0],
        };
        let both = samples.len().min(self.ahead[other].len());
        let waiting = self.frames.len() / FRAME_BYTES + both;
        if waiting > self.rate_hz.saturating_mul(MAX_QUEUED_SECS) {
            return Err(Overflow::Queue);
        }
        let lead = self.ahead[mine].len() + samples.len() - both;
        if lead > self.rate_hz.saturating_mul(MAX_CHANNEL_LEAD_SECS) {
            return Err(Overflow::Channel);
        }
        self.pushed[mine] += u64::try_from(samples.len()).unwrap_or(u64::MAX);
        let (now, later) = samples.split_at(both);
        for (&own, theirs) in now.iter().zip(self.ahead[other].drain(..both)) {
            let (first, second) = if mine == 0 { (own, theirs) } else { (theirs, own) };
            put(&mut self.frames, first, second);
        }
        self.ahead[mine].extend(later);
        if self.ahead[other].is_empty() {
            // What a burst needed is not kept for the rest of the call.
            self.ahead[other].shrink_to(self.rate_hz / 10);
        }
        Ok(())
    }

    /// No more audio will come: the shorter channel ends in silence.
    pub(crate) fn finish(&mut self) {
        let [customer, to_customer] = std::mem::take(&mut self.ahead);
        for sample in customer {
            put(&mut self.frames, sample, 0);
        }
        for sample in to_customer {
            put(&mut self.frames, 0, sample);
        }
    }

    /// How many samples of a channel were pushed.
    pub(crate) fn pushed(&self, channel: Channel) -> u64 {
        self.pushed[channel.index()]
    }

    /// How many frames wait to be sent.
    pub(crate) fn waiting(&self) -> usize {
        self.frames.len() / FRAME_BYTES
    }

    /// Takes the oldest frames, `most` of them at most.
    pub(crate) fn take(&mut self, most: usize) -> Bytes {
        let bytes = most.min(self.waiting()) * FRAME_BYTES;
        let taken = self.frames.split_to(bytes).freeze();
        if self.frames.is_empty() {
            self.frames = BytesMut::new();
        }
        taken
    }

    pub(crate) fn clear(&mut self) {
        self.ahead = Default::default();
        self.frames = BytesMut::new();
    }
}

fn put(frames: &mut BytesMut, first: i16, second: i16) {
    frames.extend_from_slice(&first.to_le_bytes());
    frames.extend_from_slice(&second.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples(bytes: &[u8]) -> Vec<i16> {
        bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn a_channel_that_lags_holds_the_other_back() {
        let mut frames = Interleaver::new(8_000);
        frames.push(Channel::ToCustomer, &[10, 20, 30]).unwrap();
        assert_eq!(frames.waiting(), 0);
        frames.push(Channel::Customer, &[1, 2]).unwrap();
        assert_eq!(samples(&frames.take(100)), [1, 10, 2, 20]);
        frames.push(Channel::Customer, &[3, 4]).unwrap();
        frames.finish();
        assert_eq!(samples(&frames.take(100)), [3, 30, 4, 0]);
        assert_eq!([frames.pushed(Channel::Customer), frames.pushed(Channel::ToCustomer)], [4, 3]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let second = [0; 8_000];
        let mut frames = Interleaver::new(8_000);
        for _ in 0..MAX_CHANNEL_LEAD_SECS {
            frames.push(Channel::Customer, &second).unwrap();
        }
        assert_eq!(frames.push(Channel::Customer, &second), Err(Overflow::Channel));

        let mut frames = Interleaver::new(8_000);
        for _ in 0..MAX_QUEUED_SECS {
            frames.push(Channel::Customer, &second).unwrap();
            frames.push(Channel::ToCustomer, &second).unwrap();
        }
        frames.push(Channel::Customer, &second).unwrap();
        assert_eq!(frames.push(Channel::ToCustomer, &second), Err(Overflow::Queue));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(
            audio in proptest::collection::vec(any::<(i16, i16)>(), 0..400),
            cuts in proptest::collection::vec((any::<bool>(), 1_usize..60), 0..40),
            takes in proptest::collection::vec(1_usize..90, 1..10),
        ) {
            let expected: Vec<i16> = audio.iter().flat_map(|&(a, b)| [a, b]).collect();
            let mut left: Vec<i16> = audio.iter().map(|pair| pair.0).collect();
            let mut right: Vec<i16> = audio.iter().map(|pair| pair.1).collect();
            let mut frames = Interleaver::new(8_000);
            for (customer, count) in cuts {
                let (channel, from) =
                    if customer { (Channel::Customer, &mut left) } else { (Channel::ToCustomer, &mut right) };
                let now: Vec<i16> = from.drain(..count.min(from.len())).collect();
                frames.push(channel, &now).unwrap();
            }
            frames.push(Channel::Customer, &left).unwrap();
            frames.push(Channel::ToCustomer, &right).unwrap();
            frames.finish();
            let mut out = Vec::new();
            for most in takes.iter().cycle() {
                if frames.waiting() == 0 {
                    break;
                }
                out.extend(samples(&frames.take(*most)));
            }
            prop_assert_eq!(out, expected);
        }
    }
}
