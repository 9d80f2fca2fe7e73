//! What sounds in a masked range besides the tone.

use crate::{Masker, SampleRange, TONE_HZ, level::SILENCE_DBFS, mask::ramp_samples};

/// The most that may sound beside the tone in a mask that was written as PCM: less than anybody can hear, and more than
/// rounding leaves.
pub const MAX_RESIDUE_DBFS: f32 = -75.0;

/// The same where the samples have gone through G.711: its steps are coarse, and say nothing themselves.
const MAX_G711_RESIDUE_DBFS: f32 = -50.0;

/// The tone is taken out piece by piece of this length: speech in one piece cannot hide in the mean of a long range.
const PIECE_MS: u32 = 50;

/// Fewer samples than these do not tell a tone from anything else.
const MIN_PIECE: usize = 16;

/// What was found in one masked range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residue {
    /// The range.
    pub range: SampleRange,
    /// Samples of it that there were.
    pub samples: u64,
    /// Every sample is the one that the masker writes there.
    pub exact: bool,
    /// The loudest piece after the tone is taken out of it, in decibels relative to full scale.
    pub dbfs: f32,
    /// Every sample is one that G.711 µ-law can say.
    pub g711: bool,
}

impl Residue {
    /// Nothing but the tone sounds there.
    #[must_use]
    pub fn is_tone_only(&self) -> bool {
        let most = if self.g711 { MAX_G711_RESIDUE_DBFS } else { MAX_RESIDUE_DBFS };
        self.exact || self.dbfs <= most
    }
}

/// Listens to one channel, block by block, for what sounds in its masked ranges. Holds one piece of samples.
#[derive(Clone, Debug)]
pub struct ResidueMeter {
    rate_hz: u32,
    masker: Masker,
    ranges: Vec<SampleRange>,
    next: usize,
    at: u64,
    open: Option<Residue>,
    piece: Vec<f64>,
    piece_from: u64,
    done: Vec<Residue>,
}

impl ResidueMeter {
    /// A meter whose first sample is number 0. Ranges that touch are one.
    #[must_use]
    pub fn new(rate_hz: u32, ranges: Vec<SampleRange>) -> Self {
        let ranges = crate::join_ranges(ranges, 0);
        Self {
            rate_hz: rate_hz.max(1),
            masker: Masker::new(rate_hz, Vec::new()),
            ranges,
            next: 0,
            at: 0,
            open: None,
            piece: Vec::new(),
            piece_from: 0,
            done: Vec::new(),
        }
    }

    /// Takes the next block.
    pub fn push(&mut self, block: &[i16]) {
        let start = self.at;
        let end = start.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        while let Some(range) = self.ranges.get(self.next).copied().filter(|range| range.from < end) {
            let (from, to) = (range.from.max(start), range.to.min(end));
            let place = |n: u64| usize::try_from(n.saturating_sub(start)).unwrap_or(usize::MAX);
            for (n, sample) in (from..to).zip(block.get(place(from)..place(to)).unwrap_or_default()) {
                self.take(range, n, *sample);
            }
            if range.to > end {
                break;
            }
            self.close();
            self.next += 1;
        }
        self.at = end;
    }

    /// What was found, a range each. A range that begins after the last sample is not among them.
    #[must_use]
    pub fn finish(mut self) -> Vec<Residue> {
        self.close();
        self.done
    }

    fn take(&mut self, range: SampleRange, n: u64, sample: i16) {
        let exact = self.masker.replacement(n, range) == sample;
        let g711 = crate::g711::decode_ulaw(crate::g711::encode_ulaw(sample)) == sample;
        let found = self.open.get_or_insert(Residue {
            range,
            samples: 0,
            exact: true,
            dbfs: SILENCE_DBFS,
            g711: true,
        });
        found.samples += 1;
        found.exact &= exact;
        found.g711 &= g711;
        // The ramps have no steady tone to take out.
        let ramp = ramp_samples(self.rate_hz);
        if n < range.from + ramp || n + ramp >= range.to {
            return;
        }
        if self.piece.is_empty() {
            self.piece_from = n;
        }
        self.piece.push(f64::from(sample));
        if u64::try_from(self.piece.len()).unwrap_or(0)
            >= u64::from(self.rate_hz) * u64::from(PIECE_MS) / 1_000
        {
            self.measure();
        }
    }

    fn measure(&mut self) {
        let long_enough = self.piece.len() >= MIN_PIECE;
        if let Some(found) = self.open.as_mut().filter(|_| long_enough) {
            found.dbfs = found.dbfs.max(without_tone_dbfs(&self.piece, self.piece_from, self.rate_hz));
        }
        self.piece.clear();
    }

    fn close(&mut self) {
        self.measure();
        self.done.extend(self.open.take());
    }
}

