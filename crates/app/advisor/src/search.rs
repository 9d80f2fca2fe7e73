//! Answers what agents look for.

use metrics::counter;
use model::TenantId;
use ports::Passage;

use crate::{
    advisor::{Advisor, Grounded, MAX_PASSAGES, Question},
    models::Purpose,
    names,
};

/// The most passages that are given.
const MAX_LIMIT: usize = 20;

/// What an agent looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What was typed.
    pub query: String,
    /// What was said on the call lately, redacted; may be empty.
    pub context: String,
    /// How many passages are wanted, 1 to 20.
    pub limit: usize,
    /// Whether a model is to answer, too.
    pub answer: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The passages, the best first.
    pub passages: Vec<Passage>,
    /// A model's answer.
    pub answer: Option<FoundAnswer>,
    /// Why there is none, where one was wanted.
    pub withheld: Option<&'static str>,
}

/// A model's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAnswer {
    /// What it says, redacted.
    pub text: String,
    /// The passage that bears it: its place among those found.
    pub passage: usize,
    /// The model.
    pub model: String,
}

impl Advisor {
    /// Looks something up, and has it answered where that is wanted. What was typed is redacted before a model sees it.
    ///
    /// # Errors
    /// The code of why nothing can be looked up: `no_documents` or `knowledge_failed`.
    pub async fn search(&self, tenant: &TenantId, wanted: &Search) -> Result<Found, &'static str> {
        let limit = wanted.limit.clamp(1, MAX_LIMIT);
        let passages = self.passages(tenant, &wanted.query, limit).await?;
        let mut found = Found { passages, ..Found::default() };
        if !wanted.answer {
            return Ok(found);
        }
        match self.answer(tenant, wanted, &found.passages).await {
            Ok(Grounded { text, passage, model }) => {
                counter!(names::GIVEN, "purpose" => "answer", "by" => "model").increment(1);
                found.answer = Some(FoundAnswer { text, passage, model });
            }
            Err(code) => {
                counter!(names::WITHHELD, "purpose" => "answer", "code" => code).increment(1);
                found.withheld = Some(code);
            }
        }
        Ok(found)
    }

    async fn answer(
        &self,
        tenant: &TenantId,
        wanted: &Search,
        passages: &[Passage],
    ) -> Result<Grounded, &'static str> {
        let passages = passages.get(..MAX_PASSAGES.min(passages.len())).unwrap_or_default();
        if passages.is_empty() {
            return Err("no_passage");
        }
        let question = self.redacted(tenant, &wanted.query);
        let asked = Question {
            tenant,
            purpose: Purpose::Answer,
            prompt: Purpose::Answer.as_str(),
            question: &question,
            context: &wanted.context,
        };
        self.model_answer(&asked, passages).await.map_err(|withheld| withheld.code())
    }
}
