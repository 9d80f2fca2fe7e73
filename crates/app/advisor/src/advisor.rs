//! Answers what rules ask.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use assist::{Asked, FoundPassage, Wanted, WrittenSummary};
use events::HintSource;
use metrics::counter;
use model::TenantId;
use ports::{Answer, Knowledge, LanguageModelError, Passage, Prompt};
use redaction::{TenantPolicy, masked, redact_text};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    extract::extract,
    fence::Fence,
    grounding::check_answer,
    models::{Models, Purpose, Route},
    names,
    plain::{cut, plain},
    prompts::Prompts,
    summary,
};

/// So many passages are looked at for an answer.
pub(crate) const MAX_PASSAGES: usize = 4;
/// As many characters of a passage, a question and a conversation are handed to a model.
const MAX_PASSAGE_CHARS: usize = 3_000;
const MAX_QUESTION_CHARS: usize = 2_000;
const MAX_CONTEXT_CHARS: usize = 6_000;
/// What a model may say: words that are asked for, and those that are taken.
const HINT_WORDS: usize = 25;
pub(crate) const MAX_HINT_WORDS: usize = 40;
const ANSWER_WORDS: usize = 50;
const MAX_ANSWER_WORDS: usize = 80;
/// Tokens for the answer, its quotation, and the JSON around them.
const MAX_TOKENS: u32 = 400;
/// A search of the documents is quick, or something is wrong with it.
const SEARCH_WITHIN: Duration = Duration::from_secs(5);

/// Gives a tenant's redaction policy.
pub type PolicyOf = Arc<dyn Fn(&TenantId) -> Arc<TenantPolicy> + Send + Sync>;

/// What advising needs.
#[derive(Clone)]
pub struct AdvisorParts {
    /// The documents, where there are some.
    pub knowledge: Option<Arc<dyn Knowledge>>,
    /// The models.
    pub models: Models,
    /// The prompts of tenants that have their own.
    pub prompts: BTreeMap<TenantId, Prompts>,
    /// How what a model wrote is redacted.
    pub policy_of: PolicyOf,
}

impl fmt::Debug for AdvisorParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdvisorParts")
            .field("models", &self.models)
            .field("prompts", &self.prompts)
            .finish_non_exhaustive()
    }
}

/// Answers what rules and desks ask, from documents and models. Cheap to clone.
#[derive(Clone)]
pub struct Advisor {
    parts: Arc<AdvisorParts>,
    built_in: Arc<Prompts>,
}

impl fmt::Debug for Advisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Advisor").field("models", &self.parts.models).finish_non_exhaustive()
    }
}

/// What is asked of a model.
pub(crate) struct Question<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) purpose: Purpose,
    /// The prompt's name.
    pub(crate) prompt: &'a str,
    /// Redacted.
    pub(crate) question: &'a str,
    /// Redacted; may be empty.
    pub(crate) context: &'a str,
}

/// A model's answer that its passage bears.
pub(crate) struct Grounded {
    pub(crate) text: String,
    pub(crate) passage: usize,
    pub(crate) model: String,
}

/// Why a model's answer is not given.
pub(crate) enum Withheld {
    /// There is none: the documents alone may do.
    NoAnswer(&'static str),
    /// There is one, and it must not be shown, or it says that it knows nothing.
    NotShown(&'static str),
}

impl Withheld {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoAnswer(code) | Self::NotShown(code) => code,
        }
    }
}

/// The answer as a model gives it.
#[derive(Deserialize)]
struct RawAnswer {
    answer: Option<String>,
    passage: usize,
    quote: String,
}

impl Advisor {
    /// An advisor.
    #[must_use]
    pub fn new(parts: AdvisorParts) -> Self {
        Self { parts: Arc::new(parts), built_in: Arc::new(Prompts::built_in()) }
    }

