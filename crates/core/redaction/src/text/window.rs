//! A text to windows: as much as is judged together.
//!
//! A window ends with a paragraph, a sentence or a line, so that what is said in one place says nothing of numbers far
//! from it; where none ends, it is cut between words that are part of nothing. A number that lies over a cut is still
//! one: to the redactor windows are what a speaker says one after the other.

use std::ops::Range;

use super::piece::{Piece, chunk, pieces};
use crate::lexicon::{Class, classify};

/// From as many words on a window ends where a sentence or a line does.
const ENOUGH: usize = 40;

/// The most words of a window, but for those of its last chunk.
pub(crate) const MAX_WORDS: usize = 120;

/// The longest window in bytes, but for its last chunk, and the longest white space before it.
pub(crate) const MAX_BYTES: usize = 8_192;

/// How many words before a cut, and after it, should be part of nothing.
const CALM: usize = 3;

/// What ends with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing, or a line: what is said goes on.
    Open,
    /// A paragraph.
    Paragraph,
    /// A sentence, and maybe a paragraph with it.
    Sentence,
}

/// A part of a text.
#[derive(Debug)]
pub(crate) struct Window {
    /// Where it lies, in bytes, with the white space before it.
    pub(crate) place: Range<usize>,
    pub(crate) pieces: Vec<Piece>,
    /// Per piece, which stretch between white space of the text it is part of, counted from the window's first.
    pub(crate) ordinals: Vec<usize>,
    pub(crate) end: End,
}

/// The next window; `None` at the end.
pub(crate) fn window(text: &str, from: usize) -> Option<Window> {
    let bytes = text.as_bytes();
    if from >= bytes.len() {
        return None;
    }
    let mut open = Window { place: from..from, pieces: Vec::new(), ordinals: Vec::new(), end: End::Open };
    let blank = space(bytes, from);
    if blank.end - from > MAX_BYTES || blank.end == bytes.len() {
        open.place.end = (blank.end).min(from + MAX_BYTES);
        return Some(open);
    }
    // Where it may be cut: bytes, pieces and chunks so far.
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut ordinal = 0;
    while let Some(chunk) = chunk(text, open.place.end) {
        pieces(text, &chunk, &mut open.pieces);
        open.ordinals.resize(open.pieces.len(), ordinal);
        ordinal += 1;
        open.place.end = chunk.place.end;
        let after = space(bytes, chunk.place.end);
        if after.end == bytes.len() {
            break;
        }
        let lines =
            bytes.get(after.clone()).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        let count = open.pieces.len();
        let word = text.get(chunk.place.clone()).unwrap_or_default();
        let ended = ends(word, lines > 0, bytes.get(after.end).copied());
        if lines > 1 || (count >= ENOUGH && ended.is_some()) {
            open.end = match ended {
                Some(End::Sentence) => End::Sentence,
                Some(End::Open | End::Paragraph) | None if lines > 1 => End::Paragraph,
                Some(End::Open | End::Paragraph) | None => End::Open,
            };
            return Some(open);
        }
        if count >= MAX_WORDS || open.place.len() >= MAX_BYTES {
            return Some(cut(open, &cuts));
        }
        if count >= ENOUGH {
            cuts.push((open.place.end, count));
        }
    }
    Some(open)
}

/// The white space at `from`.
fn space(bytes: &[u8], from: usize) -> Range<usize> {
    let rest = bytes.get(from..).unwrap_or_default();
    let len = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
    from..from + len
}

/// What ends with a word, when no number goes on behind it: a sentence, or a line.
fn ends(word: &str, line: bool, next: Option<u8>) -> Option<End> {
    let has_digit =
        word.bytes().any(|byte| byte.is_ascii_digit()) || next.is_some_and(|byte| byte.is_ascii_digit());
    let sentence =
        word.len() > 3 && word.trim_end_matches(['"', '\'', ')', '”', '’']).ends_with(['.', '?', '!']);
    match (sentence, line) {
        _ if has_digit => None,
        (true, _) => Some(End::Sentence),
        (false, true) => Some(End::Open),
        (false, false) => None,
    }
}

/// Cuts a window between words that are part of nothing, as late as it can be.
fn cut(mut open: Window, cuts: &[(usize, usize)]) -> Window {
    let plain: Vec<bool> = open.pieces.iter().map(is_plain).collect();
    let is_calm = |count: usize| {
        let around = plain.get(count.saturating_sub(CALM)..(count + CALM).min(plain.len()));
        around.unwrap_or_default().iter().all(|plain| *plain)
    };
    let calm = cuts.iter().rev().find(|(_, count)| is_calm(*count));
    if let Some((end, count)) = calm {
        open.place.end = *end;
        open.pieces.truncate(*count);
        open.ordinals.truncate(*count);
    }
    open
}

/// Words that stand in no name, address or number that is said in words.
fn is_plain(piece: &Piece) -> bool {
    let text = &piece.text;
    let lower = text.bytes().all(|byte| byte.is_ascii_lowercase());
    lower
        && !matches!(
            text.as_str(),
            "at" | "dot"
                | "com"
                | "is"
                | "name"
                | "my"
                | "for"
                | "in"
                | "as"
                | "street"
                | "road"
                | "avenue"
                | "email"
        )
        && matches!(classify(text), Class::Word | Class::Link)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(text: &str) -> Vec<String> {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some(window) = window(text, at) {
            assert_eq!(window.place.start, at);
            assert!(window.place.end > at);
            assert_eq!(window.pieces.len(), window.ordinals.len());
            at = window.place.end;
            out.push(text.get(window.place).expect("whole characters").to_owned());
        }
        assert_eq!(out.concat(), text, "nothing is lost");
        out
    }

    #[test]
    fn paragraphs_and_sentences_end_windows() {
        assert_eq!(windows("one\ntwo\n\nthree"), ["one\ntwo", "\n\nthree"]);
        let sentence = "we will look at that now. ".repeat(20);
        assert!(windows(sentence.trim_end()).iter().all(|window| window.trim_end().ends_with('.')));
        assert_eq!(windows("").len(), 0);
        assert_eq!(windows(" \n ").len(), 1);
    }

    #[test]
    fn no_window_is_longer_than_it_may_be() {
        for text in ["word ", "4111 ", "é", "4", "a=", " ", "\"x\":1,", "at "] {
            let text = text.repeat(100_000);
            let longest = windows(&text).iter().map(String::len).max().unwrap();
            assert!(longest <= 2 * MAX_BYTES, "{longest}");
        }
    }

    #[test]
    fn a_cut_leaves_what_is_said_in_words_together() {
        let text = "so then they went along ".repeat(22) + "at gmail dot com" + &" and further on".repeat(40);
        assert!(windows(&text).iter().any(|window| window.contains("at gmail dot com")));
    }
}
