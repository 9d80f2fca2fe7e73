//! What is masked on one channel may be heard on the other: echo, side-tone, an open loudspeaker. There it is masked, too.

use audio::{MAX_COMPARED_SECONDS, MAX_LAG_MS, SampleRange, cross_talk};
use model::{Channel, MediaTime};

use super::{
    CHUNK_LEN, Mask, Track, cipher::ChunkCipher, finish::FinishError, render::raw, spool::SpoolFile,
};

/// How much masked audio of one call is compared with the other channel. What is masked beyond it is masked on both.
const MAX_COMPARED: u64 = 1_800;

/// Reads the raw audio of both channels.
pub(super) struct RawAudio<'a> {
    pub(super) cipher: &'a ChunkCipher,
    pub(super) file: &'a SpoolFile,
    pub(super) tracks: &'a [Track; 2],
    pub(super) rate_hz: u32,
}

impl RawAudio<'_> {
    /// The masks that the other channel needs for these. Blocks.
    pub(super) fn leaks(&self, masks: &[Mask], end: MediaTime) -> Result<Vec<Mask>, FinishError> {
        let rate = u64::from(self.rate_hz);
        let (lag, window) = (rate * u64::from(MAX_LAG_MS) / 1_000, rate * MAX_COMPARED_SECONDS);
        let mut left = rate * MAX_COMPARED;
        let mut leaks = Vec::new();
        for mask in masks {
            let range = SampleRange::covering(mask.from, mask.to, self.rate_hz);
            let to = range.to.min(range.from + window);
            let other = other(mask.channel);
            left = left.saturating_sub(to - range.from);
            let heard = if left == 0 {
                Some(range)
            } else {
                let source = self.samples(mask.channel, SampleRange { to, ..range })?;
                let sound = self.samples(other, SampleRange { from: range.from, to: to + lag })?;
                cross_talk(&source, &sound, self.rate_hz).map(|found| found.range(range, self.rate_hz))
            };
            if let Some(range) = heard {
                let from = MediaTime::from_samples(range.from, self.rate_hz);
                let to = MediaTime::from_samples(range.to, self.rate_hz).min(end);
                leaks.push(Mask { channel: other, from, to, cross_talk: true, ..*mask });
            }
        }
        Ok(leaks)
    }

    /// Samples of a range; silence where there are none.
    fn samples(&self, channel: Channel, range: SampleRange) -> Result<Vec<i16>, FinishError> {
        let mut out = Vec::new();
        let Some(track) = self.tracks.get(channel.index()) else { return Ok(out) };
        let len = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        for chunk in range.from / CHUNK_LEN..range.to.div_ceil(CHUNK_LEN) {
            let mut samples = raw(self.cipher, self.file, track, chunk)?;
            samples.resize(len(CHUNK_LEN), 0);
            let first = chunk * CHUNK_LEN;
            let (from, to) = (range.from.saturating_sub(first), (range.to - first).min(CHUNK_LEN));
            out.extend_from_slice(samples.get(len(from)..len(to)).unwrap_or_default());
        }
        Ok(out)
    }
}

const fn other(channel: Channel) -> Channel {
    match channel {
        Channel::Customer => Channel::ToCustomer,
        Channel::ToCustomer => Channel::Customer,
    }
}
