//! What people at desks can do and look up, as far as this server has it.

use std::sync::Arc;

use async_trait::async_trait;
use guidance::DeskActs;
use model::TenantId;
use ports::{Knowledge, Passage};

/// An answer to a question, and the passage that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answer, redacted.
    pub text: String,
    /// Which of the passages.
    pub passage: usize,
    /// The model that wrote it.
    pub model: String,
}

/// Answers questions out of passages.
#[async_trait]
pub trait Answerer: Send + Sync {
    /// The answer, or a stable code that says why there is none.
    ///
    /// # Errors
    /// When the passages do not hold it, or nobody is there to write it.
    async fn answer(
        &self,
        tenant: &TenantId,
        question: &str,
        passages: &[Passage],
    ) -> Result<Answered, &'static str>;
}

/// What people at desks can do and look up; what is missing is refused.
#[derive(Clone, Default)]
pub struct Desk {
    /// Takes what they do to where it is done.
    pub acts: Option<Arc<dyn DeskActs>>,
    /// The documents.
    pub knowledge: Option<Arc<dyn Knowledge>>,
    /// Answers out of the documents.
    pub answerer: Option<Arc<dyn Answerer>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("acts", &self.acts.is_some())
            .field("knowledge", &self.knowledge.is_some())
            .field("answerer", &self.answerer.is_some())
            .finish()
    }
}
