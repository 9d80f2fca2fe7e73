//! The two clocks: wall time and the call's own timeline.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// A point of wall time: microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `us` microseconds after the Unix epoch.
    #[must_use]
    pub const fn from_micros(us: i64) -> Self {
        Self(us)
    }

    /// The time `ms` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// How long `self` is after `earlier`; zero when it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// A position on one call's timeline: microseconds since the call's first sample.
///
/// At 8 kHz one sample is exactly 125 µs, so positions convert to samples and back without loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaTime(u64);

impl MediaTime {
    /// The call's first sample.
    pub const ZERO: Self = Self(0);

    /// The position `us` microseconds after the call's first sample.
    #[must_use]
    pub const fn from_micros(us: u64) -> Self {
        Self(us)
    }

    /// The position `ms` milliseconds after the call's first sample.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    /// The position of sample number `samples` at `rate_hz`, rounded down to a microsecond.
    #[must_use]
    pub fn from_samples(samples: u64, rate_hz: u32) -> Self {
        let us = u128::from(samples) * 1_000_000 / u128::from(rate_hz.max(1));
        Self(u64::try_from(us).unwrap_or(u64::MAX))
    }

    /// The number of the sample at this position, rounded down.
    #[must_use]
    pub fn as_samples(self, rate_hz: u32) -> u64 {
        u64::try_from(u128::from(self.0) * u128::from(rate_hz) / 1_000_000).unwrap_or(u64::MAX)
    }

    /// Microseconds since the call's first sample.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Milliseconds since the call's first sample, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// How far `self` is after `earlier`; zero when it is not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The position `by` before this one; the call's start at the least.
    #[must_use]
    pub fn saturating_sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Add<Duration> for MediaTime {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for MediaTime {
    /// Minutes, seconds and milliseconds: `02:03.450`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.as_millis();
        write!(f, "{:02}:{:02}.{:03}", ms / 60_000, ms / 1_000 % 60, ms % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_at_8_khz_convert_without_loss() {
        for n in [0, 1, 7, 511, 512, 28_800_000] {
            assert_eq!(MediaTime::from_samples(n, 8_000).as_samples(8_000), n);
        }
    }

    #[test]
    fn time_before_the_epoch_rounds_down() {
        assert_eq!(Timestamp::from_micros(-1).as_millis(), -1);
    }

    #[test]
    fn a_position_prints_as_a_person_reads_it() {
        assert_eq!(MediaTime::from_millis(123_450).to_string(), "02:03.450");
    }
}
