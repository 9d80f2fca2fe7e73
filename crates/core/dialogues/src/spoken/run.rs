//! Runs of digits: one by one, doubled, in pairs, in groups, as numerals, with what comes between.

use super::{
    Piece, Voice,
    numbers::{UNITS, cardinal, pair, value},
    words,
};
use crate::truth::{Style, Truth};

/// How one number is read.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// "four one one".
    Single,
    /// "four double one".
    Doubles,
    /// "forty one eleven".
    Pairs,
    /// "four thousand one hundred", "one hundred eleven".
    Hundreds,
}

/// How one number is written by a recogniser that writes numerals.
#[derive(Clone, Copy)]
enum Writing {
    /// "4111 1111".
    Groups(char),
    /// "41111111".
    Whole,
    /// "4 1 1 1".
    Digits,
    /// "4, 1, 1, 1".
    Commas,
    /// "41 111 1 11".
    Odd,
    /// "four 111 one".
    Mixed,
}

impl Voice<'_> {
    /// A number, said or written.
    pub(super) fn run(&mut self, digits: &str, groups: &[usize], which: usize) -> Vec<Piece> {
        let truth = Truth::Secret(which);
        match self.style {
            Style::Plain => self.said(digits, groups, which),
            Style::Formatted => {
                let writing = self.dice.pick(&[
                    Writing::Groups(' '),
                    Writing::Groups(' '),
                    Writing::Groups('-'),
                    Writing::Groups('-'),
                    Writing::Whole,
                    Writing::Whole,
                    Writing::Digits,
                    Writing::Commas,
                    Writing::Odd,
                    Writing::Mixed,
                ]);
                self.numerals(digits, groups, writing, truth)
            }
        }
    }

    fn numerals(&mut self, digits: &str, groups: &[usize], writing: Writing, truth: Truth) -> Vec<Piece> {
        let piece = |text: &str| Piece::of(text, truth);
        match writing {
            Writing::Groups(' ') => cut(digits, groups).iter().map(|group| piece(group)).collect(),
            Writing::Groups(separator) => vec![piece(&cut(digits, groups).join(&separator.to_string()))],
            Writing::Whole => vec![piece(digits)],
            Writing::Digits => digits.chars().map(|digit| piece(&digit.to_string())).collect(),
            Writing::Commas => {
                let last = digits.len() - 1;
                let comma = |(n, digit): (usize, char)| {
                    if n == last { digit.to_string() } else { format!("{digit},") }
                };
                digits.chars().enumerate().map(|each| piece(&comma(each))).collect()
            }
            Writing::Odd => {
                let groups: Vec<usize> = (0..digits.len()).map(|_| self.dice.between(1, 4)).collect();
                cut(digits, &groups).iter().map(|group| piece(group)).collect()
            }
            Writing::Mixed => {
                let groups: Vec<usize> =
                    (0..digits.len()).map(|_| self.dice.pick(&[1, 1, 1, 2, 4])).collect();
                let mut out = Vec::new();
                for group in cut(digits, &groups) {
                    if group.len() == 1 && self.dice.percent(70) {
                        out.push(piece(UNITS[value(group.chars().next().unwrap_or('0'))]));
                    } else {
                        out.push(piece(&group));
                    }
                }
                out
            }
        }
    }

    fn said(&mut self, digits: &str, groups: &[usize], which: usize) -> Vec<Piece> {
        let reading = self.dice.pick(&[
            Reading::Single,
            Reading::Single,
            Reading::Single,
            Reading::Single,
            Reading::Doubles,
            Reading::Doubles,
            Reading::Pairs,
            Reading::Pairs,
            Reading::Hundreds,
        ]);
        let zero = self.dice.pick(&["zero", "zero", "oh", "oh", "oh", "o", "nought", "nil"]);
        let dash = self.dice.percent(12).then(|| self.dice.pick(&["dash", "hyphen", "space"]));
        let mut out: Vec<Piece> = Vec::new();
        let mut restarts = self.hesitant && digits.len() >= 9 && self.dice.percent(4);
        for (n, group) in cut(digits, groups).iter().enumerate() {
            if n > 0
                && let Some(dash) = dash
            {
                out.push(Piece::of(dash, Truth::Between(which)));
            }
            self.group(group, (reading, zero), which, &mut out);
            if restarts && n == 0 {
                restarts = false;
                out.push(Piece::of("sorry let me start again", Truth::Between(which)));
                self.group(group, (reading, zero), which, &mut out);
            }
        }
        out
    }

    /// One group of a number.
    fn group(&mut self, group: &str, (reading, zero): (Reading, &str), which: usize, out: &mut Vec<Piece>) {
        let truth = Truth::Secret(which);
        let digits: Vec<usize> = group.chars().map(value).collect();
        let mut at = 0;
        while let Some(rest) = digits.get(at..).filter(|rest| !rest.is_empty()) {
            self.hesitate(which, out);
            let (text, count) = self.next_words(rest, reading, zero, !out.is_empty());
            out.push(Piece { words: words(&text, truth) });
            at += count;
        }
    }

    /// The words for the next digits, and how many digits they are.
    fn next_words(&mut self, rest: &[usize], reading: Reading, zero: &str, inside: bool) -> (String, usize) {
        let unit = |digit: usize| if digit == 0 { zero } else { UNITS[digit] };
        match (reading, rest) {
            (Reading::Doubles, [a, b, c, ..]) if a == b && b == c => {
                (format!("{} {}", self.dice.pick(&["triple", "treble"]), unit(*a)), 3)
            }
            (Reading::Doubles, [a, b, ..]) if a == b => (format!("double {}", unit(*a)), 2),
            (Reading::Hundreds, [a, 0, 0, 0]) if *a > 0 => (format!("{} thousand", UNITS[*a]), 4),
            (Reading::Hundreds, [a, 0, 0]) if *a > 0 => (format!("{} hundred", UNITS[*a]), 3),
            (Reading::Hundreds, [a, b, 0, 0]) if *a > 0 => (format!("{} hundred", cardinal(a * 10 + b)), 4),
            (Reading::Hundreds, [a, b, c]) if *a > 0 && self.dice.percent(60) => {
                (cardinal(a * 100 + b * 10 + c), 3)
            }
            // An odd number of digits begins with a single one: "one twenty three".
            (Reading::Pairs | Reading::Hundreds, [a, b, ..])
                if rest.len().is_multiple_of(2) && (*a > 0 || *b > 0) && self.dice.percent(85) =>
            {
                (pair(*a, *b), 2)
            }
            (_, [a, b, ..]) if inside && self.hesitant && *b > 0 && self.dice.percent(5) => {
                match self.homophone(*a) {
                    Some(word) => (format!("{word} {}", UNITS[*b]), 2),
                    None => (unit(*a).to_owned(), 1),
                }
            }
            (_, [a, ..]) => (unit(*a).to_owned(), 1),
            (_, []) => (String::new(), 1),
        }
    }

    fn homophone(&mut self, digit: usize) -> Option<&'static str> {
        let words: &[&'static str] = match digit {
            1 => &["won"],
            2 => &["to", "too"],
            4 => &["for", "fore"],
            8 => &["ate"],
            _ => return None,
        };
        Some(self.dice.pick(words))
    }

    /// A filler, or a digit that was wrong and is taken back.
    fn hesitate(&mut self, which: usize, out: &mut Vec<Piece>) {
        if !self.hesitant || out.is_empty() {
            return;
        }
        if self.dice.percent(5) {
            let filler = self.dice.pick(self.from.list("fillers"));
            out.push(Piece::of(&super::plain(filler), Truth::Between(which)));
        } else if out.len() > 1 && self.dice.percent(2) {
            let mut piece = Piece::of(UNITS[self.dice.between(1, 9)], Truth::Secret(which));
            let correction = self.dice.pick(self.from.list("corrections"));
            piece.words.extend(words(&super::plain(correction), Truth::Between(which)));
            out.push(piece);
        }
    }
}

/// Digits in groups; what the groups leave over is the last one.
pub(crate) fn cut(digits: &str, groups: &[usize]) -> Vec<String> {
    let mut rest = digits.chars();
    let mut out: Vec<String> = groups.iter().map(|len| rest.by_ref().take(*len).collect()).collect();
    out.push(rest.collect());
    out.retain(|group: &String| !group.is_empty());
    out
}
