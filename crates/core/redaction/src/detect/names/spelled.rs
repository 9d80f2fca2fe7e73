//! Names that are spelled: "s m i t h", "d as in david", "double l".

use super::{Finder, Lead};
use crate::{detect::lists::look, view::Span};

/// The most tokens of one spelled name.
const MAX_SPELLED: usize = 120;

/// How far before the letters to look for what says that they spell a name.
const REACH: usize = 6;

impl Finder<'_> {
    /// Adds the spelled names.
    pub(super) fn spelled(&mut self, spans: &mut Vec<Span>) {
        let mut at = 0;
        while at < self.looks.len() {
            let (end, word) = self.letters(at);
            let one = word.chars().count() < 2;
            let wanted = self.scene.wanted.name || self.scene.wanted.goes_on;
            let alone = wanted && self.looks.iter().skip(end).all(|look| look.filler);
            let begins = (self.scene.partial || alone) && end == self.looks.len();
            if end == at
                || (one && !begins)
                || (word.bytes().all(|b| b == b'a' || b == b'i') && !self.may_spell(at))
            {
                at = end.max(at + 1);
                continue;
            }
            if let Some(why) = self.spells_name(at, &word) {
                spans.push(self.span(at, end, why));
                self.named.iter_mut().take(end).skip(at).for_each(|named| *named = true);
            }
            at = end;
        }
    }

    /// "a" and "i" are letters at the end of a partial only where letters are expected.
    fn may_spell(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |at| self.text(at));
        let leads = matches!(before, "thats" | "spelled" | "spelt" | "spelling" | "its" | "is" | "");
        self.is_cut(at) && (leads || self.scene.wanted.name)
    }

    /// The first token after the letters that begin at `first`, and the word that they spell.
    fn letters(&self, first: usize) -> (usize, String) {
        let mut word = String::new();
        let (mut at, mut end) = (first, first);
        while at < self.looks.len().min(first + MAX_SPELLED) {
            let Some((letter, times, len)) = self.letter(at) else {
                // "capital", "space": between letters, and no letter themselves.
                if end > first && end == at && is_between(self.text(at)) {
                    at += 1;
                    continue;
                }
                break;
            };
            (0..times).for_each(|_| word.push(letter));
            at += len;
            end = at;
        }
        (end, word)
    }

    /// A letter said at `at`: which, how often, and with how many tokens.
    fn letter(&self, at: usize) -> Option<(char, usize, usize)> {
        let times = match self.text(at) {
            "double" => 2,
            "triple" | "treble" => 3,
            "capital" if self.look(at + 1)?.letter => 1,
            _ => 0,
        };
        let place = if times > 0 { at + 1 } else { at };
        let letter = self.one_letter(place)?;
        let example = match (self.text(place + 1), self.text(place + 2)) {
            ("as", "in") => 3,
            ("for" | "like", word) if word.starts_with(letter) && word.chars().count() > 1 => 2,
            _ => 0,
        };
        // An example that is cut off belongs to the letter too.
        let len = (place - at + 1 + example).min(self.looks.len() - at);
        Some((letter, times.max(1), len))
    }

    /// The letter that a token says: itself, or by a word of the phonetic alphabet beside another one.
    fn one_letter(&self, at: usize) -> Option<char> {
        let look = self.look(at)?;
        if look.letter {
            return self.text(at).chars().next();
        }
        let code = |at: usize| is_code_word(self.text(at)) || self.look(at).is_some_and(|look| look.letter);
        let beside = code(at + 1) || at.checked_sub(1).is_some_and(code);
        (beside && is_code_word(self.text(at))).then(|| self.text(at).chars().next())?
    }

    fn spells_name(&self, first: usize, word: &str) -> Option<super::Why> {
        const REASON: &str = "a name that is spelled";
        let from = first.saturating_sub(REACH);
        let near = self.named.get(from..first).unwrap_or_default();
        let spell = (from..first)
            .any(|at| matches!(self.text(at), "spelled" | "spelt" | "spelling" | "spell" | "spells"));
        let wanted = self.scene.wanted.name || self.scene.wanted.goes_on;
        let led = (from..=first).any(|at| self.lead(at) >= Lead::Strong);
        let facts = look(word);
        let listed = facts.english == 0 && (facts.first >= 2 || facts.last >= 2);
        if self.scene.people.knows(word) || near.contains(&true) || led || spell || wanted {
            return super::why(if listed { 92 } else { 86 }, REASON);
        }
        if listed && word.chars().count() >= 4 { super::why(75, REASON) } else { None }
    }
}

/// The words of the international spelling alphabet.
pub(super) fn is_code_word(text: &str) -> bool {
    matches!(
        text,
        "alpha"
            | "alfa"
            | "bravo"
            | "charlie"
            | "delta"
            | "echo"
            | "foxtrot"
            | "golf"
            | "hotel"
            | "india"
            | "juliet"
            | "juliett"
            | "kilo"
            | "lima"
            | "mike"
            | "november"
            | "oscar"
            | "papa"
            | "quebec"
            | "romeo"
            | "sierra"
            | "tango"
            | "uniform"
            | "victor"
            | "whiskey"
            | "whisky"
            | "xray"
            | "yankee"
            | "zulu"
    )
}

fn is_between(text: &str) -> bool {
    matches!(
        text,
        "capital"
            | "space"
            | "hyphen"
            | "dash"
            | "apostrophe"
            | "then"
            | "and"
            | "uh"
            | "um"
            | "er"
            | "next"
            | "is"
    )
}
