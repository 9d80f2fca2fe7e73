//! What the decoder said, token by token, made into words.

use std::{ops::Range, time::Duration};

use model::Pii;

use super::{HeardWord, MODEL_RATE_HZ, align::Attention, tokenizer::Tokenizer};

/// Samples per frame of the encoder's output.
const SAMPLES_PER_FRAME: usize = 384;

/// A chosen token.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) id: u32,
    pub(super) log_prob: f32,
}

/// The tokens of one stretch of audio.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) tokens: Vec<Token>,
    pub(super) attention: Attention,
}

/// A tail of this many tokens that repeats itself is a loop of the decoder and no speech.
const LOOP_TOKENS: usize = 24;
/// How often at least a loop repeats its part.
const LOOP_REPEATS: usize = 6;

impl Decoded {
    /// Cuts a looping tail down to one turn; true when there was one. A digit that is said again and again is no loop:
    /// the card number 4111 1111 1111 1111 is fifteen times the same word.
    pub(super) fn cut_repetition(&mut self, tokenizer: &Tokenizer) -> bool {
        let ids: Vec<u32> = self.tokens.iter().map(|token| token.id).collect();
        let Some(Loop { kept, turn }) = without_loop(&ids) else { return false };
        let mut text = Vec::new();
        for id in &ids[turn] {
            let piece = tokenizer.piece(*id);
            text.extend(piece.starts_word.then_some(b' '));
            text.extend(piece.text);
        }
        if is_number(&String::from_utf8_lossy(&text)) {
            return false;
        }
        self.tokens.truncate(kept);
        self.attention.truncate(kept);
        true
    }

    pub(super) fn into_words(self, tokenizer: &Tokenizer, length: Duration) -> Vec<HeardWord> {
        let starts = self.attention.token_starts();
        let at = |token: usize| {
            let frame = starts.get(token).copied();
            frame.map_or(length, |frame| frame_time(frame).min(length))
        };
        let mut words: Vec<WordInMaking> = Vec::new();
        for (index, token) in self.tokens.iter().enumerate() {
            let piece = tokenizer.piece(token.id);
            if piece.starts_word || words.is_empty() {
                words.push(WordInMaking { bytes: Vec::new(), log_prob: 0.0, from: index, to: index });
            }
            let Some(word) = words.last_mut() else { continue };
            word.bytes.extend(piece.text);
            word.log_prob += token.log_prob;
            word.to = index + 1;
        }
        words.into_iter().filter_map(|word| word.finish(at)).collect()
    }
}

/// A tail that repeats itself.
#[derive(Debug, PartialEq, Eq)]
struct Loop {
    /// How many tokens stay when it is cut.
    kept: usize,
    /// The tokens of one turn.
    turn: Range<usize>,
}

fn without_loop(ids: &[u32]) -> Option<Loop> {
    (1..=LOOP_TOKENS / LOOP_REPEATS * 2).find_map(|period| {
        let repeats = LOOP_REPEATS.max(LOOP_TOKENS.div_ceil(period));
        let tail = ids.len().checked_sub(period * repeats)?;
        let looping = ids[tail..].iter().zip(&ids[tail + period..]).all(|(a, b)| a == b);
        looping.then_some(Loop { kept: tail + period, turn: tail..tail + period })
    })
}

/// Whether a text is a digit or a few, written or spoken, and nothing else.
fn is_number(text: &str) -> bool {
    const SPOKEN: [&str; 11] =
        ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some()
        && words.all(|word| {
            word.chars().all(|c| c.is_ascii_digit()) || SPOKEN.contains(&word.to_lowercase().as_str())
        })
}

fn frame_time(frame: usize) -> Duration {
    Duration::from_micros((frame * SAMPLES_PER_FRAME) as u64 * 1_000_000 / u64::from(MODEL_RATE_HZ))
}

/// A word whose tokens are being gathered.
struct WordInMaking {
    bytes: Vec<u8>,
    log_prob: f32,
    from: usize,
    to: usize,
}

impl WordInMaking {
    fn finish(self, at: impl Fn(usize) -> Duration) -> Option<HeardWord> {
        let text = String::from_utf8_lossy(&self.bytes).trim().to_owned();
        if text.is_empty() {
            return None;
        }
        let confidence = (self.log_prob / (self.to - self.from).max(1) as f32).exp().clamp(0.0, 1.0);
        let start = at(self.from);
        Some(HeardWord { text: Pii::new(text), start, end: at(self.to).max(start), confidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_runs_in_circles_is_cut_to_one_turn() {
        let mut ids = vec![7, 8, 9];
        assert_eq!(without_loop(&ids), None);
        ids.extend([5, 6].repeat(12));
        assert_eq!(without_loop(&ids), Some(Loop { kept: 5, turn: 3..5 }));
    }

    #[test]
    fn digits_that_are_said_again_and_again_are_a_number() {
        for number in ["one,", " One", "1", "11 ", "oh oh", "four-one"] {
            assert!(is_number(number), "{number}");
        }
        for words in ["", ", ", "you", "one more", "for, or,", "thank you"] {
            assert!(!is_number(words), "{words}");
        }
    }

    #[test]
    fn a_long_number_is_no_loop() {
        // Sixteen times the same digit, with separators.
        assert_eq!(without_loop(&[4, 5].repeat(8)), None);
    }
}
