//! Tokens to runs of digits: what is said, or written, as one number.

use events::EntityKind;

use crate::{
    lexicon::{Class, begins_number, is_counted, is_label, is_money, is_no_digit, is_plural},
    token::{Kind, Shape, Token},
};

/// How many words that say nothing may stand between two parts of a number.
const MAX_BRIDGE: usize = 6;

/// How far to look for the number that makes "oh", "to" or "double" a part of it.
const MAX_LOOKAHEAD: usize = 4;

/// How many letters may stand between two digits of one code.
const MAX_LETTERS: usize = 3;

/// The most digits of what is numbered in public: "room 305".
const MAX_LABELLED: usize = 4;

/// A part of a run that is said as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// "four", "oh".
    Unit(u8),
    /// "forty two", "eleven".
    Pair(u8),
    /// "four hundred and two".
    Scaled,
    /// A numeral of so many digits, with its value when it has up to four.
    Written(usize, Shape, u16),
}

/// Tokens `first..=last` are one number.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The digits, as ASCII.
    pub(crate) digits: Vec<u8>,
    pub(crate) items: Vec<Item>,
    /// The tokens that are parts of it: what lies between them says nothing.
    pub(crate) members: Vec<usize>,
    /// It holds "point".
    pub(crate) point: bool,
    /// Nothing but words that say nothing stand before it in the utterance.
    pub(crate) leading: bool,
    /// Nothing but words that say nothing stand after it in the utterance: it may go on.
    pub(crate) open: bool,
}

/// Finds the runs of an utterance.
pub(crate) struct Runs<'a> {
    tokens: &'a [Token],
    /// From this token on a sensitive number is expected.
    expected_from: usize,
    /// Where cues end: another number begins there.
    cues: &'a [(usize, EntityKind)],
    partial: bool,
    /// Nothing is said but numbers and words that say nothing.
    bare: bool,
    /// Tokens looked at: the cost.
    pub(crate) steps: usize,
}

impl<'a> Runs<'a> {
    pub(crate) const fn new(
        tokens: &'a [Token],
        expected_from: usize,
        cues: &'a [(usize, EntityKind)],
        partial: bool,
        bare: bool,
    ) -> Self {
        Self { tokens, expected_from, cues, partial, bare, steps: 0 }
    }

    pub(crate) fn find(&mut self) -> Vec<Run> {
        let mut out = Vec::new();
        let mut at = 0;
        let mut quiet = true;
        while at < self.tokens.len() {
            if !self.starts(at) {
                quiet = quiet && self.says_nothing(at);
                at += 1;
                continue;
            }
            let members = self.members(at);
            let run = self.run(members, quiet);
            at = run.last + 1;
            out.push(run);
        }
        out
    }

    /// The run of these tokens; `leading` when nothing is said before it.
    pub(crate) fn run(&mut self, members: Vec<usize>, leading: bool) -> Run {
        let first = members.first().copied().unwrap_or_default();
        let last = members.last().copied().unwrap_or(first);
        let (digits, items) = self.parse(&members);
        let between = self.tokens.get(first..=last).unwrap_or_default();
        let point = between.iter().any(|token| token.class() == Some(Class::Point));
        let open = self.is_open(last, digits.len());
        Run { first, last, digits, items, members, point, leading, open }
    }

    fn class(&mut self, at: usize) -> Option<Class> {
        self.steps += 1;
        self.tokens.get(at).and_then(Token::class)
    }

    fn is_number(&mut self, at: usize) -> bool {
        self.steps += 1;
        self.tokens.get(at).is_some_and(Token::is_number)
    }

    fn starts(&mut self, at: usize) -> bool {
        match self.class(at) {
            Some(Class::Times(_)) if self.class(at + 1) == Some(Class::Oh) => true,
            Some(Class::Oh | Class::Times(_)) => self.number_follows(at),
            _ => self.is_number(at),
        }
    }

    /// Whether a number stands behind `at`, past fillers and other words that are digits only beside digits.
    fn number_follows(&mut self, at: usize) -> bool {
        for next in at + 1..=at + MAX_LOOKAHEAD {
            if self.is_number(next) {
                return !self.is_never_part(next);
            }
            match self.class(next) {
                Some(Class::Oh | Class::Times(_) | Class::Homophone(_) | Class::Filler) => {}
                _ => return false,
            }
        }
        false
    }

    fn says_nothing(&mut self, at: usize) -> bool {
        matches!(
            self.class(at),
            Some(
                Class::Filler
                    | Class::Link
                    | Class::Homophone(_)
                    | Class::Oh
                    | Class::Times(_)
                    | Class::Letter
            )
        )
    }

