//! What is written in one piece and said in parts: e-mails, web addresses, addresses of machines, passwords.

use super::{
    Piece, Voice,
    numbers::{UNITS, cardinal, value, year},
};
use crate::truth::{Style, Truth};

impl Voice<'_> {
    /// A text whose joints without a sign are marked by `|`.
    pub(super) fn dotted(&mut self, text: &str, truth: Truth) -> Vec<Piece> {
        let whole = text.replace('|', "");
        if self.style == Style::Formatted {
            return match self.dice.roll(6) {
                0 if text.contains('@') => {
                    let said = whole.replace('@', " at ").replace('.', " dot ");
                    vec![Piece::of(&said, truth)]
                }
                1 if text.contains('@') => vec![Piece::of(&whole.replace('@', " at "), truth)],
                _ => vec![Piece::of(&whole, truth)],
            };
        }
        let (local, domain) = match text.split_once('@') {
            Some((local, domain)) => (local, Some(domain)),
            None => (text, None),
        };
        let is_machine = local.chars().all(|c| c.is_ascii_digit() || c == '.');
        let mut out = if is_machine { self.machine(local, truth) } else { self.parts(local, truth) };
        out = with_signs_first(out);
        if let Some(domain) = domain {
            let at = self.dice.pick(&[
                "at",
                "at",
                "at",
                "at",
                "at",
                "at",
                "at",
                "at the rate",
                "at the rate of",
                "at sign",
            ]);
            // Nobody takes breath within a domain.
            let domain = self.domain(domain, truth);
            let words = std::iter::once(Piece::of(at, truth)).chain(domain).flat_map(|piece| piece.words);
            out.push(Piece { words: words.collect() });
        }
        out
    }

    /// Words, digits and signs in turn.
    fn parts(&mut self, text: &str, truth: Truth) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut rest = text;
        for (begin, said) in [("https://", "https colon slash slash"), ("http://", "http colon slash slash")]
        {
            if let Some(after) = rest.strip_prefix(begin) {
                out.push(Piece::of(said, truth));
                rest = after;
            }
        }
        if let Some(after) = rest.strip_prefix("www.") {
            let said = self.dice.pick(&["www dot", "w w w dot", "triple w dot"]);
            out.push(Piece::of(said, truth));
            rest = after;
        }
        let mut word = String::new();
        for c in rest.chars().chain(['|']) {
            let joins = |last: char| last.is_ascii_digit() == c.is_ascii_digit();
            if c.is_ascii_alphanumeric() && word.chars().last().is_none_or(joins) {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                out.push(Piece::of(&self.part(&word), truth));
                word.clear();
            }
            if c.is_ascii_alphanumeric() {
                word.push(c);
            } else if c != '|' {
                out.push(Piece::of(self.sign(c), truth));
            }
        }
        out
    }

    fn sign(&mut self, c: char) -> &'static str {
        let words: &[&'static str] = match c {
            '.' => &["dot", "dot", "dot", "dot", "period", "point"],
            '_' => &["underscore", "underscore", "under score"],
            '-' => &["dash", "hyphen", "minus"],
            '/' => &["slash", "forward slash"],
            _ => &["plus"],
        };
        self.dice.pick(words)
    }

    /// A part of letters or digits alone.
    fn part(&mut self, part: &str) -> String {
        if !part.starts_with(|c: char| c.is_ascii_digit()) {
            let spelled = part.len() <= 8 && self.dice.percent(15);
            return if spelled { cut_letters(part) } else { part.to_owned() };
        }
        let n: usize = part.parse().unwrap_or(0);
        match (part.len(), self.dice.roll(3)) {
            (4, 0) if (1_900..2_030).contains(&n) => year(n),
            (2, 0) if n >= 10 => cardinal(n),
            _ => part.chars().map(|c| UNITS[value(c)]).collect::<Vec<_>>().join(" "),
        }
    }

    fn domain(&mut self, domain: &str, truth: Truth) -> Vec<Piece> {
        let mut out = Vec::new();
        for (n, label) in domain.split('.').enumerate() {
            if n > 0 {
                out.push(Piece::of("dot", truth));
            }
            let said = match (label, self.dice.roll(5)) {
                ("gmail", 0) => "g mail".to_owned(),
                ("gmail", 1) => "gee mail".to_owned(),
                ("aol" | "uk" | "msn" | "io", 0..=2) => cut_letters(label),
                ("btinternet", _) => "b t internet".to_owned(),
                ("icloud", 0..=2) => "i cloud".to_owned(),
                _ => label.replace('-', " dash "),
            };
            out.push(Piece::of(&said, truth));
        }
        out
    }

    fn machine(&mut self, address: &str, truth: Truth) -> Vec<Piece> {
        let mut out = Vec::new();
        for (n, part) in address.split('.').enumerate() {
            if n > 0 {
                out.push(Piece::of(self.dice.pick(&["dot", "dot", "point"]), truth));
            }
            let value_of: usize = part.parse().unwrap_or(0);
            let said = match self.dice.roll(3) {
                0 => cardinal(value_of),
                1 if value_of >= 110 && value_of % 100 >= 10 => {
                    format!("{} {}", UNITS[value_of / 100], cardinal(value_of % 100))
                }
                _ => part.chars().map(|c| UNITS[value(c)]).collect::<Vec<_>>().join(" "),
            };
            out.push(Piece::of(&said, truth));
        }
        out
    }
}

/// Puts "dot" and its like together with what follows: nobody takes breath after them.
fn with_signs_first(pieces: Vec<Piece>) -> Vec<Piece> {
    const SIGNS: &[&str] = &[
        "dot",
        "period",
        "point",
        "underscore",
        "under",
        "dash",
        "hyphen",
        "minus",
        "plus",
        "slash",
        "forward",
    ];
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut sign = Piece::default();
    for piece in pieces {
        let is_sign = piece.words.first().is_some_and(|word| SIGNS.contains(&word.text.as_str()));
        sign.words.extend(piece.words);
        if !is_sign {
            out.push(std::mem::take(&mut sign));
        }
    }
    if !sign.words.is_empty() {
        out.push(sign);
    }
    out
}

fn cut_letters(word: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(" ")
}
