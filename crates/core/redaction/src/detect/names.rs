//! Names of people.
//!
//! What a word is worth by the lists, what the words before it say, whether somebody asked for a name, and what
//! stands beside it: no one of these decides alone. Rare names are hidden by what leads to them, common ones
//! wherever they stand, and words that are both only where they make sense as nothing else.

mod accept;
mod extend;
mod lead;
mod look;
mod others;
mod people;
mod spelled;

use events::EntityKind;

pub(crate) use self::people::{People, Wanted};
use self::{
    lead::{Lead, asks_for_name, leads},
    look::{Look, Worth, looks},
    people::Asks,
};
use super::Found;
use crate::{judge::Scene, lexicon::Class, token::Token, view::Span};

/// How sure a name is from which on it is remembered.
const SURE: u8 = 80;

/// How many words that say nothing may stand before an answer.
const MAX_QUIET: usize = 8;

/// Why something is a name, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Why {
    confidence: u8,
    reason: &'static str,
}

const fn why(confidence: u8, reason: &'static str) -> Option<Why> {
    Some(Why { confidence, reason })
}

/// Looks for names in one utterance.
struct Finder<'a> {
    scene: &'a Scene<'a>,
    looks: Vec<Look>,
    leads: Vec<Lead>,
    /// Per token, whether it is part of a name.
    named: Vec<bool>,
    /// Nothing was said yet but words that say nothing, and names.
    quiet: bool,
}

pub(super) fn find(scene: &Scene<'_>) -> Found {
    // What the policy shows is not looked for.
    if scene.acts.shows(EntityKind::Name) {
        return Found::default();
    }
    let mut finder = Finder::new(scene);
    let mut spans = finder.spans();
    finder.spelled(&mut spans);
    Found { held_from: finder.held(&spans), spans }
}

impl<'a> Finder<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let looks = looks(scene);
        let mut leads = leads(scene.tokens);
        // "My name is, uh, ...": what was said of the next word is said of the one after it.
        for (at, look) in looks.iter().enumerate() {
            let carried = leads.get(at).copied().unwrap_or(Lead::None);
            if let Some(next) = leads.get_mut(at + 1).filter(|_| look.filler) {
                *next = carried.max(*next);
            }
        }
        let named = vec![false; looks.len()];
        Self { scene, looks, leads, named, quiet: true }
    }

    fn spans(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        let companies = others::greeting_companies(self.scene.tokens, &self.leads);
        let mut at = 0;
        while at < self.looks.len() {
            let other = others::no_person_at(self.scene.tokens, at);
            if other > 0 && self.lead(at) < Lead::Strong {
                self.quiet = false;
                at += other;
                continue;
            }
            if companies.get(at) == Some(&true) && self.lead(at) < Lead::Strong && !self.speaks(at + 1) {
                at += 1;
                continue;
            }
            let Some(why) = self.accept(at) else {
                // What is said after a name begins no other one.
                let said = at > 0
                    && self.named.get(at - 1) == Some(&true)
                    && !self.look(at).is_some_and(|look| look.filler);
                self.quiet = self.quiet && self.says_nothing(at) && at < MAX_QUIET && !said;
                at += 1;
                continue;
            };
            let end = self.extend(at);
            spans.push(self.span(at, end, why));
            self.named.iter_mut().take(end).skip(at).for_each(|named| *named = true);
            // "Ask for one or the other": what led to the first name leads to the next one.
            let lead = self.lead(at).clamp(Lead::Near, Lead::Says);
            if matches!(self.text(end), "and" | "or")
                && let Some(next) = self.leads.get_mut(end + 1)
            {
                *next = lead.max(*next);
            }
            at = end;
        }
        spans
    }

    fn span(&self, first: usize, end: usize, why: Why) -> Span {
        let word = |at: usize| self.scene.tokens.get(at).map_or(0, |token| token.word);
        Span {
            from: word(first),
            to: word(end - 1) + 1,
            kind: EntityKind::Name,
            confidence: why.confidence,
            reason: why.reason,
        }
    }

    fn look(&self, at: usize) -> Option<&Look> {
        self.looks.get(at)
    }

    fn worth(&self, at: usize) -> Worth {
        self.look(at).map_or(Worth::Never, |look| look.worth)
    }

    fn lead(&self, at: usize) -> Lead {
        self.leads.get(at).copied().unwrap_or(Lead::None)
    }

    fn text(&self, at: usize) -> &str {
        self.scene.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Whether the token is the last one of a partial: it may become another word.
    fn is_cut(&self, at: usize) -> bool {
        self.scene.partial && at + 1 == self.looks.len()
    }

    /// Whether nothing that could be a part of a name stands at `at`.
    fn closes(&self, at: usize) -> bool {
        let ended =
            at.checked_sub(1).and_then(|at| self.scene.tokens.get(at)).is_some_and(|t| t.ends_sentence);
        ended || matches!(self.worth(at), Worth::Never | Worth::Shy)
    }

    fn says_nothing(&self, at: usize) -> bool {
        self.worth(at) == Worth::Never
    }

    /// The first word of a partial that may turn out to be a name by the next one.
    fn held(&self, spans: &[Span]) -> Option<usize> {
        let at = self.looks.len().checked_sub(1)?;
        let (look, word) = (self.look(at)?, self.scene.tokens.get(at)?.word);
        let shown = !spans.iter().any(|span| (span.from..span.to).contains(&word));
        let doubtful = match look.worth {
            Worth::Either | Worth::Likely | Worth::Unknown => true,
            Worth::Sure => self.scene.tokens.get(at)?.class() == Some(Class::Word),
            Worth::Shy => {
                let led = look.begins || self.lead(at) >= Lead::Greets;
                (look.facts.first >= 2 && led) || self.scene.people.knows(self.text(at))
            }
            Worth::Never | Worth::Word => false,
        };
        (self.scene.partial && shown && doubtful).then_some(word)
    }
}

/// What an utterance asks the other side for.
pub(crate) fn asks(tokens: &[Token]) -> Asks {
    Asks { name: asks_for_name(tokens), place: super::places::asks(tokens) }
}

/// The words of names that are sure enough to be known again, lower case.
pub(crate) fn sure_names<'a>(tokens: &'a [Token], spans: &'a [Span]) -> impl Iterator<Item = &'a str> {
    // Spans are in order and apart from each other: a long text may have many.
    let sure = |word: usize| {
        let after = spans.partition_point(|span| span.from <= word);
        let span = after.checked_sub(1).and_then(|at| spans.get(at));
        span.is_some_and(|span| span.kind == EntityKind::Name && span.confidence >= SURE && word < span.to)
    };
    tokens.iter().filter(move |token| sure(token.word)).map(|token| token.text.as_str()).filter(|text| {
        text.chars().count() >= 2
            && {
                let facts = super::lists::look(text);
                facts.english < 3 || facts.first >= 2 || facts.last >= 1
            }
            && !extend::is_particle(text)
    })
}

/// Whether an utterance ends in a name or in the words before one, so that the next one may go on with it.
pub(crate) fn ends_open(tokens: &[Token], spans: &[Span]) -> bool {
    let Some(last) = tokens.last() else { return false };
    let named = spans.iter().any(|span| span.kind == EntityKind::Name && span.to == last.word + 1);
    named || leads(tokens).last().is_some_and(|lead| *lead >= Lead::Strong)
}
