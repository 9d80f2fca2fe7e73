//! Text to the numbers of its word pieces, as BERT's uncased models count them.
//!
//! Nothing in a text is special here: `[MASK]` is a bracket, a word and a bracket, since callers' words are data.

use std::collections::HashMap;

use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Vocabularies are small; a larger file is something else.
pub(super) const MAX_VOCABULARY_BYTES: usize = 4 << 20;
/// A longer word is not looked up: it is unknown.
const MAX_WORD_CHARS: usize = 100;
/// How the file marks a piece that begins a word.
const BEGINS: char = '\u{2581}';

/// Why a vocabulary could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// It is larger than any vocabulary.
    #[error("the file is too large to be a vocabulary")]
    TooLarge,
    /// It is no JSON array of texts.
    #[error("the file is no list of word pieces")]
    NotPieces(#[source] serde_json::Error),
    /// A piece that every text needs is not in it.
    #[error("the vocabulary has no {0}")]
    Lacks(&'static str),
}

/// A vocabulary of word pieces.
#[derive(Debug)]
pub(super) struct WordPieces {
    /// Pieces that begin a word.
    first: HashMap<Box<str>, i32>,
    /// Pieces that go on in one.
    rest: HashMap<Box<str>, i32>,
    /// No piece has more characters.
    longest: usize,
    start: i32,
    end: i32,
    unknown: i32,
}

impl WordPieces {
    /// Reads a JSON array in which a piece's place is its number.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, VocabularyError> {
        if bytes.len() > MAX_VOCABULARY_BYTES {
            return Err(VocabularyError::TooLarge);
        }
        let pieces: Vec<String> = serde_json::from_slice(bytes).map_err(VocabularyError::NotPieces)?;
        let (mut first, mut rest) = (HashMap::new(), HashMap::new());
        let (mut special, mut longest) = (HashMap::new(), 0);
        for (number, piece) in (0_i32..).zip(pieces) {
            if let Some(begin) = piece.strip_prefix(BEGINS) {
                longest = longest.max(begin.chars().count());
                first.insert(Box::from(begin), number);
            } else if piece.len() > 2 && piece.starts_with('[') && piece.ends_with(']') {
                special.insert(piece, number);
            } else {
                longest = longest.max(piece.chars().count());
                rest.insert(Box::from(piece), number);
            }
        }
        let named = |name: &'static str| special.get(name).copied().ok_or(VocabularyError::Lacks(name));
        let (start, end, unknown) = (named("[CLS]")?, named("[SEP]")?, named("[UNK]")?);
        Ok(Self { first, rest, longest, start, end, unknown })
    }

    /// The numbers of a text's pieces between the two that mark its ends, `most` in all; the rest is cut off.
    pub(super) fn numbers(&self, text: &str, most: usize) -> Vec<i32> {
        let room = most.saturating_sub(1);
        let mut numbers = vec![self.start];
        let plain: String = cleaned(text).nfd().filter(|&c| !is_combining_mark(c)).collect();
        for word in Words(&plain.to_lowercase()) {
            if numbers.len() >= room {
                break;
            }
            self.split(word, &mut numbers);
        }
        numbers.truncate(room);
        numbers.push(self.end);
        numbers
    }

    /// Takes the longest piece that fits, again and again; a word of which a part fits nowhere is unknown as a whole.
    fn split(&self, word: &str, numbers: &mut Vec<i32>) {
        let before = numbers.len();
        let mut left = word;
        if word.chars().count() > MAX_WORD_CHARS {
            numbers.push(self.unknown);
            return;
        }
        while !left.is_empty() {
            let pieces = if left.len() == word.len() { &self.first } else { &self.rest };
            let ends = left.char_indices().take(self.longest).map(|(at, c)| at + c.len_utf8());
            let ends: Vec<usize> = ends.collect();
            let fits = ends.into_iter().rev().find_map(|end| {
                let (piece, after) = left.split_at_checked(end)?;
                Some((*pieces.get(piece)?, after))
            });
            let Some((number, after)) = fits else {
                numbers.truncate(before);
                numbers.push(self.unknown);
                return;
            };
            numbers.push(number);
            left = after;
        }
    }
}

/// Without what is not text, and with spaces around what is a word by itself.
fn cleaned(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|c| {
        let around = [' ', c, ' '];
        let kept = match c {
            '\t' | '\n' | '\r' => (1, [' '; 3]),
            _ if is_no_text(c) => (0, around),
            _ if c.is_whitespace() => (1, [' '; 3]),
            _ if is_ideograph(c) => (3, around),
            _ => (1, [c; 3]),
        };
        kept.1.into_iter().take(kept.0)
    })
}

/// Splits at spaces, and each mark of punctuation off.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let left = self.0.trim_start();
        let first = left.chars().next()?;
        let end = if is_punctuation(first) {
            first.len_utf8()
        } else {
            left.find(|c: char| c.is_whitespace() || is_punctuation(c)).unwrap_or(left.len())
        };
        let (word, after) = left.split_at_checked(end)?;
        self.0 = after;
        Some(word)
    }
}

/// Controls and the invisible characters that only format (Unicode's Cc and Cf).
fn is_no_text(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffd}'
                | '\u{e0001}'..='\u{e007f}'
        )
}

