//! Answers what agents look for.

use metrics::counter;
use model::TenantId;
use ports::Passage;

use crate::{
    advisor::{Advisor, Grounded, MAX_PASSAGES, Question},
    models::Purpose,
    names,
};

/// A model's answer to what an agent looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAnswer {
    /// What it says, redacted.
    pub text: String,
    /// The passage that bears it: its place among those that were given.
    pub passage: usize,
    /// The model.
    pub model: String,
}

impl Advisor {
    /// Has a question answered from the passages that were found for it; the first few are looked at. What was typed is
    /// redacted before a model sees it.
    ///
    /// # Errors
    /// The code of why there is no answer: `no_passage`, `no_model`, `not_answered`, `ungrounded`, `too_long`, or a
    /// model's own, such as `model_timeout`.
    pub async fn answer(
        &self,
        tenant: &TenantId,
        question: &str,
        passages: &[Passage],
    ) -> Result<FoundAnswer, &'static str> {
        let answered = self.answer_from(tenant, question, passages).await;
        match &answered {
            Ok(_) => counter!(names::GIVEN, "purpose" => "answer", "by" => "model").increment(1),
            Err(code) => counter!(names::WITHHELD, "purpose" => "answer", "code" => *code).increment(1),
        }
        answered
    }

    async fn answer_from(
        &self,
        tenant: &TenantId,
        question: &str,
        passages: &[Passage],
    ) -> Result<FoundAnswer, &'static str> {
        let passages = passages.get(..MAX_PASSAGES.min(passages.len())).unwrap_or_default();
        if passages.is_empty() {
            return Err("no_passage");
        }
        let question = self.redacted(tenant, question);
        let purpose = Purpose::Answer;
        let asked = Question { tenant, purpose, prompt: purpose.as_str(), question: &question, context: "" };
        let grounded = self.model_answer(&asked, passages).await.map_err(|withheld| withheld.code())?;
        let Grounded { text, passage, model } = grounded;
        Ok(FoundAnswer { text, passage, model })
    }
}
