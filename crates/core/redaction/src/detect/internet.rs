//! E-mail and web addresses.

mod domain;
mod email;
mod loose;
mod url;

use events::EntityKind;

use super::{
    Found,
    pieces::{Piece, pieces},
};
use crate::{judge::Scene, view::Span};

/// What is known where addresses are looked for.
struct Place<'a> {
    pieces: &'a [Piece<'a>],
    partial: bool,
    /// Word slots, with the first word that may answer each.
    expected: Vec<(usize, EntityKind)>,
    /// An e-mail address was asked for; whether something was given already.
    asked: Option<bool>,
}

/// Finds e-mail and web addresses.
pub(super) fn find(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    if !may_hold_address(scene) {
        return found;
    }
    let pieces = pieces(scene.words);
    let word_of = |token: usize| scene.tokens.get(token).map_or(scene.words.len(), |token| token.word);
    let expected = scene.expected.iter().map(|(token, kind)| (word_of(*token), *kind)).collect();
    let asked = scene.asked.iter().rev().find(|asked| asked.kind == EntityKind::Email);
    let asked = asked.map(|asked| asked.answered);
    let place = Place { pieces: &pieces, partial: scene.partial, expected, asked };
    email::find(&place, &mut found);
    url::find(&place, &mut found);
    loose::find(&place, &mut found);
    found
}

/// Whether anything in the utterance could be part of an address.
fn may_hold_address(scene: &Scene<'_>) -> bool {
    let written = |text: &str| {
        text.bytes().any(|b| matches!(b, b'@' | b'/'))
            || text.trim_end_matches(['.', '?', '!', ',']).contains(['.', '＠', '．', '。'])
    };
    !scene.asked.is_empty()
        || scene.expected.iter().any(|(_, kind)| matches!(kind, EntityKind::Email | EntityKind::Url))
        || scene.tokens.iter().any(|token| is_mark(&token.text))
        || scene.words.iter().any(|word| written(word.text.expose()))
}

fn is_mark(text: &str) -> bool {
    matches!(text, "at" | "dot" | "dotcom" | "arroba" | "attherate" | "underscore" | "www" | "slash")
}

impl Place<'_> {
    /// Whether something of a kind was asked for or announced before a piece.
    fn expects(&self, kind: EntityKind, piece: usize) -> bool {
        let word = self.pieces.get(piece).map_or(usize::MAX, |piece| piece.from);
        self.expected.iter().any(|(from, slot)| *slot == kind && *from <= word)
    }

    fn span(&self, first: usize, end: usize, kind: EntityKind, confidence: u8, reason: &'static str) -> Span {
        let from = self.pieces.get(first).map_or(0, |piece| piece.from);
        let to = end.checked_sub(1).and_then(|last| self.pieces.get(last)).map_or(from, |piece| piece.to);
        Span { from, to, kind, confidence, reason }
    }

    /// A partial is better not shown from a piece on.
    fn hold(&self, piece: usize, found: &mut Found) {
        let word = self.pieces.get(piece).map(|piece| piece.from);
        found.held_from = found.held_from.into_iter().chain(word).min();
    }
}