    /// Answers a rule's question: with a passage of the documents, or with what a model says of one.
    ///
    /// When no model can be asked the passage speaks for itself, where it may, and the answer names no model.
    ///
    /// # Errors
    /// The code of why there is no answer: `no_documents`, `knowledge_failed`, `no_passage` when none fits well enough,
    /// `not_answered` when the model finds none that answers, `ungrounded` when its answer does not stand in the
    /// passage, `too_long`, `no_model`, or a model's own, such as `model_timeout`.
    pub async fn ask(&self, tenant: &TenantId, asked: &Asked) -> Result<FoundPassage, &'static str> {
        let found = self.answer_to(tenant, asked).await;
        let purpose = Purpose::Hint.as_str();
        match &found {
            Ok(found) => {
                let by = if found.model.is_some() { "model" } else { "documents" };
                counter!(names::GIVEN, "purpose" => purpose, "by" => by).increment(1);
            }
            Err(code) => counter!(names::WITHHELD, "purpose" => purpose, "code" => *code).increment(1),
        }
        found
    }

    async fn answer_to(&self, tenant: &TenantId, asked: &Asked) -> Result<FoundPassage, &'static str> {
        let mut passages = self.passages(tenant, &asked.question, MAX_PASSAGES).await?;
        passages.retain(|passage| passage.score >= asked.score);
        let Some(best) = passages.first() else { return Err("no_passage") };
        let Wanted::Model { prompt, may_quote } = &asked.wanted else {
            return Ok(extracted(best, &asked.question));
        };
        let question = Question {
            tenant,
            purpose: Purpose::Hint,
            prompt: prompt.as_deref().unwrap_or(Purpose::Hint.as_str()),
            question: &asked.question,
            context: &asked.context,
        };
        match self.model_answer(&question, &passages).await {
            Ok(Grounded { text, passage, model }) => {
                let source = passages.get(passage).ok_or("ungrounded")?;
                Ok(FoundPassage { suggestion: text, source: source_of(source), model: Some(model) })
            }
            Err(Withheld::NoAnswer(code)) if *may_quote => {
                tracing::debug!(error.code = code, "no model answers; a passage speaks for itself");
                counter!(names::WITHHELD, "purpose" => "hint", "code" => code).increment(1);
                Ok(extracted(best, &asked.question))
            }
            Err(withheld) => Err(withheld.code()),
        }
    }

    /// Writes a call's summary from its redacted transcript, one line for each utterance: `[c-12340] Customer: words`.
    /// `sections` are id, title and what the model is told of it; `dispositions` codes and titles.
    ///
    /// Points that name no utterance of the call, or say a number or an address that was not said, are left out.
    ///
    /// # Errors
    /// The code of why there is none: `no_model`, `nothing_said`, `ungrounded` when nothing of it could be kept, or a
    /// model's own, such as `model_timeout`.
    pub async fn summarise(
        &self,
        tenant: &TenantId,
        transcript: &str,
        sections: &[(String, String, Option<String>)],
        dispositions: &[(String, String)],
    ) -> Result<WrittenSummary, &'static str> {
        let written = summary::write(self, tenant, transcript, sections, dispositions).await;
        let purpose = Purpose::Summary.as_str();
        match &written {
            Ok(_) => counter!(names::GIVEN, "purpose" => purpose, "by" => "model").increment(1),
            Err(code) => counter!(names::WITHHELD, "purpose" => purpose, "code" => *code).increment(1),
        }
        written
    }

    /// The models.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.parts.models
    }

    /// Passages that fit, the best first.
    pub(crate) async fn passages(
        &self,
        tenant: &TenantId,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, &'static str> {
        let knowledge = self.parts.knowledge.as_ref().ok_or("no_documents")?;
        let search = knowledge.search(tenant, question, limit);
        match tokio::time::timeout(SEARCH_WITHIN, search).await {
            Ok(Ok(passages)) => Ok(passages),
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the documents cannot be searched");
                Err("knowledge_failed")
            }
            Err(_) => Err("knowledge_failed"),
        }
    }

    /// What a model answers from these passages, if one of them bears it.
    pub(crate) async fn model_answer(
        &self,
        asked: &Question<'_>,
        passages: &[Passage],
    ) -> Result<Grounded, Withheld> {
        let route =
            self.parts.models.of(asked.tenant, asked.purpose).ok_or(Withheld::NoAnswer("no_model"))?;
        let (wanted, most) = match asked.purpose {
            Purpose::Hint => (HINT_WORDS, MAX_HINT_WORDS),
            Purpose::Answer | Purpose::Summary => (ANSWER_WORDS, MAX_ANSWER_WORDS),
        };
        let (fence, material) = material(asked, passages);
        let instructions = self.prompts(asked.tenant).instructions(
            asked.prompt,
            asked.purpose.as_str(),
            wanted,
            &fence.shown(),
        );
        let answer = self
            .complete(asked.tenant, asked.purpose, route, instructions, material, answer_schema(), MAX_TOKENS)
            .await
            .map_err(|error| Withheld::NoAnswer(error.code()))?;
        let raw: RawAnswer =
            serde_json::from_str(&answer.text).map_err(|_| Withheld::NoAnswer("model_rubbish"))?;
        let text = plain(raw.answer.as_deref().unwrap_or_default());
        if text.is_empty() {
            return Err(Withheld::NotShown("not_answered"));
        }
        if text.split_whitespace().count() > most {
            return Err(Withheld::NotShown("too_long"));
        }
        let source = passages.get(raw.passage).ok_or(Withheld::NotShown("ungrounded"))?;
        check_answer(&text, &raw.quote, &source.text).map_err(|why| {
            tracing::debug!(?why, "an answer is not borne by its passage");
            Withheld::NotShown("ungrounded")
        })?;
        let text = self.redacted(asked.tenant, &text);
        Ok(Grounded { text, passage: raw.passage, model: plain(&answer.model) })
    }

    pub(crate) async fn complete(
        &self,
        tenant: &TenantId,
        purpose: Purpose,
        route: &Route,
        instructions: String,
        material: String,
        schema: Value,
        max_tokens: u32,
    ) -> Result<Answer, LanguageModelError> {
        let prompt = Prompt {
            tenant: tenant.clone(),
            purpose: purpose.as_str(),
            instructions,
            material,
            schema: Some(schema),
            max_tokens,
            timeout: route.within,
        };
        let within = route.within.saturating_add(Duration::from_millis(100));
        let answer = tokio::time::timeout(within, route.model.answer(&prompt)).await;
        answer.unwrap_or(Err(LanguageModelError::Timeout))
    }

    pub(crate) fn route(&self, tenant: &TenantId, purpose: Purpose) -> Option<&Route> {
        self.parts.models.of(tenant, purpose)
    }

    pub(crate) fn prompts(&self, tenant: &TenantId) -> &Prompts {
        self.parts.prompts.get(tenant).unwrap_or(&self.built_in)
    }

    /// Text with what must not be kept or shown masked, as the tenant wants it.
    pub(crate) fn redacted(&self, tenant: &TenantId, text: &str) -> String {
        // One text is one piece: nothing is remembered under the key.
        let policy = (self.parts.policy_of)(tenant).for_call([0; 16]);
        masked(text, &redact_text(text, policy))
    }
}

