//! How content a speaker sounds, by a list of words that anybody can read: no model.
//!
//! Each word or phrase of the list has a weight from -4 to 4. A negation up to four words before it turns it around and
//! weakens it, an intensifier strengthens it, and what comes after "but" counts more than what came before. An
//! utterance's sum `s` becomes `s / sqrt(s² + 6)`, between -1 and 1.

mod lexicon;

use std::{collections::BTreeMap, sync::LazyLock};

use playbook::Words;

/// As many words of an utterance are looked at.
const MAX_WORDS: usize = 400;
/// How far back a negation or an intensifier reaches.
const REACH: usize = 4;
/// How much of an opposite a negation makes: "not great" is less than bad.
const NEGATED: f32 = -0.6;
const STRONGER: f32 = 1.4;
const WEAKER: f32 = 0.6;
const BEFORE_BUT: f32 = 0.6;
const AFTER_BUT: f32 = 1.3;
const SPREAD: f32 = 6.0;
/// What is left of the past after each utterance that says something.
const KEPT: f32 = 0.75;
/// What an utterance without any such word counts: it pulls slowly towards the middle.
const NEUTRAL_WEIGHT: f32 = 0.15;
/// Words that a speaker must have said before a mood is told.
const MIN_WORDS: usize = 8;

/// How content a speaker sounds over the call, the latest counting most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mood {
    sum: f32,
    weight: f32,
    words: usize,
}

impl Mood {
    /// Takes an utterance in.
    pub(crate) fn hear(&mut self, words: &Words) {
        let score = score(words);
        let weight = if score.is_some() { 1.0 } else { NEUTRAL_WEIGHT };
        let kept = 1.0 - (1.0 - KEPT) * weight;
        self.sum = self.sum * kept + score.unwrap_or_default() * weight;
        self.weight = self.weight * kept + weight;
        self.words = self.words.saturating_add(words.len());
    }

    /// -1 to 1, to two digits; none before enough was said.
    pub(crate) fn value(&self) -> Option<f32> {
        let told = self.words >= MIN_WORDS && self.weight > 0.0;
        told.then(|| (self.sum / self.weight * 100.0).round() / 100.0)
    }
}

/// How content an utterance sounds, -1 to 1; none when no word of it says anything.
pub(crate) fn score(words: &Words) -> Option<f32> {
    let words: Vec<&str> = words.iter().take(MAX_WORDS).collect();
    let but = words.iter().rposition(|word| *word == "but" || *word == "however");
    let mut sum = 0.0;
    let mut said_something = false;
    let mut at = 0;
    while at < words.len() {
        let rest = words.get(at..).unwrap_or_default();
        let Some((length, weight)) = listed(rest) else {
            at += 1;
            continue;
        };
        said_something |= weight != 0.0;
        let side = but.map_or(1.0, |but| if at > but { AFTER_BUT } else { BEFORE_BUT });
        sum += weight * bent(words.get(at.saturating_sub(REACH)..at).unwrap_or_default()) * side;
        at += length;
    }
    said_something.then(|| sum / (sum * sum + SPREAD).sqrt())
}

/// What the words before one make of it.
fn bent(before: &[&str]) -> f32 {
    // What stands before a "but" speaks of something else.
    let start = before.iter().rposition(|word| *word == "but").map_or(0, |but| but + 1);
    let before = before.get(start..).unwrap_or_default();
    before.iter().enumerate().fold(1.0, |factor, (at, word)| {
        // A "no" from further off is an answer: "no, that is great".
        let answers = *word == "no" && at + 1 < before.len();
        factor
            * if lexicon::NEGATIONS.contains(word) && !answers {
                NEGATED
            } else if lexicon::STRENGTHEN.contains(word) {
                STRONGER
            } else if lexicon::WEAKEN.contains(word) {
                WEAKER
            } else {
                1.0
            }
    })
}

/// The longest entry of the list with which these words begin: how many words it has, and its weight.
fn listed(words: &[&str]) -> Option<(usize, f32)> {
    let entries = ENTRIES.get(*words.first()?)?;
    entries.iter().find(|(entry, _)| words.starts_with(entry)).map(|(entry, weight)| (entry.len(), *weight))
}

type Entry = (Vec<&'static str>, f32);

/// By their first word, the longest first.
static ENTRIES: LazyLock<BTreeMap<&'static str, Vec<Entry>>> = LazyLock::new(|| {
    let mut all: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for (weight, entries) in lexicon::WEIGHTS {
        for entry in *entries {
            let words: Vec<&str> = entry.split(' ').collect();
            if let Some(first) = words.first() {
                all.entry(first).or_default().push((words, *weight));
            }
        }
    }
    for entries in all.values_mut() {
        entries.sort_by_key(|(words, _)| usize::MAX - words.len());
    }
    all
});

#[cfg(test)]
mod tests;
