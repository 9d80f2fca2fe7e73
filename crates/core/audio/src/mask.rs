//! Replaces ranges of samples by the tone.

use std::f64::consts::PI;

use model::MediaTime;

use crate::Tone;

/// How long the tone takes to rise and to fall, inside the range.
pub const RAMP_MS: u32 = 5;

/// Samples `from..to` of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRange {
    /// First sample.
    pub from: u64,
    /// First sample after it.
    pub to: u64,
}

impl SampleRange {
    /// Every sample that sounds between two positions, the ones cut by them included.
    #[must_use]
    pub fn covering(from: MediaTime, to: MediaTime, rate_hz: u32) -> Self {
        let end = to.as_samples(rate_hz);
        let whole = MediaTime::from_samples(end, rate_hz) >= to;
        Self { from: from.as_samples(rate_hz), to: if whole { end } else { end.saturating_add(1) } }
    }
}

/// The ranges in order, disjoint; those with no more than `max_gap` samples between them are one.
#[must_use]
pub fn join_ranges(mut ranges: Vec<SampleRange>, max_gap: u64) -> Vec<SampleRange> {
    ranges.retain(|range| range.from < range.to);
    ranges.sort_unstable();
    let mut out: Vec<SampleRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.from <= last.to.saturating_add(max_gap) => last.to = last.to.max(range.to),
            Some(_) | None => out.push(range),
        }
    }
    out
}

/// Replaces the ranges in `samples`, whose first sample is number 0.
pub fn mask_ranges(samples: &mut [i16], ranges: &[SampleRange], rate_hz: u32) {
    Masker::new(rate_hz, ranges.to_vec()).process(samples);
}

/// Replaces ranges of one channel, block by block.
///
/// Replaces, never mixes: no original sample inside a range has any influence on the output, and no sample
/// outside of all ranges is changed. However the samples are cut into blocks, the output is the same.
#[derive(Clone, Debug)]
pub struct Masker {
    tone: Tone,
    /// Sorted, disjoint, not touching.
    ranges: Vec<SampleRange>,
    /// The first range that does not end before `at`.
    next: usize,
    at: u64,
    /// How the tone rises, 0 to 1.
    ramp: Vec<f64>,
}

impl Masker {
    /// A masker whose first sample is number 0. The ranges may come in any order and overlap.
    #[must_use]
    pub fn new(rate_hz: u32, ranges: Vec<SampleRange>) -> Self {
        let ramp_len = ramp_len(rate_hz);
        let rise = |n: u32| (1.0 - (PI * f64::from(n) / f64::from(ramp_len)).cos()) / 2.0;
        Self {
            tone: Tone::new(rate_hz),
            ranges: join_ranges(ranges, 0),
            next: 0,
            at: 0,
            ramp: (0..ramp_len).map(rise).collect(),
        }
    }

    /// Goes to sample number `at`, forwards or backwards: the next block starts there.
    pub fn seek(&mut self, at: u64) {
        self.at = at;
        self.next = self.ranges.partition_point(|range| range.to <= at);
    }

    /// Replaces what of the next block lies in a range.
    pub fn process(&mut self, block: &mut [i16]) {
        let start = self.at;
        let end = start.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        while let Some(range) = self.ranges.get(self.next).copied().filter(|range| range.from < end) {
            let (from, to) = (range.from.max(start), range.to.min(end));
            let place = |n: u64| usize::try_from(n.saturating_sub(start)).unwrap_or(usize::MAX);
            for (n, sample) in (from..to).zip(block.get_mut(place(from)..place(to)).unwrap_or_default()) {
                *sample = self.replacement(n, range);
            }
            if range.to > end {
                break;
            }
            self.next += 1;
        }
        self.at = end;
    }

    /// What stands at sample number `n` of a range.
    pub(crate) fn replacement(&self, n: u64, range: SampleRange) -> i16 {
        let from_edge = (n - range.from).min(range.to - 1 - n);
        let gain = usize::try_from(from_edge).ok().and_then(|n| self.ramp.get(n)).copied().unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a gain of at most 1 keeps it in range")]
        let value = (f64::from(self.tone.sample(n)) * gain).round() as i16;
        value
    }
}

