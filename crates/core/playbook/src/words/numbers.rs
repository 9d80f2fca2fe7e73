//! Numbers in words to digits.

use std::iter::Peekable;
use std::vec::IntoIter;

const UNITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const TEENS: [&str; 10] = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// `second` is not here: it is a length of time more often.
const ORDINALS: &[(&str, u64)] = &[
    ("first", 1),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("eleventh", 11),
    ("twelfth", 12),
    ("thirteenth", 13),
    ("fourteenth", 14),
    ("fifteenth", 15),
    ("sixteenth", 16),
    ("seventeenth", 17),
    ("eighteenth", 18),
    ("nineteenth", 19),
    ("twentieth", 20),
    ("thirtieth", 30),
];

/// What a word adds to a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// 0 to 9.
    Unit(u64),
    /// 10 to 19.
    Teen(u64),
    /// 20, 30 to 90.
    Tens(u64),
    /// A number in digits, which only a scale can follow.
    Digits(u64),
    Hundred,
    /// A thousand or a million.
    Scale(u64),
}

/// Replaces numbers in words by digits.
pub(super) fn fold(words: Vec<String>) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut rest = words.into_iter().peekable();
    while let Some(word) = rest.next() {
        let one = word == "a" && rest.peek().is_some_and(|next| is_scale(next));
        let first = if one { Some(Part::Unit(1)) } else { part(&word) };
        match first {
            Some(Part::Hundred | Part::Scale(_)) | None => out.push(ordinal(&word).map_or(word, suffixed)),
            Some(first) => out.push(number(first, word, &mut rest)),
        }
    }
    out
}

fn part(word: &str) -> Option<Part> {
    let at = |list: &[&str]| list.iter().position(|name| *name == word).and_then(|at| u64::try_from(at).ok());
    match word {
        "hundred" => Some(Part::Hundred),
        "thousand" => Some(Part::Scale(1_000)),
        "million" => Some(Part::Scale(1_000_000)),
        _ if word.starts_with(|c: char| c.is_ascii_digit()) => {
            (word.len() <= 6).then(|| word.parse().ok().map(Part::Digits)).flatten()
        }
        _ => at(&UNITS)
            .map(Part::Unit)
            .or_else(|| at(&TEENS).map(|teen| Part::Teen(10 + teen)))
            .or_else(|| at(&TENS).map(|tens| Part::Tens(20 + 10 * tens))),
    }
}

fn is_scale(word: &str) -> bool {
    matches!(part(word), Some(Part::Hundred | Part::Scale(_)))
}

fn ordinal(word: &str) -> Option<u64> {
    ORDINALS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// The number that begins with `first`, whose word is `word`; takes the words that belong to it.
fn number(first: Part, word: String, rest: &mut Peekable<IntoIter<String>>) -> String {
    let mut so_far = Sum::of(first);
    let mut grown = false;
    while let Some(next) = rest.peek() {
        if next == "and" {
            let mut ahead = rest.clone();
            ahead.next();
            let follows = ahead.peek().and_then(|word| part(word));
            if !so_far.ends_in_scale || !follows.is_some_and(|part| so_far.clone().add(part)) {
                break;
            }
            rest.next();
            continue;
        }
        if let Some(value) = ordinal(next) {
            if so_far.takes_ordinal(value) {
                rest.next();
                return suffixed(so_far.value().saturating_add(value));
            }
            break;
        }
        if !part(next).is_some_and(|part| so_far.add(part)) {
            break;
        }
        grown = true;
        rest.next();
    }
    let whole = if matches!(first, Part::Digits(_)) && !grown { word } else { so_far.value().to_string() };
    match decimals(rest) {
        Some(after) => format!("{whole}.{after}"),
        None => whole,
    }
}

/// The digits after a spoken `point`.
fn decimals(rest: &mut Peekable<IntoIter<String>>) -> Option<String> {
    let mut ahead = rest.clone();
    if ahead.next()? != "point" {
        return None;
    }
    let mut digits = String::new();
    while let Some(Part::Unit(digit)) = ahead.peek().and_then(|word| part(word)) {
        digits.push_str(&digit.to_string());
        ahead.next();
    }
    if digits.is_empty() {
        return None;
    }
    *rest = ahead;
    Some(digits)
}

fn suffixed(value: u64) -> String {
    let end = match (value % 100, value % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{value}{end}")
}

/// A number as far as it was said.
#[derive(Clone)]
struct Sum {
    total: u64,
    current: u64,
    /// What may still be added to `current` lies below this.
    room: u64,
    /// The last scale; the next must be lower.
    scale: u64,
    ends_in_scale: bool,
}

impl Sum {
    fn of(first: Part) -> Self {
        let (current, room) = match first {
            Part::Unit(value) | Part::Teen(value) | Part::Digits(value) => (value, 0),
            Part::Tens(value) => (value, 10),
            Part::Hundred | Part::Scale(_) => (0, 0),
        };
        Self { total: 0, current, room, scale: u64::MAX, ends_in_scale: false }
    }

    /// Adds a part, unless it begins another number.
    fn add(&mut self, part: Part) -> bool {
        match part {
            Part::Unit(0) | Part::Digits(_) => false,
            Part::Unit(value) => self.add_small(value, 0),
            Part::Teen(value) => self.add_small(value, 0),
            Part::Tens(value) => self.add_small(value, 10),
            Part::Hundred => {
                let fits = (1..20).contains(&self.current) && !self.ends_in_scale;
                if fits {
                    self.current *= 100;
                    self.room = 100;
                    self.ends_in_scale = true;
                }
                fits
            }
            Part::Scale(scale) => {
                let fits = self.current > 0 && scale < self.scale;
                if fits {
                    self.total = self.total.saturating_add(self.current.saturating_mul(scale));
                    (self.current, self.room, self.scale, self.ends_in_scale) = (0, 1_000, scale, true);
                }
                fits
            }
        }
    }

    fn add_small(&mut self, value: u64, room: u64) -> bool {
        let fits = value < self.room;
        if fits {
            self.current += value;
            (self.room, self.ends_in_scale) = (room, false);
        }
        fits
    }

    const fn takes_ordinal(&self, value: u64) -> bool {
        value < self.room
    }

    const fn value(&self) -> u64 {
        self.total.saturating_add(self.current)
    }
}
