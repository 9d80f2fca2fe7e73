//! Lengths of time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// A length of time, written as `30s`, `1m30s` or `500ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// Text that is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is no length of time: write it as 30s, 1m30s or 500ms")]
pub struct InvalidSpan;

impl Span {
    /// So many seconds.
    #[must_use]
    pub const fn secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// In milliseconds.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let mut rest = text.trim();
        let mut whole = Duration::ZERO;
        let mut last = u64::MAX;
        while !rest.is_empty() || last == u64::MAX {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(InvalidSpan)?;
            let (number, unit) = rest.split_at(digits);
            let letters = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
            let (unit, left) = unit.split_at(letters);
            let number: u64 = number.parse().map_err(|_| InvalidSpan)?;
            let unit_ms = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => return Err(InvalidSpan),
            };
            if unit_ms >= last {
                return Err(InvalidSpan);
            }
            last = unit_ms;
            whole = whole.saturating_add(Duration::from_millis(number.saturating_mul(unit_ms)));
            rest = left;
        }
        Ok(Self(whole))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.as_millis();
        if ms.is_multiple_of(1_000) { write!(f, "{}s", ms / 1_000) } else { write!(f, "{ms}ms") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_every_unit() {
        for (text, ms) in [("30s", 30_000), ("1m30s", 90_000), ("500ms", 500), ("2h", 7_200_000), ("0s", 0)] {
            assert_eq!(text.parse::<Span>().unwrap().as_millis(), ms, "{text}");
        }
        assert_eq!(Span::secs(90).to_string().parse(), Ok(Span::secs(90)));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in ["", "30", "s", "30 s", "1s1m", "5s5s", "-1s", "1d", "99999999999999999999s", "1.5s"] {
            assert_eq!(text.parse::<Span>(), Err(InvalidSpan), "{text}");
        }
    }
}
