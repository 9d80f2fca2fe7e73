//! Words that say what comes next.

mod numbers;
mod words;

use std::{collections::BTreeMap, sync::LazyLock};

use events::EntityKind;

use crate::{
    lexicon::Class,
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

/// Phrases by their first word, the longest first.
struct Phrases(BTreeMap<&'static str, Vec<Phrase>>);

struct Phrase {
    rest: Vec<&'static str>,
    means: Option<Cue>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let opens =
        numbers::PHRASES.iter().chain(words::PHRASES).map(|(text, kind)| (*text, Some(Cue::Opens(*kind))));
    let asks = QUESTIONS.iter().map(|text| (*text, Some(Cue::Counts)));
    let last = ["last four", "last 4"].map(|text| (text, Some(Cue::LastFour)));
    let none = FALSE_CUES.iter().map(|text| (*text, None));
    let mut by_first: BTreeMap<&str, Vec<Phrase>> = BTreeMap::new();
    // What is no cue goes first: of two that are as long, the first counts.
    for (text, means) in none.chain(asks).chain(last).chain(opens) {
        let mut words = text.split(' ');
        let first = words.next().unwrap_or_default();
        by_first.entry(first).or_default().push(Phrase { rest: words.collect(), means });
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
    if matches!(token.kind, Kind::Written(..))
        || matches!(token.class(), Some(Class::Unit(_) | Class::Filler))
    {
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
