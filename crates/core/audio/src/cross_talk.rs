//! Tells whether what sounds on one channel leaks into the other: echo, side-tone, an open loudspeaker.
//!
//! A leak is the same sound, weaker, a fixed time later. So both sides are cut into short frames, each brought to the
//! same loudness, and compared at every delay up to [`MAX_LAG_MS`]: two voices agree now and then at one delay or
//! another, a leak agrees all the time at the same one.

use crate::SampleRange;

/// The most that a leak comes late. It may also come a little early, as the two sides are recorded apart.
pub const MAX_LAG_MS: u32 = 250;

/// How much of a range should be compared at the most: of more, some is passed over.
pub const MAX_COMPARED_SECONDS: u64 = 60;

/// The most blocks of one range that are compared, spread over all of it.
const MAX_BLOCKS: usize = 30;

const EARLY_MS: u32 = 20;

/// What is compared needs no more than a telephone's lower half.
const COMPARED_HZ: u32 = 4_000;

const FRAME_MS: u32 = 50;

/// Frames that are judged together: a leak of one second in a long range is a leak.
const BLOCK_FRAMES: usize = 20;

/// What is quieter than this, after the lowest tones are taken off, is no sound.
const FLOOR_DBFS: f64 = -80.0;

/// How much each sample is compared without what it shares with the one before: hum and rumble would be on both sides.
const PRE_EMPHASIS: f64 = 0.95;

/// What frames of independent voices reach at their best delay, and what few frames reach by chance.
const MIN_AGREEMENT: f64 = 0.30;
const CHANCE: f64 = 0.6;

/// How one channel leaks into the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossTalk {
    /// How much later it sounds there, in milliseconds; negative when it sounds earlier.
    pub lag_ms: i32,
    /// How well the two agree at that delay, 0 to 1.
    pub agreement: f32,
}

impl CrossTalk {
    /// Where on the other channel what lies in a range is heard.
    #[must_use]
    pub fn range(&self, source: SampleRange, rate_hz: u32) -> SampleRange {
        let lag = u64::from(self.lag_ms.unsigned_abs() + 1) * u64::from(rate_hz) / 1_000;
        if self.lag_ms < 0 {
            SampleRange { from: source.from.saturating_sub(lag), to: source.to }
        } else {
            SampleRange { from: source.from, to: source.to.saturating_add(lag) }
        }
    }
}

/// Whether `source` is heard in `other`. Both begin at the same time; `other` should go on for [`MAX_LAG_MS`] longer.
///
/// Costs no more than about thirty million multiplications, however long the samples are.
#[must_use]
pub fn cross_talk(source: &[i16], other: &[i16], rate_hz: u32) -> Option<CrossTalk> {
    let step = usize::try_from((rate_hz / COMPARED_HZ).max(1)).unwrap_or(1);
    let compared_hz = rate_hz.max(1) / u32::try_from(step).unwrap_or(1);
    let (source, other) = (prepared(source, step), prepared(other, step));
    let samples = |ms: u32| usize::try_from(u64::from(ms) * u64::from(compared_hz) / 1_000).unwrap_or(0);
    let compare = Comparison {
        source: &source,
        loud_before: running_energy(&other),
        other: &other,
        frame: samples(FRAME_MS).max(1),
        early: samples(EARLY_MS),
        late: samples(MAX_LAG_MS),
    };
    let found = compare.best()?;
    let lag = i64::try_from(found.lag).unwrap_or(0) - i64::try_from(compare.early).unwrap_or(0);
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
    Some(CrossTalk {
        lag_ms: i32::try_from(lag * 1_000 / i64::from(compared_hz.max(1))).unwrap_or(0),
        agreement: found.agreement as f32,
    })
}

/// Fewer samples, without hum.
fn prepared(samples: &[i16], step: usize) -> Vec<f32> {
    let mut before = 0.0;
    samples
        .chunks(step)
        .map(|some| {
            let sum: f64 = some.iter().map(|sample| f64::from(*sample)).sum();
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let mean = sum / some.len() as f64;
            let value = mean - PRE_EMPHASIS * before;
            before = mean;
            #[expect(clippy::cast_possible_truncation, reason = "for comparison")]
            let value = value as f32;
            value
        })
        .collect()
}

