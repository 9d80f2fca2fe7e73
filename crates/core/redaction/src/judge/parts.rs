//! Numbers that stand near each other and are not one: "i bought two in 2019 and one is broken".

use super::Scene;
use crate::{
    lexicon::{Class, is_counted, is_money, is_plural, leads_time},
    run::{Item, Run, Runs},
    token::{MONEY_SIGN, Shape, Token},
};

use super::pattern::{is_time, is_year};

impl Scene<'_> {
    /// Adds a run, in parts where one of them is clearly another number by what stands around it.
    pub(super) fn set_apart(&self, run: Run, bare: bool, finder: &mut Runs<'_>, out: &mut Vec<Run>) {
        // "Seven hundred and two" is one.
        let joined = |a: &usize, b: &usize| {
            let scaled = matches!(self.token(*a).and_then(Token::class), Some(Class::Scale(_)));
            let point = self.token(a + 1).and_then(Token::class) == Some(Class::Point);
            b - a == 1 || (b - a == 2 && (point || (scaled && self.text(a + 1) == "and")))
        };
        if bare || run.members.windows(2).all(|pair| matches!(pair, [a, b] if joined(a, b))) {
            return out.push(run);
        }
        let mut pending: Vec<usize> = Vec::new();
        let mut leading = run.leading;
        let mut apart = false;
        for part in run.members.chunk_by(joined) {
            let one = finder.run(part.to_vec(), leading);
            if self.is_another(&one) {
                if !pending.is_empty() {
                    out.push(finder.run(std::mem::take(&mut pending), leading));
                }
                out.push(one);
                (leading, apart) = (false, true);
            } else {
                pending.extend(part);
            }
        }
        match (apart, pending.is_empty()) {
            (false, _) => out.push(run),
            (true, false) => out.push(finder.run(pending, leading)),
            (true, true) => {}
        }
    }

    /// Whether a part is a number of its own: an amount, a year, a time, a count, with the words that make it one.
    fn is_another(&self, part: &Run) -> bool {
        let (before, after, n) = (self.before(part), self.after(part), part.digits.len());
        let single = part.items.len() == 1;
        let scaled = matches!(part.items[..], [Item::Scaled]);
        if matches!(part.items[..], [Item::Written(_, Shape::Money | Shape::Percent | Shape::Ordinal, _)]) {
            return true;
        }
        let amount = is_money(after) || before == MONEY_SIGN;
        if (amount && part.items.len() <= 2 && n <= 6) || self.is_cents(part) {
            return true;
        }
        if single && (n <= 2 || scaled) && (is_counted(after) || is_plural(after)) {
            return true;
        }
        if self.is_numbered(part) || self.is_share(part) {
            return true;
        }
        if is_year(&part.items) && matches!(before, "in" | "since" | "until" | "by" | "during" | "around") {
            return !self.is_cued(part);
        }
        if is_time(&part.items)
            && (self.is_half_of_day(part) || (leads_time(before) && !matches!(before, "at" | "from")))
        {
            return true;
        }
        // "The one next to it".
        let one = single && self.text(part.first) == "one";
        one && matches!(before, "the" | "this" | "that" | "which" | "other")
            && !part.open
            && !self.is_cued(part)
    }
}
