//! What stands around a run and says that it is harmless.

use events::EntityKind;

use super::{
    MAX_INTRODUCTION, Scene,
    pattern::{is_day, is_price, is_quarter, is_time, is_year, scaled},
};
use crate::{
    lexicon::{Class, is_counted, is_label, is_money, is_plural, leads_price, leads_time, leads_year},
    run::{Item, Run},
    slot,
    token::{Kind, MONEY_SIGN, Shape, Token},
};

/// How many words a price has.
const MAX_PRICE: usize = 8;

/// How many words before an option of a menu name what to do with it.
const MAX_MENU: usize = 12;

impl Scene<'_> {
    /// Harmless also where a number is expected.
    pub(super) fn is_harmless(&self, run: &Run, slot: Option<EntityKind>, bare: bool) -> bool {
        let (before, after, n) = (self.before(run), self.after(run), run.digits.len());
        let dates = slot.is_some_and(slot::takes_dates);
        let single = run.items.len() == 1;
        if let [Item::Written(_, shape, _)] = run.items[..] {
            match shape {
                Shape::Money | Shape::Percent => return true,
                Shape::Measure => return slot.is_none() || n <= 2,
                Shape::Ordinal => return !dates || self.counts_what_follows(run.last),
                Shape::Time => {
                    if (slot.is_none() && !bare) || leads_time(before) || self.is_half_of_day(run) {
                        return true;
                    }
                }
                Shape::Date => return !dates && (slot.is_none() || before == "on"),
                Shape::Decimal if slot.is_none() && !bare => return true,
                Shape::Decimal | Shape::Thousands | Shape::Plain | Shape::Mixed | Shape::Code => {}
            }
        }
        if is_money(after) && run.items.len() <= 2 && n <= 6 {
            return true;
        }
        if before == MONEY_SIGN && run.items.len() <= 3 && n <= 8 {
            return true;
        }
        if n <= 2
            && (self.is_priced(run) || self.is_cents(run) || self.is_place_in_line(run) || self.is_menu(run))
        {
            return true;
        }
        if self.is_numbered(run) || self.is_share(run) {
            return true;
        }
        if self.is_in_passing(run, bare) && self.is_amount(run, dates) {
            return true;
        }
        let small = run.items.len() <= 2 && n <= 2;
        let round =
            scaled(run) || (matches!(run.items[..], [Item::Written(3, ..)]) && slot != Some(EntityKind::Cvv));
        if is_counted(after) && (small || round || (single && slot.is_none())) {
            return true;
        }
        if single && n <= 2 && (is_plural(after) || self.begins_range(run)) {
            return true;
        }
        let hour = matches!(
            run.items[..],
            [Item::Unit(1..) | Item::Pair(10..=12) | Item::Written(1 | 2, _, 1..=12)]
        );
        if before == "at" && hour && !matches!(slot, Some(EntityKind::Phone | EntityKind::Number)) {
            return true;
        }
        if matches!(run.items[..], [Item::Pair(_)])
            && !self.after(run).is_empty()
            && self.is_ordinal(run.last + 1)
        {
            return !dates;
        }
        if self.is_pronoun(run) || (!bare && self.is_idiom(run)) {
            return true;
        }
        // "Call me at two twelve" may go on.
        let dialled = slot == Some(EntityKind::Phone) && run.open && self.is_cued(run);
        if is_time(&run.items) && self.is_half_of_day(run) {
            return true;
        }
        if is_time(&run.items) && leads_time(before) && !dates && !dialled {
            return true;
        }
        if single && n <= 2 && self.is_half_of_day(run) {
            return true;
        }
        let in_year = (matches!(before, "in" | "since" | "year") && !self.is_cued(run))
            || (slot != Some(EntityKind::Card) && self.is_after_month(run));
        !dates && in_year && is_year(&run.items)
    }

    /// "Fifteen open cards".
    fn counts_described(&self, run: &Run) -> bool {
        let counted = self.known(run.last + 2);
        self.token(run.last + 1).and_then(Token::class) == Some(Class::Word)
            && (is_counted(counted) || is_plural(counted))
    }

    /// "For one it's $20", "three for 40 pounds".
    fn is_priced(&self, run: &Run) -> bool {
        let price = |from: usize| {
            (from..from + MAX_PRICE).any(|at| {
                let money =
                    matches!(self.token(at).map(|token| &token.kind), Some(Kind::Written(_, Shape::Money)));
                money || is_money(self.text(at))
            }) && self.token(from).is_some_and(Token::is_number)
        };
        let (before, after) = (self.before(run), self.after(run));
        run.items.len() == 1
            && ((before == "for" && after == "its" || after == "for") && price(run.last + 2)
                || before == "for" && after == "it" && self.text(run.last + 2) == "is" && price(run.last + 3))
    }

    /// "Forty dollars fifty": the second part of a price.
    pub(super) fn is_cents(&self, run: &Run) -> bool {
        let number = |at: usize| self.token(at).is_some_and(Token::is_number);
        is_money(self.before(run)) && run.first.checked_sub(2).is_some_and(number)
    }

    /// "Room 305", "flight u a 615".
    pub(super) fn is_numbered(&self, run: &Run) -> bool {
        let letter = |at: &usize| self.text(*at).len() == 1;
        let before = (run.first.saturating_sub(3)..run.first).rev().find(|at| !letter(at));
        let label = before
            .is_some_and(|at| is_label(self.text(at)) && (at + 1 == run.first || self.text(at) != "press"));
        label && run.digits.len() <= 4 && run.items.len() <= 4 && !self.is_cued(run)
    }

    /// "Step 9 of 11", "28 out of 40", "count to ten".
    pub(super) fn is_share(&self, run: &Run) -> bool {
        let before = |n: usize| run.first.checked_sub(n).map_or("", |at| self.text(at));
        let number =
            |n: usize| run.first.checked_sub(n).and_then(|at| self.token(at)).is_some_and(Token::is_number);
        let whole = before(1) == "of" && (number(2) || (before(2) == "out" && number(3)));
        let part = self.after(run) == "out" && self.known(run.last + 2) == "of";
        let counts = before(1) == "to" && matches!(before(2), "count" | "counts" | "counted" | "counting");
        run.digits.len() <= 3 && run.items.len() <= 2 && (whole || part || counts)
    }

    /// "You are number seven", "number two on the list".
    fn is_place_in_line(&self, run: &Run) -> bool {
        let before = run.first.checked_sub(2).map_or("", |at| self.text(at));
        let listed = matches!(self.after(run), "on" | "in") && self.known(run.last + 2) == "the";
        self.before(run) == "number"
            && (listed || matches!(before, "are" | "am" | "im" | "youre" | "be" | "was" | "were" | "theyre"))
    }

    /// "Press one for yes or two for no".
    fn is_menu(&self, run: &Run) -> bool {
        let from = run.first.saturating_sub(MAX_MENU);
        let pressed = || {
            let before = self.tokens.get(from..run.first).unwrap_or_default();
            before.iter().any(|token| token.is(&["press", "dial", "push"]))
        };
        run.items.len() == 1
            && matches!(self.after(run), "for" | "to")
            && !self.known(run.last + 2).is_empty()
            && !self.token(run.last + 2).is_some_and(Token::is_number)
            && pressed()
    }

    /// A cue ends right before the run.
    pub(super) fn is_cued(&self, run: &Run) -> bool {
        self.is_cued_at(run.first)
    }

    pub(super) fn is_cued_at(&self, at: usize) -> bool {
        self.slots.binary_search_by_key(&at, |(from, _)| *from).is_ok()
    }

    /// "The fifth one", "my 3rd order": what is counted is named.
    pub(super) fn counts_what_follows(&self, at: usize) -> bool {
        match self.known(at + 1) {
            "" | "of" => false,
            "one" | "ones" => true,
            // "The first 18 weeks".
            _ if self.token(at + 1).is_some_and(Token::is_number) => {
                let after = self.known(at + 2);
                is_counted(after) || is_plural(after)
            }
            _ => self.token(at + 1).and_then(Token::class) == Some(Class::Word),
        }
    }

    /// Words that say something stand before the run and after the last cue: it is not simply the answer.
    fn is_in_passing(&self, run: &Run, bare: bool) -> bool {
        !bare && self.is_passing(run.first)
    }

    pub(super) fn is_passing(&self, at: usize) -> bool {
        let cue = self.slots.partition_point(|(from, _)| *from <= at);
        let from = cue.checked_sub(1).and_then(|newest| self.slots.get(newest)).map_or(0, |(from, _)| *from);
        // "Is", "it", "so" introduce an answer; a few words are enough to tell.
        let from = from.max(at.saturating_sub(MAX_INTRODUCTION));
        (from..at).any(|at| !self.is_quiet(at))
    }

    /// Written or said as a price or a time of day.
    fn is_amount(&self, run: &Run, dates: bool) -> bool {
        let before = self.before(run);
        match run.items[..] {
            [Item::Written(_, Shape::Decimal, _)] => !dates,
            [Item::Written(_, Shape::Time, _)] => true,
            [Item::Unit(1..) | Item::Pair(10..=12) | Item::Written(1 | 2, Shape::Plain, 1..=12)]
                if leads_time(before) && !matches!(before, "at" | "from" | "about") =>
            {
                true
            }
            [_] if run.digits.len() <= 3 && leads_price(before) => true,
            // "Got a nine", "fifteen open cards".
            [_] if run.digits.len() <= 2 && (matches!(before, "a" | "an") || self.counts_described(run)) => {
                true
            }
            // "Version three point four".
            _ if run.point && run.digits.len() <= 4 && run.items.len() <= 3 && !run.open => true,
            [_, Item::Pair(_)] if is_price(&run.items) && self.price_leads(run) => true,
            _ if is_time(&run.items) => leads_time(before) && !matches!(before, "at" | "from" | "about"),
            _ => is_year(&run.items) && leads_year(before) && !matches!(before, "in" | "of"),
        }
    }

    fn is_after_month(&self, run: &Run) -> bool {
        let before = run.first.checked_sub(1).and_then(|at| self.token(at)).and_then(Token::class);
        matches!(before, Some(Class::Month | Class::Ordinal))
    }

    /// Harmless where no number is expected.
    pub(super) fn is_ordinary(&self, run: &Run, bare: bool) -> bool {
        let (before, after, n) = (self.before(run), self.after(run), run.digits.len());
        let month_before = self.is_after_month(run);
        if scaled(run) && !bare {
            return true;
        }
        // "1,200 cups": recognisers write quantities so, but also the beginning of a card.
        let quantity = matches!(run.items[..], [Item::Written(_, Shape::Thousands, _)]);
        if quantity && !bare && !after.is_empty() && !run.open {
            return true;
        }
        if run.point && n <= 5 && run.items.len() <= 4 {
            return true;
        }
        if is_year(&run.items) && (leads_year(before) || month_before) {
            return true;
        }
        if month_before && run.items.split_first().is_some_and(|(day, year)| is_day(*day) && is_year(year)) {
            return true;
        }
        if is_price(&run.items) && self.price_leads(run) {
            return true;
        }
        if n <= 2
            && (self.is_priced(run) || self.is_cents(run) || self.is_place_in_line(run) || self.is_menu(run))
        {
            return true;
        }
        if is_label(before) && n <= 4 && run.items.len() <= 3 {
            return true;
        }
        if is_time(&run.items) && !bare && !run.open && is_quarter(&run.items) {
            return true;
        }
        is_plural(after) && n <= 4 && run.items.len() == 1
    }

    /// What answers "how many", "what time", "which year".
    pub(super) fn is_plain_answer(&self, run: &Run) -> bool {
        let n = run.digits.len();
        n <= 4 && (run.items.len() == 1 || is_time(&run.items) || is_year(&run.items) || is_price(&run.items))
            || scaled(run)
    }

    /// One digit amid other words: "I have two cards here".
    pub(super) fn is_aside(&self, run: &Run, after_hidden: bool) -> bool {
        let word = |at| matches!(self.token(at).and_then(Token::class), Some(Class::Word));
        // The last word of a partial may be any word yet.
        let known = self.tokens.len() - usize::from(self.partial);
        let more = run.last + 2 < known && !self.is_quiet(run.last + 2);
        !run.leading && !after_hidden && word(run.last + 1) && (more || self.text(run.last + 1).len() > 3)
    }

    /// "first", "second", also as the end of "twenty first".
    pub(super) fn is_ordinal(&self, at: usize) -> bool {
        self.token(at).is_some_and(|token| {
            token.class() == Some(Class::Ordinal)
                || token.text == "first"
                || matches!(token.kind, Kind::Written(_, Shape::Ordinal))
        })
    }

    /// "this one", "one of", "last four".
    pub(super) fn is_pronoun(&self, run: &Run) -> bool {
        let (before, after) = (self.before(run), self.after(run));
        let small = run.items.len() == 1 && run.digits.len() <= 2;
        let one = small && self.token(run.first).is_some_and(|token| token.is(&["one", "ones", "1"]));
        let points = matches!(
            before,
            "this"
                | "that"
                | "which"
                | "the"
                | "no"
                | "another"
                | "each"
                | "every"
                | "any"
                | "new"
                | "only"
                | "other"
                | "good"
                | "right"
                | "wrong"
                | "big"
                | "same"
                | "old"
                | "some"
                | "number"
                | "first"
                | "last"
                | "next"
                | "day"
                | "or"
        );
        let taken = matches!(
            before,
            "use"
                | "have"
                | "had"
                | "has"
                | "need"
                | "want"
                | "get"
                | "take"
                | "pick"
                | "choose"
                | "just"
                | "with"
                | "either"
                | "bought"
                | "ordered"
                | "than"
        ) && self.token(run.last + 1).and_then(Token::class) != Some(Class::Filler);
        // "The blue one", "one is broken".
        let at = |n: usize| run.first.checked_sub(n);
        let described = matches!(at(2).map_or("", |at| self.text(at)), "the" | "this" | "that" | "other")
            && at(1).and_then(|at| self.token(at)).and_then(Token::class) == Some(Class::Word)
            && !self.is_cued(run);
        let told = matches!(after, "is" | "was") && is_plural(before)
            || matches!(after, "is" | "was")
                && self.token(run.last + 2).and_then(Token::class) == Some(Class::Word)
                && !self.known(run.last + 2).is_empty()
                && !run.leading;
        let free = self.slots.is_empty() && self.unfinished.is_none();
        let counted = run.first.checked_sub(1).is_some_and(|at| self.is_ordinal(at));
        let given = after == "for"
            && matches!(
                self.known(run.last + 2),
                "this" | "that" | "me" | "my" | "her" | "his" | "him" | "the" | "each" | "us" | "you"
            );
        (one && (points
            || taken
            || described
            || told
            || counted
            || given
            || after == "of"
            || (free && matches!(after, "who" | "that" | "thing" | "day" | "is" | "was"))))
            || (small && matches!(before, "last" | "first" | "final" | "next" | "all"))
            || (small && after == "of")
    }

    /// "two" of "two to three days".
    pub(super) fn begins_range(&self, run: &Run) -> bool {
        let number = |at: usize| self.token(at).is_some_and(Token::is_number);
        let links = matches!(self.after(run), "to" | "or" | "and" | "through");
        links
            && number(run.last + 2)
            && (is_counted(self.known(run.last + 3))
                || (number(run.last + 3) && is_counted(self.known(run.last + 4))))
    }

    /// Fixed phrases.
    pub(super) fn is_idiom(&self, run: &Run) -> bool {
        let texts: Vec<&str> = self
            .tokens
            .get(run.first..=run.last)
            .unwrap_or_default()
            .iter()
            .take(4)
            .map(|t| t.text.as_str())
            .collect();
        match texts[..] {
            ["twenty", "four", "seven"] | ["24", "7"] | ["247"] => {
                self.slots.is_empty()
                    || matches!(self.before(run), "open" | "available" | "are" | "support" | "hours")
            }
            ["fifty", "fifty"] | ["50", "50"] | ["5050"] => self.slots.is_empty(),
            ["four", "oh" | "o" | "zero", "one"] | ["401"] => self.after(run) == "k",
            _ => false,
        }
    }

    /// "a.m.", "p m", "o'clock", "in the morning" follow.
    pub(super) fn is_half_of_day(&self, run: &Run) -> bool {
        let next = |n: usize| self.known(run.last + n);
        matches!(
            (next(1), next(2), next(3)),
            ("am" | "pm" | "oclock", ..)
                | ("a" | "p", "m", _)
                | ("o", "clock", _)
                | ("in", "the", "morning" | "afternoon" | "evening")
                | ("at", "night", _)
        )
    }

    pub(super) fn price_leads(&self, run: &Run) -> bool {
        let cue = self.slots.partition_point(|(from, _)| *from <= run.first);
        let cue = cue.checked_sub(1).and_then(|newest| self.slots.get(newest)).map_or(0, |(from, _)| *from);
        let from = run.first.saturating_sub(4).max(cue);
        self.tokens.get(from..run.first).unwrap_or_default().iter().any(|token| leads_price(&token.text))
    }
}