const fn ramp_len(rate_hz: u32) -> u32 {
    rate_hz.saturating_mul(RAMP_MS) / 1_000
}

/// How many samples the tone takes to rise.
pub(crate) fn ramp_samples(rate_hz: u32) -> u64 {
    u64::from(ramp_len(rate_hz))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::energy;

    const RATE: u32 = 8_000;

    fn range(from: u64, to: u64) -> SampleRange {
        SampleRange { from, to }
    }

    fn masked(samples: &[i16], ranges: &[SampleRange]) -> Vec<i16> {
        let mut out = samples.to_vec();
        mask_ranges(&mut out, ranges, RATE);
        out
    }

    #[test]
    fn positions_between_samples_are_covered() {
        let us = MediaTime::from_micros;
        assert_eq!(SampleRange::covering(us(125), us(250), RATE), range(1, 2));
        assert_eq!(SampleRange::covering(us(126), us(251), RATE), range(1, 3));
    }

    #[test]
    fn ranges_with_a_small_gap_are_one() {
        let ranges = vec![range(500, 700), range(100, 200), range(300, 300), range(250, 400)];
        assert_eq!(join_ranges(ranges.clone(), 50), [range(100, 400), range(500, 700)]);
        assert_eq!(join_ranges(ranges, 100), [range(100, 700)]);
    }

    #[test]
    fn touching_ranges_have_no_dip_between_them() {
        let sound = vec![9_000; 2_000];
        assert_eq!(masked(&sound, &[range(100, 600), range(600, 900)]), masked(&sound, &[range(100, 900)]));
    }

    #[test]
    fn the_tone_rises_and_falls_inside_the_range() {
        let out = masked(&[0; 1_000], &[range(100, 900)]);
        assert_eq!((out[99], out[100], out[899], out[900]), (0, 0, 0, 0));
        assert!(energy(&out[100..110]) < energy(&out[130..140]) / 4);
        assert!(energy(&out[140..860]) > 720 * 3_000 * 3_000 / 2);
    }

    #[test]
    fn a_seek_gives_what_reading_through_would() {
        let sound: Vec<i16> = (0..4_000).map(|n| i16::try_from(n).unwrap()).collect();
        let ranges = vec![range(50, 700), range(1_500, 1_700), range(3_000, 9_000)];
        let whole = masked(&sound, &ranges);
        let mut masker = Masker::new(RATE, ranges);
        for at in [3_500, 0, 600, 1_600] {
            let mut block = sound[at..at + 400].to_vec();
            masker.seek(u64::try_from(at).unwrap());
            masker.process(&mut block);
            assert_eq!(block, whole[at..at + 400]);
        }
    }

    fn ranges() -> impl Strategy<Value = Vec<SampleRange>> {
        prop::collection::vec(
            (0_u64..4_200, 0_u64..900).prop_map(|(from, len)| range(from, from + len)),
            0..8,
        )
    }

    proptest! {
        #[test]
        fn outside_is_untouched_and_inside_does_not_depend_on_the_original(
            sound in prop::collection::vec(any::<i16>(), 0..4_000),
            ranges in ranges(),
        ) {
            let out = masked(&sound, &ranges);
            let silence = masked(&vec![0; sound.len()], &ranges);
            for (n, sample) in out.iter().enumerate() {
                let at = u64::try_from(n).unwrap();
                let inside = ranges.iter().any(|range| (range.from..range.to).contains(&at));
                prop_assert_eq!(*sample, if inside { silence[n] } else { sound[n] });
            }
        }

        #[test]
        fn any_cut_into_blocks_gives_the_same(
            sound in prop::collection::vec(any::<i16>(), 0..4_000),
            ranges in ranges(),
            cuts in prop::collection::vec(0_usize..700, 0..20),
        ) {
            let whole = masked(&sound, &ranges);
            let mut masker = Masker::new(RATE, ranges);
            let mut out = sound;
            let mut rest = out.as_mut_slice();
            for cut in cuts {
                let (block, after) = rest.split_at_mut(cut.min(rest.len()));
                masker.process(block);
                rest = after;
            }
            masker.process(rest);
            prop_assert_eq!(out, whole);
        }
    }
}
