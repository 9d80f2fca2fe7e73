//! What follows a street: the flat, the town, the state, the postcode.

use events::EntityKind;

use super::{
    Finder, is_count,
    words::{Piece, is_state_code},
};
use crate::{lexicon::Class, token::Kind};

/// The most tokens of one address.
const MAX_CHAIN: usize = 40;

/// How many words may stand between two parts of an address.
const MAX_LINKS: usize = 4;

/// How many words may stand before a house number that is said alone.
const MAX_BEFORE_HOUSE: usize = 4;

impl Finder<'_> {
    /// Marks what goes on with an address that ended before `from`, and gives the first token after it.
    pub(super) fn chain(&mut self, from: usize, asked: bool) -> usize {
        let mut end = from;
        while end < self.len().min(from + MAX_CHAIN) {
            if self.ends_sentence(end - 1) && !asked {
                break;
            }
            let at = self.past_links(end);
            let Some((next, kind)) = self.link(at) else { break };
            self.add(at, next, kind, 80, "goes on with an address");
            end = next;
        }
        end
    }

    /// Words between the parts of an address.
    fn past_links(&self, at: usize) -> usize {
        let is_link = |at: usize| {
            matches!(
                self.text(at),
                "in" | "comma"
                    | "near"
                    | "and"
                    | "the"
                    | "its"
                    | "at"
                    | "uh"
                    | "um"
                    | "zip"
                    | "code"
                    | "zipcode"
                    | "postcode"
                    | "postal"
                    | "is"
                    | "pin"
                    | "pincode"
                    | "off"
                    | "state"
                    | "city"
                    | "of"
                    | "on"
                    | "thats"
            )
        };
        (at..at + MAX_LINKS).find(|at| !is_link(*at)).unwrap_or(at + MAX_LINKS)
    }

    /// The part of an address at `at`: the first token after it, and what it is.
    fn link(&self, at: usize) -> Option<(usize, EntityKind)> {
        if let Some(end) = self.unit(at) {
            return Some((end, EntityKind::Address));
        }
        match self.piece(at) {
            Some(piece) if piece.is_place() => Some((self.place(at), EntityKind::Location)),
            Some(Piece::Number) => {
                let end = self.number(at);
                // A code has several digits; "two" begins something else.
                (self.digits(at, end) >= 4).then_some((end, EntityKind::Postcode))
            }
            Some(_) | None => self.town(at).map(|end| (end, EntityKind::Location)),
        }
    }

    /// A town that no list has, by what follows it, or the letters of a state.
    fn town(&self, at: usize) -> Option<usize> {
        if self.is_state(at) {
            return Some(at + 1);
        }
        let places = |next: usize| {
            let number = self.piece(next) == Some(Piece::Number);
            let code = number && self.digits(next, self.number(next)) >= 5;
            code || self.piece(next) == Some(Piece::Region) || self.is_state(next)
        };
        let len = (1..=2).find(|n| places(at + n))?;
        let named = (at..at + len).all(|at| self.may_be_town(at) && !self.ends_sentence(at));
        named.then_some(at + len)
    }

    /// "TX", "ny": letters that mean a state behind a town. In small letters only those that are no words.
    fn is_state(&self, at: usize) -> bool {
        let Some(token) = self.scene.tokens.get(at).filter(|token| is_state_code(&token.text)) else {
            return false;
        };
        let raw = self.scene.words.get(token.word).map_or("", |word| word.text.expose().as_str());
        let upper = raw.chars().take(4).filter(|c| c.is_alphabetic()).all(char::is_uppercase);
        let last = self.facts(at).english < 3 && at + 1 >= self.len();
        upper || last || self.piece(at + 1) == Some(Piece::Number)
    }

    /// About how many digits the tokens have.
    fn digits(&self, first: usize, end: usize) -> usize {
        let digits = |at: usize| match self.scene.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Written(digits, _)) => digits.len(),
            Some(Kind::Spoken(Class::Teen(_) | Class::Tens(_) | Class::Scale(_))) => 2,
            Some(Kind::Spoken(_)) | None => 1,
        };
        (first..end).map(digits).sum()
    }

    /// Whether a place that is a word as well is meant as a place.
    fn is_meant(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |at| self.text(at));
        let after = self.piece(self.place(at));
        self.facts(at).english < 2
            || self.len() <= 3
            || matches!(before, "in" | "from" | "is" | "its" | "of" | "near")
            || after.is_some_and(|piece| piece.is_place() || piece == Piece::Number)
    }

    /// Where an address is expected: towns, flats and house numbers on their own. Gives where to look on.
    pub(super) fn loose(&mut self, at: usize) -> usize {
        if let Some(end) = self.unit(at) {
            self.add(at, end, EntityKind::Address, 80, "a part of an address that was asked for");
            return self.chain(end, true);
        }
        match self.piece(at) {
            Some(piece) if piece.is_place() && self.is_meant(at) => {
                let end = self.place(at);
                self.add(at, end, EntityKind::Location, 80, "a place where one was asked for");
                self.chain(end, true)
            }
            Some(Piece::Number) => {
                let end = self.number(at);
                let short = self.len() <= 3;
                let before = at.checked_sub(1).map_or("", |at| self.text(at));
                let counted =
                    is_count(self.text(end)) || matches!(self.text(end), "of" | "to" | "or" | "is" | "was");
                let lone = end == at + 1 && matches!(self.text(at), "one" | "two" | "three" | "oh" | "o");
                let year = matches!(before, "in" | "since" | "until" | "by" | "of");
                let begins = !year && at <= MAX_BEFORE_HOUSE && (short || !lone);
                if self.scene.wanted.place && !counted && begins {
                    self.add(at, end, EntityKind::Address, 70, "a number where an address was asked for");
                }
                end
            }
            Some(_) => at + 1,
            None => {
                let word = self.scene.tokens.get(at).is_some_and(|token| token.class() == Some(Class::Word));
                let cut = self.scene.partial && at + 1 == self.len() && self.facts(at).english < 3;
                let short = self.scene.wanted.place && self.len() <= 3 && self.facts(at).english < 2;
                if word && (cut || short) {
                    self.add(at, at + 1, EntityKind::Address, 60, "may be a part of an address");
                }
                at + 1
            }
        }
    }
}
