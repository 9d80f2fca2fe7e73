//! What single words mean for numbers.

mod words;

use std::sync::LazyLock;

use crate::lookup::WordMap;

/// What a word, without case and punctuation, can be in a spoken number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// "four": one digit.
    Unit(u8),
    /// "oh", "o": zero, but only beside other digits.
    Oh,
    /// "to", "for", "won": a digit only inside a number.
    Homophone(u8),
    /// "ten" to "nineteen".
    Teen(u8),
    /// "twenty" to "ninety".
    Tens(u8),
    /// "hundred", "thousand", "million".
    Scale(u32),
    /// "double", "triple": repeats what follows.
    Times(u8),
    /// One letter.
    Letter,
    /// "point": between the two parts of a decimal, or between digits.
    Point,
    /// Says nothing wherever it stands: "uh", "dash", "sorry".
    Filler,
    /// Says nothing between the parts of a number: "is", "I", "mean", "let", "me", "see".
    Link,
    /// "first", "twelfth".
    Ordinal,
    /// "may", "december".
    Month,
    /// Any other word.
    Word,
}

/// Number words whose beginnings may stand at the end of a partial, cut off.
const NUMBER_WORDS: &[&str] = &[
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
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "double",
    "triple",
    "nought",
    "niner",
];

/// Words between digits whose beginnings may stand at the end of a partial, cut off.
const LINKING_WORDS: &[&str] = &[
    "and",
    "then",
    "dash",
    "hyphen",
    "okay",
    "so",
    "uh",
    "um",
    "er",
    "oh",
    "to",
    "too",
    "for",
    "won",
    "ate",
    "sorry",
    "wait",
    "no",
    "correction",
    "actually",
    "hold",
    "let",
    "mean",
    "scratch",
];

/// What is known of a word, one bit each.
mod flag {
    /// A small or round number before it is no secret: "days".
    pub(super) const COUNTED: u16 = 1;
    /// What a currency is called.
    pub(super) const MONEY: u16 = 1 << 1;
    /// A number ends before it: no digit is mistaken for it.
    pub(super) const NO_DIGIT: u16 = 1 << 2;
    /// It looks like a plural and is none.
    pub(super) const SINGULAR: u16 = 1 << 3;
    pub(super) const LEADS_TIME: u16 = 1 << 4;
    pub(super) const LEADS_YEAR: u16 = 1 << 5;
    pub(super) const LEADS_PRICE: u16 = 1 << 6;
    /// It is numbered in public.
    pub(super) const LABEL: u16 = 1 << 7;
    /// It stands for its first letter.
    pub(super) const PHONETIC: u16 = 1 << 8;
    /// It sounds like a digit and is hardly ever said as itself.
    pub(super) const ODD: u16 = 1 << 9;
}

#[derive(Clone, Copy, Default)]
struct Meaning {
    class: Option<Class>,
    flags: u16,
}

static LEXICON: LazyLock<WordMap<Meaning>> = LazyLock::new(|| {
    let mut table = WordMap::<Meaning>::default();
    for (class, words) in words::CLASSES {
        // What stands first counts.
        words.split(' ').for_each(|word| {
            table.entry(word).or_default().class.get_or_insert(*class);
        });
    }
    for (flag, words) in words::FLAGS {
        words.split(' ').for_each(|word| table.entry(word).or_default().flags |= flag);
    }
    table
});

fn meaning(word: &str) -> Meaning {
    LEXICON.get(word).copied().unwrap_or_default()
}

fn has(word: &str, flags: u16) -> bool {
    meaning(word).flags & flags != 0
}

/// The class of a lower-case word.
pub(crate) fn classify(word: &str) -> Class {
    if let Some(class) = meaning(word).class {
        return class;
    }
    let mut chars = word.chars();
    if chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none() {
        return Class::Letter;
    }
    glued(word).unwrap_or(Class::Word)
}

/// "fortyone", as some recognisers write it: counts as its first part.
fn glued(word: &str) -> Option<Class> {
    // The shortest two number words are six letters.
    let first = word.bytes().next().filter(|_| word.len() >= 6)?;
    let begins = NUMBER_WORDS.iter().filter(|number| number.bytes().next() == Some(first));
    begins.into_iter().find_map(|number| {
        let rest = word.strip_prefix(number)?;
        matches!(meaning(rest).class, Some(class) if class.is_number()).then(|| meaning(number).class)?
    })
}

impl Class {
    /// A number word, or what repeats one.
    const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Unit(_)
                | Self::Oh
                | Self::Homophone(_)
                | Self::Teen(_)
                | Self::Tens(_)
                | Self::Scale(_)
                | Self::Times(_)
        )
    }
}

/// Whether a word that sounds like a digit is hardly ever said as itself.
pub(crate) fn is_odd(word: &str) -> bool {
    has(word, flag::ODD)
}

/// Whether the word stands for its first letter when something is spelled.
pub(crate) fn is_phonetic(word: &str) -> bool {
    has(word, flag::PHONETIC)
}

/// Whether `word` may be a number word of which only the beginning was heard.
pub(crate) fn may_become_number(word: &str) -> bool {
    let common = matches!(word, "on" | "no" | "he" | "then" | "the");
    word.chars().count() >= 2 && !common && NUMBER_WORDS.iter().any(|number| number.starts_with(word))
}

/// Whether a word may be the beginning of a number word or of what stands between digits.
pub(crate) fn begins_number(text: &str) -> bool {
    NUMBER_WORDS.iter().chain(LINKING_WORDS).any(|word| word.starts_with(text))
}

/// What a currency is called: what stands before it is money.
pub(crate) fn is_money(word: &str) -> bool {
    has(word, flag::MONEY)
}

/// Common words that no digit is mistaken for: a number ends before one of them.
pub(crate) fn is_no_digit(word: &str) -> bool {
    has(word, flag::NO_DIGIT | flag::LABEL | flag::COUNTED | flag::MONEY | flag::LEADS_PRICE)
}

/// What is counted: a small or round number before one of these is no secret.
pub(crate) fn is_counted(word: &str) -> bool {
    has(word, flag::COUNTED)
}

/// Whether the word looks like more than one of something.
pub(crate) fn is_plural(word: &str) -> bool {
    word.len() >= 4 && word.ends_with('s') && !word.ends_with("ss") && !has(word, flag::SINGULAR)
}

/// What stands before a time of day.
pub(crate) fn leads_time(word: &str) -> bool {
    has(word, flag::LEADS_TIME)
}

/// What stands before a year.
pub(crate) fn leads_year(word: &str) -> bool {
    has(word, flag::LEADS_YEAR)
}

/// What is paid: two parts after one of these are a price.
pub(crate) fn leads_price(word: &str) -> bool {
    has(word, flag::LEADS_PRICE)
}

/// What is numbered in public: rooms, flights, pages.
pub(crate) fn is_label(word: &str) -> bool {
    has(word, flag::LABEL)
}
