//! What apalis calls for each job that it took.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use apalis_core::{
    error::{AbortError, BoxDynError},
    task::Task,
};
use futures_util::future::BoxFuture;
use ports::{Job, JobHandler, JobRules, Outcome, attempt_job};
use serde_json::Value;
use tokio::task::JoinSet;
use tower::Service;

use crate::{JobStoreError, row::StoredJob};

/// Makes a job due later: its id, and the wait.
pub(crate) type Postpone =
    Arc<dyn Fn(String, Duration) -> BoxFuture<'static, Result<(), JobStoreError>> + Send + Sync>;

/// The handler as a service. Each attempt is a task of its own, so that one that computes for long does not keep the
/// worker from its heartbeats.
#[derive(Clone)]
pub(crate) struct Attempts {
    pub(crate) handler: Arc<dyn JobHandler>,
    pub(crate) rules: JobRules,
    pub(crate) postpone: Postpone,
}

impl Service<Task<Value>> for Attempts {
    type Response = ();
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<(), BoxDynError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Value>) -> Self::Future {
        let this = self.clone();
        // The attempt is counted when the future that is made here is polled first.
        let attempt = u32::try_from(task.ctx().attempt() + 1).unwrap_or(u32::MAX);
        let id = task.ctx().task_id().map(ToString::to_string).unwrap_or_default();
        Box::pin(async move {
            match StoredJob::read(task.args, attempt) {
                Some(job) => this.attempt(id, job).await,
                None => Err(never("the stored job cannot be read")),
            }
        })
    }
}

impl Attempts {
    async fn attempt(self, id: String, job: Job) -> Result<(), BoxDynError> {
        let attempt = job.attempt;
        if attempt > self.rules.max_attempts {
            return Err(never("its workers died, every time"));
        }
        match self.handled(job).await {
            Outcome::Done => Ok(()),
            Outcome::Failed { why } => Err(never(why)),
            Outcome::Retry { why, after } => {
                let delay = self.rules.delay_after(attempt, after);
                if !self.rules.is_last(attempt)
                    && let Err(error) = (self.postpone)(id, delay).await
                {
                    // It comes sooner than it should.
                    tracing::warn!(error = &error as &dyn std::error::Error, "a job could not be postponed");
                }
                Err(why.into())
            }
        }
    }

    async fn handled(&self, job: Job) -> Outcome {
        let handler = Arc::clone(&self.handler);
        // Dropped with this future, it ends the task.
        let mut task = JoinSet::new();
        task.spawn(async move { attempt_job(handler.as_ref(), &job).await });
        let ended = task.join_next().await;
        ended.and_then(Result::ok).unwrap_or_else(|| Outcome::retry("the attempt was cut off"))
    }
}

fn never(why: impl Into<BoxDynError>) -> BoxDynError {
    Box::new(AbortError::new(why))
}