    fn members(&mut self, first: usize) -> Vec<usize> {
        let mut members = vec![first];
        let mut count = self.weight(first);
        while let Some(next) = self.next_member(&members, count) {
            members.push(next);
            count += self.weight(next);
        }
        members
    }

    fn weight(&self, at: usize) -> usize {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Written(digits, _)) => digits.len(),
            Some(Kind::Spoken(Class::Teen(_) | Class::Tens(_))) => 2,
            Some(Kind::Spoken(_)) | None => 1,
        }
    }

    /// The next part of the number that has `count` digits so far and ends with the last member.
    fn next_member(&mut self, members: &[usize], count: usize) -> Option<usize> {
        let last = members.last().copied()?;
        let expected = last >= self.expected_from;
        if count <= MAX_LABELLED && self.ends_sentence(last) && self.is_labelled(members) {
            return None;
        }
        if self.is_never_part(last) {
            return None;
        }
        let (mut letters, mut sentence_ends) = (0, false);
        for at in last + 1..=last + 1 + MAX_BRIDGE {
            sentence_ends |= at.checked_sub(1).is_some_and(|at| self.ends_sentence(at));
            if at > last + 1 && self.cues.binary_search_by_key(&at, |(from, _)| *from).is_ok() {
                return None;
            }
            if self.is_number(at) {
                if self.begins_count(members, at, expected) {
                    return None;
                }
                let apart = at > last + 1 && (self.stands_alone(at) || self.stands_alone(last));
                return (!apart && !self.is_never_part(at)).then_some(at);
            }
            match self.class(at)? {
                Class::Oh
                    if self.bare || expected || count >= 3 || at == last + 1 || self.number_follows(at) =>
                {
                    return Some(at);
                }
                // The last word of a partial may become the number that makes this a digit.
                Class::Oh | Class::Homophone(_) if self.partial && self.ends_cut(at) => return Some(at),
                Class::Times(_) if self.class(at + 1) == Some(Class::Oh) || self.number_follows(at) => {
                    return Some(at);
                }
                Class::Homophone(_) if self.number_follows(at) => {
                    return (!self.is_range(members, at, expected)).then_some(at);
                }
                Class::Filler | Class::Point => {}
                Class::Link if (expected && !sentence_ends) || count >= 2 => {}
                Class::Letter if letters < MAX_LETTERS => letters += 1,
                // A digit that was not understood.
                Class::Word
                    if expected
                        && !sentence_ends
                        && at == last + 1
                        && self.is_number(at + 1)
                        && !self.is_no_digit(at) => {}
                Class::Oh
                | Class::Times(_)
                | Class::Homophone(_)
                | Class::Link
                | Class::Letter
                | Class::Word
                | Class::Ordinal
                | Class::Month
                | Class::Unit(_)
                | Class::Teen(_)
                | Class::Tens(_)
                | Class::Scale(_) => return None,
            }
        }
        None
    }

    fn shape(&self, at: usize) -> Option<Shape> {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Written(_, shape)) => Some(*shape),
            Some(Kind::Spoken(_)) | None => None,
        }
    }

    fn stands_alone(&self, at: usize) -> bool {
        self.shape(at).is_some_and(Shape::stands_alone)
    }

    fn is_never_part(&self, at: usize) -> bool {
        // "3:30pm".
        if self.shape(at) == Some(Shape::Time) {
            return self.tokens.get(at).is_some_and(|token| token.text.contains('m'));
        }
        matches!(
            self.shape(at),
            Some(Shape::Money | Shape::Percent | Shape::Ordinal | Shape::Measure | Shape::Date)
        )
    }

    fn ends_sentence(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.ends_sentence)
    }

    /// "Room 305".
    fn is_labelled(&self, members: &[usize]) -> bool {
        let before =
            members.first().and_then(|first| first.checked_sub(1)).and_then(|at| self.tokens.get(at));
        before.is_some_and(|token| is_label(&token.text))
    }

    /// "Two times" after "ninety four": a number that is complete, and one digit that counts something.
    fn begins_count(&self, members: &[usize], at: usize, expected: bool) -> bool {
        let class = |at: &usize| self.tokens.get(*at).and_then(Token::class);
        let kind = |at: usize| self.tokens.get(at).map(|token| &token.kind);
        let complete = match members {
            [one] => {
                let tens = matches!(class(one), Some(Class::Tens(_)));
                let unit = matches!(class(&at), Some(Class::Unit(_)));
                matches!(class(one), Some(Class::Teen(_) | Class::Scale(_))) || (tens && !unit)
            }
            [.., tens, unit] => {
                matches!((class(tens), class(unit)), (Some(Class::Tens(_)), Some(Class::Unit(_))))
            }
            [] => false,
        };
        let price = members
            .first()
            .and_then(|first| first.checked_sub(1))
            .and_then(|at| self.tokens.get(at))
            .is_some_and(|token| is_money(&token.text));
        let len = match (class(&at), class(&(at + 1))) {
            (Some(Class::Tens(_)), Some(Class::Unit(1..))) => 2,
            (Some(Class::Unit(_) | Class::Teen(_) | Class::Tens(_)), _) => 1,
            _ => 1,
        };
        let small = matches!(class(&at), Some(Class::Unit(_)));
        if let (Some(Kind::Written(digits, Shape::Plain)), Some(last)) = (kind(at), members.last()) {
            // "98297 83232 10 out of 29", "5839 3983 29 minutes".
            let group = matches!(kind(*last), Some(Kind::Written(before, _)) if before.len() >= 3);
            let shared = self.tokens.get(at + 1).is_some_and(|token| token.text == "out")
                && self.tokens.get(at + 2).is_some_and(|token| token.text == "of");
            return group && digits.len() <= 2 && (shared || self.is_counted(at + 1));
        }
        complete && (price || (small && !expected)) && !self.bare && self.is_counted(at + len)
    }

    fn is_counted(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| is_counted(&token.text) || is_plural(&token.text))
    }

    fn is_no_digit(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| is_no_digit(&token.text) || is_plural(&token.text))
    }

    /// "three to five", "two for one": one number on each side, and then something else. Where a number is
    /// expected that has to be something counted: "three to five days".
    fn is_range(&mut self, members: &[usize], link: usize, expected: bool) -> bool {
        let one = match members {
            [_] => true,
            [tens, _] => matches!(self.class(*tens), Some(Class::Tens(_))),
            _ => false,
        };
        let ranges = self.tokens.get(link).is_some_and(|token| token.is(&["to", "too", "for"]));
        if !one || !ranges || self.bare || !self.is_number(link + 1) {
            return false;
        }
        let tens = matches!(self.class(link + 1), Some(Class::Tens(_)));
        let unit = matches!(self.class(link + 2), Some(Class::Unit(1..)));
        let after = if tens && unit { link + 3 } else { link + 2 };
        // "One for eight hundred dollars".
        let end = (link + 1..link + 1 + MAX_BRIDGE).find(|at| !self.is_number(*at)).unwrap_or(after);
        let known = !(self.partial && end + 1 >= self.tokens.len());
        if expected && known && self.tokens.get(end).is_some_and(|token| is_money(&token.text)) {
            return true;
        }
        let span = members.first().and_then(|first| first.checked_sub(1)).and_then(|at| self.tokens.get(at));
        if expected && !span.is_some_and(|token| token.is(&["from", "between", "past"])) {
            return !(self.partial && after + 1 >= self.tokens.len()) && self.is_counted(after);
        }
        !self.goes_on(after)
    }

    /// Whether a number comes at `at` or after words that are digits beside digits; at the end of a partial it
    /// may.
    fn goes_on(&mut self, at: usize) -> bool {
        for next in at..=at + MAX_BRIDGE {
            if next >= self.tokens.len() || (next + 1 == self.tokens.len() && self.is_cut(next)) {
                return self.partial;
            }
            if self.is_number(next) {
                return true;
            }
            match self.class(next) {
                Some(Class::Oh | Class::Times(_) | Class::Homophone(_) | Class::Filler | Class::Link) => {}
                _ => return false,
            }
        }
        false
    }

    /// Whether all that follows says nothing, or may become a number.
    fn ends_cut(&mut self, at: usize) -> bool {
        let end = self.tokens.len();
        // Behind a cue it would be another number.
        let cued = self.cues.last().is_some_and(|(from, _)| *from > at);
        if cued || end.saturating_sub(at + 1) > MAX_BRIDGE || !self.is_cut(end.saturating_sub(1)) {
            return false;
        }
        (at + 1..end.saturating_sub(1)).all(|at| self.says_nothing(at))
    }

    /// Whether only words that say nothing follow.
    fn is_open(&mut self, last: usize, count: usize) -> bool {
        let expected = last >= self.expected_from;
        let end = self.tokens.len();
        if end.saturating_sub(last + 1) > MAX_BRIDGE {
            return false;
        }
        (last + 1..end).all(|at| match self.class(at) {
            Some(Class::Filler | Class::Point | Class::Homophone(_) | Class::Oh | Class::Times(_)) => true,
            Some(Class::Letter) => true,
            Some(Class::Link) => expected || count >= 2 || (at + 1 == end && self.is_cut(at)),
            Some(Class::Word) => {
                at + 1 == end && (self.is_cut(at) || (expected && at == last + 1 && !self.is_counted(at)))
            }
            _ => false,
        })
    }

    /// Whether the last word of a partial may be the beginning of what goes on with a number.
    fn is_cut(&self, at: usize) -> bool {
        self.partial && self.tokens.get(at).is_some_and(|token| begins_number(&token.text))
    }

    fn parse(&mut self, members: &[usize]) -> (Vec<u8>, Vec<Item>) {
        let mut parser =
            Parser { tokens: self.tokens, members, at: 0, digits: Vec::new(), items: Vec::new() };
        while parser.at < members.len() {
            self.steps += 1;
            parser.item();
        }
        (parser.digits, parser.items)
    }
}

