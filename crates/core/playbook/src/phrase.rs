//! Phrases: what a rule listens for, in the words that people write.

use std::fmt;

use thiserror::Error;

use crate::forms::is_form;
use crate::words::Words;

/// As many words a `*` stands for.
pub const MAX_GAP: usize = 3;
/// As many words and gaps a phrase may have.
pub const MAX_PHRASE_WORDS: usize = 24;

/// Words in a row. Case, punctuation, contractions and the spelling of numbers do not count; `*` stands for up to three
/// words, and a word that ends in `~` for any of its forms.
///
/// Matching takes time that grows with the words times the phrase's length, whatever they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// This word.
    Word(String),
    /// Any form of this word.
    Form(String),
    /// Any word, or none.
    Gap,
}

/// Why a text is no phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PhraseError {
    /// It has no word.
    #[error("has no word to listen for")]
    Empty,
    /// It is longer than [`MAX_PHRASE_WORDS`].
    #[error("has more than {MAX_PHRASE_WORDS} words")]
    Long,
    /// It begins or ends with `*`, which says nothing.
    #[error("begins or ends with *: a gap stands between words")]
    OuterGap,
    /// A `~` stands elsewhere than at the end of a word.
    #[error("has a ~ that does not follow a word: write it at the word's end, as in cancel~")]
    LooseForm,
}

impl Phrase {
    /// Reads a phrase.
    ///
    /// # Errors
    /// When it has no word, too many, or a sign where it means nothing.
    pub fn parse(text: &str) -> Result<Self, PhraseError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        for token in text.split_whitespace() {
            if token.chars().all(|c| c == '*') {
                words_of(&mut plain, &mut parts);
                parts.extend(std::iter::repeat_n(Part::Gap, MAX_GAP));
            } else if let Some(base) = token.trim_end_matches([',', '.', '!', '?']).strip_suffix('~') {
                words_of(&mut plain, &mut parts);
                form_of(base, &mut parts)?;
            } else if token.contains('~') {
                return Err(PhraseError::LooseForm);
            } else {
                plain.push_str(token);
                plain.push(' ');
            }
            if parts.len() > MAX_PHRASE_WORDS * MAX_GAP {
                return Err(PhraseError::Long);
            }
        }
        words_of(&mut plain, &mut parts);
        let phrase = Self { text: text.to_owned(), parts };
        phrase.checked()
    }

    fn checked(self) -> Result<Self, PhraseError> {
        let words = self.parts.iter().filter(|part| **part != Part::Gap).count();
        let gaps = (self.parts.len() - words).div_ceil(MAX_GAP);
        if words == 0 {
            return Err(PhraseError::Empty);
        }
        if words + gaps > MAX_PHRASE_WORDS {
            return Err(PhraseError::Long);
        }
        if self.parts.first() == Some(&Part::Gap) || self.parts.last() == Some(&Part::Gap) {
            return Err(PhraseError::OuterGap);
        }
        Ok(self)
    }

    /// Whether the phrase is somewhere in the words.
    #[must_use]
    pub fn matches(&self, words: &Words) -> bool {
        // Bit i: the parts before i are matched by the words that end here. Bit 0 is set always: it may begin anywhere.
        let whole = 1_u128 << self.parts.len();
        words
            .iter()
            .scan(1_u128, |at, word| {
                *at = self.step(*at, word);
                Some(*at)
            })
            .any(|at| at & whole != 0)
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn step(&self, at: u128, word: &str) -> u128 {
        let mut next = 1;
        for (index, part) in self.parts.iter().enumerate() {
            if at & (1 << index) == 0 {
                continue;
            }
            let fits = match part {
                Part::Word(own) => own == word,
                Part::Form(base) => is_form(base, word),
                Part::Gap => true,
            };
            if fits {
                next |= self.with_gaps_passed(index + 1);
            }
        }
        next
    }

    /// This place, and those that are reached by taking the gaps from here for nothing.
    fn with_gaps_passed(&self, from: usize) -> u128 {
        let gaps = self.parts.iter().skip(from).take_while(|part| **part == Part::Gap).count();
        (from..=from + gaps).fold(0, |places, place| places | 1 << place)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phrase({:?})", self.text)
    }
}

fn words_of(plain: &mut String, parts: &mut Vec<Part>) {
    parts.extend(Words::of(plain).iter().map(|word| Part::Word(word.to_owned())));
    plain.clear();
}

