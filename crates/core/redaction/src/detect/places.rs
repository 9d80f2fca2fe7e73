//! Addresses and places.
//!
//! A street address is a number, some words, and a type of street; what follows it goes with it: the flat, the town,
//! the state, the postcode. Where an address was asked for, less will do. A town alone is hidden only where it says where
//! somebody lives: most towns are spoken of for other reasons.

mod chain;
mod phrases;
mod street;
mod words;

use events::EntityKind;

use self::{
    phrases::{Lead, asks_for_place, lead_at, place_at},
    words::Piece,
};
use super::{
    Found,
    lists::{Facts, look},
};
use crate::{
    judge::Scene,
    lexicon::{Class, is_counted},
    token::{Kind, Shape, Token},
    view::Span,
};

/// How many words after "my address is" it may begin.
const MAX_AWAY: usize = 16;

/// How many words after an address more of it may come.
const MAX_AFTER: usize = 6;

/// How far before a place "born" may stand.
const MAX_BORN: usize = 8;

/// Looks for addresses in one utterance.
struct Finder<'a> {
    scene: &'a Scene<'a>,
    pieces: Vec<Option<Piece>>,
    facts: Vec<Facts>,
    spans: Vec<Span>,
}

pub(super) fn find(scene: &Scene<'_>) -> Found {
    // What the policy shows is not looked for.
    let kinds = [EntityKind::Address, EntityKind::Postcode, EntityKind::Location];
    if kinds.into_iter().all(|kind| scene.acts.shows(kind)) {
        return Found::default();
    }
    let mut finder = Finder::new(scene);
    let mut held = None;
    // Up to here an address is expected.
    let mut until = if scene.wanted.place { usize::MAX } else { 0 };
    let mut at = 0;
    while at < scene.tokens.len() {
        let address = at < until;
        let next = finder.street(at, address).map(|end| finder.chain(end, address));
        if let Some(end) = next {
            until = if address { end + MAX_AFTER } else { until };
            at = end;
            continue;
        }
        held = held.or_else(|| finder.held_at(at));
        if let Some((len, lead)) = lead_at(scene.tokens, at) {
            let from = at + len;
            match lead {
                Lead::Address => until = until.max(from + MAX_AWAY),
                Lead::Home => {
                    at = finder.home(from).unwrap_or(at + 1);
                    continue;
                }
                Lead::None => {}
            }
            at = if lead == Lead::None { from } else { at + 1 };
            continue;
        }
        if finder.is_birthplace(at) {
            at = finder.home(at + 1).unwrap_or(at + 1);
            continue;
        }
        if !scene.wanted.place && finder.ends_sentence(at) {
            until = 0;
        }
        at = if address { finder.loose(at) } else { finder.town_and_region(at) };
    }
    Found { spans: finder.spans, held_from: held }
}

/// Whether the other side is asked for an address.
pub(super) fn asks(tokens: &[Token]) -> bool {
    asks_for_place(tokens)
}

