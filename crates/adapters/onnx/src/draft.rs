//! Which words of a draft are shown: those that two drafts in a row agree on.

use crate::moonshine::HeardWord;

/// The drafts of one utterance.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    last: Option<Vec<HeardWord>>,
    shown: usize,
}

impl Drafts {
    /// Takes the next draft and says what to show of it; nothing yet after the first.
    ///
    /// The second draft always shows something when it has words, so that the reader sees early that someone
    /// speaks. What was shown may be reworded, but does not shrink.
    pub(crate) fn next(&mut self, draft: Vec<HeardWord>) -> Option<Vec<HeardWord>> {
        let last = self.last.replace(draft);
        let draft = self.last.as_deref().unwrap_or_default();
        let agreed =
            last?.iter().zip(draft).take_while(|(a, b)| same(a.text.expose(), b.text.expose())).count();
        let least = if self.shown == 0 { 1 } else { self.shown };
        self.shown = agreed.max(least).min(draft.len());
        Some(draft[..self.shown].to_vec())
    }
}

/// Whether two words are the same but for case and punctuation, which settle late.
fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Pii;

    use super::*;

    fn words(text: &str) -> Vec<HeardWord> {
        let word = |text: &str| HeardWord {
            text: Pii::new(text.to_owned()),
            start: Duration::ZERO,
            end: Duration::ZERO,
            confidence: 1.0,
        };
        text.split_whitespace().map(word).collect()
    }

    fn shown(drafts: &mut Drafts, text: &str) -> Option<String> {
        let shown = drafts.next(words(text))?;
        Some(shown.into_iter().map(|word| word.text.into_exposed()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn only_words_that_two_drafts_agree_on_are_shown() {
        let mut drafts = Drafts::default();
        assert_eq!(shown(&mut drafts, "I would."), None);
        assert_eq!(shown(&mut drafts, "I wood like").as_deref(), Some("I"));
        assert_eq!(shown(&mut drafts, "I would like, to").as_deref(), Some("I"));
        assert_eq!(shown(&mut drafts, "I would like to pay").as_deref(), Some("I would like to"));
    }

    #[test]
    fn the_first_words_come_early_and_do_not_shrink() {
        let mut drafts = Drafts::default();
        shown(&mut drafts, "Four");
        assert_eq!(shown(&mut drafts, "For one").as_deref(), Some("For"));
        assert_eq!(shown(&mut drafts, "41 1").as_deref(), Some("41"));
        assert_eq!(shown(&mut drafts, "").as_deref(), Some(""));
    }
}
