//! Calendar dates: "march third", "the 3rd of march nineteen eighty", "2024-03-05". A weekday, a bare ordinal or
//! a month with its year is none.

use events::EntityKind;

use super::{Scene, Verdict};
use crate::{
    lexicon::{Class, is_counted, is_plural},
    token::{Kind, Shape, Token},
    view::Span,
};

/// What a token can be in a date, and how many tokens it takes.
type Part = (usize, u16);

impl Scene<'_> {
    /// Hides dates, and holds back what may become one at the end of a partial.
    pub(super) fn hide_calendar(&self, verdict: &mut Verdict) {
        let born = self.slots.last().is_some_and(|(_, slot)| *slot == EntityKind::BirthDate);
        let kind = if born { EntityKind::BirthDate } else { EntityKind::Date };
        let mut at = 0;
        while at < self.tokens.len() {
            let len = self.date_at(at);
            if len > 0 {
                let (from, to) = self.words(at, at + len - 1);
                verdict.spans.push(Span { from, to, kind, confidence: 96, reason: "a day of the calendar" });
            }
            at += len.max(1);
        }
        verdict.steps += self.tokens.len();
        if let Some(held) = self.may_become_date() {
            let word = self.words(held, held).0;
            verdict.held_from = Some(verdict.held_from.map_or(word, |held| held.min(word)));
        }
    }

    /// How many tokens the date that begins at `at` takes; 0 when none does.
    fn date_at(&self, at: usize) -> usize {
        match self.token(at).map(|token| &token.kind) {
            Some(Kind::Written(_, Shape::Date)) => usize::from(self.has_year(at)),
            Some(Kind::Spoken(Class::Month)) => self.month_first(at),
            Some(
                Kind::Spoken(Class::Unit(_) | Class::Teen(_) | Class::Tens(_) | Class::Ordinal)
                | Kind::Written(..),
            ) => self.day_first(at),
            Some(Kind::Spoken(Class::Link)) if self.text(at) == "first" => self.day_first(at),
            Some(Kind::Spoken(_)) | None => 0,
        }
    }

    /// "3/4/1980", but not "3/4".
    fn has_year(&self, at: usize) -> bool {
        let word = self.token(at).and_then(|token| self.words.get(token.word));
        word.is_some_and(|word| {
            let parts = word.text.expose().split(|c: char| !c.is_ascii_digit());
            parts.filter(|part| !part.is_empty()).nth(2).is_some()
        })
    }

    /// "March (the) third (of) (nineteen eighty)".
    fn month_first(&self, at: usize) -> usize {
        if self.is_verb(at) {
            return 0;
        }
        let the = usize::from(self.text(at + 1) == "the");
        let mut end = at + 1 + the;
        let ordinal = self.ordinal(end);
        let Some((len, _)) = ordinal.or_else(|| self.day(end)).filter(|(_, day)| (1..=31).contains(day))
        else {
            return 0;
        };
        // "March twenty twenty four" is a month of a year.
        let ends = |at: usize| self.partial && at >= self.tokens.len();
        if ordinal.is_none()
            && self.year(end).is_some_and(|(all, _)| all > len && !ends(end + all))
            && self.year(end + len).is_none()
        {
            return 0;
        }
        end += len;
        let year = self.year_after(end, true);
        if ordinal.is_none() && year == 0 && self.is_counted_at(end) {
            return 0;
        }
        end + year - at
    }

    /// "(The) third (of) march (nineteen eighty)".
    fn day_first(&self, at: usize) -> usize {
        let ordinal = self.ordinal(at);
        let Some((len, _)) = ordinal.or_else(|| self.day(at)).filter(|(_, day)| (1..=31).contains(day))
        else {
            return 0;
        };
        let of = usize::from(self.text(at + len) == "of");
        let month = at + len + of;
        let is_month = self.token(month).and_then(Token::class) == Some(Class::Month);
        let sure = ordinal.is_some()
            || of == 1
            || !self.token(month).is_some_and(is_doubtful)
            || self.year(month + 1).is_some()
            || (self.partial && month + 1 == self.tokens.len());
        if !is_month
            || !sure
            || at.checked_sub(1).is_some_and(|before| self.token(before).is_some_and(Token::is_number))
        {
            return 0;
        }
        month + 1 + self.year_after(month + 1, false) - at
    }

    /// How many tokens the year takes that follows a day.
    fn year_after(&self, at: usize, month_first: bool) -> usize {
        let link = usize::from(matches!(self.text(at), "of" | "in") && self.year(at + 1).is_some());
        if let Some((len, _)) = self.year(at + link) {
            return link + len;
        }
        // "March third eighty five".
        match self.day(at) {
            Some((len, 32..)) if !self.is_counted_at(at + len) => len,
            Some((len, _))
                if !month_first && len == 1 && self.is_two_digits(at) && !self.is_counted_at(at + len) =>
            {
                len
            }
            _ => 0,
        }
    }

    fn is_two_digits(&self, at: usize) -> bool {
        matches!(self.token(at).map(|token| &token.kind), Some(Kind::Written(digits, Shape::Plain)) if digits.len() == 2)
    }

    fn is_counted_at(&self, at: usize) -> bool {
        let after = self.text(at);
        is_counted(after) || is_plural(after)
    }

    /// "You may", "m for march": not a month.
    fn is_verb(&self, at: usize) -> bool {
        const BEFORE: &[&str] =
            &["i", "you", "he", "she", "it", "we", "they", "that", "this", "there", "who", "which", "one"];
        let month = self.token(at).is_some_and(is_doubtful);
        let before = |n: usize| at.checked_sub(n).map_or("", |before| self.text(before));
        let explains = matches!(before(1), "like" | "for" | "in" | "as");
        if explains && before(2).len() == 1 && self.text(at).starts_with(before(2)) {
            return true;
        }
        let dated = self.ordinal(at + 1).is_some()
            && !self.token(at + 1).is_some_and(|day| day.is(&["first", "second"]));
        month
            && !dated
            && at.checked_sub(1).and_then(|before| self.token(before)).is_some_and(|token| token.is(BEFORE))
    }

    /// "third", "twenty first", "3rd".
    fn ordinal(&self, at: usize) -> Option<Part> {
        let token = self.token(at)?;
        match &token.kind {
            Kind::Written(digits, Shape::Ordinal) => Some((1, value(digits))),
            Kind::Spoken(Class::Tens(tens @ (20 | 30))) => {
                let unit = ordinal_value(self.text(at + 1)).filter(|unit| *unit < 10)?;
                Some((2, u16::from(*tens) + unit))
            }
            Kind::Spoken(_) => ordinal_value(&token.text).map(|value| (1, value)),
            Kind::Written(..) => None,
        }
    }

    /// A number below 100.
    fn day(&self, at: usize) -> Option<Part> {
        let token = self.token(at)?;
        match (&token.kind, self.token(at + 1).and_then(Token::class)) {
            (Kind::Written(digits, Shape::Plain), _) if digits.len() <= 2 => Some((1, value(digits))),
            (Kind::Spoken(Class::Unit(value) | Class::Teen(value)), _) => Some((1, u16::from(*value))),
            (Kind::Spoken(Class::Tens(tens)), Some(Class::Unit(unit @ 1..))) => {
                Some((2, u16::from(tens + unit)))
            }
            (Kind::Spoken(Class::Tens(tens)), _) => Some((1, u16::from(*tens))),
            _ => None,
        }
    }

    /// "1980", "nineteen eighty five", "two thousand and five".
    fn year(&self, at: usize) -> Option<Part> {
        if let Some(Kind::Written(digits, Shape::Plain)) = self.token(at).map(|token| &token.kind)
            && digits.len() == 4
        {
            let year = value(digits);
            return (1_800..2_100).contains(&year).then_some((1, year));
        }
        let (len, century) = self.day(at)?;
        if century == 2 && self.token(at + 1).and_then(Token::class) == Some(Class::Scale(1_000)) {
            let and = usize::from(self.text(at + 2) == "and");
            let rest = self.day(at + 2 + and).map_or(0, |(len, _)| and + len);
            return Some((2 + rest, 2_000));
        }
        if !matches!(century, 18..=20) || len != 1 {
            return None;
        }
        match (self.token(at + 1).and_then(Token::class), self.day(at + 1)) {
            (Some(Class::Oh), _) => {
                self.day(at + 2).filter(|(_, unit)| *unit < 10).map(|_| (3, century * 100))
            }
            (_, Some((len, year @ 10..))) => Some((1 + len, century * 100 + year)),
            (_, Some((1, 0))) => self.day(at + 2).filter(|(_, unit)| *unit < 10).map(|_| (3, century * 100)),
            _ => None,
        }
    }

    /// The first token of what ends a partial and may become a date: "the third of", "march".
    fn may_become_date(&self) -> Option<usize> {
        let last = self.tokens.len().checked_sub(1).filter(|_| self.partial)?;
        let linked = matches!(self.text(last), "of" | "the");
        let at = last.checked_sub(usize::from(linked))?;
        if self.token(at).and_then(Token::class) == Some(Class::Month) {
            // A day before it makes it a date already.
            return Some(at);
        }
        let two = |from: &usize| {
            self.ordinal(*from).is_some_and(|(len, _)| len == 2)
                || self.day(*from).is_some_and(|(len, _)| len == 2)
        };
        let from = at.checked_sub(1).filter(two).unwrap_or(at);
        let day = linked && self.day(from).is_some_and(|(_, day)| (1..=31).contains(&day));
        let known = self.text(last) != "the" && (day || self.ordinal(from).is_some());
        known.then_some(from)
    }

    /// Whether the month at `at` is part of a date, or of a month and a year.
    pub(super) fn is_dated(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |before| self.text(before));
        let ordinal = || at.checked_sub(1).is_some_and(|before| self.is_ordinal(before));
        matches!(before, "of" | "in" | "last" | "next" | "since")
            || ordinal()
            || self.year(at + 1).is_some()
            || self.ordinal(at + 1).is_some()
            || self.day(at + 1).is_some()
    }
}

/// Months that are also other words.
fn is_doubtful(token: &Token) -> bool {
    token.is(&["may", "march", "mar", "sep", "dec", "jan"])
}

fn value(digits: &[u8]) -> u16 {
    digits.iter().take(4).fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
}

fn ordinal_value(word: &str) -> Option<u16> {
    const ORDINALS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    if word == "thirtieth" {
        return Some(30);
    }
    ORDINALS.iter().position(|ordinal| *ordinal == word).and_then(|place| u16::try_from(place + 1).ok())
}
