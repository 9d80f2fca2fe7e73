//! Addresses of machines: IPv4, IPv6 and MAC, written and said.

use std::net::Ipv6Addr;

use events::EntityKind;
use model::SpokenWord;

use super::{
    super::{
        Found,
        fold::fold,
        pieces::{Kind, Piece},
        spelling::is_letter,
        vocabulary::{Class, class_of},
    },
    Place,
};
use crate::{
    lexicon::{self, classify},
    view::Span,
};

/// How many numbers an IPv4 address has.
const PARTS: usize = 4;

/// The most pieces of one number: "two hundred and fifty five".
const MAX_NUMBER: usize = 6;

/// The most pieces of an address that is being said.
const MAX_RUN: usize = 64;

/// A longer word is no address.
const MAX_WRITTEN: usize = 64;

/// Finds addresses, whole or announced.
pub(super) fn find(place: &Place<'_>, found: &mut Found) {
    let pieces = place.pieces;
    let dots = pieces.iter().filter(|piece| matches!(piece.kind, Kind::Dot | Kind::Point)).count();
    // Without as many dots as there are between its numbers there is none.
    let mut at = if dots + 1 < PARTS { pieces.len() } else { 0 };
    while at < pieces.len() {
        match quad(pieces, at) {
            Some(end) => {
                found.spans.push(place.span(at, end, EntityKind::IpAddress, 99, "four numbers with dots"));
                at = end;
            }
            None => at += 1,
        }
    }
    let announced =
        place.announced.iter().filter(|said| said.kind == EntityKind::IpAddress).map(|said| said.from);
    let asked = place.stage(EntityKind::IpAddress).map(|_| 0);
    for from in announced.chain(asked) {
        said(place, from, found);
    }
}

/// IPv6 and MAC addresses, each in one word.
pub(super) fn find_written(words: &[SpokenWord], found: &mut Found) {
    for (at, word) in words.iter().enumerate() {
        if is_written(word.text.expose()) {
            let (kind, reason) = (EntityKind::IpAddress, "written as the address of a machine");
            found.spans.push(Span { from: at, to: at + 1, kind, confidence: 100, reason });
        }
    }
}

/// The first piece after four numbers with dots between them that begin at `at`.
fn quad(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    // A number is not begun in its middle, and versions are not addresses.
    let before = at.checked_sub(1).and_then(|at| pieces.get(at));
    let begun = before.is_some_and(|before| {
        matches!(before.kind, Kind::Dot | Kind::Point)
            || is_number(before)
            || matches!(before.text.as_ref(), "version" | "release" | "build")
    });
    if begun || !pieces.get(at).is_some_and(is_number) {
        return None;
    }
    let mut end = at;
    for part in 0..PARTS {
        if part > 0 {
            let dot = pieces.get(end).is_some_and(|piece| matches!(piece.kind, Kind::Dot | Kind::Point));
            end += usize::from(dot);
            if !dot {
                return None;
            }
        }
        let (value, after) = number(pieces, end)?;
        if value > 255 {
            return None;
        }
        end = after;
    }
    let more = pieces.get(end).is_some_and(|piece| piece.kind == Kind::Dot)
        && pieces.get(end + 1).is_some_and(is_number);
    (!more).then_some(end)
}

/// The number that begins at a piece, and the first piece after it.
fn number(pieces: &[Piece<'_>], at: usize) -> Option<(u32, usize)> {
    let (mut value, mut digits, mut end) = (0_u32, 0, at);
    let mut hundreds = false;
    while end < at + MAX_NUMBER
        && let Some(piece) = pieces.get(end).filter(|piece| piece.is_atom())
    {
        let (said, len) = match small(&piece.text)? {
            Said::Scale if digits == 1 && !hundreds => {
                (value, digits, hundreds, end) = (value * 100, 3, true, end + 1);
                continue;
            }
            Said::And if hundreds => {
                end += 1;
                continue;
            }
            Said::Digits(said, len) => (said, len),
            Said::Tens(tens) => {
                let unit =
                    pieces.get(end + 1).filter(|piece| piece.is_atom()).and_then(|piece| small(&piece.text));
                match unit {
                    Some(Said::Digits(unit @ 1..=9, 1)) => {
                        end += 1;
                        (tens + unit, 2)
                    }
                    _ => (tens, 2),
                }
            }
            Said::Scale | Said::And | Said::None => break,
        };
        if hundreds {
            return Some((value + said, end + 1));
        }
        value = value
            * if len == 1 {
                10
            } else if len == 2 {
                100
            } else {
                1_000
            }
            + said;
        digits += len;
        end += 1;
        if digits >= 3 {
            break;
        }
    }
    (digits > 0 && digits <= 3).then_some((value, end))
}

/// What a word is in a small number.
enum Said {
    /// A value of so many digits.
    Digits(u32, usize),
    Tens(u32),
    Scale,
    And,
    None,
}

fn small(text: &str) -> Option<Said> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return (text.len() <= 3).then(|| Said::Digits(text.parse().unwrap_or(0), text.len()));
    }
    Some(match classify(text) {
        lexicon::Class::Unit(unit) => Said::Digits(unit.into(), 1),
        lexicon::Class::Oh => Said::Digits(0, 1),
        lexicon::Class::Teen(teen) => Said::Digits(teen.into(), 2),
        lexicon::Class::Tens(tens) => Said::Tens(tens.into()),
        lexicon::Class::Scale(100) => Said::Scale,
        lexicon::Class::Filler if text == "and" => Said::And,
        lexicon::Class::Scale(_)
        | lexicon::Class::Homophone(_)
        | lexicon::Class::Times(_)
        | lexicon::Class::Letter
        | lexicon::Class::Point
        | lexicon::Class::Filler
        | lexicon::Class::Link
        | lexicon::Class::Ordinal
        | lexicon::Class::Month
        | lexicon::Class::Word => Said::None,
    })
}