/// A passage that speaks for itself.
fn extracted(passage: &Passage, question: &str) -> FoundPassage {
    FoundPassage {
        suggestion: extract(&passage.text, question, MAX_HINT_WORDS),
        source: source_of(passage),
        model: None,
    }
}

fn source_of(passage: &Passage) -> HintSource {
    HintSource {
        document: passage.document.clone(),
        title: plain(&passage.title),
        heading: passage.heading.as_deref().map(plain),
        passage: cut(&passage.text, MAX_PASSAGE_CHARS).to_owned(),
    }
}

/// The question, what was said before, and the passages, each in the fence.
fn material(asked: &Question<'_>, passages: &[Passage]) -> (Fence, String) {
    let title = |passage: &Passage| match &passage.heading {
        Some(heading) => format!("{} / {heading}", passage.title),
        None => passage.title.clone(),
    };
    let mut parts = vec![("question".to_owned(), cut(asked.question, MAX_QUESTION_CHARS).to_owned())];
    if !asked.context.trim().is_empty() {
        parts.push(("conversation".to_owned(), last_chars(asked.context, MAX_CONTEXT_CHARS).to_owned()));
    }
    parts.extend(passages.iter().enumerate().map(|(n, passage)| {
        let text = format!("{}\n{}", title(passage), cut(&passage.text, MAX_PASSAGE_CHARS));
        (format!("passage {n}"), text)
    }));
    let fence = Fence::around(parts.iter().map(|(_, text)| text.as_str()));
    let mut out = String::new();
    for (name, text) in &parts {
        fence.put(&mut out, name, text);
    }
    (fence, out)
}

/// At most so many characters, the last ones.
fn last_chars(text: &str, most: usize) -> &str {
    let count = text.chars().count();
    let from = text.char_indices().nth(count.saturating_sub(most)).map_or(0, |(at, _)| at);
    text.get(from..).unwrap_or(text)
}

fn answer_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "answer": {"type": ["string", "null"]},
            "passage": {"type": "integer"},
            "quote": {"type": "string"},
        },
        "required": ["answer", "passage", "quote"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests;
