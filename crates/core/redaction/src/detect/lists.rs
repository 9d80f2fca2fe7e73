//! What is known of single words: as names, as places, and as English.
//!
//! The list is made by `lists/build.py`. It is evidence and no verdict: most callers' names are in it, and so
//! are thousands of ordinary words that somebody is called.

use std::sync::LazyLock;

static TEXT: &str = include_str!("../../lists/words.txt");

/// The longest word in the list.
const MAX_WORD: usize = 20;

/// What the list says of a word; all zero when it says nothing. Each from 0, not at all, to 3, very common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// As a first name.
    pub(super) first: u8,
    /// As a last name.
    pub(super) last: u8,
    /// As an English word.
    pub(super) english: u8,
    /// What place it names: a town, a city, a region.
    pub(super) place: u8,
}

impl Facts {
    /// Whether the list does not have the word.
    pub(super) fn is_unknown(self) -> bool {
        self == Self::default()
    }
}

/// Where the lines begin, by a hash of their words. Built once per process.
struct Table {
    /// One more than the place in the text; 0 where nothing is.
    slots: Vec<u32>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lines = TEXT.bytes().filter(|byte| *byte == b'\n').count();
    let mut slots = vec![0_u32; (lines * 2).next_power_of_two()];
    let mut at = 0;
    for line in TEXT.split_inclusive('\n') {
        let word = line.split(' ').next().unwrap_or_default();
        let mask = slots.len() - 1;
        let mut slot = hash(word.as_bytes()) & mask;
        while slots.get(slot).is_some_and(|taken| *taken != 0) {
            slot = (slot + 1) & mask;
        }
        if let Some(place) = slots.get_mut(slot) {
            *place = u32::try_from(at + 1).unwrap_or(0);
        }
        at += line.len();
    }
    Table { slots }
});

/// What is known of a lower-case word. Accents are no part of it: "josé" is "jose".
pub(super) fn look(word: &str) -> Facts {
    let mut folded = [0_u8; MAX_WORD];
    let mut len = 0;
    for c in word.chars() {
        let Some(place) = folded.get_mut(len) else { return Facts::default() };
        let Some(byte) = fold(c) else { return Facts::default() };
        *place = byte;
        len += 1;
    }
    find(folded.get(..len).unwrap_or_default())
}

fn find(word: &[u8]) -> Facts {
    let text = TEXT.as_bytes();
    let mask = TABLE.slots.len() - 1;
    let mut slot = hash(word) & mask;
    while let Some(at) = TABLE.slots.get(slot).and_then(|place| place.checked_sub(1)) {
        let line = usize::try_from(at).ok().and_then(|at| text.get(at..)).unwrap_or_default();
        if let Some([b' ', names, rest, ..]) = line.strip_prefix(word) {
            let (names, rest) = (digit(*names), digit(*rest));
            return Facts { first: names / 4, last: names % 4, english: rest / 4, place: rest % 4 };
        }
        slot = (slot + 1) & mask;
    }
    Facts::default()
}

/// FNV-1a. Whoever could choose words that collide could only make lookups walk within a half-empty table.
fn hash(word: &[u8]) -> usize {
    let hash =
        word.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    usize::try_from(hash ^ (hash >> 15)).unwrap_or(0)
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        _ => 0,
    }
}

/// A letter without its accent.
fn fold(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' => return u8::try_from(c).ok(),
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => b'a',
        'ç' | 'ć' | 'č' => b'c',
        'ď' | 'đ' => b'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => b'e',
        'ğ' => b'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => b'i',
        'ł' => b'l',
        'ñ' | 'ń' | 'ň' => b'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => b'o',
        'ř' => b'r',
        'ś' | 'š' | 'ş' | 'ș' => b's',
        'ť' | 'ţ' | 'ț' => b't',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => b'u',
        'ý' | 'ÿ' => b'y',
        'ź' | 'ż' | 'ž' => b'z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_each_line_is_a_word_and_two_hex_digits() {
        let mut last = "";
        for line in TEXT.lines() {
            let (word, code) = line.split_once(' ').unwrap();
            assert!(last < word, "{word}");
            assert!(word.len() <= MAX_WORD && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
            assert!(code.len() == 2 && u8::from_str_radix(code, 16).is_ok(), "{line}");
            last = word;
        }
    }

    #[test]
    fn every_line_is_found() {
        for line in TEXT.lines() {
            let (word, code) = line.split_once(' ').unwrap();
            let Facts { first, last, english, place } = look(word);
            assert_eq!(u8::from_str_radix(code, 16).unwrap(), first * 64 + last * 16 + english * 4 + place);
        }
    }

    #[test]
    fn names_places_and_words_are_told_apart() {
        assert!(look("priya").first >= 2 && look("priya").english == 0);
        assert!(look("sharma").last >= 2);
        assert!(look("the").english == 3);
        assert!(look("grace").first == 3 && look("grace").english == 2);
        assert!(look("austin").place == 2);
        assert_eq!(look("josé"), look("jose"));
        assert!(look("xqzzt").is_unknown());
        assert!(look("").is_unknown());
        assert!(look(&"a".repeat(1_000)).is_unknown());
        assert!(look("प्रिया").is_unknown());
    }
}
