//! Sentences to vectors whose directions are their meanings.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

/// Why sentences have no vectors.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// More was asked for than can be done in time; nothing was done.
    #[error("the embedding model is busy")]
    Busy,
    /// The model failed.
    #[error("the embedding model failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl EmbedError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// A sentence's vector, of length 1: the dot product of two is the cosine of their angle, 1 for the same meaning.
pub type Embedding = Arc<[f32]>;

/// Gives sentences their vectors.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Names the model and its version: vectors of different names must not be compared.
    fn name(&self) -> &str;

    /// How many numbers a vector has.
    fn dimensions(&self) -> usize;

    /// The vectors of these sentences, in order. A sentence is cut after as many words as the model takes; one without
    /// words has a vector of zeros.
    ///
    /// # Errors
    /// When the model fails, or is too busy to answer soon.
    async fn embed(&self, sentences: &[String]) -> Result<Vec<Embedding>, EmbedError>;
}
