//! A wrapper for what a caller said or is.

use std::fmt;

/// A value that must never reach a log, a metric, a trace or an error: caller words, numbers, names, audio.
///
/// `Debug` and `Display` print `[redacted]`; reading it is a visible act. It has no serialisation.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Wraps a sensitive value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Reads the sensitive value.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Gives the sensitive value up.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_nothing_of_the_value() {
        let card = Pii::new("4111 1111 1111 1111");
        assert_eq!(format!("{card} {card:?} {:?}", Some(&card)), "[redacted] [redacted] Some([redacted])");
    }
}
