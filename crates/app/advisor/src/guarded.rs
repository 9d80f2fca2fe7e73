//! A model behind its guards.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use metrics::{counter, gauge};
use model::TenantId;
use ports::{Answer, AnswerPart, LanguageModel, LanguageModelError, Prompt};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    breaker::{Breaker, ModelState},
    budget::{Budget, Spending},
    hedge::Hedge,
    names,
    running::{Running, Ticket},
};

/// So many questions wait for their turn for each that is under way; more are refused at once.
const WAITING_FOR_EACH: usize = 4;
/// The share of its time that a question waits for its turn at the most: later there would be none left to answer it.
const WAITS_FOR: f64 = 0.5;

/// What a model is guarded by.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Questions at once, of all tenants together.
    pub at_once: usize,
    /// What each tenant may use.
    pub budget: Budget,
    /// Whether a question that is slow to be answered is asked a second time; the first answer counts.
    pub hedging: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { at_once: 16, budget: Budget::default(), hedging: true }
    }
}

/// How a model is, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStatus {
    /// Its name.
    pub name: String,
    /// Whether it is asked.
    pub state: ModelState,
    /// Why it is not, or was last found wanting: an error's code.
    pub cause: Option<&'static str>,
    /// How long it has been well, or not.
    pub lasts: Duration,
    /// Questions that are under way.
    pub under_way: usize,
}

/// A model behind its guards. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct GuardedModel {
    pub(crate) shared: Arc<Shared>,
}

/// What the questions of a model share.
pub(crate) struct Shared {
    pub(crate) inner: Arc<dyn LanguageModel>,
    pub(crate) name: String,
    limits: Limits,
    turns: Arc<Semaphore>,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) breaker: Breaker,
    pub(crate) spending: Spending,
    pub(crate) hedge: Hedge,
    waiting: usize,
}

impl fmt::Debug for GuardedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedModel").field("name", &self.shared.name).finish_non_exhaustive()
    }
}

impl GuardedModel {
    /// Guards a model.
    #[must_use]
    pub fn new(inner: Arc<dyn LanguageModel>, limits: Limits) -> Self {
        let name = inner.name().to_owned();
        let state = State {
            breaker: Breaker::default(),
            spending: Spending::new(limits.budget),
            hedge: Hedge::default(),
            waiting: 0,
        };
        gauge!(names::STATE, "model" => name.clone()).set(ModelState::Well.gauge());
        let shared = Shared {
            inner,
            name,
            limits,
            turns: Arc::new(Semaphore::new(limits.at_once.max(1))),
            began: Instant::now(),
            state: Mutex::new(state),
        };
        Self { shared: Arc::new(shared) }
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> ModelStatus {
        let shared = &self.shared;
        let state = shared.state();
        let (since, cause) = state.breaker.since();
        ModelStatus {
            name: shared.name.clone(),
            state: state.breaker.state(),
            cause,
            lasts: shared.now().saturating_sub(since),
            under_way: shared.under_way(),
        }
    }

    /// Asks, once it is this question's turn, and waits for the first word.
    async fn begin(&self, prompt: &Prompt) -> Result<Running, LanguageModelError> {
        let deadline = Instant::now() + prompt.timeout;
        let begun = async {
            let turn = self.shared.turn(prompt).await?;
            let tries = self.shared.admit(&prompt.tenant)?;
            let ticket = Ticket::new(Arc::clone(&self.shared), turn, prompt, tries);
            Running::begin(ticket, prompt, deadline, self.shared.limits.hedging).await
        };
        let begun = begun.await;
        if let Err(error) = &begun {
            let labels = [
                ("model", self.shared.name.clone()),
                ("purpose", prompt.purpose.to_owned()),
                ("outcome", error.code().to_owned()),
            ];
            counter!(names::REQUESTS, &labels).increment(1);
        }
        begun
    }
}

#[async_trait]
impl LanguageModel for GuardedModel {
    fn name(&self) -> &str {
        &self.shared.name
    }

    async fn answer(&self, prompt: &Prompt) -> Result<Answer, LanguageModelError> {
        let mut running = self.begin(prompt).await?;
        loop {
            match running.next().await {
                Some(Ok(AnswerPart::Text(_))) => {}
                Some(Ok(AnswerPart::Done(answer))) => return Ok(answer),
                Some(Err(error)) => return Err(error),
                None => return Err(LanguageModelError::Rubbish("it ended without an end")),
            }
        }
    }

    async fn stream(
        &self,
        prompt: &Prompt,
    ) -> Result<BoxStream<'static, Result<AnswerPart, LanguageModelError>>, LanguageModelError> {
        let running = self.begin(prompt).await?;
        let parts = stream::unfold(running, async |mut running| Some((running.next().await?, running)));
        Ok(parts.boxed())
    }
}

impl Shared {
    /// Waits for this question's turn, for a part of its time.
    async fn turn(self: &Arc<Self>, prompt: &Prompt) -> Result<OwnedSemaphorePermit, LanguageModelError> {
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Ok(turn);
        }
        let _place = Place::take(self).ok_or(LanguageModelError::Busy { retry_after: None })?;
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(prompt.timeout.mul_f64(WAITS_FOR), turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(LanguageModelError::Busy { retry_after: None }),
        }
    }

    /// Takes a question from the budget and past the breaker; says whether it tries the model.
    fn admit(&self, tenant: &TenantId) -> Result<bool, LanguageModelError> {
        let now = self.now();
        let mut state = self.state();
        let before = state.breaker.state();
        let tries = state.breaker.admit(now)?;
        if !state.spending.take(tenant, now) {
            state.breaker.left(now, tries);
            return Err(LanguageModelError::BudgetSpent);
        }
        self.show(&state, before, None);
        Ok(tries)
    }

    /// Tells of a model that is left alone, or is back.
    pub(crate) fn show(&self, state: &State, before: ModelState, error: Option<&LanguageModelError>) {
        let after = state.breaker.state();
        gauge!(names::STATE, "model" => self.name.clone()).set(after.gauge());
        if before == after {
            return;
        }
        match (after, error) {
            (ModelState::Busy | ModelState::Failing | ModelState::Refusing, Some(error)) => tracing::warn!(
                model.name = self.name,
                model.state = after.as_str(),
                error = error as &dyn std::error::Error,
                "a language model is left alone"
            ),
            (ModelState::Well, _) => tracing::info!(model.name = self.name, "a language model is back"),
            _ => {}
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn under_way(&self) -> usize {
        self.limits.at_once.max(1).saturating_sub(self.turns.available_permits())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the line of those that wait.
struct Place<'a>(&'a Shared);

impl<'a> Place<'a> {
    fn take(shared: &'a Shared) -> Option<Self> {
        let mut state = shared.state();
        if state.waiting >= shared.limits.at_once.max(1).saturating_mul(WAITING_FOR_EACH) {
            return None;
        }
        state.waiting += 1;
        Some(Self(shared))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests;
