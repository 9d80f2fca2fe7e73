//! Remembers which words were masked, without keeping them: the other side reads them back.

use std::collections::{BTreeMap, VecDeque};

use events::EntityKind;

use crate::{echo::siphash, token::Token, view::Span};

/// The most words that one call keeps. Beyond it the oldest are forgotten.
const MAX_WORDS: usize = 512;

/// A shorter word is too common to tell anything.
const MIN_CHARS: usize = 3;

/// The most letters of a spelled word.
const MAX_SPELLED: usize = 24;

/// Keyed fingerprints of masked words.
#[derive(Clone)]
pub(crate) struct Said {
    key: [u8; 16],
    known: BTreeMap<u64, EntityKind>,
    order: VecDeque<u64>,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("words", &self.order.len()).finish_non_exhaustive()
    }
}

impl Said {
    pub(crate) const fn new(key: [u8; 16]) -> Self {
        Self { key, known: BTreeMap::new(), order: VecDeque::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Remembers the words of the spans of kinds that are said in words, and what their letters spell.
    pub(crate) fn remember(&mut self, tokens: &[Token], spans: &[Span]) {
        for span in spans.iter().filter(|span| is_in_words(span.kind)) {
            let from = tokens.partition_point(|token| token.word < span.from);
            let to = tokens.partition_point(|token| token.word < span.to);
            let hidden = tokens.get(from..to).unwrap_or_default();
            for token in hidden {
                self.insert(&token.text, span.kind);
            }
            for word in spelled(hidden) {
                self.insert(&word.text, span.kind);
            }
        }
    }

    /// What a word was masked as.
    pub(crate) fn knows(&self, text: &str) -> Option<EntityKind> {
        if self.known.is_empty() || text.chars().count() < MIN_CHARS {
            return None;
        }
        self.known.get(&siphash(self.key, text.as_bytes())).copied()
    }

    fn insert(&mut self, text: &str, kind: EntityKind) {
        if text.chars().count() < MIN_CHARS || is_mark(text) {
            return;
        }
        let fingerprint = siphash(self.key, text.as_bytes());
        if self.known.insert(fingerprint, kind).is_none() {
            self.order.push_back(fingerprint);
            if self.order.len() > MAX_WORDS
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
    }
}

/// What every address has.
fn is_mark(text: &str) -> bool {
    matches!(
        text,
        "dot"
            | "com"
            | "net"
            | "org"
            | "www"
            | "http"
            | "https"
            | "slash"
            | "forward"
            | "colon"
            | "underscore"
            | "under"
            | "score"
            | "dash"
            | "hyphen"
            | "minus"
            | "plus"
            | "point"
            | "period"
            | "the"
            | "rate"
            | "sign"
            | "and"
            | "double"
            | "triple"
            | "gmail"
            | "mail"
            | "yahoo"
            | "hotmail"
            | "outlook"
    )
}

const fn is_in_words(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Email
            | EntityKind::Url
            | EntityKind::UserName
            | EntityKind::Password
            | EntityKind::SecurityAnswer
    )
}

/// A word spelled by the letters of tokens `first..=last`.
pub(crate) struct Spelled {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) text: String,
}

/// The words that runs of single letters spell.
pub(crate) fn spelled(tokens: &[Token]) -> Vec<Spelled> {
    let mut out: Vec<Spelled> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let mut chars = token.text.chars();
        let (Some(letter), None) = (chars.next(), chars.next()) else { continue };
        if !letter.is_alphabetic() {
            continue;
        }
        match out.last_mut() {
            Some(word) if word.last + 1 == at && at - word.first < MAX_SPELLED => {
                word.last = at;
                word.text.push(letter);
            }
            Some(_) | None => out.push(Spelled { first: at, last: at, text: letter.to_string() }),
        }
    }
    out.retain(|word| word.last > word.first + 1);
    out
}

#[cfg(test)]
mod tests {
    use model::{MediaTime, Pii, SpokenWord};

    use super::*;
    use crate::token::tokens;

    #[test]
    fn words_and_what_letters_spell_are_known_again() {
        let words: Vec<SpokenWord> = "it is kamau w e i"
            .split(' ')
            .map(|text| SpokenWord {
                text: Pii::new(text.to_owned()),
                start: MediaTime::ZERO,
                end: MediaTime::ZERO,
                confidence: 1.0,
            })
            .collect();
        let span = Span { from: 2, to: 6, kind: EntityKind::Email, confidence: 90, reason: "" };
        let mut said = Said::new([1; 16]);
        said.remember(&tokens(&words), &[span]);
        assert_eq!(said.knows("kamau"), Some(EntityKind::Email));
        assert_eq!(said.knows("wei"), Some(EntityKind::Email));
        assert_eq!(said.knows("it"), None);
        assert_eq!(format!("{said:?}"), "Said { words: 2, .. }");
    }

    #[test]
    fn memory_is_bounded() {
        let mut said = Said::new([1; 16]);
        for n in 0..2_000 {
            said.insert(&format!("word{n}"), EntityKind::Email);
        }
        assert_eq!((said.known.len(), said.order.len()), (MAX_WORDS, MAX_WORDS));
        assert!(said.knows("word1999").is_some());
    }
}
