//! E-mail and web addresses.

mod announced;
mod domain;
mod email;
mod ip;
mod loose;
mod parts;
mod url;

use events::EntityKind;

use self::announced::Announced;
use super::{
    Found,
    pieces::{Piece, pieces},
};
use crate::{
    asked::{Expected, Stage},
    judge::Scene,
    said::Said,
    view::Span,
};

/// The most pieces that are said before an answer.
const MAX_LEAD: usize = 12;

/// What is known where addresses are looked for.
struct Place<'a> {
    pieces: &'a [Piece<'a>],
    partial: bool,
    said: &'a Said,
    /// Word slots, with the first word that may answer each.
    expected: Vec<(usize, EntityKind)>,
    /// What the speaker says is coming, in order.
    announced: Vec<Announced>,
    /// What the speaker was asked for, and how far it is given.
    asked: &'a [Expected],
}

/// Finds e-mail and web addresses.
pub(super) fn find(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    ip::find_written(scene.words, &mut found);
    if !may_hold_address(scene) {
        return found;
    }
    let pieces = pieces(scene.words, scene.partial);
    let word_of = |token: usize| scene.tokens.get(token).map_or(scene.words.len(), |token| token.word);
    let mut expected: Vec<_> = scene.expected.iter().map(|(token, kind)| (word_of(*token), *kind)).collect();
    let announced = announced::scan(&pieces);
    expected.extend(
        announced
            .iter()
            .map(|said| (pieces.get(said.from).map_or(usize::MAX, |piece| piece.from), said.kind)),
    );
    let place = Place {
        pieces: &pieces,
        partial: scene.partial,
        said: scene.said,
        expected,
        announced,
        asked: scene.asked,
    };
    email::find(&place, &mut found);
    email::bare_domains(&place, &mut found);
    url::find(&place, &mut found);
    ip::find(&place, &mut found);
    loose::find(&place, &mut found);
    parts::find(&place, &mut found);
    found
}

/// Whether anything in the utterance could be part of an address.
fn may_hold_address(scene: &Scene<'_>) -> bool {
    let written = |text: &str| {
        text.bytes().any(|b| matches!(b, b'@' | b'/' | b':'))
            || text.trim_end_matches(['.', '?', '!', ',']).contains(['.', '＠', '．', '。'])
    };
    !scene.asked.is_empty()
        || scene.expected.iter().any(|(_, kind)| matches!(kind, EntityKind::Email | EntityKind::Url))
        || scene.tokens.iter().any(|token| is_mark(&token.text))
        || scene.words.iter().any(|word| written(word.text.expose()))
}

/// What an address is made of, or comes after.
fn is_mark(text: &str) -> bool {
    matches!(
        text,
        "at" | "dot"
            | "dotcom"
            | "arroba"
            | "attherate"
            | "underscore"
            | "score"
            | "point"
            | "period"
            | "stop"
            | "colon"
            | "slash"
            | "www"
            | "http"
            | "https"
            | "w"
            | "h"
            | "send"
            | "sent"
            | "email"
            | "mail"
            | "forward"
            | "write"
            | "saw"
            | "found"
            | "see"
            | "bought"
            | "ordered"
            | "website"
            | "site"
            | "url"
            | "link"
            | "web"
            | "ip"
            | "under"
            | "registered"
            | "listed"
            | "mac"
    )
}

impl Place<'_> {
    /// Whether something of a kind was asked for or announced before a piece.
    fn expects(&self, kind: EntityKind, piece: usize) -> bool {
        let word = self.pieces.get(piece).map_or(usize::MAX, |piece| piece.from);
        self.expected.iter().any(|(from, slot)| *slot == kind && *from <= word)
            || self.asked.iter().any(|asked| asked.kind == kind && !asked.echo)
    }

    /// Whether nothing of its own is said before a piece: "sure it's ...". What was announced begins anew.
    fn is_led(&self, piece: usize, kind: EntityKind) -> bool {
        let announced = self.announced.iter().rev().filter(|said| said.kind == kind).map(|said| said.from);
        let start = announced.into_iter().find(|from| *from <= piece).unwrap_or(0);
        let before = self.pieces.get(start..piece).unwrap_or_default();
        before.last().is_none_or(begins_answer)
            || (before.len() <= MAX_LEAD && before.iter().all(parts::says_nothing))
    }

    /// How far the answer to a question of this kind is.
    fn stage(&self, kind: EntityKind) -> Option<Stage> {
        self.asked.iter().rev().find(|asked| asked.kind == kind && !asked.echo).map(|asked| asked.stage)
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

/// "Okay", "it's": what was said before it is of something else.
fn begins_answer(piece: &Piece<'_>) -> bool {
    matches!(
        piece.text.as_ref(),
        "okay" | "ok" | "alright" | "its" | "is" | "thats" | "sure" | "yeah" | "yes"
    )
}