fn is_number(piece: &Piece<'_>) -> bool {
    piece.is_atom() && matches!(class_of(&piece.text), Class::Digits | Class::Number)
}

/// What is said of an address from a piece on: numbers, letters and marks.
fn said(place: &Place<'_>, from: usize, found: &mut Found) {
    let pieces = place.pieces;
    let is_part = |at: &usize| {
        pieces.get(*at).is_some_and(|piece| {
            let before_number = pieces.get(*at + 1).is_some_and(is_number);
            let article = matches!(piece.text.as_ref(), "a" | "i" | "o") && !before_number;
            match piece.kind {
                Kind::Dot | Kind::Point | Kind::Colon | Kind::Joiner | Kind::Slash => true,
                Kind::At => false,
                Kind::Atom => is_number(piece) || (is_letter(piece) && !article) || is_hex(&piece.text),
            }
        })
    };
    let Some(first) = (from..pieces.len()).take(MAX_RUN).find(is_part) else { return };
    let between = |at: &usize| {
        is_part(at)
            || pieces.get(*at).is_some_and(|piece| {
                matches!(class_of(&piece.text), Class::Filler | Class::Letter) || piece.is("and")
            })
    };
    let last = (first..first + MAX_RUN).take_while(between).filter(is_part).last().unwrap_or(first);
    let marks = (first..=last).filter(|at| pieces.get(*at).is_some_and(|piece| !piece.is_atom())).count();
    let numbers = (first..=last).filter(|at| pieces.get(*at).is_some_and(|piece| piece.is_atom())).count();
    let ends = last + 1 == pieces.len() && place.is_led(first, EntityKind::IpAddress);
    if numbers > 0 && (marks > 0 || ends) {
        found.spans.push(place.span(
            first,
            last + 1,
            EntityKind::IpAddress,
            96,
            "part of the address of a machine",
        ));
    }
}

/// "fe80", "1a": digits and the letters that count on.
fn is_hex(text: &str) -> bool {
    text.len() <= 4 && text.bytes().all(|b| b.is_ascii_hexdigit()) && text.bytes().any(|b| b.is_ascii_digit())
}

/// An IPv6 or a MAC address in one word.
fn is_written(text: &str) -> bool {
    if text.len() > MAX_WRITTEN || !text.contains([':', '-', '.', '：']) {
        return false;
    }
    let text = fold(text);
    let core = text.trim_matches(|c: char| !c.is_ascii_hexdigit() && c != ':');
    let core = core.strip_prefix("http://[").unwrap_or(core);
    is_mac(core) || is_v6(core)
}

fn is_mac(text: &str) -> bool {
    let groups = |separator: char, count: usize, len: usize| {
        let all = text
            .split(separator)
            .all(|group| group.len() == len && group.bytes().all(|b| b.is_ascii_hexdigit()));
        all && text.split(separator).count() == count
    };
    groups(':', 6, 2)
        || groups('-', 6, 2)
        || (groups('.', 3, 4) && text.bytes().any(|b| b.is_ascii_alphabetic()))
}

fn is_v6(text: &str) -> bool {
    let host = text.split(['/', '%', ']']).next().unwrap_or_default();
    // "::" alone, and times of day, are none.
    host.bytes().filter(|b| *b == b':').count() >= 2
        && host.bytes().any(|b| b.is_ascii_hexdigit())
        && host.parse::<Ipv6Addr>().is_ok()
}