/// Reads the members of a run as digits.
struct Parser<'a> {
    tokens: &'a [Token],
    members: &'a [usize],
    at: usize,
    digits: Vec<u8>,
    items: Vec<Item>,
}

impl Parser<'_> {
    fn class(&self, ahead: usize) -> Option<Class> {
        self.members.get(self.at + ahead).and_then(|n| self.tokens.get(*n)).and_then(Token::class)
    }

    fn item(&mut self) {
        let Some(token) = self.members.get(self.at).and_then(|n| self.tokens.get(*n)) else { return };
        if let Kind::Written(digits, shape) = &token.kind {
            self.at += 1;
            if matches!(self.class(0), Some(Class::Scale(_))) {
                return self.scaled(value_of(digits).into());
            }
            self.digits.extend(digits);
            return self.items.push(Item::Written(digits.len(), *shape, value_of(digits)));
        }
        if let Some(Class::Times(times)) = token.class() {
            self.at += 1;
            return self.repeated(times);
        }
        match self.small() {
            Some((value, len, _)) if matches!(self.class(len), Some(Class::Scale(_))) => {
                self.at += len;
                self.scaled(u64::from(value));
            }
            Some((value, len, pair)) => {
                self.at += len;
                self.push_small(value, pair);
            }
            // "a hundred".
            None if matches!(self.class(0), Some(Class::Scale(_))) => self.scaled(1),
            None => self.at += 1,
        }
    }

    /// A number below 100 that starts here: value, members, whether it has two digits.
    fn small(&self) -> Option<(u8, usize, bool)> {
        match (self.class(0)?, self.class(1)) {
            (Class::Unit(value) | Class::Homophone(value), _) => Some((value, 1, false)),
            (Class::Oh, _) => Some((0, 1, false)),
            (Class::Teen(value), _) => Some((value, 1, true)),
            (Class::Tens(tens), Some(Class::Unit(unit @ 1..))) => Some((tens + unit, 2, true)),
            (Class::Tens(tens), _) => Some((tens, 1, true)),
            _ => None,
        }
    }

    fn push_small(&mut self, value: u8, pair: bool) {
        if pair {
            self.digits.push(b'0' + value / 10);
        }
        self.digits.push(b'0' + value % 10);
        self.items.push(if pair { Item::Pair(value) } else { Item::Unit(value) });
    }

    /// What follows "double" or "triple".
    fn repeated(&mut self, times: u8) {
        if let Some(Kind::Written(digits, shape)) =
            self.members.get(self.at).and_then(|n| self.tokens.get(*n)).map(|token| &token.kind)
        {
            self.at += 1;
            for _ in 0..times {
                self.digits.extend(digits);
                self.items.push(Item::Written(digits.len(), *shape, value_of(digits)));
            }
            return;
        }
        let Some((value, len, pair)) = self.small() else { return };
        self.at += len;
        for _ in 0..times {
            self.push_small(value, pair);
        }
    }

    /// Reads on from a scale word; `first` is the value before it.
    fn scaled(&mut self, first: u64) {
        let (mut total, mut part) = (0_u64, first);
        loop {
            match self.class(0) {
                Some(Class::Scale(100)) => part = part.saturating_mul(100),
                Some(Class::Scale(scale)) => {
                    total = total.saturating_add(part.max(1).saturating_mul(scale.into()));
                    part = 0;
                }
                _ => break,
            }
            self.at += 1;
            // "and five" belongs to it only when no further digit follows: "eight hundred five five five".
            if let Some((value, len, pair)) = self.small()
                && (pair
                    || !matches!(
                        self.class(len),
                        Some(Class::Unit(_) | Class::Oh | Class::Tens(_) | Class::Teen(_))
                    ))
                && (part % 100 == 0)
                && !matches!(self.class(0), Some(Class::Oh | Class::Homophone(_)))
            {
                part = part.saturating_add(value.into());
                self.at += len;
            }
        }
        self.digits.extend(total.saturating_add(part).to_string().bytes());
        self.items.push(Item::Scaled);
    }
}

/// The value of up to four digits; 0 for more.
fn value_of(digits: &[u8]) -> u16 {
    if digits.len() > 4 {
        return 0;
    }
    digits.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
}
