//! What was said or written as letters and digits, each with its truth and its mask.

use dialogues::{Dialogue, Text, Truth, Turn};
use events::EntityKind;

/// A mask over a letter or digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Which of the segment's masks it is.
    pub span: usize,
    /// What it says of what it hides.
    pub kind: EntityKind,
}

/// A letter or digit of the source. Signs and spaces are none: to show them shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it is part of.
    pub truth: Truth,
    /// Whether it is a digit, or part of a word that is one.
    pub digit: bool,
    /// What hides it, if anything does.
    pub mask: Option<Mask>,
    /// The word it is in.
    pub word: usize,
}

/// The letters and digits of a turn, or of a text.
pub type Segment = Vec<Cell>;

/// Words that are digits or say how digits are to be read.
const DIGIT_WORDS: &[&str] = &[
    "zero",
    "oh",
    "o",
    "nought",
    "nil",
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
    "treble",
    "to",
    "too",
    "for",
    "fore",
    "won",
    "ate",
];

/// A segment a turn, without masks.
#[must_use]
pub fn segments_of_dialogue(dialogue: &Dialogue) -> Vec<Segment> {
    dialogue.turns.iter().map(segment_of_turn).collect()
}

fn segment_of_turn(turn: &Turn) -> Segment {
    let mut out = Vec::new();
    for (n, word) in turn.words.iter().enumerate() {
        let bare: String =
            word.text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let spoken = DIGIT_WORDS.contains(&bare.as_str());
        let cells = bare.chars().map(|c| Cell {
            truth: word.truth,
            digit: spoken || c.is_numeric(),
            mask: None,
            word: n,
        });
        out.extend(cells);
    }
    out
}

/// The one segment of a text, with masks over stretches of characters.
#[must_use]
pub fn segments_of_text(text: &Text, masks: &[(usize, usize, EntityKind)]) -> Vec<Segment> {
    let truth = |at: usize| {
        let secret = text.secrets.iter().position(|(_, stretch)| (stretch.from..stretch.to).contains(&at));
        let harmless = || text.harmless.iter().position(|stretch| (stretch.from..stretch.to).contains(&at));
        secret.map(Truth::Secret).or_else(|| harmless().map(Truth::Harmless)).unwrap_or(Truth::Plain)
    };
    let mut word = 0;
    let mut out = Vec::new();
    for (at, c) in text.text.chars().enumerate() {
        word += usize::from(c.is_whitespace());
        if c.is_alphanumeric() {
            out.push(Cell { truth: truth(at), digit: c.is_numeric(), mask: mask_at(at, masks), word });
        }
    }
    vec![out]
}

/// The mask over a character.
pub(crate) fn mask_at(at: usize, masks: &[(usize, usize, EntityKind)]) -> Option<Mask> {
    let span = masks.iter().position(|(from, to, _)| (*from..*to).contains(&at))?;
    Some(Mask { span, kind: masks[span].2 })
}

/// Masks the cells of a turn by stretches of characters of its text, as [`Turn::text`] gives it.
pub fn mask_characters(segment: &mut Segment, turn: &Turn, masks: &[(usize, usize, EntityKind)]) {
    let text = turn.text();
    let visible = text.chars().enumerate().filter(|(_, c)| c.is_alphanumeric());
    // A capital whose small letter is two characters is two cells.
    let cells = visible.flat_map(|(at, c)| c.to_lowercase().map(move |_| at));
    for (cell, at) in segment.iter_mut().zip(cells) {
        cell.mask = mask_at(at, masks);
    }
}
