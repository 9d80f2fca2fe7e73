//! A question under way.

use std::sync::Arc;

use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use metrics::{counter, gauge, histogram};
use model::TenantId;
use ports::{Answer, AnswerPart, LanguageModelError, Prompt};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};

use crate::{guarded::Shared, names};

/// Characters that make about one token, where a server does not count them.
const CHARS_PER_TOKEN: u64 = 4;

type Part = Result<AnswerPart, LanguageModelError>;
type Parts = BoxStream<'static, Part>;

/// A question's place. Whatever comes of it is noted once; when it is dropped before, it was taken back.
pub(crate) struct Ticket {
    shared: Arc<Shared>,
    _turn: OwnedSemaphorePermit,
    tenant: TenantId,
    purpose: &'static str,
    asked_chars: u64,
    asked_at: Instant,
    tries: bool,
    is_over: bool,
}

impl Ticket {
    pub(crate) fn new(shared: Arc<Shared>, turn: OwnedSemaphorePermit, prompt: &Prompt, tries: bool) -> Self {
        gauge!(names::UNDER_WAY, "model" => shared.name.clone()).increment(1.0);
        Self {
            shared,
            _turn: turn,
            tenant: prompt.tenant.clone(),
            purpose: prompt.purpose,
            asked_chars: (prompt.instructions.len() + prompt.material.len()) as u64,
            asked_at: Instant::now(),
            tries,
            is_over: false,
        }
    }

    fn labels(&self) -> [(&'static str, String); 2] {
        [("model", self.shared.name.clone()), ("purpose", self.purpose.to_owned())]
    }

    fn first_word(&self) {
        let took = self.asked_at.elapsed();
        self.shared.state().hedge.took(took);
        histogram!(names::FIRST_WORD, &self.labels()).record(took.as_secs_f64());
    }

    fn answered(&mut self, answer: &Answer) {
        self.is_over = true;
        let counted = u64::from(answer.input_tokens) + u64::from(answer.output_tokens);
        let guessed = (self.asked_chars + answer.text.len() as u64) / CHARS_PER_TOKEN;
        let used = if counted == 0 { guessed } else { counted };
        let shared = &self.shared;
        let now = shared.now();
        let mut state = shared.state();
        let before = state.breaker.state();
        state.breaker.answered(now, self.tries);
        state.spending.used(&self.tenant, used, now);
        shared.show(&state, before, None);
        drop(state);
        let name = || self.shared.name.clone();
        let tokens = [("read", answer.input_tokens), ("written", answer.output_tokens)];
        for (direction, count) in tokens {
            counter!(names::TOKENS, "model" => name(), "direction" => direction).increment(count.into());
        }
        histogram!(names::ANSWER, &self.labels()).record(self.asked_at.elapsed().as_secs_f64());
        let labels =
            [("model", name()), ("purpose", self.purpose.to_owned()), ("outcome", "answered".to_owned())];
        counter!(names::REQUESTS, &labels).increment(1);
    }

    fn failed(&mut self, error: &LanguageModelError) {
        self.is_over = true;
        let shared = &self.shared;
        let now = shared.now();
        let mut state = shared.state();
        let before = state.breaker.state();
        state.breaker.failed(now, error, self.tries);
        shared.show(&state, before, Some(error));
        drop(state);
        tracing::debug!(
            model.name = self.shared.name,
            error = error as &dyn std::error::Error,
            "a question to a language model failed"
        );
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        gauge!(names::UNDER_WAY, "model" => self.shared.name.clone()).decrement(1.0);
        if self.is_over {
            return;
        }
        let now = self.shared.now();
        self.shared.state().breaker.left(now, self.tries);
        let labels = [
            ("model", self.shared.name.clone()),
            ("purpose", self.purpose.to_owned()),
            ("outcome", "dropped".to_owned()),
        ];
        counter!(names::REQUESTS, &labels).increment(1);
    }
}

/// An answer that has begun.
pub(crate) struct Running {
    parts: Parts,
    first: Option<AnswerPart>,
    ticket: Ticket,
    deadline: Instant,
}

impl Running {
    /// Asks, and waits for the first part; once that is late, asks a second time and takes what comes first.
    pub(crate) async fn begin(
        mut ticket: Ticket,
        prompt: &Prompt,
        deadline: Instant,
        hedging: bool,
    ) -> Result<Self, LanguageModelError> {
        let begun = tokio::time::timeout_at(deadline, first_of_two(&ticket, prompt, deadline, hedging)).await;
        match begun.unwrap_or(Err(LanguageModelError::Timeout)) {
            Ok((first, parts)) => {
                ticket.first_word();
                if let AnswerPart::Done(answer) = &first {
                    ticket.answered(answer);
                }
                Ok(Self { parts, first: Some(first), ticket, deadline })
            }
            Err(error) => {
                ticket.failed(&error);
                Err(error)
            }
        }
    }

    /// The next part; none after the last.
    pub(crate) async fn next(&mut self) -> Option<Part> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        if self.ticket.is_over {
            return None;
        }
        let part = match tokio::time::timeout_at(self.deadline, self.parts.next()).await {
            Ok(Some(part)) => part,
            Ok(None) => Err(LanguageModelError::Rubbish("it ended without an end")),
            Err(_) => Err(LanguageModelError::Timeout),
        };
        match &part {
            Ok(AnswerPart::Text(_)) => {}
            Ok(AnswerPart::Done(answer)) => self.ticket.answered(answer),
            Err(error) => self.fail(error),
        }
        Some(part)
    }

    fn fail(&mut self, error: &LanguageModelError) {
        self.ticket.failed(error);
        let [model, purpose] = self.ticket.labels();
        counter!(names::REQUESTS, &[model, purpose, ("outcome", error.code().to_owned())]).increment(1);
    }
}

/// The first part of whichever question is answered first.
async fn first_of_two(
    ticket: &Ticket,
    prompt: &Prompt,
    deadline: Instant,
    hedging: bool,
) -> Result<(AnswerPart, Parts), LanguageModelError> {
    let shared = &ticket.shared;
    let after = shared.state().hedge.after().filter(|_| hedging && !ticket.tries);
    let one = first_part(shared, prompt);
    // A second question that comes late helps nobody.
    let Some(after) = after.filter(|after| Instant::now() + *after * 2 < deadline) else { return one.await };
    tokio::pin!(one);
    tokio::select! {
        begun = &mut one => return begun,
        () = tokio::time::sleep(after) => {}
    }
    let may = {
        let mut state = shared.state();
        let now = shared.now();
        state.hedge.take() && state.spending.take(&ticket.tenant, now)
    };
    if !may {
        return one.await;
    }
    let other = first_part(shared, prompt);
    tokio::pin!(other);
    let (begun, won) = tokio::select! {
        begun = &mut one => match begun {
            Ok(begun) => (Ok(begun), "first"),
            // The other may still do.
            Err(error) => (other.await.or(Err(error)), "second"),
        },
        begun = &mut other => match begun {
            Ok(begun) => (Ok(begun), "second"),
            Err(_) => (one.await, "first"),
        },
    };
    counter!(names::HEDGES, "model" => shared.name.clone(), "won" => won).increment(1);
    begun
}

async fn first_part(shared: &Shared, prompt: &Prompt) -> Result<(AnswerPart, Parts), LanguageModelError> {
    let mut parts = shared.inner.stream(prompt).await?;
    let first = parts.next().await.unwrap_or(Err(LanguageModelError::Rubbish("it ended without an end")))?;
    Ok((first, parts))
}
