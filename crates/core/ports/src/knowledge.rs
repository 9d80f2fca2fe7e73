//! A tenant's documents, searched by words and by meaning.

use async_trait::async_trait;
use model::TenantId;
use thiserror::Error;

/// Why documents could not be indexed or searched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KnowledgeError {
    /// The index could not be read or written.
    #[error("the index of documents failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl KnowledgeError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(_) => true,
        }
    }
}

/// A passage of a document that fits a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The document, as its path within the tenant's documents.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The heading under which the passage stands.
    pub heading: Option<String>,
    /// The passage, word for word.
    pub text: String,
    /// How well it fits, 0 to 1: see the index for what it is made of.
    pub score: f32,
    /// The part of it that is by meaning alone, the cosine of the two vectors; none where there is no model.
    pub meaning: Option<f32>,
}

/// Searches a tenant's documents.
#[async_trait]
pub trait Knowledge: Send + Sync {
    /// The passages that fit a question best, the best first, at most `limit`. Few or none when little fits.
    ///
    /// # Errors
    /// When the index cannot be read. Without an embedding model the words alone decide; that is no error.
    async fn search(
        &self,
        tenant: &TenantId,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, KnowledgeError>;
}
