//! What a model takes, learned from what it refuses.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::JsonBy;

/// How JSON is asked for, until that is refused.
#[derive(Debug)]
pub(crate) struct Learned {
    wanted: JsonBy,
    by_words: AtomicBool,
}

impl Learned {
    pub(crate) const fn new(wanted: JsonBy) -> Self {
        Self { wanted, by_words: AtomicBool::new(false) }
    }

    pub(crate) fn json_by(&self) -> JsonBy {
        if self.by_words.load(Ordering::Relaxed) { JsonBy::Words } else { self.wanted }
    }

    /// A request was refused as invalid, in these words. Whether another form of it may be taken.
    pub(crate) fn refused(&self, used: JsonBy, said: &str) -> bool {
        let said = said.to_lowercase();
        let minds = match used {
            JsonBy::Tool => said.contains("tool"),
            JsonBy::Schema => ["outputconfig", "textformat", "output_config", "structured"]
                .into_iter()
                .any(|what| said.contains(what)),
            JsonBy::Words => false,
        };
        if minds {
            self.by_words.store(true, Ordering::Relaxed);
        }
        minds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_tools_is_told_in_words() {
        let learned = Learned::new(JsonBy::Tool);
        assert!(!learned.refused(JsonBy::Tool, "The provided model identifier is invalid."));
        assert_eq!(learned.json_by(), JsonBy::Tool);
        assert!(learned.refused(JsonBy::Tool, "This model doesn't support tool use in streaming mode."));
        assert_eq!(learned.json_by(), JsonBy::Words);
        assert!(!learned.refused(JsonBy::Words, "tool"));
    }
}