struct Comparison<'a> {
    source: &'a [f32],
    other: &'a [f32],
    /// The energy of all of `other` before each sample.
    loud_before: Vec<f64>,
    frame: usize,
    early: usize,
    late: usize,
}

struct Found {
    /// Counted from the earliest.
    lag: usize,
    agreement: f64,
}

impl Comparison<'_> {
    fn best(&self) -> Option<Found> {
        let frames = self.source.len().div_ceil(self.frame);
        let blocks = frames.div_ceil(BLOCK_FRAMES);
        let stride = blocks.div_ceil(MAX_BLOCKS).max(1);
        (0..blocks)
            .step_by(stride)
            .filter_map(|block| self.block(block * BLOCK_FRAMES, ((block + 1) * BLOCK_FRAMES).min(frames)))
            .max_by(|a, b| a.agreement.total_cmp(&b.agreement))
    }

    /// A leak in frames `from..to`.
    fn block(&self, from: usize, to: usize) -> Option<Found> {
        let lags = self.early + self.late + 1;
        let (mut sums, mut heard) = (vec![0.0_f64; lags], 0_u32);
        for frame in from..to {
            heard += u32::from(self.add_frame(frame * self.frame, &mut sums));
        }
        if heard == 0 {
            return None;
        }
        let count = f64::from(heard);
        let (lag, sum) =
            sums.iter().map(|sum| sum.abs()).enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let agreement = sum / count;
        (agreement >= MIN_AGREEMENT + CHANCE / count).then_some(Found { lag, agreement })
    }

    fn energy_between(&self, from: usize, to: usize) -> f64 {
        let before = |at: usize| self.loud_before.get(at).copied().unwrap_or_default();
        (before(to) - before(from)).max(0.0)
    }

    /// Adds a frame's agreement at each delay; false when there is nothing to compare.
    fn add_frame(&self, at: usize, sums: &mut [f64]) -> bool {
        let Some(source) = self.source.get(at..(at + self.frame).min(self.source.len())) else {
            return false;
        };
        let floor = floor(source.len());
        let loud = energy(source);
        if source.len() < self.frame / 2 || loud < floor {
            return false;
        }
        let mut heard = false;
        for (lag, sum) in sums.iter_mut().enumerate() {
            let Some(start) = (at + lag).checked_sub(self.early) else { continue };
            let Some(other) = self.other.get(start..start + source.len()) else { break };
            let echo = self.energy_between(start, start + source.len());
            if echo >= floor {
                heard = true;
                *sum += product(source, other) / (loud * echo).sqrt();
            }
        }
        heard
    }
}

/// The energy before each sample, and at the end that of all.
fn running_energy(samples: &[f32]) -> Vec<f64> {
    let mut sum = 0.0;
    let before = samples.iter().map(|sample| {
        let before = sum;
        sum += f64::from(*sample) * f64::from(*sample);
        before
    });
    let mut out: Vec<f64> = before.collect();
    out.push(sum);
    out
}

fn floor(samples: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a frame")]
    let samples = samples as f64;
    samples * (32_768.0 * 10_f64.powf(FLOOR_DBFS / 20.0)).powi(2)
}

fn energy(samples: &[f32]) -> f64 {
    product(samples, samples)
}

