//! How fast a call is played.

use std::{str::FromStr, time::Duration};

use thiserror::Error;
use tokio::time::Instant;

/// How fast a call is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many times as fast as it was spoken; 1 is real time.
    Times(f64),
    /// As fast as the stream takes it.
    Max,
}

/// The fastest pace that is kept by the clock.
const MAX_SPEED: f64 = 1_000.0;

impl Default for Pace {
    fn default() -> Self {
        Self::Times(1.0)
    }
}

/// A text that says no pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a speed is a number above 0 and up to 1000, or max (also written 0)")]
pub struct InvalidPace;

impl FromStr for Pace {
    type Err = InvalidPace;

    fn from_str(text: &str) -> Result<Self, InvalidPace> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.trim_end_matches('x').parse::<f64>() {
            Ok(0.0) => Ok(Self::Max),
            Ok(times) if times > 0.0 && times <= MAX_SPEED => Ok(Self::Times(times)),
            _ => Err(InvalidPace),
        }
    }
}

impl Pace {
    /// How long it takes to play so much.
    pub(crate) fn takes(self, ms: u64) -> Duration {
        match self {
            Self::Times(times) => Duration::from_millis(ms).div_f64(times),
            Self::Max => Duration::ZERO,
        }
    }
}

/// The clock of one call that is being played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    pace: Pace,
    start: Instant,
}

impl Timeline {
    pub(crate) fn start(pace: Pace) -> Self {
        Self { pace, start: Instant::now() }
    }

    /// When this position of the call is due, unless it is due already.
    pub(crate) fn wait_for(self, ms: u64) -> Option<Instant> {
        let due = self.start + self.pace.takes(ms);
        (self.pace != Pace::Max && due > Instant::now()).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read_as_people_write_them() {
        assert_eq!("1".parse(), Ok(Pace::Times(1.0)));
        assert_eq!("2.5x".parse(), Ok(Pace::Times(2.5)));
        assert_eq!(("0".parse(), "max".parse()), (Ok(Pace::Max), Ok(Pace::Max)));
        for wrong in ["-1", "1001", "NaN", "inf", "", "fast"] {
            assert_eq!(wrong.parse::<Pace>(), Err(InvalidPace), "{wrong}");
        }
    }

    #[test]
    fn twice_the_speed_takes_half_as_long() {
        assert_eq!(Pace::Times(2.0).takes(3_000), Duration::from_millis(1_500));
    }
}
