//! Numbers that say nothing of anybody.

use super::{
    Voice,
    numbers::{UNITS, cardinal, numeral_ordinal, ordinal, year},
};
use crate::truth::Style;

impl Voice<'_> {
    /// The text that a slot of a harmless number stands for, its number words in brackets; nothing where no number is
    /// called so.
    pub(crate) fn harmless(&mut self, slot: &str) -> Option<String> {
        let spoken = self.style == Style::Plain;
        let text = match slot {
            "money" => self.money(spoken),
            "count" => number(self.dice.between(2, 30), spoken),
            "small" => number(self.dice.between(2, 20), spoken),
            "time" => self.time(spoken),
            "ordinal" => {
                let n = self.dice.between(2, 31);
                if spoken { marked(&ordinal(n)) } else { marked(&numeral_ordinal(n)) }
            }
            "duration" => {
                let unit = self.dice.pick(&["minutes", "hours", "days", "weeks", "months", "years"]);
                format!("{} {unit}", number(self.dice.between(2, 45), spoken))
            }
            "year" => {
                let n = self.dice.between(1998, 2026);
                if spoken { marked(&year(n)) } else { marked(&n.to_string()) }
            }
            "quantity" => {
                let unit = self.dice.pick(&["gigabytes", "kilos", "pounds", "miles", "liters", "megabits"]);
                format!("{} {unit}", number(self.dice.between(2, 500), spoken))
            }
            "percent" => {
                let n = self.dice.between(2, 95);
                if spoken { format!("{} percent", marked(&cardinal(n))) } else { marked(&format!("{n}%")) }
            }
            "room" => {
                let digits = self.dice.between(101, 989).to_string();
                if spoken { marked(&one_by_one(&digits)) } else { marked(&digits) }
            }
            "flight" => self.flight(spoken),
            "gate" => {
                let (letter, n) = (self.dice.letters(1), self.dice.between(1, 40));
                if spoken {
                    format!("{letter} {}", marked(&cardinal(n)))
                } else {
                    marked(&format!("{letter}{n}"))
                }
            }
            "version" => {
                let (a, b) = (self.dice.between(1, 12), self.dice.between(0, 9));
                if spoken {
                    marked(&format!("{} point {}", cardinal(a), cardinal(b)))
                } else {
                    marked(&format!("{a}.{b}"))
                }
            }
            _ => return None,
        };
        Some(text)
    }

    fn money(&mut self, spoken: bool) -> String {
        let (whole, cents) = (self.dice.between(3, 950), self.dice.between(1, 99));
        let (sign, unit, small) =
            self.dice.pick(&[("$", "dollars", "cents"), ("$", "dollars", "cents"), ("£", "pounds", "pence")]);
        match (spoken, self.dice.roll(3)) {
            (true, 0) => {
                format!("{} {unit} and {} {small}", marked(&cardinal(whole)), marked(&cardinal(cents)))
            }
            (true, 1) => format!("{} {unit} {}", marked(&cardinal(whole)), marked(&cardinal(cents))),
            (true, _) => format!("{} {unit}", marked(&cardinal(whole))),
            (false, 0) => format!("{} {unit}", marked(&whole.to_string())),
            (false, 1) => marked(&format!("{sign}{whole}")),
            (false, _) => marked(&format!("{sign}{whole}.{cents:02}")),
        }
    }

    fn time(&mut self, spoken: bool) -> String {
        let hour = self.dice.between(1, 12);
        let minute = self.dice.pick(&[0, 15, 20, 30, 45]);
        let half = self.dice.pick(&["am", "pm"]);
        match (spoken, minute, self.dice.roll(3)) {
            (true, 0, 0) => format!("{} {half}", marked(&cardinal(hour))),
            (true, 0, _) => format!("{} o'clock", marked(&cardinal(hour))),
            (true, 30, 0) => format!("half past {}", marked(&cardinal(hour))),
            (true, 15, 0) => format!("quarter past {}", marked(&cardinal(hour))),
            (true, ..) => format!("{} {} {half}", marked(&cardinal(hour)), marked(&cardinal(minute))),
            (false, 0, 0) => format!("{} o'clock", marked(&hour.to_string())),
            (false, _, 1) => marked(&format!("{hour}:{minute:02}{half}")),
            (false, ..) => format!("{} {}", marked(&format!("{hour}:{minute:02}")), half.to_uppercase()),
        }
    }

    fn flight(&mut self, spoken: bool) -> String {
        let (line, n) =
            (self.dice.pick(&["BA", "UA", "DL", "AA", "LH"]), self.dice.between(12, 989).to_string());
        if !spoken {
            return marked(&format!("{line}{n}"));
        }
        let letters: Vec<String> = line.chars().map(String::from).collect();
        format!("{} {}", letters.join(" "), marked(&one_by_one(&n)))
    }
}

fn number(n: usize, spoken: bool) -> String {
    if spoken { marked(&cardinal(n)) } else { marked(&n.to_string()) }
}

/// Each word in brackets of its own, joined by a sign that keeps them one number.
fn marked(text: &str) -> String {
    format!("[{}]", text.replace(' ', "~"))
}

fn one_by_one(digits: &str) -> String {
    let words = digits.chars().map(|c| if c == '0' { "oh" } else { UNITS[super::numbers::value(c)] });
    words.collect::<Vec<_>>().join(" ")
}