/// The words before a `~`, of which the last stands for all of its forms.
fn form_of(base: &str, parts: &mut Vec<Part>) -> Result<(), PhraseError> {
    let words = Words::of(base);
    let last = words.len().checked_sub(1).ok_or(PhraseError::LooseForm)?;
    parts.extend(words.iter().enumerate().map(|(index, word)| {
        if index == last { Part::Form(word.to_owned()) } else { Part::Word(word.to_owned()) }
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(phrase: &str, text: &str) -> bool {
        Phrase::parse(phrase).unwrap().matches(&Words::of(text))
    }

    #[test]
    fn a_phrase_is_found_anywhere_but_only_in_a_row() {
        assert!(matches("speak to a manager", "I want to Speak to a Manager, now!"));
        assert!(!matches("speak to a manager", "I speak to the manager"));
        assert!(!matches("cancel", "the cancellation fee"));
        assert!(matches("twenty four hours", "it takes 24 hours"));
        assert!(matches("do not call", "Don't call me again"));
        assert!(matches("can't pay", "I cannot pay"));
    }

    #[test]
    fn a_form_stands_for_all_forms() {
        for text in ["I cancelled it", "canceling it", "a cancellation.", "CANCEL"] {
            assert!(matches("cancel~", text), "{text}");
        }
        assert!(!matches("cancel~", "my cancer treatment"));
        assert!(matches("pre-pay~ plan", "a pre-paid plan"));
    }

    #[test]
    fn a_gap_is_up_to_three_words() {
        let phrase = "close * account";
        assert!(matches(phrase, "close account"));
        assert!(matches(phrase, "please close my old savings account"));
        assert!(!matches(phrase, "close my very old savings account"));
        assert!(matches("a * b * c", "a x y b z z z c"));
        assert!(matches("a * * c", "a 1 2 3 4 5 6 c"));
        assert!(matches("is * is * it", "is is is it"));
    }

    #[test]
    fn a_masked_stretch_can_be_listened_for() {
        assert!(matches("number is [card]", "My number is [card], thanks"));
    }

    #[test]
    fn what_is_no_phrase_says_why() {
        for (text, error) in [
            ("", PhraseError::Empty),
            (" ,. ", PhraseError::Empty),
            ("*", PhraseError::Empty),
            ("* cancel", PhraseError::OuterGap),
            ("cancel *", PhraseError::OuterGap),
            ("can~cel", PhraseError::LooseForm),
            ("~", PhraseError::LooseForm),
        ] {
            assert_eq!(Phrase::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(Phrase::parse(&"word ".repeat(25)), Err(PhraseError::Long));
        assert_eq!(Phrase::parse(&"* ".repeat(100_000)), Err(PhraseError::Long));
        assert_eq!(Phrase::parse(&format!("a {}b", "* ".repeat(23))), Err(PhraseError::Long));
        assert!(Phrase::parse(&"word ".repeat(24)).is_ok());
        assert!(Phrase::parse(&format!("a {}b", "* ".repeat(22))).is_ok());
    }

    /// Whether parts are found at the beginning, by trying every way.
    fn by_trying(parts: &[&str], words: &[&str]) -> bool {
        match parts.split_first() {
            None => true,
            Some((&"*", rest)) => (0..=MAX_GAP.min(words.len()))
                .any(|skip| by_trying(rest, words.get(skip..).unwrap_or_default())),
            Some((part, rest)) => {
                words.split_first().is_some_and(|(word, left)| part == word && by_trying(rest, left))
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_or_matching_panic(phrase in "\\PC{0,60}", text in "\\PC{0,200}") {
            if let Ok(phrase) = Phrase::parse(&phrase) {
                std::hint::black_box(phrase.matches(&Words::of(&text)));
            }
        }

        #[test]
        fn every_way_through_the_gaps_is_found(
            parts in prop::collection::vec(prop::sample::select(vec!["x", "y", "*"]), 1..7),
            words in prop::collection::vec(prop::sample::select(vec!["x", "y", "z"]), 0..12),
        ) {
            if let Ok(phrase) = Phrase::parse(&parts.join(" ")) {
                let tried = (0..words.len()).any(|from| by_trying(&parts, words.get(from..).unwrap_or_default()));
                prop_assert_eq!(phrase.matches(&Words::of(&words.join(" "))), tried);
            }
        }
    }
}
