//! E-mail addresses, written and said.
//!
//! The anchor is "at" with a domain behind it. The local part is found by walking back from it: over letters,
//! digits, marks and words that are not common in talk, up to the words that carry the talk.

use events::EntityKind;

use super::{
    super::{
        Found,
        pieces::{End, Kind, Piece},
        spelling,
        vocabulary::{Class, class_of, is_first_name},
    },
    Place,
    domain::{self, Domain, domain},
};
use crate::view::Span;

/// The most pieces of a local part.
const MAX_LOCAL: usize = 64;

/// The most words of a local part that are joined by nothing.
const MAX_WORDS: usize = 4;

/// The same where an address is expected.
const MAX_EXPECTED_WORDS: usize = 6;

/// The most words in a row that say only how the others are written.
const MAX_MANNER: usize = 8;

/// After so many pieces behind "at" a partial is shown, though a domain could still end there.
const MAX_HELD: usize = 4;

/// A local part that ends before some piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Local {
    /// Its first piece.
    pub(super) first: usize,
    /// It holds words that are joined, or spelled.
    pub(super) marked: bool,
    /// It holds a word that is not common.
    pub(super) unusual: bool,
    /// It holds digits.
    pub(super) digits: bool,
    /// How many of its pieces are letters.
    pub(super) letters: usize,
}

impl Local {
    /// Whether it is what plain talk does not hold.
    pub(super) const fn is_strong(self) -> bool {
        self.marked || (self.unusual && self.digits)
    }

    /// Whether it holds more than digits and common words.
    pub(super) const fn is_wordy(self) -> bool {
        self.marked || self.unusual || self.letters > 0
    }
}

/// Finds addresses around each "at".
pub(super) fn find(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.kind == Kind::At) {
        let expected = place.expects(EntityKind::Email, at);
        let local = local(pieces, at, expected);
        let span = |first: usize, end: usize, confidence: u8, reason: &'static str| Span {
            from: pieces.get(first).map_or(piece.from, |piece| piece.from),
            to: pieces.get(end.saturating_sub(1)).map_or(piece.to, |piece| piece.to),
            kind: EntityKind::Email,
            confidence,
            reason,
        };
        match (domain(pieces, at + 1, expected), local) {
            (Domain::Ends(end), Some(local)) => {
                found.spans.push(span(local.first, end, 97, "an e-mail address"));
            }
            (_, _) if is_written(pieces, at) => {
                found.spans.push(span(at - 1, at + 2, 97, "an e-mail address"));
            }
            (Domain::Ends(end), None) if expected || piece.text.is_empty() => {
                found.spans.push(span(at, end, 97, "the domain of an e-mail address"));
            }
            (Domain::Open, Some(local))
                if local.is_strong()
                    || (expected && (place.partial || place.is_led(local.first, EntityKind::Email))) =>
            {
                found.spans.push(span(local.first, pieces.len(), 80, "an e-mail address that is not over"));
            }
            (Domain::Open, None) if expected && place.partial => {
                found.spans.push(span(at, pieces.len(), 60, "an e-mail address that is not over"));
            }
            (Domain::Open, Some(local))
                if place.partial && local.unusual && pieces.len() - at <= MAX_HELD =>
            {
                place.hold(local.first, found);
            }
            (Domain::Open | Domain::Ends(_) | Domain::None, _) => {}
        }
    }
}

/// "bob@localhost": in one word.
fn is_written(pieces: &[Piece<'_>], at: usize) -> bool {
    let glued = |n: usize| pieces.get(n).is_some_and(|piece| piece.glued);
    glued(at) && glued(at + 1) && pieces.get(at + 1).is_some_and(Piece::is_atom)
}

/// "g mail dot com", which came without its "at".
pub(super) fn bare_domains(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    for at in 0..pieces.len() {
        if let Some(after) = domain::provider(pieces, at)
            && pieces.get(after).is_some_and(|piece| matches!(piece.kind, Kind::Dot | Kind::Point))
            && let Some(end) = domain::ending(pieces, after + 1)
        {
            found.spans.push(place.span(at, end, EntityKind::Email, 97, "the domain of an e-mail address"));
        }
    }
}

/// The local part that ends before `at`.
pub(super) fn local(pieces: &[Piece<'_>], at: usize, expected: bool) -> Option<Local> {
    let mut walk = Walk { pieces, at, next: at, local: None, words: 0, manner: 0, expected };
    while walk.step() {}
    walk.local
}

struct Walk<'a> {
    pieces: &'a [Piece<'a>],
    at: usize,
    /// The piece behind the one to look at.
    next: usize,
    local: Option<Local>,
    words: usize,
    manner: usize,
    expected: bool,
}

