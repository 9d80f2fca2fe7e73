//! Words as they are compared: without case, punctuation and spelling of numbers.

/// Longer words than this are compared by their first letters.
const STEM_CHARS: usize = 5;
/// Shorter words carry little meaning.
const SHORT_CHARS: usize = 4;
/// Words that say little of what a sentence is about.
const COMMON: &[&str] = &[
    "about", "after", "again", "also", "another", "because", "been", "before", "being", "both", "could",
    "does", "doing", "down", "during", "each", "either", "else", "even", "ever", "every", "from", "have",
    "having", "here", "into", "just", "like", "made", "make", "many", "more", "most", "much", "must", "need",
    "once", "only", "other", "over", "please", "same", "shall", "should", "some", "such", "than", "that",
    "their", "them", "then", "there", "these", "they", "this", "those", "through", "under", "until", "very",
    "want", "were", "what", "when", "where", "which", "while", "will", "with", "would", "your", "yours",
];
/// What says that something is not so.
const NEGATIONS: &[&str] = &[
    "no", "not", "never", "none", "nobody", "nothing", "cannot", "without", "neither", "nor", "unable",
    "isnt", "arent", "wasnt", "werent", "dont", "doesnt", "didnt", "wont", "wouldnt", "cant", "couldnt",
    "shouldnt", "mustnt", "hasnt", "havent", "hadnt", "unless", "except",
];
/// What a number can be of, by the first letters.
const UNITS: &[&str] = &[
    "doll", "euro", "poun", "perc", "cent", "seco", "minu", "hour", "day", "days", "week", "mont", "year",
    "gb", "mb", "mile", "km", "kg",
];
/// Small numbers by their names. One is left out: it is as often no number.
const NUMBERS: &[(&str, u32)] = &[
    ("zero", 0),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
];
const TENS: &[(&str, u32)] = &[
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];

/// The words of a text. `$1,234.50` is `1234.50 dollar`, `twenty-four` is `24`, `Don't` is `dont`; signs of scripts that
/// write without spaces are words of their own.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut raw = Vec::new();
    let mut word = String::new();
    let mut sign = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_number = word.chars().next().is_some_and(|first| first.is_ascii_digit());
        let goes_on = || chars.clone().next().is_some_and(|next| next.is_ascii_digit());
        match c {
            '\'' | '\u{2019}' | '\u{02bc}' if !word.is_empty() => {}
            // Within a number: of thousands, and of fractions or a time.
            ',' if is_number && goes_on() => {}
            '.' | ':' if is_number && goes_on() => word.push(c),
            _ if is_own_word(c) => {
                flush(&mut raw, &mut word, &mut sign);
                raw.push(c.to_string());
            }
            _ if c.is_alphanumeric() => {
                // `30days` is two words.
                if is_number && !c.is_ascii_digit() {
                    flush(&mut raw, &mut word, &mut sign);
                }
                word.extend(c.to_lowercase());
            }
            _ => {
                flush(&mut raw, &mut word, &mut sign);
                match c {
                    '$' => sign = Some("dollar"),
                    '\u{20ac}' => sign = Some("euro"),
                    '\u{a3}' => sign = Some("pound"),
                    '%' => raw.push("percent".to_owned()),
                    _ => {}
                }
            }
        }
    }
    flush(&mut raw, &mut word, &mut sign);
    numbers(raw)
}

fn flush(out: &mut Vec<String>, word: &mut String, sign: &mut Option<&'static str>) {
    if word.is_empty() {
        return;
    }
    let is_number = word.chars().next().is_some_and(|first| first.is_ascii_digit());
    out.push(std::mem::take(word));
    if let Some(sign) = sign.take().filter(|_| is_number) {
        out.push(sign.to_owned());
    }
}

/// Numbers that are written as words, in digits.
fn numbers(raw: Vec<String>) -> Vec<String> {
    let value = |table: &[(&str, u32)], word: &str| {
        table.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    };
    let mut out = Vec::with_capacity(raw.len());
    let mut words = raw.into_iter().peekable();
    while let Some(word) = words.next() {
        if let Some(tens) = value(TENS, &word) {
            let unit =
                words.peek().and_then(|next| if next == "one" { Some(1) } else { value(NUMBERS, next) });
            match unit.filter(|unit| (1..=9).contains(unit)) {
                Some(unit) => {
                    words.next();
                    out.push((tens + unit).to_string());
                }
                None => out.push(tens.to_string()),
            }
        } else if let Some(number) = value(NUMBERS, &word) {
            out.push(number.to_string());
        } else {
            out.push(word);
        }
    }
    out
}

/// Scripts that write without spaces.
const fn is_own_word(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A word's beginning, by which its forms are one.
pub(crate) fn stem(word: &str) -> &str {
    word.char_indices().nth(STEM_CHARS).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}

/// Whether a word says what a sentence is about.
pub(crate) fn is_telling(word: &str) -> bool {
    word.chars().count() >= SHORT_CHARS && !is_number(word) && !COMMON.contains(&word) && !is_negation(word)
}

pub(crate) fn is_number(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

pub(crate) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word)
}

/// The beginning of what a number is of, where the word is such a thing.
pub(crate) fn unit(word: &str) -> Option<&'static str> {
    UNITS
        .iter()
        .copied()
        .find(|unit| if unit.len() < 4 { word == *unit } else { word.starts_with(unit) })
        .map(|unit| if unit == "days" { "day" } else { unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_however_they_are_written() {
        for (text, wanted) in [
            ("$1,234.50", "1234.50 dollar"),
            ("1234.50 dollars", "1234.50 dollars"),
            ("Twenty-four hours", "24 hours"),
            ("10% of \u{20ac}5", "10 percent of 5 euro"),
            ("at 10:30, 2 p.m.", "at 10:30 2 p m"),
            ("Don\u{2019}t, I'm one", "dont im one"),
            ("30days", "30 days"),
            ("twenty-one of them", "21 of them"),
            ("5, 6. 7", "5 6 7"),
            ("\u{9000}\u{6b3e}5", "\u{9000} \u{6b3e} 5"),
        ] {
            assert_eq!(words(text).join(" "), wanted, "{text}");
        }
    }

    #[test]
    fn a_unit_is_known_in_its_forms() {
        assert_eq!(unit("days"), unit("day"));
        assert_eq!(unit("dollar"), unit("dollars"));
        assert_eq!(unit("percent"), Some("perc"));
        assert_eq!(unit("dayroom"), None);
        assert_eq!(unit("business"), None);
    }
}
