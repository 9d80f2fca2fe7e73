//! What is hidden beside the runs: dates, lone zeros, and the beginnings of numbers.

use super::{MAX_TAIL, Scene};
use crate::{
    lexicon::{Class, begins_number, may_become_number},
    slot,
    token::{Kind, Shape, Token},
    view::Span,
};

impl Scene<'_> {
    /// Ordinals, months and dates, where a date of birth or an expiry is expected.
    pub(super) fn hide_dates(&self, spans: &mut Vec<Span>) {
        let Some((from, slot)) = self.slots.iter().find(|(_, slot)| slot::takes_dates(*slot)) else { return };
        let is_month = |at: usize| self.token(at).and_then(Token::class) == Some(Class::Month);
        let is_number = |at: usize| self.token(at).is_some_and(Token::is_number);
        for (at, token) in self.tokens.iter().enumerate().skip(*from) {
            let written = matches!(token.kind, Kind::Written(_, Shape::Ordinal));
            if !written && !is_month(at) && !self.is_ordinal(at) {
                continue;
            }
            // "The fifth one", "my first order" are no days.
            if self.counts_what_follows(at) && !is_month(at) {
                continue;
            }
            // "I may", "one second", "first of all": these are part of a date only beside one.
            let doubtful = token.is(&["may", "march", "second", "first"]);
            let near = [at.wrapping_sub(2), at.wrapping_sub(1), at + 1, at + 2];
            let dated = near.into_iter().any(|at| is_month(at) || self.is_ordinal(at) || is_number(at));
            // "It was returned on the 25th".
            let known = !self.partial || at + 3 <= self.tokens.len();
            if !dated && known && !is_month(at) && self.is_passing(at) {
                continue;
            }
            if !doubtful || dated || (self.partial && at + 3 > self.tokens.len()) {
                spans.push(Span {
                    from: token.word,
                    to: token.word + 1,
                    kind: *slot,
                    confidence: 80,
                    reason: "part of a date",
                });
            }
        }
    }

    /// The last words of a partial where a number may begin: "double", "for", a digit cut off. Hidden where a
    /// number is expected; else gives the first word that is better held back.
    pub(super) fn hide_tail(&self, spans: &mut Vec<Span>) -> Option<usize> {
        let last = self.tokens.len().checked_sub(1)?;
        let expected = self.slots.last().map(|(_, slot)| *slot).or(self.unfinished);
        let class = |at: usize| self.token(at).and_then(Token::class);
        if !self.partial {
            return None;
        }
        let text = self.text(last);
        let loose = matches!(class(last), Some(Class::Word | Class::Link | Class::Filler | Class::Letter))
            && begins_number(text);
        let end = if loose { last } else { last + 1 };
        let mut first = end;
        let mut digit_like = false;
        for at in (end.saturating_sub(MAX_TAIL)..end).rev() {
            match class(at) {
                Some(Class::Times(_) | Class::Oh) => (first, digit_like) = (at, true),
                Some(Class::Homophone(_)) => first = at,
                Some(Class::Filler) => {}
                _ => break,
            }
        }
        let Some(kind) = expected else {
            // "Oh" is mostly no digit, and a mask would flicker: it waits for the next word.
            return digit_like.then(|| self.words(first, last).0);
        };
        let from_chain = first < end && (digit_like || self.may_start(first));
        let from_cut = loose && may_become_number(text) && self.may_start(last);
        if from_chain || from_cut {
            let (from, to) = self.words(if from_chain { first } else { last }, last);
            spans.push(Span { from, to, kind, confidence: 60, reason: "may begin a number" });
        }
        None
    }

    /// "Oh" as all that is said while the speaker gives a number, and the letter wherever one is expected.
    pub(super) fn hide_lone_zero(&self, bare: bool, spans: &mut Vec<Span>) {
        let Some(kind) = self.unfinished.or_else(|| self.slots.last().map(|(_, slot)| *slot)) else {
            return;
        };
        let ending = self.tokens.iter().rev().take_while(|token| token.class() == Some(Class::Oh)).count();
        for (at, token) in self.tokens.iter().enumerate() {
            let ends = at >= self.tokens.len() - ending;
            // "Oh, I see".
            let exclaimed = self.token(at + 1).and_then(Token::class) == Some(Class::Link);
            let alone = bare && (token.text == "o" || (self.midway && !exclaimed));
            if token.class() == Some(Class::Oh) && (ends || alone) {
                spans.push(Span {
                    from: token.word,
                    to: token.word + 1,
                    kind,
                    confidence: 70,
                    reason: "sounds like a digit",
                });
            }
        }
    }

    /// "For for to won": nothing but words that sound like digits, where digits are expected.
    pub(super) fn hide_homophones(&self, bare: bool, spans: &mut Vec<Span>) {
        let Some(kind) = self.unfinished.or_else(|| self.slots.first().map(|(_, slot)| *slot)) else {
            return;
        };
        let sounds = || self.tokens.iter().filter(|token| matches!(token.class(), Some(Class::Homophone(_))));
        if bare && sounds().nth(1).is_some() {
            spans.extend(sounds().map(|token| Span {
                from: token.word,
                to: token.word + 1,
                kind,
                confidence: 70,
                reason: "sounds like a digit",
            }));
        }
    }

    /// Whether a number may begin here: after nothing, after a cue, or after words that say nothing.
    pub(super) fn may_start(&self, at: usize) -> bool {
        at.checked_sub(1).is_none_or(|before| self.is_quiet(before))
            || self.slots.binary_search_by_key(&at, |(from, _)| *from).is_ok()
    }

    /// Hidden stretches of one kind with nothing between them but fillers are one.
    pub(super) fn join_over_fillers(&self, spans: &mut [Span]) {
        if spans.len() < 2 {
            return;
        }
        spans.sort_by_key(|span| (span.from, span.to));
        let mut quiet = vec![true; self.tokens.last().map_or(0, |token| token.word + 1)];
        for token in self.tokens {
            let filler = matches!(token.kind, Kind::Spoken(Class::Filler | Class::Letter))
                || token.is(&["extension", "ext"]);
            if let Some(place) = quiet.get_mut(token.word) {
                *place &= filler;
            }
        }
        for n in 1..spans.len() {
            let (before, after) = spans.split_at_mut(n);
            let (Some(last), Some(next)) = (before.last_mut(), after.first()) else { continue };
            let between = quiet.get(last.to..next.from).unwrap_or_default();
            if last.kind == next.kind && between.len() <= 3 && between.iter().all(|quiet| *quiet) {
                last.to = last.to.max(next.from);
            }
        }
    }
}
