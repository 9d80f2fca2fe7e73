//! Decides which runs of digits are hidden.
//!
//! Luhn and prefixes never decide whether: one wrongly recognised digit would show a card. A run of three
//! digits or more is hidden unless what stands around it says that it is harmless; a shorter one only where a
//! number is expected. Decisions rest on what came before and on the words right after, and those can only
//! release: so what a final hides, its partials hid too.

mod ages;
mod checks;
mod codes;
mod dates;
mod edges;
mod harmless;
mod kind;
mod parts;
mod pattern;

use events::EntityKind;
use model::SpokenWord;

use self::{kind::Named, pattern::is_code};
use crate::{
    asked::Expected,
    detect::{self, People, Wanted},
    echo::EchoMemory,
    lexicon::{Class, is_counted, is_label, is_money, is_odd},
    policy::{Acts, settled},
    run::{Item, Run, Runs},
    said::Said,
    slot,
    token::{Shape, Token},
    view::{Span, merged},
};

/// As many digits in a row are hidden, whatever stands around them.
const ALWAYS: usize = 7;

/// As many digits in a row are hidden unless what stands around them is harmless.
const SUSPICIOUS: usize = 3;

/// How many words at the end of a partial may be the beginning of a number.
const MAX_TAIL: usize = 6;

/// How many of the newest slots are asked whether a run fits.
const MAX_CANDIDATES: usize = 16;

/// How many words before a number are asked whether they say more than "it is".
const MAX_INTRODUCTION: usize = 6;

/// How many written groups of a number are looked at to name it.
const MAX_GROUPS: usize = 6;

/// What is known when an utterance is judged.
pub(crate) struct Scene<'a> {
    /// The words as they were written, for what tokens do not keep: "bob.smith@example.com".
    pub(crate) words: &'a [SpokenWord],
    pub(crate) tokens: &'a [Token],
    pub(crate) partial: bool,
    /// Which numbers are expected, and from which token on: in order of these, and the newest last.
    pub(crate) slots: Vec<(usize, EntityKind)>,
    /// The same for what is said in words: a name, an address.
    pub(crate) expected: Vec<(usize, EntityKind)>,
    /// What the speaker was asked for in words, or was about to say.
    pub(crate) asked: &'a [Expected],
    /// The other side asked for something harmless last: "how many?".
    pub(crate) question: bool,
    /// A number was being given just now, and may go on.
    pub(crate) unfinished: Option<EntityKind>,
    /// It is this speaker who is giving it.
    pub(crate) midway: bool,
    pub(crate) echo: &'a EchoMemory,
    /// Names that were given before.
    pub(crate) people: &'a People,
    /// Which names and places are asked for.
    pub(crate) wanted: Wanted,
    /// The words that were masked.
    pub(crate) said: &'a Said,
    /// What stays in clear although it is found.
    pub(crate) acts: &'a Acts,
}

/// One hidden run.
pub(crate) struct Hidden {
    pub(crate) digits: Vec<u8>,
    /// Of a code: its letters and digits.
    pub(crate) code: Vec<u8>,
    pub(crate) kind: EntityKind,
    /// What it answers.
    pub(crate) slot: Option<EntityKind>,
    /// It may go on with a number of the utterance before.
    pub(crate) leading: bool,
    /// It may go on in the next utterance.
    pub(crate) open: bool,
}

/// What was decided.
pub(crate) struct Verdict {
    pub(crate) spans: Vec<Span>,
    pub(crate) hidden: Vec<Hidden>,
    /// The words of a shown number at the end, which may go on in the next utterance.
    pub(crate) dangling: Option<(usize, usize)>,
    /// From this word on a partial is not shown yet.
    pub(crate) held_from: Option<usize>,
    /// Tokens looked at.
    pub(crate) steps: usize,
}

