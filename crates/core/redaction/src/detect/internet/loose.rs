//! Parts of addresses that stand by themselves: "bob dot smith" before its "at" is heard, letters that spell one,
//! and what answers the question for one.

use events::EntityKind;

use super::{
    super::{
        Found,
        pieces::{Kind, Piece},
        spelling::is_letter,
        vocabulary::{Class, class_of, is_reply, is_state},
    },
    Place, begins_answer, domain,
    email::{Local, local},
};
use crate::asked::Stage;

/// A longer utterance is not only an answer.
const MAX_SHORT: usize = 16;

/// So many words may be the beginning of an address that was not clearly announced.
const MAX_WEAK: usize = 3;

/// A surer span is a whole address.
const WHOLE: u8 = 94;

/// As many letters spell a part of an address once one was spoken of.
const MIN_LETTERS: usize = 3;

/// Finds chains of words with marks between them, and answers.
pub(super) fn find(place: &Place<'_>, found: &mut Found) {
    chains(place, found);
    for kind in [EntityKind::Email, EntityKind::Url] {
        if place.expects(kind, usize::MAX) {
            answers(place, kind, found);
        }
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
        let expected = place.expects(EntityKind::Email, mark);
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
    let mut wordy = before.is_wordy();
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
fn answers(place: &Place<'_>, kind: EntityKind, found: &mut Found) {
    let pieces = place.pieces;
    let said = place.announced.iter().rev().find(|said| said.kind == kind);
    let stage = place.stage(kind);
    let first = match (stage, said) {
        (Some(_), _) => 0,
        (None, Some(said)) => said.from,
        (None, None) => usize::MAX,
    };
    let weak = stage.is_none() && said.is_some_and(|said| said.weak);
    let short = pieces.len() <= MAX_SHORT;
    let whole = found.spans.iter().filter(|span| span.kind == kind && span.confidence >= WHOLE);
    let done = whole.map(|span| span.to).max().unwrap_or(0);
    let mut end = pieces.len();
    while end > 0 && pieces.get(end - 1).is_some_and(|piece| piece.from >= done) {
        let Some(local) = local(pieces, end, true).filter(|local| local.first < end) else {
            end -= 1;
            continue;
        };
        let given = first < end;
        let from = if given { local.first.max(first) } else { local.first };
        let from = from.max(pieces.partition_point(|piece| piece.from < done));
        let last = end == pieces.len();
        let led = place.is_led(from, kind);
        // "Send it to Kowalski", and more is to come; "send it to my house".
        let ends = led && local.unusual && last && if weak { end - from <= MAX_WEAK } else { short };
        // "It's coffee": one word that is all of the answer so far.
        let lone = led
            && last
            && from + 1 == end
            && (said.is_some_and(|said| said.from == from)
                || stage != Some(Stage::Fresh)
                || end - from == pieces.len()
                || resets(pieces, from))
            && pieces.get(from).is_some_and(|piece| is_answer(&piece.text));
        let telling = ends || lone || local.marked || (led && !weak && local.is_strong());
        let fresh = given && stage != Some(Stage::Done) && done == 0;
        let hides = local.letters >= MIN_LETTERS
            || (given && local.letters >= 2)
            || (fresh && (telling || (place.partial && last)));
        if hides {
            let sure = if stage.is_some() && local.is_strong() { 93 } else { 68 };
            found.spans.push(place.span(from, end, kind, sure, "where an address is expected"));
        }
        end = local.first;
    }
    // One letter, and the speaker goes on in the next utterance.
    let begins =
        |piece: &Piece<'_>| matches!(piece.text.as_ref(), "is" | "its" | "to" | "under" | "on" | "be");
    if let [.., before, letter] = pieces
        && (begins(before) || first == pieces.len() - 1)
        && first < pieces.len()
        && is_letter(letter)
    {
        found.spans.push(place.span(
            pieces.len() - 1,
            pieces.len(),
            kind,
            68,
            "where an address is expected",
        ));
    }
}

/// A common word that is neither a reply nor how something fares.
fn is_answer(word: &str) -> bool {
    matches!(class_of(word), Class::Common | Class::Word) && !is_reply(word) && !is_state(word)
}

/// "Okay", "it's": what comes right behind it is what was looked for.
fn resets(pieces: &[Piece<'_>], from: usize) -> bool {
    from.checked_sub(1).and_then(|at| pieces.get(at)).is_some_and(begins_answer)
}
