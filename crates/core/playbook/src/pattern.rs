//! Regular expressions, in linear time and bounded memory.

use regex::{Regex, RegexBuilder};
use thiserror::Error;

/// As long an expression may be, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1_000;
/// As much memory one may take compiled.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// A regular expression over text in small letters.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PatternError {
    /// It is longer than [`MAX_PATTERN_BYTES`].
    #[error("is longer than {MAX_PATTERN_BYTES} bytes")]
    Long,
    /// It would take too much memory.
    #[error("is too large: repeat less, or split it")]
    Large,
    /// It finds text that has nothing in it, so it finds everything.
    #[error("matches the empty text, so it would be found in everything")]
    Empty,
    /// It is not written as a regular expression is.
    #[error("is no regular expression: {0}")]
    Syntax(String),
}

impl Pattern {
    /// Compiles an expression. It finds capital letters as small ones, since the text has none.
    ///
    /// # Errors
    /// When it is no regular expression, too large, or found in everything.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(PatternError::Long);
        }
        let regex = RegexBuilder::new(text)
            .case_insensitive(true)
            .size_limit(MAX_COMPILED_BYTES)
            .dfa_size_limit(MAX_COMPILED_BYTES)
            .nest_limit(32)
            .build()
            .map_err(|error| refused(&error))?;
        if regex.is_match("") { Err(PatternError::Empty) } else { Ok(Self(regex)) }
    }

    /// Whether it is found in a text.
    #[must_use]
    pub fn found_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

/// The last line of the error says what is wrong; the lines before it draw where.
fn refused(error: &regex::Error) -> PatternError {
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return PatternError::Large;
    }
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    PatternError::Syntax(last.strip_prefix("error: ").unwrap_or(last).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_in_text() {
        let pattern = Pattern::parse(r"\berror (code )?\d{3}\b").unwrap();
        assert!(pattern.found_in("it shows error code 404 again"));
        assert!(!pattern.found_in("an error occurred"));
        assert!(Pattern::parse("Visa").unwrap().found_in("my visa card"));
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        assert_eq!(Pattern::parse("(a"), Err(PatternError::Syntax("unclosed group".to_owned())));
        assert_eq!(Pattern::parse("a*"), Err(PatternError::Empty));
        assert_eq!(Pattern::parse(&"a".repeat(1_001)), Err(PatternError::Long));
        assert_eq!(Pattern::parse(r"(\w{1000}){1000}"), Err(PatternError::Large));
        assert!(matches!(Pattern::parse(&"(".repeat(900)), Err(PatternError::Syntax(_))));
    }
}
