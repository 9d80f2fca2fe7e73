//! Letters with a word that says which one is meant: "d as in david", "b for bravo".

use super::{
    pieces::Piece,
    vocabulary::{Class, class_of},
};

/// Where the spelled letter stands whose word is at `at`.
pub(super) fn letter_before(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let back = |n: usize| at.checked_sub(n).and_then(|at| pieces.get(at));
    let letter = |n: usize| back(n).is_some_and(is_single).then(|| at - n);
    let says = |n: usize, word: &str| back(n).is_some_and(|piece| piece.is(word));
    if !pieces.get(at)?.is_atom() || !is_word(&pieces.get(at)?.text) {
        return None;
    }
    match () {
        () if says(1, "in") && says(2, "as") => letter(3),
        () if says(1, "for") && says(2, "is") => letter(3),
        () if says(1, "for") || says(1, "like") || says(1, "as") => letter(2),
        () => None,
    }
}

/// The first piece after a letter at `at` and the word that says which it is.
pub(super) fn after_letter(pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    after_letter_of(|at| pieces.get(at).filter(|piece| piece.is_atom()).map(|piece| piece.text.as_ref()), at)
}

/// The same over any words.
pub(super) fn after_letter_of<'t>(text: impl Fn(usize) -> Option<&'t str>, at: usize) -> Option<usize> {
    if text(at)?.chars().nth(1).is_some() {
        return None;
    }
    let says = |n: usize, word: &str| text(at + n) == Some(word);
    let len = match () {
        () if says(1, "as") && says(2, "in") => 3,
        () if says(1, "is") && says(2, "for") => 3,
        () if says(1, "for") || says(1, "like") || says(1, "as") => 2,
        () => return None,
    };
    text(at + len).is_some_and(is_word).then_some(at + len + 1)
}

fn is_single(piece: &Piece<'_>) -> bool {
    piece.is_atom() && piece.text.chars().nth(1).is_none()
}

fn is_word(text: &str) -> bool {
    text.chars().nth(1).is_some()
}

/// Whether a piece is a letter, by itself or by its name.
pub(super) fn is_letter(piece: &Piece<'_>) -> bool {
    piece.is_atom() && class_of(&piece.text) == Class::Letter
}
