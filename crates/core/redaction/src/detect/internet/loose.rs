//! Parts of addresses that stand by themselves: "bob dot smith" before its "at" is heard, letters that spell one,
//! and what answers the question for one.

use events::EntityKind;

use super::{
    super::{
        Found,
        pieces::{Kind, Piece},
        vocabulary::{Class, class_of},
    },
    Place, domain,
    email::{Local, local},
};

/// A longer utterance is not only an answer.
const MAX_SHORT: usize = 16;

/// As many letters spell a part of an address once one was spoken of.
const MIN_LETTERS: usize = 3;

/// How far behind "email" the address begins: "my email address is".
const MAX_LINK: usize = 4;

/// Finds chains of words with marks between them, and answers.
pub(super) fn find(place: &Place<'_>, found: &mut Found) {
    chains(place, found);
    if place.asked.is_some() || place.expects(EntityKind::Email, usize::MAX) {
        answers(place, found);
    }
}

/// "bob dot smith", "bob underscore smith".
fn chains(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    let mut at = 0;
    while at < pieces.len() {
        let mark = at;
        at += 1;
        let Some(piece) = pieces.get(mark).filter(|piece| piece.is_telling()) else { continue };
        let expected = place.asked.is_some() || place.expects(EntityKind::Email, mark);
        let Some(before) = local(pieces, mark, expected).filter(|before| joins(pieces, mark, *before)) else {
            continue;
        };
        let kind = if expected || piece.kind == Kind::Dot { EntityKind::Email } else { EntityKind::UserName };
        if mark + 1 == pieces.len() {
            if expected {
                found.spans.push(place.span(
                    before.first,
                    pieces.len(),
                    kind,
                    70,
                    "an address that is not over",
                ));
            } else if place.partial {
                place.hold(before.first, found);
            }
            continue;
        }
        if piece.kind == Kind::Dot && domain::ending(pieces, mark + 1).is_some() {
            continue;
        }
        let Some(end) = chain_end(pieces, mark, before) else { continue };
        found.spans.push(place.span(before.first, end, kind, 72, "words with marks between them"));
        at = end;
    }
}

/// Whether what stands right before a mark can be joined by it.
fn joins(pieces: &[Piece<'_>], mark: usize, before: Local) -> bool {
    before.first < mark
        && mark.checked_sub(1).and_then(|at| pieces.get(at)).is_some_and(|piece| {
            piece.is_atom() && !matches!(class_of(&piece.text), Class::Function | Class::Filler)
        })
}

/// The first piece after the chain around a mark.
fn chain_end(pieces: &[Piece<'_>], mark: usize, before: Local) -> Option<usize> {
    let mut end = mark + 1;
    let mut wordy = before.wordy;
    let class = |at: usize| pieces.get(at).filter(|piece| piece.is_atom()).map(|piece| class_of(&piece.text));
    match class(end)? {
        Class::Function | Class::Homophone | Class::Manner => return None,
        Class::Filler => end += 1,
        Class::Letter | Class::Digits | Class::Number | Class::Common | Class::Word => {}
    }
    while let Some(piece) = pieces.get(end) {
        let joined = pieces.get(end - 1).is_some_and(Piece::joins) || piece.glued;
        let taken = match (piece.kind, class(end)) {
            (Kind::Atom, Some(Class::Letter | Class::Word)) if joined => {
                wordy = true;
                true
            }
            (Kind::Atom, Some(Class::Digits | Class::Number | Class::Common)) if joined => true,
            (Kind::Atom, Some(Class::Letter)) => {
                !matches!(piece.text.as_ref(), "a" | "i") || class(end + 1) == Some(Class::Letter)
            }
            (Kind::Atom, Some(Class::Digits | Class::Number)) => true,
            (Kind::Atom, _) => false,
            (Kind::Dot | Kind::Joiner | Kind::Point, _) => pieces.get(end + 1).is_some_and(Piece::is_atom),
            (Kind::At | Kind::Slash | Kind::Colon, _) => false,
        };
        if !taken {
            break;
        }
        end += 1;
    }
    (wordy && end > mark + 1).then_some(end)
}

/// What may be an address, or a part of it, where one was asked for or spoken of.
fn answers(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    let first = if place.asked.is_some() { 0 } else { announced(place).unwrap_or(usize::MAX) };
    let mut end = pieces.len();
    while end > 0 {
        let Some(local) = local(pieces, end, true).filter(|local| local.wordy && local.first < end) else {
            end -= 1;
            continue;
        };
        let from = local.first.max(if first < end { first } else { 0 });
        let fresh = first < end && place.asked != Some(true);
        let last = end == pieces.len();
        let short = pieces.len() <= MAX_SHORT;
        let hides = local.letters >= MIN_LETTERS
            || (first < end && local.letters >= 2)
            || (fresh && (local.strong || (place.partial && last) || (local.unusual && short && last)));
        if hides && from < end {
            found.spans.push(place.span(
                from,
                end,
                EntityKind::Email,
                68,
                "where an e-mail address is expected",
            ));
        }
        end = local.first;
    }
}

/// The first piece that may belong to the address in "my email address is".
fn announced(place: &Place<'_>) -> Option<usize> {
    let cues = place.expected.iter().filter(|(from, kind)| *kind == EntityKind::Email && *from > 0);
    let word = cues.map(|(from, _)| *from).next()?;
    let at = place.pieces.iter().position(|piece| piece.from >= word)?;
    let link = |at: &usize| {
        place.pieces.get(*at).is_some_and(|piece| matches!(piece.text.as_ref(), "is" | "its" | "me"))
            || at.checked_sub(1).and_then(|at| place.pieces.get(at)).is_some_and(|piece| piece.is("emails"))
    };
    (at..at + MAX_LINK).find(link).map(|at| at + 1)
}
