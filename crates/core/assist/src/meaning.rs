//! Vectors of sentences, compared.

use crate::{MeaningVector, compiled::MeaningVectors};

/// Whether a vector says anything: one of zeros, or with what is no number, does not.
pub(crate) fn is_usable(vector: &MeaningVector) -> bool {
    vector.iter().all(|x| x.is_finite()) && vector.iter().any(|x| *x != 0.0)
}

/// The cosine of two vectors of length 1; 0 where they are not of one model.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    let sum: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    if sum.is_finite() { sum } else { 0.0 }
}

impl MeaningVectors {
    /// Whether a sentence means it: near enough to an example, and nearer than to any counter-example.
    pub(crate) fn is_met_by(&self, sentence: &MeaningVector) -> bool {
        let Some(best) = nearest(&self.examples, sentence) else { return false };
        let apart = nearest(&self.counter_examples, sentence).is_none_or(|worst| best - worst >= self.margin);
        best >= self.threshold && apart
    }
}

fn nearest(to: &[MeaningVector], sentence: &MeaningVector) -> Option<f32> {
    to.iter().map(|example| cosine(example, sentence)).max_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn vector(x: &[f32]) -> MeaningVector {
        Arc::from(x)
    }

    #[test]
    fn a_sentence_must_be_near_and_nearer_than_what_only_sounds_alike() {
        let meaning = MeaningVectors {
            examples: vec![vector(&[1.0, 0.0])],
            counter_examples: vec![vector(&[0.8, 0.6])],
            threshold: 0.7,
            margin: 0.1,
        };
        assert!(meaning.is_met_by(&vector(&[0.96, -0.28])));
        assert!(!meaning.is_met_by(&vector(&[0.8, 0.6])), "nearer to the counter-example");
        assert!(!meaning.is_met_by(&vector(&[0.0, 1.0])), "far away");
        assert!(!meaning.is_met_by(&vector(&[1.0])), "of another model");
    }

    #[test]
    fn a_vector_of_zeros_or_rubbish_is_not_used() {
        assert!(!is_usable(&vector(&[0.0, 0.0])));
        assert!(!is_usable(&vector(&[f32::NAN, 1.0])));
        assert!(is_usable(&vector(&[0.6, 0.8])));
    }
}