/// The ideographs that the models count as words, each by itself.
const fn is_ideograph(c: char) -> bool {
    matches!(
        c,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}'
    )
}

/// ASCII's marks, symbols with them, and the punctuation of the blocks that English texts use.
const fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(
            c,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
                | '\u{2010}'..='\u{2027}'
                | '\u{2030}'..='\u{2043}'
                | '\u{2045}'..='\u{2051}'
                | '\u{2053}'..='\u{205e}'
                | '\u{3001}'..='\u{3003}'
                | '\u{3008}'..='\u{3011}'
                | '\u{3014}'..='\u{301f}'
                | '\u{ff01}'..='\u{ff03}'
                | '\u{ff05}'..='\u{ff0a}'
                | '\u{ff0c}'..='\u{ff0f}'
                | '\u{ff1a}'..='\u{ff1b}'
                | '\u{ff1f}'..='\u{ff20}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn small() -> WordPieces {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁the", "▁rout", "er", "▁un", "aff", "able", "s", "▁!",
            "▁cafe", "▁日", "▁[", "▁mask", "▁]", "▁e",
        ];
        WordPieces::parse(&serde_json::to_vec(&pieces).unwrap()).unwrap()
    }

    #[test]
    fn words_are_split_into_the_longest_pieces() {
        assert_eq!(small().numbers("The routers! Unaffable", 64), [2, 4, 5, 6, 10, 11, 7, 8, 9, 3]);
    }

    #[test]
    fn accents_and_invisible_characters_do_not_count() {
        for text in ["cafe", "Café", "CAFE\u{301}", "ca\u{200b}f\u{ad}e\u{0}"] {
            assert_eq!(small().numbers(text, 64), [2, 12, 3], "{text:?}");
        }
    }

    #[test]
    fn a_word_of_which_a_part_is_unknown_is_unknown() {
        assert_eq!(small().numbers("routxer the", 64), [2, 1, 4, 3]);
        assert_eq!(small().numbers(&"e".repeat(101), 64), [2, 1, 3]);
    }

    #[test]
    fn nothing_that_a_caller_says_is_a_special_piece() {
        assert_eq!(small().numbers("[MASK]", 64), [2, 14, 15, 16, 3]);
        assert_eq!(small().numbers("日the", 64), [2, 13, 4, 3]);
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(small().numbers(&"the ".repeat(50), 5), [2, 4, 4, 4, 3]);
        assert_eq!(small().numbers("", 5), [2, 3]);
    }

    #[test]
    fn what_is_no_vocabulary_is_refused() {
        assert!(matches!(WordPieces::parse(b"{}"), Err(VocabularyError::NotPieces(_))));
        assert!(matches!(WordPieces::parse(b"[\"a\"]"), Err(VocabularyError::Lacks("[CLS]"))));
        let large = vec![b' '; MAX_VOCABULARY_BYTES + 1];
        assert!(matches!(WordPieces::parse(&large), Err(VocabularyError::TooLarge)));
    }

    /// Numbers that the reference tokenizer gives, checked where the model is at hand.
    #[test]
    fn the_real_vocabulary_gives_the_reference_numbers() {
        let Ok(set) = crate::ModelFolder::find(None).meaning() else {
            println!("the_real_vocabulary_gives_the_reference_numbers: skipped, no model at hand");
            return;
        };
        let pieces = WordPieces::parse(&std::fs::read(set.pieces).unwrap()).unwrap();
        let known: [(&str, &[i32]); 9] = [
            (
                "I'd like to cancel my subscription.",
                &[1045, 1005, 1040, 2066, 2000, 17542, 2026, 15002, 1012],
            ),
            (
                "Café crème, naïve façade — Zürich!",
                &[7668, 13675, 21382, 1010, 15743, 8508, 1517, 10204, 999],
            ),
            (
                "unaffable antidisestablishmentarianism",
                &[14477, 20961, 3468, 3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964],
            ),
            (
                "The total is $1,234.56 (incl. 7% VAT).",
                &[
                    1996, 2561, 2003, 1002, 1015, 1010, 22018, 1012, 5179, 1006, 4297, 2140, 1012, 1021,
                    1003, 12436, 2102, 1007, 1012,
                ],
            ),
            ("日本 tokyo", &[1864, 1876, 5522]),
            ("my router’s light is blinking…", &[2026, 2799, 2099, 1521, 1055, 2422, 2003, 15997, 1529]),
            ("ŁÓDŹ ø Ω", &[17814, 1100, 1179]),
            (
                "10,000 ^^ `code` a_b ~ | + = <x> $5 °C ½",
                &[
                    2184, 1010, 2199, 1034, 1034, 1036, 3642, 1036, 1037, 1035, 1038, 1066, 1064, 1009, 1027,
                    1026, 1060, 1028, 1002, 1019, 6362, 1092,
                ],
            ),
            ("😀 ok ß ẞ", &[100, 7929, 1096, 1096]),
        ];
        for (text, expected) in known {
            let numbers = pieces.numbers(text, 64);
            assert_eq!(numbers[1..numbers.len() - 1], *expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_numbers_within_the_bound(text in any::<String>(), most in 2_usize..40) {
            let numbers = small().numbers(&text, most);
            prop_assert!(numbers.len() <= most);
            prop_assert_eq!((numbers[0], numbers[numbers.len() - 1]), (2, 3));
        }
    }
}
