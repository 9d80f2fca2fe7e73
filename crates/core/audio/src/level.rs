//! How loud a block is.

/// What [`rms_dbfs`] says of a block without any sound: less than the smallest sample can be.
pub const SILENCE_DBFS: f32 = -120.0;

const FULL_SCALE: f64 = 32_768.0;

/// The sum of the squares of the samples.
#[must_use]
pub fn energy(samples: &[i16]) -> u64 {
    samples.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum()
}

/// The largest magnitude, 0 to 32768.
#[must_use]
pub fn peak(samples: &[i16]) -> u16 {
    samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0)
}

/// Root mean square in decibels relative to full scale; a full-scale sine is at -3. [`SILENCE_DBFS`] at least.
#[must_use]
pub fn rms_dbfs(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return SILENCE_DBFS;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a level is approximate"
    )]
    let level = {
        let mean = energy(samples) as f64 / samples.len() as f64;
        (10.0 * (mean / (FULL_SCALE * FULL_SCALE)).log10()) as f32
    };
    level.max(SILENCE_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_at_the_floor() {
        assert_eq!(rms_dbfs(&[]), SILENCE_DBFS);
        assert_eq!(rms_dbfs(&[0; 160]), SILENCE_DBFS);
    }

    #[test]
    fn full_scale_is_at_zero_and_halving_takes_six_decibels() {
        assert!(rms_dbfs(&[i16::MIN; 160]).abs() < 0.01);
        assert!((rms_dbfs(&[16_384; 160]) + 6.02).abs() < 0.01);
    }

    #[test]
    fn the_lowest_sample_has_the_largest_peak() {
        assert_eq!(peak(&[0, i16::MIN, i16::MAX]), 32_768);
        assert_eq!(energy(&[i16::MIN, 3]), 1_073_741_824 + 9);
    }
}
