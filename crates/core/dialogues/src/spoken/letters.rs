//! Letters: alone, with the word they begin, doubled; and codes of letters and digits.

use super::{
    Piece, Voice,
    numbers::{UNITS, value},
    run::cut,
    words,
};
use crate::truth::{Style, Truth};

/// How one code's letters are told.
#[derive(Clone, Copy)]
enum Telling {
    /// "b".
    Letter,
    /// "bravo".
    Nato,
    /// "b as in boy".
    As(&'static str),
}

impl Voice<'_> {
    /// A code of capital letters and digits.
    pub(super) fn code(&mut self, code: &str, groups: &[usize], which: usize) -> Vec<Piece> {
        let truth = Truth::Secret(which);
        if self.style == Style::Formatted {
            let text = match self.dice.roll(5) {
                0 | 1 => code.to_owned(),
                2 => cut(code, groups).join(" "),
                3 => cut(code, groups).join("-"),
                _ => cut(code, &vec![1; code.len()]).join(" "),
            };
            return text.split(' ').map(|word| Piece::of(word, truth)).collect();
        }
        let telling = self.telling();
        let zero = self.dice.pick(&["zero", "oh"]);
        let mut out = Vec::new();
        for c in code.chars() {
            if c.is_ascii_digit() {
                let word = if c == '0' { zero } else { UNITS[value(c)] };
                out.push(Piece::of(word, truth));
            } else {
                out.push(self.letter(c, telling, which));
            }
        }
        out
    }

    /// A word, letter by letter.
    pub(super) fn spelled(&mut self, word: &str, which: usize) -> Vec<Piece> {
        let truth = Truth::Secret(which);
        let letters: Vec<char> = super::plain(word).chars().filter(|c| c.is_ascii_alphabetic()).collect();
        if self.style == Style::Formatted {
            let capitals: Vec<String> = letters.iter().map(|c| c.to_ascii_uppercase().to_string()).collect();
            return match self.dice.roll(3) {
                0 => vec![Piece::of(&capitals.join("-"), truth)],
                1 => capitals.iter().map(|letter| Piece::of(letter, truth)).collect(),
                _ => vec![Piece::of(&capitals.join(", "), truth)],
            };
        }
        let telling = self.telling();
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            if letters.get(at + 1) == Some(letter) && self.dice.percent(60) {
                out.push(Piece::of(&format!("double {letter}"), truth));
                at += 2;
            } else {
                out.push(self.letter(*letter, telling, which));
                at += 1;
            }
        }
        out
    }

    fn telling(&mut self) -> Telling {
        match self.dice.roll(8) {
            0..=3 => Telling::Letter,
            4 => Telling::Nato,
            5 => Telling::As("as in"),
            6 => Telling::As("for"),
            _ => Telling::As("like"),
        }
    }

    fn letter(&mut self, letter: char, telling: Telling, which: usize) -> Piece {
        let truth = Truth::Secret(which);
        let letter = letter.to_ascii_lowercase();
        let place = usize::from(u8::try_from(letter).unwrap_or(b'a').saturating_sub(b'a')).min(25);
        let alone = Piece::of(&letter.to_string(), truth);
        match telling {
            Telling::Letter => alone,
            Telling::Nato => Piece::of(&super::plain(self.from.list("nato")[place]), truth),
            // Not every letter is in doubt.
            Telling::As(_) if self.dice.percent(45) => alone,
            Telling::As(link) => {
                let list = if self.dice.percent(60) { "phonetic-private" } else { "phonetic-other" };
                let word = super::plain(self.from.list(list)[place]);
                let mut out = alone;
                out.words.extend(words(link, Truth::Between(which)));
                out.words.extend(words(&word, truth));
                out
            }
        }
    }
}
