//! A language model that does what a test says.

use std::{
    fmt,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    vec,
};

use async_trait::async_trait;
use futures_core::{Stream, stream::BoxStream};

use crate::{Answer, AnswerPart, LanguageModel, LanguageModelError, Prompt, json_answer};

/// What a scripted model says to a prompt.
type Says = dyn Fn(&Prompt) -> Result<String, LanguageModelError> + Send + Sync;

/// A model whose answers are a function of what it is asked, and that remembers what it was asked.
pub struct ScriptedModel {
    says: Box<Says>,
    asked: Mutex<Vec<Prompt>>,
}

impl ScriptedModel {
    /// A model that says what `says` does.
    #[must_use]
    pub fn new(says: impl Fn(&Prompt) -> Result<String, LanguageModelError> + Send + Sync + 'static) -> Self {
        Self { says: Box::new(says), asked: Mutex::new(Vec::new()) }
    }

    /// A model that does what its material says, as [`language_model_suite`](super::language_model_suite) wants it.
    #[must_use]
    pub fn obedient() -> Self {
        Self::new(|prompt| {
            let (word, rest) = prompt.material.split_once(' ').unwrap_or((&prompt.material, ""));
            match word {
                "say" => Ok(rest.to_owned()),
                "hang" => Err(LanguageModelError::Timeout),
                "busy" => Err(LanguageModelError::Busy { retry_after: None }),
                "refuse" => Err(LanguageModelError::Refused("as the script says".to_owned())),
                _ => Err(LanguageModelError::Failed("as the script says".into())),
            }
        })
    }

    /// What it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Prompt> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedModel").finish_non_exhaustive()
    }
}

#[async_trait]
impl LanguageModel for ScriptedModel {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn answer(&self, prompt: &Prompt) -> Result<Answer, LanguageModelError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(prompt.clone());
        let said = (self.says)(prompt)?;
        let text = match &prompt.schema {
            Some(schema) => json_answer(&said, schema)?,
            None if said.trim().is_empty() => return Err(LanguageModelError::Rubbish("it is empty")),
            None => said,
        };
        let words = |text: &str| u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX);
        Ok(Answer {
            model: "scripted-1".to_owned(),
            input_tokens: words(&prompt.instructions).saturating_add(words(&prompt.material)),
            output_tokens: words(&text),
            text,
        })
    }

    async fn stream(
        &self,
        prompt: &Prompt,
    ) -> Result<BoxStream<'static, Result<AnswerPart, LanguageModelError>>, LanguageModelError> {
        let answer = self.answer(prompt).await?;
        let pieces = answer.text.split_inclusive(' ').map(|piece| Ok(AnswerPart::Text(piece.to_owned())));
        let mut parts: Vec<_> = pieces.collect();
        parts.push(Ok(AnswerPart::Done(answer)));
        Ok(Box::pin(Listed(parts.into_iter())))
    }
}

/// A stream of what is there already.
struct Listed(vec::IntoIter<Result<AnswerPart, LanguageModelError>>);

impl Stream for Listed {
    type Item = Result<AnswerPart, LanguageModelError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}