impl Walk<'_> {
    /// Takes one more piece; says whether there may be more.
    fn step(&mut self) -> bool {
        let Some(n) = self.next.checked_sub(1) else { return false };
        let Some(piece) = self.pieces.get(n) else { return false };
        if self.at - n > MAX_LOCAL {
            return false;
        }
        let joined = self.is_joined();
        if piece.end == End::Sentence && !joined && self.local.is_some() {
            return false;
        }
        if piece.joins() {
            self.next = n;
            return true;
        }
        if !piece.is_atom() {
            return false;
        }
        if let Some(first) = spelling::letter_before(self.pieces, n) {
            return self.take(first, true, true);
        }
        let in_one_word = piece.is("one") && self.pieces.get(n + 1).is_some_and(|next| next.is("word"));
        let class = if in_one_word { Class::Manner } else { class_of(&piece.text) };
        let class = if self.is_called(n) { Class::Word } else { class };
        // "At some point" ends with no mark.
        if joined && self.local.is_none() && matches!(class, Class::Function | Class::Homophone) {
            return false;
        }
        if joined {
            let leads = matches!(piece.text.as_ref(), "is" | "its" | "email" | "address" | "mail");
            return !leads
                && self.take(n, class != Class::Digits && class != Class::Number, class == Class::Word);
        }
        match class {
            Class::Letter => self.is_letter_of_it(n) && self.take(n, self.is_spelling(n), false),
            Class::Digits | Class::Number => self.take(n, false, false),
            Class::Homophone => self.is_between_spelled(n) && self.take(n, false, false),
            Class::Filler | Class::Manner => {
                self.manner += 1;
                self.next = n;
                self.manner <= MAX_MANNER
            }
            Class::Word => self.take_word(n, true),
            Class::Common => (self.expected || self.local.is_none()) && self.take_word(n, false),
            Class::Function => false,
        }
    }

    /// "It's will at": what may be a name, right where an address begins.
    fn is_called(&self, n: usize) -> bool {
        let leads = |piece: &Piece<'_>| {
            matches!(
                piece.text.as_ref(),
                "is" | "its" | "to" | "yeah" | "yes" | "sure" | "um" | "uh" | "okay" | "address"
            )
        };
        self.expected
            && self.local.is_none_or(|local| local.digits && !local.is_wordy())
            && n.checked_sub(1).and_then(|before| self.pieces.get(before)).is_none_or(leads)
            && self.pieces.get(n).is_some_and(|piece| is_first_name(&piece.text))
    }

    fn take(&mut self, first: usize, marked: bool, unusual: bool) -> bool {
        let before = self.local.unwrap_or_default();
        let class = self.class(first);
        self.local = Some(Local {
            first,
            marked: before.marked || marked,
            unusual: before.unusual || unusual,
            digits: before.digits || matches!(class, Some(Class::Digits | Class::Number)),
            letters: before.letters + usize::from(class == Some(Class::Letter)),
        });
        (self.next, self.manner) = (first, 0);
        true
    }

    fn take_word(&mut self, n: usize, unusual: bool) -> bool {
        self.words += 1;
        let most = if self.expected { MAX_EXPECTED_WORDS } else { MAX_WORDS };
        self.words <= most && self.take(n, false, unusual)
    }

    /// Whether the piece behind is written beside this one, or joins it.
    fn is_joined(&self) -> bool {
        self.next < self.at && self.pieces.get(self.next).is_some_and(|piece| piece.joins() || piece.glued)
    }

    fn class(&self, n: usize) -> Option<Class> {
        self.pieces.get(n).filter(|piece| piece.is_atom()).map(|piece| class_of(&piece.text))
    }

    fn is_spelled_class(class: Option<Class>) -> bool {
        matches!(class, Some(Class::Letter | Class::Digits | Class::Number))
    }

    /// "a" and "I" are words, but for what stands beside them.
    fn is_letter_of_it(&self, n: usize) -> bool {
        let word = self.pieces.get(n).is_some_and(|piece| piece.is("a") || piece.is("i"));
        let behind = self.next < self.at && Self::is_spelled_class(self.class(self.next));
        let begins = self.expected
            && self.local.is_some()
            && n.checked_sub(1)
                .and_then(|n| self.pieces.get(n))
                .is_some_and(|piece| piece.is("is") || piece.is("to"));
        !word
            || behind
            || begins
            || n.checked_sub(1).is_some_and(|before| Self::is_spelled_class(self.class(before)))
    }

    /// Whether a letter stands beside another one, or a digit; "a nine" does not.
    fn is_spelling(&self, n: usize) -> bool {
        let article = self.pieces.get(n).is_some_and(|piece| piece.is("a") || piece.is("i"));
        self.is_spelled() && (!article || self.class(self.next) == Some(Class::Letter))
    }

    /// Whether a letter stands beside another one, or a digit.
    fn is_spelled(&self) -> bool {
        self.next < self.at && Self::is_spelled_class(self.class(self.next))
    }

    fn is_between_spelled(&self, n: usize) -> bool {
        self.is_spelled() && n.checked_sub(1).is_some_and(|before| Self::is_spelled_class(self.class(before)))
    }
}
