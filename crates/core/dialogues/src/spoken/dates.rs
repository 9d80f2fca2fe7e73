//! Days and months.

use super::{
    Piece, Voice,
    numbers::{MONTHS, UNITS, cardinal, numeral_ordinal, ordinal, pair, year},
    words,
};
use crate::truth::{Style, Truth};

impl Voice<'_> {
    /// A day, with its year most of the time.
    pub(super) fn date(&mut self, (day, month, of): (usize, usize, usize), which: usize) -> Vec<Piece> {
        let name = MONTHS[(month - 1) % 12];
        let text = match (self.style, self.dice.roll(5)) {
            (Style::Formatted, 0) => format!("{month:02}/{day:02}/{of}"),
            (Style::Formatted, 1) => format!("{month}/{day}/{:02}", of % 100),
            (Style::Formatted, 2) => format!("{day} {name} {of}"),
            (Style::Formatted, 3) => format!("{name} {}, {of}", numeral_ordinal(day)),
            (Style::Formatted, _) => format!("{name} {day}, {of}"),
            (Style::Plain, 0) => format!("{name} {} {}", ordinal(day), year(of)),
            (Style::Plain, 1) => format!("{} ~of {name} {}", ordinal(day), year(of)),
            (Style::Plain, 2) => {
                format!("{} {} {}", pair(month / 10, month % 10), cardinal(day), pair(of / 10 % 10, of % 10))
            }
            (Style::Plain, 3) => format!("~the {} ~of {name} {}", ordinal(day), year(of)),
            (Style::Plain, _) => format!("{name} {} {}", cardinal(day), year(of)),
        };
        vec![Piece { words: self.marked(&text, which) }]
    }

    pub(super) fn expiry(&mut self, month: usize, of: usize, which: usize) -> Vec<Piece> {
        let (name, short) = (MONTHS[(month - 1) % 12], of % 100);
        let text = match (self.style, self.dice.roll(5)) {
            (Style::Formatted, 0 | 1) => format!("{month:02}/{short:02}"),
            (Style::Formatted, 2) => format!("{month:02}/{of}"),
            (Style::Formatted, 3) => format!("{month} {short}"),
            (Style::Formatted, _) => format!("{name} {of}"),
            (Style::Plain, 0) => format!("{} {}", pair(month / 10, month % 10), cardinal(short)),
            (Style::Plain, 1) => format!("{name} {}", year(of)),
            (Style::Plain, 2) => format!("{} ~slash {}", cardinal(month), cardinal(short)),
            (Style::Plain, 3) => {
                let digits = [month / 10, month % 10, short / 10, short % 10];
                digits.map(|digit| UNITS[digit]).join(" ")
            }
            (Style::Plain, _) => format!("{} {}", cardinal(month), year(of)),
        };
        vec![Piece { words: self.marked(&text, which) }]
    }

    /// Words of a secret; those with a tilde only stand between.
    fn marked(&self, text: &str, which: usize) -> Vec<crate::truth::Word> {
        text.split_whitespace()
            .flat_map(|word| match word.strip_prefix('~') {
                Some(word) => words(word, Truth::Between(which)),
                None => words(&self.written(word), Truth::Secret(which)),
            })
            .collect()
    }
}
