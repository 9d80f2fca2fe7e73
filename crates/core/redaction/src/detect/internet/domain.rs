//! Domains, written and said: "example.co.uk", "g mail dot com", "a c m e dot co dot uk".

use std::sync::LazyLock;

use super::super::{
    pieces::{Kind, Piece},
    spelling,
    vocabulary::{Class, class_of},
};
use crate::lookup::WordSet;

/// The most pieces of a domain.
const MAX_DOMAIN: usize = 40;

/// The most words of one label that are not spelled: "my little company".
const MAX_LABEL_WORDS: usize = 3;

/// Endings of domains that are said and written as words.
const ENDINGS: &[&str] = &[
    "ac", "ae", "africa", "ai", "app", "at", "au", "be", "bio", "biz", "blog", "br", "ca", "ch", "cloud",
    "cn", "co", "com", "coop", "cz", "de", "dev", "dk", "edu", "email", "es", "eu", "fi", "fr", "gov", "gr",
    "health", "hk", "hu", "id", "ie", "il", "in", "info", "int", "io", "it", "jp", "ke", "kr", "law", "life",
    "live", "london", "me", "mil", "museum", "mx", "my", "name", "net", "network", "news", "ng", "nhs", "nl",
    "no", "nz", "online", "org", "ph", "pk", "pl", "pro", "pt", "ro", "ru", "scot", "se", "sg", "shop",
    "site", "store", "tech", "th", "tr", "travel", "tv", "tw", "ua", "uk", "us", "wales", "work", "world",
    "xyz", "za",
];

/// What "com" is heard as after "dot".
const MISHEARD: &[&str] =
    &["comm", "kom", "calm", "con", "come", "cam", "cum", "comma", "ork", "nett", "dotcom"];

/// Endings that are spelled.
const SPELLED: &[&[&str]] = &[
    &["c", "o", "m"],
    &["n", "e", "t"],
    &["o", "r", "g"],
    &["e", "d", "u"],
    &["g", "o", "v"],
    &["c", "o"],
    &["u", "k"],
    &["i", "n"],
    &["i", "o"],
    &["u", "s"],
    &["e", "u"],
    &["d", "e"],
    &["f", "r"],
    &["c", "a"],
    &["a", "u"],
    &["n", "z"],
    &["i", "e"],
    &["a", "c"],
    &["a", "i"],
    &["t", "v"],
    &["m", "e"],
];

/// Mail for everybody: known without an ending. Words apart as recognisers hear them.
const PROVIDERS: &[&[&str]] = &[
    &["gmail"],
    &["g", "mail"],
    &["gee", "mail"],
    &["jee", "mail"],
    &["ge", "mail"],
    &["g", "male"],
    &["gee", "male"],
    &["googlemail"],
    &["google", "mail"],
    &["hotmail"],
    &["hot", "mail"],
    &["hot", "male"],
    &["yahoo"],
    &["ya", "hoo"],
    &["yahu"],
    &["ymail"],
    &["y", "mail"],
    &["rocketmail"],
    &["rocket", "mail"],
    &["icloud"],
    &["i", "cloud"],
    &["eye", "cloud"],
    &["aol"],
    &["a", "o", "l"],
    &["protonmail"],
    &["proton", "mail"],
    &["rediffmail"],
    &["rediff", "mail"],
    &["btinternet"],
    &["bt", "internet"],
    &["b", "t", "internet"],
    &["fastmail"],
    &["fast", "mail"],
    &["gmx"],
    &["g", "m", "x"],
    &["outlook"],
    &["zoho"],
    &["msn"],
    &["m", "s", "n"],
];

/// Where a domain that begins at some piece ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// After its last piece.
    Ends(usize),
    /// The utterance ended within it.
    Open,
    None,
}

