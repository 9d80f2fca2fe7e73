//! The tone that stands where sensitive audio was.

use std::f64::consts::TAU;

/// The tone's frequency: within the telephone band at every rate.
pub const TONE_HZ: u32 = 1_000;

/// The tone's peak relative to full scale, in decibels: heard, but quieter than speech.
pub const TONE_DBFS: f64 = -20.0;

/// The longest table of one period, in samples.
const MAX_PERIOD: u32 = 192_000;

/// A 1 kHz sine at -20 dBFS. Sample `n` depends on `n` alone, so blocks and ranges join without a click.
#[derive(Clone, Debug)]
pub struct Tone {
    period: Vec<i16>,
}

impl Tone {
    /// The tone at a sample rate.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        let rate_hz = rate_hz.clamp(1, MAX_PERIOD);
        // After `rate / gcd` samples a whole number of waves has passed and the table repeats.
        let len = rate_hz / gcd(rate_hz, TONE_HZ);
        let amplitude = 32_767.0 * 10_f64.powf(TONE_DBFS / 20.0);
        let sample = |n: u32| {
            let turns = f64::from(n) * f64::from(TONE_HZ) / f64::from(rate_hz);
            #[expect(clippy::cast_possible_truncation, reason = "a tenth of the range of i16")]
            let value = (amplitude * (turns * TAU).sin()).round() as i16;
            value
        };
        Self { period: (0..len).map(sample).collect() }
    }

    /// The tone's sample at position `n`.
    #[must_use]
    pub fn sample(&self, n: u64) -> i16 {
        let len = u64::try_from(self.period.len()).unwrap_or(1).max(1);
        usize::try_from(n % len).ok().and_then(|n| self.period.get(n)).copied().unwrap_or(0)
    }
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{peak, rms_dbfs};

    #[test]
    fn the_tone_has_its_level_at_every_rate() {
        for rate in [8_000, 11_025, 16_000, 44_100, 48_000] {
            let tone = Tone::new(rate);
            let second: Vec<i16> = (0..u64::from(rate)).map(|n| tone.sample(n)).collect();
            let peak_dbfs = 20.0 * (f64::from(peak(&second)) / 32_768.0).log10();
            assert!((peak_dbfs - TONE_DBFS).abs() < 0.1, "{rate}: {peak_dbfs}");
            assert!((f64::from(rms_dbfs(&second)) - (TONE_DBFS - 3.01)).abs() < 0.1);
        }
    }

    #[test]
    fn the_tone_crosses_zero_a_thousand_times_a_second_upwards() {
        let tone = Tone::new(8_000);
        let up = (1..8_001).filter(|n| tone.sample(n - 1) <= 0 && tone.sample(*n) > 0).count();
        assert_eq!(up, 1_000);
    }

    #[test]
    fn odd_rates_do_no_harm() {
        assert_eq!(Tone::new(0).sample(u64::MAX), 0);
    }
}
