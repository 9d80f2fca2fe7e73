//! How well a passage fits: by its words, by its meaning, and both in one number.
//!
//! Words: the passage's BM25 over the most that it could have with each word of the question standing in it once, at
//! the usual length; words that no document has count in what it could have. A question of one telling word can make
//! half as sure as one of many. Meaning: the cosine of question and
//! passage, from what unrelated texts have to what paraphrases have. Together: `1 - (1 - w)(1 - m)` with each part
//! weighted, so that either carries a passage that it is sure of, and both together carry one of which they are half
//! sure. The bounds were found on questions with and without an answer: see docs/knowledge.md.

/// Cosines up to here are those of texts that have nothing to do with each other, and from there on of paraphrases.
const UNRELATED: f32 = 0.25;
const SAME: f32 = 0.65;
/// How sure words, and meaning, can make alone.
const BY_WORDS: f32 = 0.8;
const BY_MEANING: f32 = 0.95;
/// A passage with less does not fit.
const FITS: f32 = 0.45;
/// Without a model: a passage must have this part of what words can give.
const FITS_BY_WORDS: f32 = 0.45;
/// Below this a passage is about something else, whatever words it shares with the question.
const OTHER_MATTER: f32 = 0.16;

/// A passage's fit, and its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    pub(super) score: f32,
    pub(super) meaning: Option<f32>,
}

impl Fit {
    /// Puts the parts together; none when the passage does not fit.
    pub(super) fn of(words: f32, meaning: Option<f32>) -> Option<Self> {
        let words = if words.is_finite() { words.clamp(0.0, 1.0) } else { 0.0 };
        let (score, least) = match meaning {
            None => (words, FITS_BY_WORDS),
            Some(cosine) if cosine < OTHER_MATTER => return None,
            Some(cosine) => {
                let sure = ((cosine - UNRELATED) / (SAME - UNRELATED)).clamp(0.0, 1.0);
                (1.0 - (1.0 - BY_WORDS * words) * (1.0 - BY_MEANING * sure), FITS)
            }
        };
        (score >= least).then_some(Self { score, meaning })
    }
}

/// The weight of a word that so many of so many passages have, as SQLite's BM25 has it.
pub(super) fn weight(passages: f64, having: f64) -> f64 {
    ((passages - having + 0.5) / (having + 0.5)).ln().max(1e-6)
}

/// How sure so many telling words can make: one that is shared may be shared by chance, half as likely with each more.
pub(super) fn sureness(words: usize) -> f32 {
    1.0 - 0.5_f32.powi(i32::try_from(words.min(16)).unwrap_or(16))
}

/// The cosine of two vectors of length 1.
pub(super) fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_alone_decide_where_there_is_no_model() {
        assert_eq!(Fit::of(0.9, None), Some(Fit { score: 0.9, meaning: None }));
        assert_eq!(Fit::of(0.2, None), None);
        assert_eq!(Fit::of(7.0, None).unwrap().score, 1.0);
        assert_eq!(Fit::of(f32::NAN, None), None);
    }

    #[test]
    fn meaning_carries_what_words_do_not_share_and_stops_what_they_only_share() {
        assert!(Fit::of(0.0, Some(0.6)).is_some());
        assert!(Fit::of(0.6, Some(0.3)).is_some());
        assert!(Fit::of(0.3, Some(0.3)).is_none());
        assert!(Fit::of(sureness(1), Some(0.2)).is_none());
        assert!(Fit::of(1.0, Some(0.05)).is_none());
        let (one, both) = (Fit::of(0.0, Some(0.6)).unwrap(), Fit::of(0.8, Some(0.6)).unwrap());
        assert!(both.score > one.score && both.score <= 1.0);
    }
}
