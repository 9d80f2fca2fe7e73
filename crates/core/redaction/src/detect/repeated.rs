//! Words that were masked before and are said again: "so that is kowalski, k o w a l s k i".

use events::EntityKind;

use super::{
    Found,
    vocabulary::{Class, class_of},
};
use crate::{judge::Scene, said::spelled, view::Span};

/// In so short an utterance one known word is enough.
const MAX_SHORT: usize = 8;

/// In so short an utterance a common one is enough.
const MAX_BARE: usize = 3;

/// How far apart two known words tell of each other.
const NEAR: usize = 4;

/// Finds what is read back.
pub(super) fn find(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    if scene.said.is_empty() {
        return found;
    }
    let mut known: Vec<(usize, usize, EntityKind, bool)> = Vec::new();
    for (at, token) in scene.tokens.iter().enumerate() {
        if let Some(kind) = scene.said.knows(&token.text) {
            match class_of(&token.text) {
                Class::Word => known.push((at, at, kind, true)),
                Class::Common => known.push((at, at, kind, false)),
                Class::Letter
                | Class::Digits
                | Class::Number
                | Class::Homophone
                | Class::Filler
                | Class::Manner
                | Class::Function => {}
            }
        }
    }
    for word in spelled(scene.tokens) {
        if let Some(kind) = scene.said.knows(&word.text) {
            known.push((word.first, word.last, kind, true));
        }
    }
    known.sort_unstable_by_key(|(first, ..)| *first);
    let short = scene.tokens.len() <= MAX_SHORT;
    for (n, &(first, last, kind, unusual)) in known.iter().enumerate() {
        let next = known.get(n + 1).filter(|next| next.0 <= last + NEAR);
        let before = n.checked_sub(1).and_then(|n| known.get(n)).filter(|before| before.1 + NEAR >= first);
        let beside =
            next.is_some_and(|next| unusual || next.3) || before.is_some_and(|before| unusual || before.3);
        let secret = !matches!(kind, EntityKind::Email | EntityKind::Url);
        if beside || (short && unusual) || scene.tokens.len() <= MAX_BARE || (secret && (unusual || short)) {
            // Marks and digits between two of them are of the same.
            let last = next.filter(|_| beside).map_or(last, |next| next.0 - 1).max(last);
            found.spans.push(span(scene, first, last, kind));
        }
    }
    found
}

fn span(scene: &Scene<'_>, first: usize, last: usize, kind: EntityKind) -> Span {
    let from = scene.tokens.get(first).map_or(0, |token| token.word);
    let to = scene.tokens.get(last).map_or(from, |token| token.word + 1);
    Span { from, to, kind, confidence: 80, reason: "said again" }
}