impl Scene<'_> {
    pub(crate) fn judge(&self) -> Verdict {
        let expected_from = if self.unfinished.is_some() {
            0
        } else {
            self.slots.iter().map(|(from, _)| *from).min().unwrap_or(usize::MAX)
        };
        let bare = self.is_bare();
        let mut finder =
            Runs::new(self.tokens, expected_from, &self.slots, self.partial, bare && !self.question);
        let mut runs = Vec::new();
        for run in finder.find() {
            self.set_apart(run, bare, &mut finder, &mut runs);
        }
        let mut verdict = Verdict {
            spans: Vec::new(),
            hidden: Vec::new(),
            dangling: None,
            held_from: None,
            steps: finder.steps,
        };
        for run in runs {
            verdict.steps += run.last - run.first + 1;
            match self.hides(&run, bare, verdict.hidden.last().map(|hidden| hidden.kind)) {
                Some(named) => {
                    let kind = named.kind;
                    verdict.spans.push(self.span(&run, named));
                    verdict.dangling = None;
                    verdict.hidden.push(Hidden {
                        slot: self.slot(&run),
                        digits: run.digits,
                        code: Vec::new(),
                        kind,
                        leading: run.leading,
                        open: run.open,
                    });
                }
                None if run.open && !self.is_finished(&run) => {
                    verdict.dangling = Some(self.words(run.first, run.last))
                }
                None => verdict.dangling = None,
            }
        }
        self.hide_dates(&mut verdict.spans);
        self.hide_calendar(&mut verdict);
        self.hide_lone_zero(bare, &mut verdict.spans);
        self.hide_homophones(bare, &mut verdict.spans);
        let held = self.hide_tail(&mut verdict.spans);
        verdict.held_from = verdict.held_from.into_iter().chain(held).min();
        self.hide_codes(&mut verdict);
        self.join_over_fillers(&mut verdict.spans);
        for find in detect::DETECTORS {
            let found = find(self);
            verdict.spans.extend(found.spans);
            verdict.held_from = verdict.held_from.into_iter().chain(found.held_from).min();
        }
        let found = std::mem::take(&mut verdict.spans).into_iter();
        verdict.spans = merged(found.filter(|span| !self.shows(span)).collect());
        verdict
    }

    /// Whether what is found stays in clear; not before it is sure to be nothing else.
    fn shows(&self, span: &Span) -> bool {
        self.acts.shows(span.kind) && (!self.partial || settled(span, self.words.len()))
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at)
    }

    fn text(&self, at: usize) -> &str {
        self.token(at).map_or("", |token| token.text.as_str())
    }

    fn before(&self, run: &Run) -> &str {
        run.first.checked_sub(1).map_or("", |at| self.text(at))
    }

    fn after(&self, run: &Run) -> &str {
        self.known(run.last + 1)
    }

    /// The text of a token, but for the last one of a partial: that may become another word.
    fn known(&self, at: usize) -> &str {
        if self.partial && at + 1 >= self.tokens.len() { "" } else { self.text(at) }
    }

    /// Words `from..to` of tokens `first..=last`.
    fn words(&self, first: usize, last: usize) -> (usize, usize) {
        (self.token(first).map_or(0, |token| token.word), self.token(last).map_or(0, |token| token.word + 1))
    }

    /// Nothing is said but numbers and words that say nothing.
    fn is_bare(&self) -> bool {
        self.tokens.iter().enumerate().all(|(at, token)| token.is_number() || self.is_quiet(at))
    }

    fn is_quiet(&self, at: usize) -> bool {
        matches!(
            self.token(at).and_then(Token::class),
            Some(
                Class::Filler
                    | Class::Link
                    | Class::Homophone(_)
                    | Class::Oh
                    | Class::Times(_)
                    | Class::Letter
                    | Class::Point
            )
        )
    }

    /// What to show when the run is hidden, `None` when it is shown.
    fn hides(&self, run: &Run, bare: bool, last_hidden: Option<EntityKind>) -> Option<Named> {
        let n = run.digits.len();
        let slot = self.slot(run);
        let kind = self.name(run, slot);
        if let Some(before) = self.echo.kind_of(&run.digits) {
            let said = Named { kind: before, confidence: 97, reason: "digits that were hidden before" };
            return Some(if before == EntityKind::Number { kind } else { said });
        }
        if self.partial && run.open {
            return Some(kind);
        }
        let said_as_amount = match run.items[..] {
            [Item::Scaled] | [Item::Written(_, Shape::Money, _)] => true,
            [Item::Written(_, Shape::Thousands, _)] => {
                is_counted(self.after(run)) || is_money(self.after(run))
            }
            _ => false,
        };
        if n >= ALWAYS && !said_as_amount {
            return Some(kind);
        }
        if self.is_month_of_year(run)
            && (last_hidden == Some(EntityKind::Card) || slot == Some(EntityKind::Card))
        {
            return Some(Named {
                kind: EntityKind::CardExpiry,
                confidence: 90,
                reason: "a month and a year beside a card",
            });
        }
        if self.is_age(run) {
            return Some(Named { kind: EntityKind::Age, confidence: 85, reason: "how old somebody is" });
        }
        if self.is_harmless(run, slot, bare) {
            return None;
        }
        if self.question && (n < SUSPICIOUS || self.is_plain_answer(run)) {
            return None;
        }
        if slot.is_some() && !(n == 1 && self.is_aside(run, last_hidden.is_some())) {
            return Some(kind);
        }
        if self.unfinished.is_some() && (run.leading || bare) {
            return Some(kind);
        }
        if is_code(run) {
            return Some(kind);
        }
        if n >= SUSPICIOUS {
            return (!self.is_ordinary(run, bare)).then_some(kind);
        }
        let in_row = run.items.len() == 2;
        (n == 2 && !self.question && (bare || (run.open && in_row))).then_some(kind)
    }

    fn name(&self, run: &Run, slot: Option<EntityKind>) -> Named {
        let named = kind::name(run, slot, self.unfinished, &self.groups(run));
        let said = |kind| Named { kind, confidence: 88, reason: "digits after their name" };
        if named.kind == EntityKind::Card && named.confidence > 90 || run.digits.len() < SUSPICIOUS {
            return named;
        }
        if self.is_dialled(run) && run.digits.len() >= ALWAYS {
            return said(EntityKind::Phone);
        }
        if matches!(self.after(run), "ext" | "extension") {
            return said(EntityKind::Phone);
        }
        match self.before(run) {
            "account" | "acct" | "acc" => said(EntityKind::BankAccount),
            "order" | "invoice" | "ticket" | "case" | "claim" | "policy" | "booking" | "ref"
            | "reference" => said(EntityKind::Reference),
            _ => named,
        }
    }

    /// The lengths of the written groups of a run: 3, 2 and 4 of "123-45-6789".
    fn groups(&self, run: &Run) -> Vec<usize> {
        if !run.items.iter().all(|item| matches!(item, Item::Written(..))) {
            return Vec::new();
        }
        let (from, to) = self.words(run.first, run.last);
        let words = self.words.get(from..to).unwrap_or_default().iter().take(MAX_GROUPS);
        let groups = words.flat_map(|word| word.text.expose().split(|c: char| !c.is_ascii_digit()));
        groups.map(str::len).filter(|len| *len > 0).take(MAX_GROUPS).collect()
    }

    /// "10/33", as it stands on cards.
    fn is_month_of_year(&self, run: &Run) -> bool {
        let [Item::Written(4, Shape::Date, value)] = run.items[..] else { return false };
        (1..=12).contains(&(value / 100)) && (20..=49).contains(&(value % 100))
    }

    /// "Plus" stands before the run.
    fn is_dialled(&self, run: &Run) -> bool {
        let word = self.token(run.first).and_then(|token| self.words.get(token.word));
        self.before(run) == "plus"
            || word.is_some_and(|word| word.text.expose().trim_start_matches('(').starts_with('+'))
    }

    /// Whether a shown number is complete as it is, so that what follows it is another one.
    fn is_finished(&self, run: &Run) -> bool {
        self.is_harmless(run, None, false) || is_label(self.before(run))
    }

    /// The newest slot that the run fits.
    fn slot(&self, run: &Run) -> Option<EntityKind> {
        let open = self.slots.partition_point(|(from, _)| *from <= run.first);
        let newest = self.slots.get(..open).unwrap_or_default().iter().rev().take(MAX_CANDIDATES);
        newest.map(|(_, slot)| *slot).find(|slot| run.digits.len() <= slot::max_digits(*slot))
    }

    /// The span of a run, with what belongs to it on both sides: "oh", "to".
    fn span(&self, run: &Run, named: Named) -> Span {
        let expected = self.unfinished.is_some() || self.slot(run).is_some();
        let mut first = run.first;
        while let Some(at) = first.checked_sub(1) {
            match self.token(at).and_then(Token::class) {
                Some(Class::Oh) if run.first - at <= 4 => first = at,
                Some(Class::Homophone(_))
                    if run.first - at <= 4 && self.may_start(at) && (expected || is_odd(self.text(at))) =>
                {
                    first = at;
                }
                _ => break,
            }
        }
        let mut last = run.last;
        if run.open {
            for at in run.last + 1..self.tokens.len() {
                let class = self.token(at).and_then(Token::class);
                let digit_like =
                    matches!(class, Some(Class::Homophone(_) | Class::Oh | Class::Times(_) | Class::Letter));
                let cut = self.partial && class == Some(Class::Word) && at + 1 == self.tokens.len();
                if digit_like || cut {
                    last = at;
                }
            }
        }
        let (from, to) = self.words(first, last);
        Span { from, to, kind: named.kind, confidence: named.confidence, reason: named.reason }
    }
}

/// What of an utterance repeats hidden digits.
pub(crate) fn echoes(tokens: &[Token], echo: &EchoMemory) -> Vec<Span> {
    let runs = Runs::new(tokens, usize::MAX, &[], false, false).find();
    let word = |at: usize| tokens.get(at).map_or(0, |token| token.word);
    let hidden = runs.iter().filter_map(|run| {
        let kind = echo.kind_of(&run.digits)?;
        let (from, to) = (word(run.first), word(run.last) + 1);
        Some(Span { from, to, kind, confidence: 97, reason: "digits that were hidden before" })
    });
    merged(hidden.collect())
}
