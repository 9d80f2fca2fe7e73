//! What a server takes, learned from what it refuses.

use std::sync::atomic::{AtomicU8, Ordering};

/// How an answer is brought to be JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonBy {
    /// The server keeps the answer to the schema.
    Schema,
    /// The server keeps it to JSON; the instructions say which.
    Object,
    /// The instructions say it.
    Words,
}

/// What a request leaves away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect(u8);

const NO_SCHEMA: u8 = 1;
const NO_OBJECT: u8 = 2;
const NO_TEMPERATURE: u8 = 4;
const COMPLETION_TOKENS: u8 = 8;
const NO_STREAM_OPTIONS: u8 = 16;
const NO_REASONING: u8 = 32;

impl Dialect {
    /// Nothing.
    #[cfg(test)]
    pub(crate) const FULL: Self = Self(0);

    const fn lacks(self, what: u8) -> bool {
        self.0 & what != 0
    }

    pub(crate) const fn json_by(self) -> JsonBy {
        match (self.lacks(NO_SCHEMA), self.lacks(NO_OBJECT)) {
            (false, _) => JsonBy::Schema,
            (true, false) => JsonBy::Object,
            (true, true) => JsonBy::Words,
        }
    }

    pub(crate) const fn has_temperature(self) -> bool {
        !self.lacks(NO_TEMPERATURE)
    }

    pub(crate) const fn has_stream_options(self) -> bool {
        !self.lacks(NO_STREAM_OPTIONS)
    }

    pub(crate) const fn has_reasoning(self) -> bool {
        !self.lacks(NO_REASONING)
    }

    /// The name of the limit of an answer's tokens.
    pub(crate) const fn token_limit(self) -> &'static str {
        if self.lacks(COMPLETION_TOKENS) { "max_completion_tokens" } else { "max_tokens" }
    }

    /// What to leave away after a refusal with these words, where that can help: `asked_json` tells whether a format
    /// was asked for.
    pub(crate) fn after_refusal(self, said: &str, asked_json: bool) -> Option<Self> {
        let mentions = |what: &str| said.contains(what);
        let names_json = ["response_format", "json_schema", "json_object", "guided", "grammar"];
        let more = if mentions("max_completion_tokens") {
            COMPLETION_TOKENS
        } else if mentions("temperature") {
            NO_TEMPERATURE
        } else if mentions("stream_options") {
            NO_STREAM_OPTIONS
        } else if mentions("reasoning_effort") {
            NO_REASONING
        } else if asked_json && names_json.into_iter().any(mentions) {
            if self.lacks(NO_SCHEMA) { NO_OBJECT } else { NO_SCHEMA }
        } else {
            return None;
        };
        // What is left away already is not what it minds.
        (!self.lacks(more)).then_some(Self(self.0 | more))
    }
}

/// The dialect that a server was found to speak.
#[derive(Debug, Default)]
pub(crate) struct Learned(AtomicU8);

impl Learned {
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn learn(&self, dialect: Dialect) {
        self.0.fetch_or(dialect.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_given_up_one_after_the_other() {
        let refused = "'response_format' of type 'json_schema' is not supported with this model";
        let once = Dialect::FULL.after_refusal(refused, true).unwrap();
        assert_eq!(once.json_by(), JsonBy::Object);
        let twice = once.after_refusal(refused, true).unwrap();
        assert_eq!(twice.json_by(), JsonBy::Words);
        assert_eq!(twice.after_refusal(refused, true), None);
        assert_eq!(Dialect::FULL.after_refusal(refused, false), None);
    }

    #[test]
    fn what_it_minds_is_left_away() {
        let tokens = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        let dialect = Dialect::FULL.after_refusal(tokens, false).unwrap();
        assert_eq!(dialect.token_limit(), "max_completion_tokens");
        let dialect = dialect.after_refusal("'temperature' does not support 0", false).unwrap();
        assert!(!dialect.has_temperature() && dialect.has_stream_options());
        assert_eq!(dialect.after_refusal("'temperature' again", false), None);
        assert_eq!(dialect.after_refusal("the prompt is too long", true), None);
    }
}
