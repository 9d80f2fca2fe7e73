//! Numbers in words and in digits, as the digits one by one.

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
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
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "zeroth",
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
];

/// A run of number words that is being read.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Digits of the numbers that are complete.
    digits: String,
    /// The number that may still grow.
    open: Option<Open>,
    /// The last word was an ordinal.
    ordinal: bool,
    /// An "and" that belongs to the number only when it goes on.
    and: bool,
    /// An "oh" that is a zero only next to a digit.
    oh: usize,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    /// Thousands that are complete.
    thousands: u64,
    /// The part below the next thousand.
    below: u64,
    /// What may follow: units after tens, anything after hundreds.
    room: u64,
}

/// What a word means within a number.
enum Meaning {
    /// Below twenty, or tens.
    Value(u64),
    Hundred,
    Thousand(u64),
    /// Digits as they are.
    Digits,
}

impl Run {
    /// Takes a word when it continues a number, or may start one.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        if self.ordinal {
            return false;
        }
        if word == "oh" || word == "o" {
            if !self.and {
                self.oh += 1;
            }
            return !self.and;
        }
        if word == "and" {
            let grows = self.open.is_some_and(|open| open.room >= 100) && !self.and && self.oh == 0;
            self.and |= grows;
            return grows;
        }
        let (plain, ordinal) = cardinal(word);
        let Some(meaning) = meaning(&plain) else { return false };
        if self.and && !matches!(meaning, Meaning::Value(_)) {
            return false;
        }
        if self.oh > 0 {
            self.close();
            self.digits.push_str(&"0".repeat(std::mem::take(&mut self.oh)));
        }
        self.and = false;
        self.ordinal = ordinal;
        match meaning {
            Meaning::Value(value) => self.add(value),
            Meaning::Hundred => self.multiply(100),
            Meaning::Thousand(by) => self.multiply(by),
            Meaning::Digits => {
                self.close();
                self.digits.push_str(&plain);
                // "5 million" and "5 hundred" are numbers too.
                if let Some(value) =
                    plain.parse().ok().filter(|value| (1..1_000).contains(value) && !plain.starts_with('0'))
                {
                    self.digits.truncate(self.digits.len() - plain.len());
                    self.open = Some(Open { thousands: 0, below: value, room: 1 });
                }
            }
        }
        true
    }

    /// Ends the run: adds its digits, then words that turned out not to belong to it.
    pub(crate) fn finish(&mut self, words: &mut Vec<String>) {
        let number = !self.digits.is_empty() || self.open.is_some();
        let Self { ordinal, and, oh, .. } = *self;
        self.close();
        if number {
            self.digits.push_str(&"0".repeat(oh));
        }
        words.extend(self.digits.chars().map(String::from));
        if ordinal {
            words.push("th".to_owned());
        }
        if !number {
            words.extend(std::iter::repeat_n("oh".to_owned(), oh));
        }
        if and {
            words.push("and".to_owned());
        }
        *self = Self::default();
    }

    fn add(&mut self, value: u64) {
        match &mut self.open {
            Some(open) if value < open.room && value > 0 => {
                open.below += value;
                open.room = room_after(value);
            }
            _ => {
                self.close();
                self.open = Some(Open { thousands: 0, below: value, room: room_after(value) });
            }
        }
    }

    fn multiply(&mut self, by: u64) {
        let open = self.open.get_or_insert(Open { thousands: 0, below: 1, room: 1 });
        if by == 100 {
            open.below = open.below.saturating_mul(100);
            open.room = 100;
        } else {
            open.thousands = open.thousands.saturating_add(open.below.saturating_mul(by));
            (open.below, open.room) = (0, 1_000.min(by));
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.digits.push_str(&open.thousands.saturating_add(open.below).to_string());
        }
    }
}

/// A number that follows must be smaller than this to belong to the same one.
const fn room_after(value: u64) -> u64 {
    if value >= 20 { 10 } else { 1 }
}

fn meaning(word: &str) -> Option<Meaning> {
    if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Meaning::Digits);
    }
    let place = |names: &[&str]| names.iter().position(|name| !name.is_empty() && *name == word);
    match word {
        "hundred" => Some(Meaning::Hundred),
        "thousand" => Some(Meaning::Thousand(1_000)),
        "million" => Some(Meaning::Thousand(1_000_000)),
        "billion" => Some(Meaning::Thousand(1_000_000_000)),
        _ => place(&UNITS)
            .or_else(|| place(&TENS).map(|tens| tens * 10))
            .map(|value| Meaning::Value(value as u64)),
    }
}

/// The word for the number of an ordinal, and whether it was one.
fn cardinal(word: &str) -> (String, bool) {
    if let Some(at) = ORDINALS.iter().position(|name| *name == word) {
        return (UNITS[at].to_owned(), true);
    }
    if let Some(tens) = word.strip_suffix("ieth").map(|stem| format!("{stem}y"))
        && TENS.contains(&tens.as_str())
    {
        return (tens, true);
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if digits.len() < word.len() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return (digits.to_owned(), true);
    }
    (word.to_owned(), false)
}

/// Whether the letters at the start are the end of an ordinal such as "2nd".
pub(crate) fn is_ordinal_end(rest: &[char]) -> bool {
    let letters: String = rest.iter().take_while(|c| c.is_alphabetic()).collect();
    matches!(letters.as_str(), "st" | "nd" | "rd" | "th")
}
