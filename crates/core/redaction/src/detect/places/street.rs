//! Streets: a number, some words, and a type.

use events::EntityKind;

use super::{
    Finder, is_count,
    words::{PLAIN_TYPES, Piece, names_streets},
};
use crate::lexicon::{Class, is_plural};

/// The most tokens of a house number.
pub(super) const MAX_NUMBER: usize = 9;

/// The most words of a street's name.
const MAX_NAME: usize = 4;

/// How many words after a number may be a street's name while its type was not said yet.
const MAX_HELD: usize = 3;

impl Finder<'_> {
    /// Marks the street address that begins at `at`, and gives the first token after it. `asked` when one is expected.
    pub(super) fn street(&mut self, at: usize, asked: bool) -> Option<usize> {
        let end =
            self.post_box(at).or_else(|| self.numbered(at, asked)).or_else(|| self.unnumbered(at, asked))?;
        let confidence = if asked { 96 } else { 93 };
        self.add(at, end, EntityKind::Address, confidence, "a street address");
        Some(end)
    }

    /// "p o box ninety nine".
    fn post_box(&self, at: usize) -> Option<usize> {
        let words = match (self.text(at), self.text(at + 1), self.text(at + 2)) {
            ("p", "o", "box") | ("post", "office", "box") => 3,
            ("po", "box", _) => 2,
            ("pobox", ..) => 1,
            _ => return None,
        };
        let number = if self.text(at + words) == "number" { at + words + 1 } else { at + words };
        let end = self.number(number);
        (end > number).then_some(end)
    }

    /// "flat two fourteen high street", "42b elm street".
    fn numbered(&self, at: usize, asked: bool) -> Option<usize> {
        let mut number = at;
        if self.piece(at) == Some(Piece::Unit) {
            number = self.unit(at)?;
            // "flat two fourteen" is one number as it stands.
            if self.piece(number) != Some(Piece::Number) {
                return self.street_name(number, asked);
            }
        }
        let mut end = self.number(number);
        if end == number || is_count(self.text(end)) {
            return None;
        }
        if self.piece(end) == Some(Piece::Letter) && self.text(end) != "i" {
            end += 1;
        }
        self.street_name(end, asked)
    }

    /// "apartment three b", "unit c": the first token after it.
    pub(super) fn unit(&self, at: usize) -> Option<usize> {
        if self.piece(at) != Some(Piece::Unit) {
            return None;
        }
        let from = if matches!(self.text(at + 1), "number" | "no") { at + 2 } else { at + 1 };
        let mut end = self.number(from);
        if self.is_letter(end) && !(end == from && matches!(self.text(end), "a" | "i")) {
            end += 1;
            if end == from + 1 {
                end = self.number(end);
            }
        }
        (end > from).then_some(end)
    }

    fn is_letter(&self, at: usize) -> bool {
        self.piece(at) == Some(Piece::Letter)
            || (self.piece(at) == Some(Piece::Direction) && self.text(at).len() == 1)
    }

    /// The name and type of a street that begin at `at`: the first token after them.
    fn street_name(&self, at: usize, asked: bool) -> Option<usize> {
        let mut end = at;
        loop {
            if end > at && self.is_type(end, asked) {
                break;
            }
            if end - at > MAX_NAME || !self.names_street(end) || self.ends_sentence(end) {
                return None;
            }
            end += 1;
        }
        end += 1;
        while self.is_type(end, asked) && !self.ends_sentence(end - 1) {
            end += 1;
        }
        if self.piece(end) == Some(Piece::Direction) && !self.ends_sentence(end - 1) {
            end += 1;
        }
        Some(end)
    }

    /// Whether a word is the type of a street. One that is much else has to be followed by something of an address,
    /// or by nothing.
    fn is_type(&self, at: usize, asked: bool) -> bool {
        match self.piece(at) {
            Some(Piece::Type) => return true,
            Some(Piece::WeakType) => {}
            Some(_) | None => return false,
        }
        let after = at + 1;
        let goes_on = self.piece(after).is_some_and(|piece| {
            piece.is_place() || matches!(piece, Piece::Unit | Piece::Number | Piece::Direction)
        });
        let ends = after >= self.len() || self.ends_sentence(at);
        let stops = self.facts(after).english == 3 && self.piece(after).is_none();
        let plain = PLAIN_TYPES.contains(&self.text(at));
        asked || goes_on || (!plain && (ends || stops || self.may_be_town(after)))
    }

    /// Whether a street may be called by the word, or by a word and more.
    fn names_street(&self, at: usize) -> bool {
        let Some(token) = self.scene.tokens.get(at) else { return false };
        if self.piece(at) == Some(Piece::Direction) || names_streets(&token.text) {
            return true;
        }
        match token.class() {
            Some(Class::Ordinal) => true,
            Some(Class::Word | Class::Month | Class::Letter) => {
                !is_count(&token.text) && (self.facts(at).english < 3 || self.facts(at).last == 3)
            }
            Some(_) | None => self.piece(at) == Some(Piece::Number),
        }
    }

    /// "elm street" where an address is expected.
    fn unnumbered(&self, at: usize, asked: bool) -> Option<usize> {
        if !asked {
            return None;
        }
        let number = self.piece(at).is_some_and(|piece| matches!(piece, Piece::Number | Piece::Letter));
        let text = self.text(at);
        // A function word begins no street's name.
        let function = matches!(text, "the" | "of") || (self.facts(at).english == 3 && !names_streets(text));
        if number || function {
            return None;
        }
        let end = self.street_name(at, false)?;
        (at..end).any(|at| self.piece(at) == Some(Piece::Type)).then_some(end)
    }

    /// The first word of a partial's end that may become an address: a number and words whose type was not said yet.
    pub(super) fn held_at(&self, at: usize) -> Option<usize> {
        if !self.scene.partial {
            return None;
        }
        let word = self.scene.tokens.get(at)?.word;
        if at + 1 == self.len() {
            // A town before its state, a flat before its number.
            return matches!(self.piece(at), Some(Piece::Town | Piece::City | Piece::Unit)).then_some(word);
        }
        let boxed = ["p", "o", "box"].iter().zip(at..self.len()).all(|(word, at)| self.text(at) == *word);
        if boxed && self.len() - at <= 3 {
            return Some(word);
        }
        if self.piece(at) != Some(Piece::Number) || self.len() - at > MAX_NUMBER + MAX_HELD {
            return None;
        }
        let end = self.number(at);
        let tail = self.len() - end;
        let named = |at: usize| self.names_street(at) && !self.ends_sentence(at);
        let may = (1..=MAX_HELD).contains(&tail) && (end..self.len()).all(named);
        // "two dogs" is none, and "two dogs lane" can wait.
        (may && !is_count(self.text(end)) && !is_plural(self.text(end))).then_some(word)
    }
}
