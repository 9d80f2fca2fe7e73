//! Patterns of letters and digits that tell themselves: IBAN, SWIFT codes, card tracks, crypto addresses.

mod iban;

use events::EntityKind;

use super::{
    Found,
    fold::fold,
    vocabulary::{Class, class_of},
};
use crate::{judge::Scene, view::Span};

/// The most words of a track: names on cards have spaces.
const MAX_TRACK_WORDS: usize = 8;

/// A shorter word is none of these.
const MIN_CHARS: usize = 4;

/// The fewest digits of a card number.
const MIN_PAN: usize = 12;

/// How many words before a SWIFT code may name it.
const MAX_CUE: usize = 5;

/// Finds what is written.
pub(super) fn find(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    let banking = scene.tokens.iter().any(|token| {
        token.is(&[
            "swift",
            "bic",
            "swiftbic",
            "bank",
            "banks",
            "iban",
            "transfer",
            "wire",
            "wired",
            "account",
            "payment",
            "pay",
            "branch",
            "funds",
            "money",
            "remit",
            "beneficiary",
            "correspondent",
            "sepa",
        ])
    });
    let mut at = 0;
    while let Some(word) = scene.words.get(at) {
        let raw = word.text.expose().as_str();
        let hit = if raw.len() < MIN_CHARS {
            None
        } else {
            track(scene, at, raw)
                .or_else(|| iban::written(scene, at))
                .or_else(|| one_word(scene, at, raw, banking))
        };
        at = hit.map_or(at + 1, |span| span.to);
        found.spans.extend(hit);
    }
    found.spans.extend(iban::spoken(scene));
    if banking {
        found.spans.extend(spoken_swift(scene));
    }
    found
}

/// "%B4111111111111111^DOE/JANE ^29121010000?", ";4111111111111111=2912?".
fn track(scene: &Scene<'_>, at: usize, raw: &str) -> Option<Span> {
    let start = raw.find(['%', ';'])?;
    let (_, rest) = raw.split_at_checked(start + 1)?;
    let rest = rest.strip_prefix(['B', 'b']).unwrap_or(rest);
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != ' ').unwrap_or(rest.len());
    let mark = rest.get(digits..)?.chars().next()?;
    if digits < MIN_PAN || !matches!(mark, '^' | '=' | 'D' | 'd') {
        return None;
    }
    let ends = |at: &usize| scene.words.get(*at).is_some_and(|word| word.text.expose().contains('?'));
    let to = (at..at + MAX_TRACK_WORDS).find(ends).map_or(at, |last| last) + 1;
    Some(Span { from: at, to, kind: EntityKind::CardTrack, confidence: 100, reason: "the track of a card" })
}

fn one_word(scene: &Scene<'_>, at: usize, raw: &str, banking: bool) -> Option<Span> {
    let core = raw.trim_matches(|c: char| !c.is_alphanumeric());
    let span = |kind, confidence, reason| Span { from: at, to: at + 1, kind, confidence, reason };
    if is_swift(core) && (is_telling_swift(core) || (banking && names_bank(scene, at, core))) {
        return Some(span(EntityKind::Swift, 95, "a bank's code"));
    }
    is_wallet(core).then(|| span(EntityKind::Reference, 93, "the address of a wallet"))
}

/// Eight or eleven characters: four letters, the country, the place, the branch.
fn is_swift(core: &str) -> bool {
    matches!(core.len(), 8 | 11)
        && core.is_ascii()
        && core.bytes().take(6).all(|b| b.is_ascii_alphabetic())
        && core.bytes().skip(6).all(|b| b.is_ascii_alphanumeric())
}

/// In capitals, with its country and a digit behind it, it needs no name.
fn is_telling_swift(core: &str) -> bool {
    in_capitals(core)
        && core.bytes().any(|b| b.is_ascii_digit())
        && iban::is_country(core.get(4..6).unwrap_or_default())
}

fn in_capitals(core: &str) -> bool {
    core.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether what stands before says that it is one. Without that a code in capitals with a digit at its end still is, where
/// banks are spoken of.
fn names_bank(scene: &Scene<'_>, at: usize, core: &str) -> bool {
    let before = scene.words.get(at.saturating_sub(MAX_CUE)..at).unwrap_or_default();
    let says = |names: &[&str]| {
        before.iter().any(|word| {
            let text = fold(word.text.expose());
            names.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()))
        })
    };
    let written = core.bytes().any(|b| b.is_ascii_digit()) || core.bytes().all(|b| b.is_ascii_uppercase());
    let last = before.last().map(|word| fold(word.text.expose()));
    let right_before = last.is_some_and(|word| {
        matches!(
            word.trim_matches(|c: char| !c.is_alphanumeric()),
            "swift" | "bic" | "code" | "is" | "swiftbic" | "swift/bic"
        )
    });
    let country = iban::is_country(core.get(4..6).unwrap_or_default());
    let said = right_before && country && class_of(&core.to_ascii_lowercase()) == Class::Word;
    (says(&["swift", "bic", "swiftbic", "swift/bic"]) && (written || said))
        || (in_capitals(core) && country && class_of(&core.to_ascii_lowercase()) == Class::Word)
}

/// "the swift code is c h a s u s three three".
fn spoken_swift(scene: &Scene<'_>) -> Option<Span> {
    let tokens = scene.tokens;
    let cue = tokens.iter().position(|token| token.is(&["swift", "bic"]))?;
    let stretch = iban::spelled_from(tokens, cue + 1)?;
    let letters = stretch.letters;
    (letters >= 4).then(|| {
        let from = tokens.get(stretch.first).map_or(0, |token| token.word);
        let to = tokens.get(stretch.last).map_or(from, |token| token.word + 1);
        Span { from, to, kind: EntityKind::Swift, confidence: 95, reason: "a bank's code, spelled" }
    })
}

/// Addresses of the best-known chains.
fn is_wallet(core: &str) -> bool {
    let alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    let digits = || core.bytes().filter(u8::is_ascii_digit).count();
    if let Some(rest) = core.strip_prefix("0x").or_else(|| core.strip_prefix("0X")) {
        return rest.len() == 40 && rest.bytes().all(|b| b.is_ascii_hexdigit());
    }
    if let Some(rest) = core.strip_prefix("bc1").or_else(|| core.strip_prefix("ltc1")) {
        return (20..=70).contains(&rest.len()) && alphanumeric(rest);
    }
    let base58 = core.bytes().all(|b| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l'));
    (26..=44).contains(&core.len())
        && base58
        && digits() >= 3
        && core.bytes().any(|b| b.is_ascii_uppercase())
        && core.bytes().any(|b| b.is_ascii_lowercase())
}
