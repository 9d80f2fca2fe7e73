//! Bytes of any format to stretches of 8 kHz.

use audio::Resampler;
use model::Channel;

use crate::{Format, format::PER_MS};

/// How long a fragment is, in samples: 200 ms. Shorter than Connect's, as nobody gains by waiting longer; and long
/// enough that the engine, which remembers the times of so many fragments, remembers minutes.
const FRAGMENT_SAMPLES: usize = 200 * PER_MS as usize;

/// A stretch of audio without a hole, cut into equal pieces.
#[derive(Debug)]
pub(crate) struct Cutter {
    /// The position of the first sample that waits.
    at: u64,
    lanes: Vec<Lane>,
    samples: Vec<i16>,
}

#[derive(Debug)]
struct Lane {
    channel: Channel,
    resampler: Resampler,
    waiting: Vec<i16>,
}

/// Where a piece lies, and its samples.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) audio: Vec<(Channel, Vec<i16>)>,
}

impl Cutter {
    /// A stretch that begins at a position.
    pub(crate) fn new(format: &Format, at: u64) -> Self {
        let lane = |channel: &Channel| Lane {
            channel: *channel,
            resampler: Resampler::new(format.sample_rate_hz(), (PER_MS * 1_000) as u32),
            waiting: Vec::new(),
        };
        Self { at, lanes: format.channels().iter().map(lane).collect(), samples: Vec::new() }
    }

    /// Takes whole frames.
    pub(crate) fn push(&mut self, format: &Format, frames: &[u8]) {
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            self.samples.clear();
            format.decode(frames, index, &mut self.samples);
            lane.resampler.push(&self.samples, &mut lane.waiting);
        }
    }

    /// The next whole piece.
    pub(crate) fn next(&mut self) -> Option<Piece> {
        (self.waiting() >= FRAGMENT_SAMPLES).then(|| self.cut(FRAGMENT_SAMPLES))
    }

    /// The stretch is over: what is left of it, at most one fragment and what the resampler held.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        for lane in &mut self.lanes {
            lane.resampler.finish(&mut lane.waiting);
        }
        let left = self.waiting();
        (left > 0).then(|| self.cut(left))
    }

    fn cut(&mut self, samples: usize) -> Piece {
        let start = self.at;
        self.at += samples as u64;
        let audio = self.lanes.iter_mut().map(|lane| (lane.channel, lane.waiting.drain(..samples).collect()));
        Piece { start, end: self.at, audio: audio.collect() }
    }

    fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.len()).min().unwrap_or(0)
    }
}
