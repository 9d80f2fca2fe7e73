//! Addresses.

use super::{
    Piece, Voice,
    numbers::{UNITS, cardinal, pair, value},
};
use crate::truth::{Style, Truth};

impl Voice<'_> {
    pub(super) fn street(
        &mut self,
        number: &str,
        street: &str,
        unit: Option<&str>,
        truth: Truth,
    ) -> Vec<Piece> {
        if self.style == Style::Formatted {
            let unit = unit.map_or_else(String::new, |unit| format!(", {unit}"));
            return vec![Piece::of(&format!("{number} {street}{unit}"), truth)];
        }
        let mut out =
            vec![Piece::of(&self.house_number(number), truth), Piece::of(&super::plain(street), truth)];
        if let Some(unit) = unit {
            let (word, number) = unit.split_once(' ').unwrap_or((unit, ""));
            let (digits, letter) = number.split_at(number.trim_end_matches(char::is_alphabetic).len());
            let number = cardinal(digits.parse().unwrap_or(0));
            out.push(Piece::of(&super::plain(&format!("{word} {number} {letter}")), truth));
        }
        out
    }

    /// "fourteen twenty", "one four two oh", "one thousand four hundred twenty".
    fn house_number(&mut self, number: &str) -> String {
        let digits: Vec<usize> = number.chars().map(value).collect();
        let whole: usize = number.parse().unwrap_or(0);
        match (digits.as_slice(), self.dice.roll(4)) {
            (_, 0) => digits.iter().map(|digit| UNITS[*digit]).collect::<Vec<_>>().join(" "),
            ([a, b, c, d], 1 | 2) if *a > 0 && (*c > 0 || *d > 0) => {
                format!("{} {}", pair(*a, *b), pair(*c, *d))
            }
            ([a, b, c], 1 | 2) if *b > 0 || *c > 0 => format!("{} {}", UNITS[*a], pair(*b, *c)),
            _ => cardinal(whole),
        }
    }
}
