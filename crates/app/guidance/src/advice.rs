//! Who is asked what a session wants to know.

use assist::{Asked, FoundPassage, WrittenSummary};
use async_trait::async_trait;
use model::TenantId;

/// What is to be summed up, all of it redacted.
#[derive(Clone, Debug, PartialEq)]
pub struct ToSummarise {
    /// The transcript, one line for each utterance.
    pub transcript: String,
    /// The sections: id, title, and what the model is told of it.
    pub sections: Vec<(String, String, Option<String>)>,
    /// The codes and titles of dispositions to choose from.
    pub dispositions: Vec<(String, String)>,
}

/// Knows documents, and language models where there are any. A refusal is a stable name, such as `model_timeout`.
#[async_trait]
pub trait Advice: Send + Sync {
    /// Whether a language model writes this tenant's summaries.
    fn writes_summaries(&self, tenant: &TenantId) -> bool;

    /// What a card is to say, with the passage that bears it.
    ///
    /// # Errors
    /// When there is nothing that may be said.
    async fn ask(&self, tenant: &TenantId, asked: &Asked) -> Result<FoundPassage, &'static str>;

    /// The summary of a call.
    ///
    /// # Errors
    /// When there is none that may be shown.
    async fn summarise(&self, tenant: &TenantId, call: &ToSummarise) -> Result<WrittenSummary, &'static str>;
}
