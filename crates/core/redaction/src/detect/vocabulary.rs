//! What single words can be in an address, a password or the talk around them.

use std::sync::LazyLock;

use super::lists::look;
use crate::{
    lexicon::{self, classify},
    lookup::{WordMap, WordSet},
};

/// How the list marks the words that are said most.
const VERY_COMMON: u8 = 3;

/// What is said instead of an answer, or around it.
static REPLIES: LazyLock<WordSet> =
    LazyLock::new(|| include_str!("vocabulary/replies.txt").split_whitespace().collect());

/// How something fares, or what it is like.
static STATES: LazyLock<WordSet> =
    LazyLock::new(|| include_str!("vocabulary/states.txt").split_whitespace().collect());

/// What a word can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// One letter, also by its name in a phonetic alphabet.
    Letter,
    /// Written digits.
    Digits,
    /// "seven", "double".
    Number,
    /// "to", "for": a digit only beside letters and digits.
    Homophone,
    /// "uh".
    Filler,
    /// "capital", "all one word": says how a word is written.
    Manner,
    /// Words that carry the talk: never part of an address by themselves.
    Function,
    /// Words that are common in talk.
    Common,
    /// Any other word.
    Word,
}

/// Words that carry the talk, or that stand before "at" as they do before a place.
const FUNCTION: &str = include_str!("vocabulary/function.txt");

/// Words that are common in calls.
const COMMON: &str = include_str!("vocabulary/common.txt");

static KNOWN: LazyLock<WordMap<Class>> = LazyLock::new(|| {
    let common = COMMON.split_whitespace().map(|word| (word, Class::Common));
    common.chain(FUNCTION.split_whitespace().map(|word| (word, Class::Function))).collect()
});

/// The class of an atom: lower case, letters and digits.
pub(super) fn class_of(atom: &str) -> Class {
    if atom.bytes().all(|b| b.is_ascii_digit()) {
        return Class::Digits;
    }
    if atom.chars().nth(1).is_none() || is_letter_name(atom) {
        return Class::Letter;
    }
    if is_ordinal(atom) {
        return Class::Function;
    }
    match atom {
        "uh" | "uhh" | "uhm" | "um" | "umm" | "er" | "erm" | "ah" | "eh" | "hm" | "hmm" | "mm" => {
            return Class::Filler;
        }
        "capital" | "caps" | "capitals" | "uppercase" | "lowercase" | "upper" | "lower" | "small"
        | "case" | "letter" | "letters" | "space" | "spaces" | "together" | "word" | "all" | "no" => {
            return Class::Manner;
        }
        "ones" => return Class::Function,
        "free" | "tree" => return Class::Common,
        _ => {}
    }
    match classify(atom) {
        lexicon::Class::Unit(_)
        | lexicon::Class::Oh
        | lexicon::Class::Teen(_)
        | lexicon::Class::Tens(_)
        | lexicon::Class::Scale(_)
        | lexicon::Class::Times(_) => Class::Number,
        lexicon::Class::Homophone(_) => Class::Homophone,
        lexicon::Class::Letter
        | lexicon::Class::Point
        | lexicon::Class::Filler
        | lexicon::Class::Link
        | lexicon::Class::Ordinal
        | lexicon::Class::Month
        | lexicon::Class::Word => KNOWN.get(atom).copied().unwrap_or_else(|| by_list(atom)),
    }
}

/// "14th".
fn is_ordinal(atom: &str) -> bool {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| atom.strip_suffix(end));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// A word that is not known here may still be a very common one.
fn by_list(atom: &str) -> Class {
    let facts = look(atom);
    if facts.english == VERY_COMMON && facts.first < VERY_COMMON { Class::Common } else { Class::Word }
}

/// Whether somebody may be called so: "will", "april".
pub(super) fn is_first_name(atom: &str) -> bool {
    look(atom).first >= 2
}

/// How something fares, or what it is like.
pub(super) fn is_state(word: &str) -> bool {
    STATES.contains(word)
}

/// What is said instead of an answer, or around it.
pub(super) fn is_reply(word: &str) -> bool {
    REPLIES.contains(word)
}

/// "alpha", "bravo".
pub(super) fn is_letter_name(atom: &str) -> bool {
    matches!(
        atom,
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
            | "zed"
            | "zee"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_they_can_be() {
        for (atom, class) in [
            ("b", Class::Letter),
            ("bravo", Class::Letter),
            ("72", Class::Digits),
            ("seven", Class::Number),
            ("double", Class::Number),
            ("to", Class::Homophone),
            ("um", Class::Filler),
            ("capital", Class::Manner),
            ("is", Class::Function),
            ("please", Class::Function),
            ("store", Class::Common),
            ("priya", Class::Word),
        ] {
            assert_eq!(class_of(atom), class, "{atom}");
        }
    }
}
