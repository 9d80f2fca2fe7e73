//! Phrases and what they mean, looked up by their first word.

use crate::{lookup::WordMap, token::Token};

/// Phrases by their first word, the longest first.
pub(super) struct Phrases<T>(WordMap<Vec<(Vec<&'static str>, T)>>);

impl<T: Copy> Phrases<T> {
    /// Words apart by a space; of two that are as long, the first counts.
    pub(super) fn new(phrases: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut by_first = WordMap::<Vec<(Vec<&str>, T)>>::default();
        for (text, means) in phrases {
            let mut words = text.split(' ');
            let first = words.next().unwrap_or_default();
            by_first.entry(first).or_default().push((words.collect(), means));
        }
        for phrases in by_first.values_mut() {
            phrases.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        Self(by_first)
    }

    /// The longest phrase that begins at `at`: how many tokens it has, and what it means.
    pub(super) fn at(&self, tokens: &[Token], at: usize) -> Option<(usize, T)> {
        let (token, after) = tokens.get(at..)?.split_first()?;
        let phrases = self.0.get(token.text.as_str())?;
        let here = |(rest, _): &&(Vec<&str>, T)| {
            rest.len() <= after.len() && rest.iter().zip(after).all(|(word, token)| token.text == *word)
        };
        phrases.iter().find(here).map(|(rest, means)| (rest.len() + 1, *means))
    }
}