/// Reads a domain from `from` on. `eager` takes more for a label: an e-mail address is expected.
pub(super) fn domain(pieces: &[Piece<'_>], from: usize, eager: bool) -> Domain {
    let (mut at, mut words, mut parts) = (from, 0, 0);
    let mut label = from;
    let mut dotted = false;
    while at < from + MAX_DOMAIN {
        let Some(piece) = pieces.get(at) else {
            // "At two forty" is a time.
            let numbers =
                !dotted && at > from && pieces.get(from..at).is_some_and(|label| label.iter().all(is_number));
            return match unknown(pieces, label, dotted) {
                Domain::None if numbers => Domain::None,
                Domain::None => Domain::Open,
                known @ (Domain::Ends(_) | Domain::Open) => known,
            };
        };
        if at == label
            && let Some(after) = provider(pieces, at)
        {
            return Domain::Ends(ending_after(pieces, after));
        }
        match piece.kind {
            Kind::Dot | Kind::Point if parts > 0 => {
                if let Some(after) = ending(pieces, at + 1) {
                    return Domain::Ends(after);
                }
                dotted = true;
                (at, label, words, parts) = (at + 1, at + 1, 0, 0);
                continue;
            }
            Kind::Joiner if parts > 0 => {}
            Kind::Atom => {
                if let Some(after) = spelling::after_letter(pieces, at) {
                    parts += 1;
                    at = after;
                    continue;
                }
                let hosts = matches!(piece.text.as_ref(), "mail" | "email" | "web" | "account" | "online");
                match class_of(&piece.text) {
                    _ if piece.glued || hosts => {}
                    Class::Letter | Class::Digits | Class::Number | Class::Filler | Class::Manner => {}
                    Class::Homophone if parts > 0 => {}
                    Class::Word | Class::Common if words < MAX_LABEL_WORDS => words += 1,
                    Class::Function
                        if words < MAX_LABEL_WORDS
                            && ((eager && !is_article(&piece.text)) || is_host(pieces, at)) =>
                    {
                        words += 1;
                    }
                    Class::Word | Class::Common | Class::Function | Class::Homophone => {
                        return unknown(pieces, label, dotted);
                    }
                }
                parts += 1;
            }
            Kind::Dot | Kind::Point | Kind::Joiner | Kind::At | Kind::Slash | Kind::Colon => {
                return unknown(pieces, label, dotted);
            }
        }
        at += 1;
    }
    unknown(pieces, label, dotted)
}

/// "At the bottom" is a place.
fn is_article(text: &str) -> bool {
    matches!(
        text,
        "the" | "a" | "an" | "this" | "that" | "some" | "any" | "it" | "least" | "all" | "first" | "last"
    )
}

/// "live dot com": whatever the word is, a dot and an ending make it a host.
fn is_host(pieces: &[Piece<'_>], at: usize) -> bool {
    pieces.get(at + 1).is_some_and(|piece| piece.kind == Kind::Dot) && one_ending(pieces, at + 2).is_some()
}

fn is_number(piece: &Piece<'_>) -> bool {
    piece.is_atom() && matches!(class_of(&piece.text), Class::Digits | Class::Number)
}

/// A domain whose ending is not known: it ends with the first piece after its last dot.
fn unknown(pieces: &[Piece<'_>], label: usize, dotted: bool) -> Domain {
    let short = pieces
        .get(label)
        .is_some_and(|piece| piece.is_atom() && matches!(class_of(&piece.text), Class::Word | Class::Letter));
    if dotted && short { Domain::Ends(label + 1) } else { Domain::None }
}

/// The first piece after an ending at `at`: "com", "co dot uk", "c o m".
pub(super) fn ending(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let after = one_ending(pieces, at)?;
    let first = pieces.get(at)?;
    let dot = pieces.get(after).is_some_and(|piece| matches!(piece.kind, Kind::Dot | Kind::Point));
    if dot && let Some(end) = one_ending(pieces, after + 1) {
        return Some(end);
    }
    let country = |at: usize| {
        let end = one_ending(pieces, at)?;
        let text = pieces.get(at)?.text.as_ref();
        (end - at == 2 || matches!(text, "uk" | "in" | "nz" | "za" | "jp" | "au")).then_some(end)
    };
    if first.is("co") || first.is("ac") || first.is("c") {
        return country(after).or(Some(after));
    }
    Some(after)
}

fn one_ending(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let piece = pieces.get(at)?;
    // "dot at" is heard as the mark.
    if piece.kind != Kind::Atom {
        return None;
    }
    if ENDINGS.binary_search(&piece.text.as_ref()).is_ok() || MISHEARD.contains(&piece.text.as_ref()) {
        return Some(at + 1);
    }
    longest(SPELLED, pieces, at)
}

/// The first piece after the name of a mail provider at `at`.
pub(super) fn provider(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    static FIRSTS: LazyLock<WordSet> =
        LazyLock::new(|| PROVIDERS.iter().filter_map(|name| name.first().copied()).collect());
    if FIRSTS.contains(pieces.get(at)?.text.as_ref())
        && let Some(after) = longest(PROVIDERS, pieces, at)
    {
        return Some(after);
    }
    // "gmailcom".
    let text = pieces.get(at).filter(|piece| piece.is_atom())?.text.as_ref();
    let name = ["dotcom", "dotcouk", "com", "couk", "co"].iter().find_map(|end| text.strip_suffix(end))?;
    PROVIDERS.contains(&[name].as_slice()).then_some(at + 1)
}

/// After a provider: its ending, if it is said.
fn ending_after(pieces: &[Piece<'_>], after: usize) -> usize {
    let dot = pieces.get(after).is_some_and(|piece| matches!(piece.kind, Kind::Dot | Kind::Point));
    if dot {
        return ending(pieces, after + 1).unwrap_or(after + 1);
    }
    let said = |words: &[&str]| pieces.get(after).is_some_and(|piece| words.contains(&piece.text.as_ref()));
    if said(&["com", "co", "net", "org"]) || (said(&["c"]) && longest(SPELLED, pieces, after).is_some()) {
        return ending(pieces, after).unwrap_or(after);
    }
    after
}

fn longest(names: &[&[&str]], pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let matches = |name: &&&[&str]| {
        let here = pieces.get(at..).unwrap_or_default();
        name.len() <= here.len() && name.iter().zip(here).all(|(word, piece)| piece.is(word))
    };
    names.iter().filter(matches).map(|name| at + name.len()).max()
}