/// Summed in lanes, so that the compiler can multiply several at once.
fn product(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 16;
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    f64::from(lanes.iter().sum::<f32>() + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;

    /// Numbers without a pattern, the same for the same seed.
    fn noise(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
        }
    }

    /// A voice of a pitch: pulses through two resonances, in syllables, each of another pitch and vowel.
    fn voice(seed: u64, pitch: f64, seconds: f64, rate: u32) -> Vec<i16> {
        let mut random = noise(seed);
        let rate = f64::from(rate);
        let (mut phase, mut y1, mut y2, mut z1, mut z2) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut hz, mut f1, mut f2, mut loud) = (pitch, 500.0, 1_500.0, 1.0);
        (0..(seconds * rate) as usize)
            .map(|n| {
                if n % (rate * 0.16) as usize == 0 {
                    hz = pitch * (1.0 + 0.15 * random());
                    f1 = 500.0 + 250.0 * random();
                    f2 = 1_500.0 + 600.0 * random();
                    loud = if random() > -0.6 { 1.0 } else { 0.02 };
                }
                phase += hz / rate;
                let pulse = if phase >= 1.0 {
                    phase -= 1.0;
                    1.0
                } else {
                    0.04 * random()
                };
                let resonate = |x: f64, f: f64, a: f64, b: f64| {
                    let r = 0.96;
                    x + 2.0 * r * (f / rate * std::f64::consts::TAU).cos() * a - r * r * b
                };
                let y = resonate(pulse, f1, y1, y2);
                (y2, y1) = (y1, y);
                let z = resonate(y, f2, z1, z2);
                (z2, z1) = (z1, z);
                (z * 300.0 * loud).clamp(-20_000.0, 20_000.0) as i16
            })
            .collect()
    }

    fn leaked(sound: &[i16], lag: usize, gain: f64) -> Vec<i16> {
        let mut out = vec![0; lag];
        out.extend(sound.iter().map(|sample| (f64::from(*sample) * gain) as i16));
        out
    }

    fn added(a: &[i16], b: &[i16]) -> Vec<i16> {
        a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect()
    }

    #[test]
    fn an_echo_is_heard_at_its_delay_and_however_quiet() {
        for rate in [8_000, 16_000, 44_100] {
            let said = voice(1, 120.0, 2.0, rate);
            for (lag_ms, gain) in [(0, 0.5), (40, 0.1), (180, 0.03)] {
                let lag = usize::try_from(rate * lag_ms / 1_000).unwrap();
                let found = cross_talk(&said, &leaked(&said, lag, gain), rate)
                    .unwrap_or_else(|| panic!("no leak at {rate} Hz, {lag_ms} ms"));
                assert!(
                    (found.lag_ms - i32::try_from(lag_ms).unwrap()).abs() <= 1,
                    "{rate} {lag_ms}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn an_echo_upside_down_is_one() {
        let said = voice(1, 120.0, 1.0, RATE);
        assert!(cross_talk(&said, &leaked(&said, 100, -0.2), RATE).is_some());
    }

    #[test]
    fn an_echo_in_a_short_word_and_under_noise_is_heard() {
        let said = voice(7, 190.0, 0.4, RATE);
        let mut random = noise(3);
        let hiss: Vec<i16> = (0..6_000).map(|_| (random() * 60.0) as i16).collect();
        let mut echo = leaked(&said, 400, 0.15);
        echo.resize(6_000, 0);
        assert!(cross_talk(&said, &added(&echo, &hiss), RATE).is_some());
    }

    #[test]
    fn an_echo_beside_another_voice_is_heard() {
        let said = voice(1, 120.0, 3.0, RATE);
        let mut both = voice(2, 210.0, 3.0, RATE);
        // The other side says something over the first half.
        both[12_000..].fill(0);
        assert!(cross_talk(&said, &added(&leaked(&said, 200, 0.2), &both), RATE).is_some());
    }

    #[test]
    fn two_voices_at_once_are_no_leak() {
        for seed in 0..60 {
            let pitch = 90.0 + f64::from(u32::try_from(seed).unwrap()) * 2.0;
            let seconds = [0.3, 0.6, 1.0, 2.5][usize::try_from(seed % 4).unwrap()];
            let said = voice(seed * 2 + 100, pitch, seconds, RATE);
            let other = voice(seed * 2 + 101, pitch * 1.05, seconds + 0.3, RATE);
            assert_eq!(cross_talk(&said, &other, RATE), None, "seed {seed}");
        }
    }

    #[test]
    fn silence_hum_and_nothing_are_no_leak() {
        let said = voice(1, 120.0, 1.0, RATE);
        let hum = |volume: f64| -> Vec<i16> {
            (0..10_000)
                .map(|n| (volume * (f64::from(n) * 50.0 / 8_000.0 * std::f64::consts::TAU).sin()) as i16)
                .collect()
        };
        assert_eq!(cross_talk(&said, &vec![0; 10_000], RATE), None);
        assert_eq!(cross_talk(&added(&said, &hum(200.0)), &hum(200.0), RATE), None);
        assert_eq!(cross_talk(&said, &[], RATE), None);
        assert_eq!(cross_talk(&[], &said, RATE), None);
        // A rate that cannot be does no harm.
        assert!(cross_talk(&said, &said, 0).is_none_or(|found| found.lag_ms == 0));
    }
}
