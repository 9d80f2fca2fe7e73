//! An embedder without a model: sentences that share words are near each other.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;

use crate::{EmbedError, Embedder, Embedding};

/// Numbers in a vector. Words share a place rarely enough.
const DIMENSIONS: usize = 512;
/// Words that nearly every sentence has.
const COMMON: [&str; 24] = [
    "a", "an", "and", "are", "can", "do", "for", "how", "i", "in", "is", "it", "me", "my", "of", "on", "the",
    "this", "to", "want", "what", "with", "would", "you",
];

/// Gives each word of a sentence a place and a sign by its hash, and adds them up. The same sentence has the same
/// vector everywhere; sentences with the same words are the same, those without common ones are at right angles.
#[derive(Debug, Default)]
pub struct HashedEmbedder {
    busy: AtomicBool,
    asked: AtomicUsize,
}

impl HashedEmbedder {
    /// Makes it too busy, or not.
    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// How many sentences it gave vectors.
    #[must_use]
    pub fn sentences(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Embedder for HashedEmbedder {
    fn name(&self) -> &'static str {
        "hashed-words"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    async fn embed(&self, sentences: &[String]) -> Result<Vec<Embedding>, EmbedError> {
        if self.busy.load(Ordering::Relaxed) {
            return Err(EmbedError::Busy);
        }
        self.asked.fetch_add(sentences.len(), Ordering::Relaxed);
        Ok(sentences.iter().map(|sentence| vector(sentence)).collect())
    }
}

fn vector(sentence: &str) -> Embedding {
    let mut sum = vec![0.0_f32; DIMENSIONS];
    let all: Vec<String> = words(sentence).collect();
    // A sentence of common words alone is about them.
    let telling = all.iter().any(|word| !COMMON.contains(&word.as_str()));
    for word in all.iter().filter(|word| !telling || !COMMON.contains(&word.as_str())) {
        let hash = fnv(word.as_bytes());
        let sign = if hash & (1 << 40) == 0 { 1.0 } else { -1.0 };
        if let Some(place) = usize::try_from(hash % DIMENSIONS as u64).ok().and_then(|at| sum.get_mut(at)) {
            *place += sign;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    Arc::from(sum)
}

/// The words of a text in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::testing::embedder_suite;

    #[test]
    fn it_keeps_the_contract() {
        block_on(embedder_suite(&HashedEmbedder::default()));
    }

    #[test]
    fn a_busy_one_says_so() {
        let embedder = HashedEmbedder::default();
        embedder.set_busy(true);
        let refused = block_on(embedder.embed(&["hello".to_owned()]));
        assert!(matches!(refused, Err(EmbedError::Busy)));
        assert_eq!(embedder.sentences(), 0);
    }
}
