//! Whether an agent said what a card suggests.

use std::collections::BTreeSet;

use events::HintOutcome;
use playbook::Words;

use crate::{MeaningVector, meaning};

/// Words that stand in every sentence say nothing of which one it is.
const SMALL_WORDS: &[&str] = &[
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "get", "go", "had", "has", "have", "he", "her", "here",
    "him", "how", "i", "if", "in", "is", "it", "just", "let", "like", "may", "me", "my", "no", "not", "now",
    "of", "ok", "okay", "on", "or", "our", "please", "she", "should", "so", "some", "sure", "that", "the",
    "them", "then", "there", "they", "this", "to", "up", "us", "was", "we", "well", "were", "what", "when",
    "which", "who", "will", "with", "would", "yes", "you", "your",
];
/// The share of a suggestion's telling words that must be said.
const ENOUGH: f32 = 0.6;
/// The cosine of what was said to what is suggested that is enough.
const SAME_MEANING: f32 = 0.72;
/// So long after a card left, saying it still counts.
const AFTERWARDS_MS: u64 = 30_000;

/// A suggestion that is listened for.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Its telling words.
    telling: BTreeSet<String>,
    vector: Option<MeaningVector>,
    shown_ms: u64,
    left_ms: Option<u64>,
    /// Nothing more to listen for.
    over: bool,
    /// Of the telling words, those in the agent's utterance before: a sentence may be cut in two.
    before: BTreeSet<String>,
}

impl Watched {
    pub(crate) fn new(suggestion: &str, vector: Option<MeaningVector>, shown_ms: u64) -> Self {
        Self {
            telling: telling(&Words::of(suggestion)).collect(),
            vector,
            shown_ms,
            left_ms: None,
            over: false,
            before: BTreeSet::new(),
        }
    }

    /// The card came to this.
    pub(crate) fn left(&mut self, outcome: HintOutcome, now_ms: u64) {
        match outcome {
            HintOutcome::Expanded => {}
            HintOutcome::Accepted | HintOutcome::Expired => self.left_ms = Some(now_ms),
            HintOutcome::Dismissed | HintOutcome::Said | HintOutcome::Withdrawn => self.over = true,
        }
    }

    /// Whether words that end then can be those.
    pub(crate) fn listens(&self, end_ms: u64) -> bool {
        !self.over
            && end_ms > self.shown_ms
            && self.left_ms.is_none_or(|left| end_ms <= left.saturating_add(AFTERWARDS_MS))
    }

    /// Whether these words, or they and those before, are what is suggested.
    pub(crate) fn hears(&mut self, words: &Words) -> bool {
        let heard: BTreeSet<String> = telling(words).filter(|word| self.telling.contains(word)).collect();
        let both = heard.union(&self.before).count();
        self.before = heard;
        #[expect(clippy::cast_precision_loss, reason = "a sentence has few words")]
        let share = both as f32 / self.telling.len().max(1) as f32;
        both >= self.telling.len().min(2) && !self.telling.is_empty() && share >= ENOUGH
    }

    /// Whether one of these sentences means what is suggested.
    pub(crate) fn means(&self, sentences: &[MeaningVector]) -> bool {
        let Some(own) = &self.vector else { return false };
        sentences.iter().any(|sentence| meaning::cosine(own, sentence) >= SAME_MEANING)
    }
}

fn telling(words: &Words) -> impl Iterator<Item = String> {
    words.iter().filter(|word| SMALL_WORDS.binary_search(word).is_err()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hears(suggestion: &str, said: &[&str]) -> bool {
        let mut watched = Watched::new(suggestion, None, 0);
        said.iter().any(|said| watched.hears(&Words::of(said)))
    }

    #[test]
    fn small_words_are_in_order() {
        assert!(SMALL_WORDS.is_sorted());
    }

    #[test]
    fn a_suggestion_is_said_in_other_words_around_its_own() {
        let card = "I can offer you three months at half price if you stay.";
        assert!(hears(
            card,
            &["So what I can do is offer you 3 months, half the price, if you stay with us"]
        ));
        assert!(
            hears(card, &["what I can offer is three months", "at half price, would you stay?"]),
            "in two halves"
        );
        assert!(!hears(card, &["Let me look at your account first, I can see three lines."]));
        assert!(!hears(card, &["yes I can do that for you if you like"]));
    }

    #[test]
    fn what_was_put_away_is_not_listened_for() {
        let mut watched = Watched::new("read the terms", None, 1_000);
        assert!(!watched.listens(1_000), "what was said before");
        watched.left(HintOutcome::Expired, 5_000);
        assert!(watched.listens(35_000) && !watched.listens(35_001));
        watched.left(HintOutcome::Dismissed, 6_000);
        assert!(!watched.listens(7_000));
    }
}
