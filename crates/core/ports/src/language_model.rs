//! A language model that answers a prompt.

use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use model::TenantId;
use thiserror::Error;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LanguageModelError {
    /// It did not answer, or not to the end, in the time that it was given.
    #[error("the language model did not answer in time")]
    Timeout,
    /// It takes no more for now, by its own word or by our budget.
    #[error("the language model takes no more requests for now")]
    Busy {
        /// When to come again, where it said so.
        retry_after: Option<Duration>,
    },
    /// It failed often lately and is left alone for a while.
    #[error("the language model failed often and is left alone for a while")]
    Open,
    /// The tenant's budget for it is spent.
    #[error("the budget for the language model is spent")]
    BudgetSpent,
    /// It refuses the request as it is: the key, the model's name, or the size.
    #[error("the language model refuses the request: {0}")]
    Refused(String),
    /// It answered what is no answer: no JSON of the schema, or nothing.
    #[error("the language model answered what cannot be used: {0}")]
    Rubbish(&'static str),
    /// It was not reached, or broke off.
    #[error("the language model was not reached")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl LanguageModelError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Timeout | Self::Busy { .. } | Self::Open | Self::Failed(_) => true,
            Self::BudgetSpent | Self::Refused(_) | Self::Rubbish(_) => false,
        }
    }

    /// A stable name for metrics and events.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "model_timeout",
            Self::Busy { .. } => "model_busy",
            Self::Open => "model_left_alone",
            Self::BudgetSpent => "model_budget_spent",
            Self::Refused(_) => "model_refused",
            Self::Rubbish(_) => "model_rubbish",
            Self::Failed(_) => "model_unreachable",
        }
    }
}

/// What a model is asked. Only redacted words may stand in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Whose question it is: decides the model, and whose budget pays.
    pub tenant: TenantId,
    /// What it is for, such as `hint` or `summary`: a metric's label, and the row of the tenant's models.
    pub purpose: &'static str,
    /// What the model is to do. Never holds a caller's words.
    pub instructions: String,
    /// What it is to do it with: a transcript, passages, a question. Data, never instructions.
    pub material: String,
    /// The JSON schema that the answer must meet; free text without one.
    pub schema: Option<serde_json::Value>,
    /// The longest answer, in the model's tokens.
    pub max_tokens: u32,
    /// How long it may take, to the end.
    pub timeout: Duration,
}

/// A model's whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it said; JSON that meets the schema where there is one.
    pub text: String,
    /// The model, as it names itself.
    pub model: String,
    /// Tokens read, as far as it says.
    pub input_tokens: u32,
    /// Tokens written, as far as it says.
    pub output_tokens: u32,
}

/// A piece of an answer, as it comes.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerPart {
    /// More of the text.
    Text(String),
    /// The end, with the whole.
    Done(Answer),
}

/// Answers prompts.
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// Names what is behind it, for people.
    fn name(&self) -> &str;

    /// The whole answer.
    ///
    /// # Errors
    /// When there is none; [`LanguageModelError::Rubbish`] when it does not meet the schema.
    async fn answer(&self, prompt: &Prompt) -> Result<Answer, LanguageModelError>;

    /// The answer as it comes. Ends with [`AnswerPart::Done`] or an error. Dropping it takes the question back.
    ///
    /// # Errors
    /// When it does not begin.
    async fn stream(
        &self,
        prompt: &Prompt,
    ) -> Result<BoxStream<'static, Result<AnswerPart, LanguageModelError>>, LanguageModelError>;
}
