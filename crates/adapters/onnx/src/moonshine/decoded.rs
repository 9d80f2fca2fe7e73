//! What the decoder said, token by token, made into words.

use std::time::Duration;

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
    /// Cuts a looping tail down to one turn; true when there was one.
    pub(super) fn cut_repetition(&mut self) -> bool {
        let ids: Vec<u32> = self.tokens.iter().map(|token| token.id).collect();
        let Some(kept) = without_loop(&ids) else { return false };
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

/// How many tokens stay when the tail is a loop.
fn without_loop(ids: &[u32]) -> Option<usize> {
    (1..=LOOP_TOKENS / LOOP_REPEATS * 2).find_map(|period| {
        let repeats = LOOP_REPEATS.max(LOOP_TOKENS.div_ceil(period));
        let tail = ids.len().checked_sub(period * repeats)?;
        let looping = ids[tail..].iter().zip(&ids[tail + period..]).all(|(a, b)| a == b);
        looping.then_some(tail + period)
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
        assert_eq!(without_loop(&ids), Some(5));
    }

    #[test]
    fn a_long_number_is_no_loop() {
        // Sixteen times the same digit, with separators.
        assert_eq!(without_loop(&[4, 5].repeat(8)), None);
    }
}