impl<'a> Finder<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let facts: Vec<Facts> = scene.tokens.iter().map(|token| look(&token.text)).collect();
        let mut pieces: Vec<Option<Piece>> =
            scene.tokens.iter().zip(&facts).map(|(token, facts)| piece(token, *facts)).collect();
        let mut at = 0;
        while at < scene.tokens.len() {
            let Some((len, piece)) = place_at(scene.tokens, at) else {
                at += 1;
                continue;
            };
            pieces.iter_mut().skip(at).take(len).for_each(|place| *place = Some(piece));
            at += len;
        }
        Self { scene, pieces, facts, spans: Vec::new() }
    }

    fn piece(&self, at: usize) -> Option<Piece> {
        self.pieces.get(at).copied().flatten()
    }

    fn text(&self, at: usize) -> &str {
        self.scene.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn facts(&self, at: usize) -> Facts {
        self.facts.get(at).copied().unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.scene.tokens.len()
    }

    /// "born on the first of may in leeds".
    fn is_birthplace(&self, at: usize) -> bool {
        self.text(at) == "in" && (at.saturating_sub(MAX_BORN)..at).any(|at| self.text(at) == "born")
    }

    fn ends_sentence(&self, at: usize) -> bool {
        self.scene.tokens.get(at).is_some_and(|token| token.ends_sentence)
    }

    fn add(&mut self, first: usize, end: usize, kind: EntityKind, confidence: u8, reason: &'static str) {
        let word = |at: usize| self.scene.tokens.get(at).map(|token| token.word);
        if let (Some(from), Some(last)) = (word(first), end.checked_sub(1).and_then(word)) {
            self.spans.push(Span { from, to: last + 1, kind, confidence, reason });
        }
    }

    /// The first token after the number that begins at `at`.
    fn number(&self, at: usize) -> usize {
        let mut end = at;
        while self.piece(end) == Some(Piece::Number) && end < at + street::MAX_NUMBER {
            end += 1;
        }
        end
    }

    /// The first token after the place that begins at `at`.
    fn place(&self, at: usize) -> usize {
        place_at(self.scene.tokens, at).map_or(at + 1, |(len, _)| at + len)
    }

    /// A name or a word that nobody knows: a town may be called so.
    fn may_be_town(&self, at: usize) -> bool {
        let facts = self.facts(at);
        let word = self.scene.tokens.get(at).is_some_and(|token| token.class() == Some(Class::Word));
        word && facts.english < 2 && self.text(at).chars().count() >= 3
    }

    /// A place where somebody lives begins at `at`: gives the first token after it.
    fn home(&mut self, at: usize) -> Option<usize> {
        let mut from = at;
        while matches!(
            self.text(from),
            "the" | "uh" | "um" | "er" | "actually" | "a" | "just" | "near" | "around"
        ) && from < at + 3
        {
            from += 1;
        }
        let cut = self.scene.partial && from + 1 >= self.len();
        let place = self.piece(from).is_some_and(Piece::is_place);
        let region_after = self.may_be_town(from) && self.piece(from + 1) == Some(Piece::Region);
        let unknown = self.may_be_town(from) && self.facts(from).is_unknown();
        if !(place || region_after || (unknown && (cut || from + 1 >= self.len()))) {
            return None;
        }
        let end = if place { self.place(from) } else { from + 1 };
        self.add(from, end, EntityKind::Location, 80, "where somebody lives");
        Some(self.chain(end, false))
    }

    /// "austin texas": a town and the region that it is in. Gives where to look on.
    fn town_and_region(&mut self, at: usize) -> usize {
        let town = matches!(self.piece(at), Some(Piece::Town | Piece::City));
        if !town {
            return at + 1;
        }
        let end = self.place(at);
        let region = self.piece(end) == Some(Piece::Region) && !self.ends_sentence(end - 1);
        if !region {
            return end;
        }
        self.add(at, end, EntityKind::Location, 75, "a town and its region");
        self.chain(end, false)
    }
}

fn piece(token: &Token, facts: Facts) -> Option<Piece> {
    if let Kind::Written(_, shape) = &token.kind {
        let number = matches!(shape, Shape::Plain | Shape::Mixed | Shape::Thousands | Shape::Code);
        return number.then_some(Piece::Number);
    }
    let class = token.class()?;
    if token.is_number() || matches!(class, Class::Oh | Class::Times(_)) {
        return Some(Piece::Number);
    }
    if let Some(piece) = words::word(&token.text) {
        return Some(piece);
    }
    if class == Class::Letter {
        return Some(Piece::Letter);
    }
    // "Reading", "mobile": words before they are towns.
    match (facts.place, facts.english) {
        (0, _) | (_, 3) => None,
        _ if class != Class::Word => None,
        (1, _) | (_, 2) => Some(Piece::Town),
        (2, _) => Some(Piece::City),
        _ => Some(Piece::Region),
    }
}

/// Whether something counted follows, so that the number is none of a house.
fn is_count(text: &str) -> bool {
    is_counted(text) && !matches!(text, "room" | "unit" | "floor" | "way" | "line" | "stop" | "point")
}
