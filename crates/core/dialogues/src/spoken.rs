//! How people say things, and how a recogniser writes that down.

mod dates;
mod dotted;
pub(crate) mod harmless;
mod letters;
mod numbers;
mod places;
mod run;

pub(crate) use numbers::MONTHS;
pub(crate) use run::cut;

use crate::{
    dice::Dice,
    inventory::Inventory,
    secrets::{Made, Value},
    truth::{Style, Truth, Word},
};

/// Words that nobody pauses in: a number is split over turns only between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Piece {
    pub(crate) words: Vec<Word>,
}

/// What is needed to say something.
#[derive(Debug)]
pub(crate) struct Voice<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) from: &'a Inventory,
    pub(crate) style: Style,
    /// Whether there are fillers, corrections and homophones in numbers.
    pub(crate) hesitant: bool,
}

impl Piece {
    /// Words of one truth, from a text.
    fn of(text: &str, truth: Truth) -> Self {
        Self { words: words(text, truth) }
    }
}

/// The words of a text, all of one truth.
pub(crate) fn words(text: &str, truth: Truth) -> Vec<Word> {
    text.split_whitespace().map(|word| Word { text: word.to_owned(), truth }).collect()
}

/// A text as a recogniser writes it that knows neither capitals nor punctuation nor accents.
pub(crate) fn plain(text: &str) -> String {
    let joined = text.to_lowercase().replace(['-', '/'], " ");
    joined
        .chars()
        .map(without_accent)
        .filter(|c| c.is_alphanumeric() || *c == '\'' || c.is_whitespace())
        .collect()
}

const fn without_accent(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ï' | 'î' => 'i',
        'ó' | 'ô' | 'ö' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        'č' | 'ç' => 'c',
        other => other,
    }
}

impl Voice<'_> {
    /// A secret as it is said, the number of which among the document's secrets is known.
    pub(crate) fn say(&mut self, made: &Made, which: usize) -> Vec<Piece> {
        let truth = Truth::Secret(which);
        match &made.value {
            Value::Digits { digits, groups } => self.run(digits, groups, which),
            Value::Code { code, groups } => self.code(code, groups, which),
            Value::Spelled(word) => self.spelled(word, which),
            Value::Dotted(text) => self.dotted(text, truth),
            Value::Words(text) => vec![Piece::of(&self.written(text), truth)],
            Value::Name { given, family } => self.name(given, family, truth),
            Value::Street { number, street, unit } => self.street(number, street, unit.as_deref(), truth),
            Value::Date { day, month, year } => self.date((*day, *month, *year), which),
            Value::Expiry { month, year } => self.expiry(*month, *year, which),
        }
    }

    /// A text in this voice's style.
    fn written(&self, text: &str) -> String {
        match self.style {
            Style::Plain => plain(text),
            Style::Formatted => text.to_owned(),
        }
    }

    fn name(&mut self, given: &str, family: &str, truth: Truth) -> Vec<Piece> {
        let whole = match self.dice.roll(12) {
            0 => format!("{given} {} {family}", self.dice.letters(1)),
            _ => format!("{given} {family}"),
        };
        vec![Piece::of(&self.written(&whole), truth)]
    }
}

impl Value {
    /// Whether it is long enough that people take breath within it.
    pub(crate) fn is_long(&self) -> bool {
        match self {
            Self::Digits { digits, .. } => digits.len() >= 7,
            Self::Code { .. } | Self::Dotted(_) | Self::Spelled(_) => true,
            Self::Words(_)
            | Self::Name { .. }
            | Self::Street { .. }
            | Self::Date { .. }
            | Self::Expiry { .. } => false,
        }
    }
}
