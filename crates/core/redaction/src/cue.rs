//! Words that say what comes next.

mod numbers;
mod words;

use std::sync::LazyLock;

use events::EntityKind;

use crate::{
    lexicon::Class,
    lookup::WordMap,
    token::{Kind, Token},
};

/// What an utterance says about what is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Something sensitive.
    Opens(EntityKind),
    /// Only the end of it: "last four".
    LastFour,
    /// A harmless number: "how many", "what time".
    Counts,
}

/// A cue, and the first token after it.
pub(crate) type Found = (usize, Cue);

/// Questions for harmless numbers.
const QUESTIONS: &[&str] = &[
    "how many",
    "how much",
    "how old",
    "how long",
    "how often",
    "how far",
    "how big",
    "how tall",
    "what time",
    "which time",
    "what year",
    "which year",
    "what size",
    "which size",
    "what quantity",
    "what day",
    "which day",
    "what percentage",
    "which option",
    "from one to",
    "from 1 to",
    "one to ten",
    "scale of",
];

/// "social media", "number of", "a number": no cues. The last word of a phrase may begin the next cue.
const FALSE_CUES: &[&str] = &[
    "social media",
    "number of",
    "numbers of",
    "number one",
    "number two",
    "number three",
    "credit to",
    "credit of",
    "phone call",
    "mobile app",
    "area of",
];

/// Only the end of a number.
const LAST_FOUR: &[&str] = &["last four", "last 4", "final four", "final 4"];

/// Phrases by their first word, the longest first.
struct Phrases(WordMap<Vec<Phrase>>);

struct Phrase {
    rest: Vec<&'static str>,
    means: Option<Cue>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut by_first = WordMap::<Vec<Phrase>>::default();
    let mut add = |text: &'static str, end: Option<&'static str>, means| {
        let mut words = text.split(' ').chain(end);
        let first = words.next().unwrap_or_default();
        by_first.entry(first).or_default().push(Phrase { rest: words.collect(), means });
    };
    // What is no cue goes first: of two that are as long, the first counts.
    FALSE_CUES.iter().for_each(|text| add(text, None, None));
    QUESTIONS.iter().for_each(|text| add(text, None, Some(Cue::Counts)));
    LAST_FOUR.iter().for_each(|text| add(text, None, Some(Cue::LastFour)));
    for (text, kind) in numbers::PHRASES.iter().chain(words::PHRASES) {
        add(text, None, Some(Cue::Opens(*kind)));
    }
    for text in numbers::NUMBERED {
        for called in numbers::NUMBERS {
            add(text, Some(called), Some(Cue::Opens(EntityKind::Reference)));
        }
    }
    for phrases in by_first.values_mut() {
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
    }
    Phrases(by_first)
});

/// All cues in order.
pub(crate) fn scan(tokens: &[Token]) -> Vec<Found> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (len, cue) = cue_at(tokens, at);
        if let Some(cue) = cue {
            out.push((at + len, cue));
        }
        at += len.max(1);
    }
    out
}

fn cue_at(tokens: &[Token], at: usize) -> (usize, Option<Cue>) {
    let Some((token, after)) = tokens.get(at..).and_then(<[_]>::split_first) else { return (1, None) };
    // Most tokens begin no phrase.
    if matches!(token.kind, Kind::Written(..)) || token.class() == Some(Class::Filler) {
        return (1, None);
    }
    let here = |phrase: &&Phrase| {
        phrase.rest.len() <= after.len()
            && phrase.rest.iter().zip(after).all(|(word, token)| token.text == *word)
    };
    match PHRASES.0.get(token.text.as_str()).and_then(|phrases| phrases.iter().find(here)) {
        Some(Phrase { rest, means: None }) => (rest.len(), None),
        Some(Phrase { rest, means }) => (rest.len() + 1, *means),
        None => (1, None),
    }
}