/// The level of what is left when the best-fitting tone is taken out.
fn without_tone_dbfs(piece: &[f64], from: u64, rate_hz: u32) -> f32 {
    let turn = |n: u64| {
        let phase = (n % u64::from(rate_hz)) * u64::from(TONE_HZ) % u64::from(rate_hz);
        #[expect(clippy::cast_precision_loss, reason = "less than a sample rate")]
        let turns = phase as f64 / f64::from(rate_hz);
        (turns * std::f64::consts::TAU).sin_cos()
    };
    // Least squares over sine and cosine.
    let (mut ss, mut cc, mut sc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, sample) in (from..).zip(piece) {
        let (sin, cos) = turn(n);
        ss += sin * sin;
        cc += cos * cos;
        sc += sin * cos;
        xs += sample * sin;
        xc += sample * cos;
    }
    let det: f64 = ss * cc - sc * sc;
    let (a, b) =
        if det.abs() > 1e-9 { ((xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det) } else { (0.0, 0.0) };
    let left: f64 = (from..)
        .zip(piece)
        .map(|(n, sample)| {
            let (sin, cos) = turn(n);
            (sample - a * sin - b * cos).powi(2)
        })
        .sum();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a level is approximate"
    )]
    let level = (10.0 * (left / piece.len() as f64 / (32_768.0 * 32_768.0)).max(1e-12).log10()) as f32;
    level.max(SILENCE_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{g711, mask_ranges};

    const RATE: u32 = 8_000;

    fn range(from: u64, to: u64) -> SampleRange {
        SampleRange { from, to }
    }

    /// Something like a voice: harmonics that come and go.
    fn voice(len: usize, rate_hz: u32, loud: f64) -> Vec<i16> {
        (0..len)
            .map(|n| {
                let t = n as f64 / f64::from(rate_hz);
                let wave: f64 = (1..12)
                    .map(|h| (t * 137.0 * f64::from(h) * std::f64::consts::TAU).sin() / f64::from(h))
                    .sum();
                (wave * loud * (1.0 + (t * 4.0).sin()) / 2.0) as i16
            })
            .collect()
    }

    fn metered(samples: &[i16], ranges: &[SampleRange], rate_hz: u32) -> Vec<Residue> {
        let mut meter = ResidueMeter::new(rate_hz, ranges.to_vec());
        for block in samples.chunks(333) {
            meter.push(block);
        }
        meter.finish()
    }

    #[test]
    fn a_mask_is_nothing_but_the_tone_at_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
            let mut sound = voice(usize::try_from(rate).unwrap(), rate, 9_000.0);
            let ranges = [range(200, 231), range(1_000, 4_000), range(5_000, 900_000)];
            mask_ranges(&mut sound, &ranges, rate);
            let found = metered(&sound, &ranges, rate);
            assert_eq!(found.len(), 3);
            assert!(found.iter().all(|found| found.exact && found.is_tone_only()), "{rate}: {found:?}");
            assert!(found.iter().all(|found| found.dbfs < MAX_RESIDUE_DBFS), "{rate}: {found:?}");
        }
    }

    #[test]
    fn a_quiet_voice_under_the_tone_is_found() {
        let ranges = [range(800, 8_000)];
        let mut sound = vec![0; 9_000];
        mask_ranges(&mut sound, &ranges, RATE);
        for (n, (sample, voice)) in sound.iter_mut().zip(voice(9_000, RATE, 30.0)).enumerate() {
            if (4_000..4_800).contains(&n) {
                *sample += voice;
            }
        }
        let [found] = metered(&sound, &ranges, RATE)[..] else { panic!("one range") };
        assert!(!found.exact && !found.is_tone_only(), "{found:?}");
    }

    #[test]
    fn speech_that_was_never_masked_is_found() {
        let [found] = metered(&voice(8_000, RATE, 3_000.0), &[range(1_000, 5_000)], RATE)[..] else {
            panic!("one range")
        };
        assert!(!found.is_tone_only() && found.dbfs > -40.0);
    }

    #[test]
    fn a_mask_that_went_through_g711_is_the_tone_still_and_its_voice_is_found() {
        let ranges = [range(800, 8_000)];
        let mut sound = voice(9_000, RATE, 9_000.0);
        mask_ranges(&mut sound, &ranges, RATE);
        let through = |sound: &[i16]| -> Vec<i16> {
            sound.iter().map(|sample| g711::decode_ulaw(g711::encode_ulaw(*sample))).collect()
        };
        let [clean] = metered(&through(&sound), &ranges, RATE)[..] else { panic!("one range") };
        assert!(clean.g711 && clean.is_tone_only(), "{clean:?}");
        let mixed: Vec<i16> =
            sound.iter().zip(voice(9_000, RATE, 600.0)).map(|(tone, voice)| tone + voice).collect();
        let [found] = metered(&through(&mixed), &ranges, RATE)[..] else { panic!("one range") };
        assert!(!found.is_tone_only(), "{found:?}");
    }

    #[test]
    fn a_range_that_the_recording_ends_in_counts_as_far_as_it_goes() {
        let mut sound = vec![5; 1_000];
        mask_ranges(&mut sound, &[range(900, 2_000)], RATE);
        let [found] = metered(&sound, &[range(900, 2_000), range(3_000, 4_000)], RATE)[..] else {
            panic!("one range")
        };
        assert_eq!((found.samples, found.exact), (100, true));
    }
}
