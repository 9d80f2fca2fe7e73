//! The audio of a channel whose words are not final yet.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, LazyLock},
    time::Duration,
};

/// How much audio of a channel is kept. Whoever pushes waits when 60 s are not settled, so more than this comes only
/// from one who does not: the call's recognition then fails, and says so, rather than lose audio in silence.
pub const MAX_HELD: Duration = Duration::from_secs(180);

/// Pieces are no longer than this, so that two channels can be sent in turn.
const PIECE: usize = 4_000;

/// Silence is kept as a length.
static SILENCE: LazyLock<Arc<[i16]>> = LazyLock::new(|| Arc::from([0; PIECE]));

/// A stretch of samples.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    samples: Arc<[i16]>,
    range: Range<usize>,
}

impl Piece {
    pub(crate) fn samples(&self) -> &[i16] {
        self.samples.get(self.range.clone()).unwrap_or_default()
    }

    fn len(&self) -> u64 {
        self.range.len() as u64
    }

    /// Up to `count` samples of silence.
    pub(crate) fn silence(count: u64) -> Self {
        let count = usize::try_from(count).map_or(PIECE, |count| count.min(PIECE));
        Self { samples: Arc::clone(&SILENCE), range: 0..count }
    }

    /// What lies `skip` samples behind its start.
    fn tail(&self, skip: u64) -> Self {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let start = self.range.start.saturating_add(skip).min(self.range.end);
        Self { samples: Arc::clone(&self.samples), range: start..self.range.end }
    }
}

/// More would be held than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// A contiguous stretch of one channel, in samples of the call's timeline.
#[derive(Debug)]
pub(crate) struct Held {
    /// Where each piece begins.
    pieces: VecDeque<(u64, Piece)>,
    end: u64,
    most: u64,
}

impl Held {
    /// Holds what comes from `start` on.
    pub(crate) fn new(start: u64, rate_hz: u32) -> Self {
        Self { pieces: VecDeque::new(), end: start, most: MAX_HELD.as_secs() * u64::from(rate_hz) }
    }

    /// Adds samples that begin at `at`. A hole before them is silence; what is there already stays.
    pub(crate) fn add(&mut self, at: u64, samples: &[i16]) -> Result<(), Overflow> {
        // A position that is given in microseconds may be a sample off.
        let hole = at.saturating_sub(self.end);
        let hole = if hole > 1 { hole } else { 0 };
        let known = self.end.saturating_sub(at);
        let known = if known > 1 { usize::try_from(known).unwrap_or(usize::MAX) } else { 0 };
        let fresh = samples.get(known..).unwrap_or_default();
        if self.len().saturating_add(hole).saturating_add(fresh.len() as u64) > self.most {
            return Err(Overflow);
        }
        let mut left = hole;
        while left > 0 {
            let piece = Piece::silence(left);
            left -= piece.len();
            self.append(piece);
        }
        for chunk in fresh.chunks(PIECE) {
            self.append(if chunk.iter().all(|&sample| sample == 0) {
                Piece::silence(chunk.len() as u64)
            } else {
                Piece { samples: Arc::from(chunk), range: 0..chunk.len() }
            });
        }
        Ok(())
    }

    /// Forgets what lies before `position`.
    pub(crate) fn forget(&mut self, position: u64) {
        while self.pieces.front().is_some_and(|(at, piece)| at + piece.len() <= position) {
            self.pieces.pop_front();
        }
    }

    /// What is held from `position` on, to the end of the piece; `None` at the end.
    pub(crate) fn from(&self, position: u64) -> Option<Piece> {
        let index = self.pieces.partition_point(|(at, piece)| at + piece.len() <= position);
        let (at, piece) = self.pieces.get(index)?;
        Some(piece.tail(position.saturating_sub(*at)))
    }

    /// The first position that is not held yet.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    fn len(&self) -> u64 {
        self.end - self.pieces.front().map_or(self.end, |(at, _)| *at)
    }

    fn append(&mut self, piece: Piece) {
        let at = self.end;
        self.end += piece.len();
        self.pieces.push_back((at, piece));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(held: &Held, mut from: u64) -> Vec<i16> {
        let mut all = Vec::new();
        while let Some(piece) = held.from(from) {
            from += piece.len();
            all.extend_from_slice(piece.samples());
        }
        all
    }

    #[test]
    fn what_is_added_is_read_from_any_position() {
        let mut held = Held::new(100, 8_000);
        let samples: Vec<i16> = (0..9_999).collect();
        for (n, chunk) in samples.chunks(777).enumerate() {
            held.add(100 + n as u64 * 777, chunk).unwrap();
        }
        assert_eq!(held.end(), 10_099);
        for from in [100, 876, 877, 878, 5_000] {
            assert!(read(&held, from) == samples[usize::try_from(from).unwrap() - 100..], "from {from}");
        }
        held.forget(1_000);
        assert_eq!(read(&held, 1_000), samples[900..]);
        assert!(held.from(10_099).is_none());
    }

    #[test]
    fn a_hole_is_silence_and_a_repetition_is_not_taken_twice() {
        let mut held = Held::new(0, 8_000);
        held.add(0, &[1; 10]).unwrap();
        held.add(20, &[2; 10]).unwrap();
        held.add(25, &[3; 10]).unwrap();
        assert_eq!(read(&held, 0), [[1; 10], [0; 10], [2; 10], [3; 10]].concat()[..35]);
    }

    #[test]
    fn a_position_that_is_rounded_is_neither() {
        let mut held = Held::new(0, 44_100);
        held.add(0, &[1; 10]).unwrap();
        held.add(9, &[2; 10]).unwrap();
        held.add(21, &[3; 10]).unwrap();
        assert_eq!(held.end(), 30);
    }

    #[test]
    fn more_than_may_be_held_is_refused_whole() {
        let mut held = Held::new(0, 10);
        held.add(0, &[1; 1_800]).unwrap();
        assert_eq!(held.add(1_800, &[1]), Err(Overflow));
        assert_eq!(held.add(u64::MAX, &[1]), Err(Overflow));
        assert_eq!(held.end(), 1_800);
    }
}
