//! The activity of a job: one attempt of its handler, which lives as long as it beats.

use std::{sync::Arc, time::Duration};

use ports::{JobHandler, Outcome, attempt_job};
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};
use tokio::{runtime::Handle, task::JoinSet, time::interval};

use crate::input::JobInput;

/// How many heartbeats fit into a lease.
const BEATS: u32 = 4;

/// Does attempts by a handler, on the runtime of whoever runs the jobs: the worker's own has nothing to do but to beat.
pub(crate) struct JobActivities {
    pub(crate) handler: Arc<dyn JobHandler>,
    pub(crate) runtime: Handle,
}

#[activities]
impl JobActivities {
    #[activity]
    pub(crate) async fn attempt(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: JobInput,
    ) -> Result<u32, ActivityError> {
        let attempt = ctx.info().attempt;
        let Some(job) = input.job(attempt) else {
            return Err(never("the workflow's input is no job", attempt));
        };
        let handler = Arc::clone(&self.handler);
        // Dropped with this future, it ends the task.
        let mut task = JoinSet::new();
        task.spawn_on(async move { attempt_job(handler.as_ref(), &job).await }, &self.runtime);
        let mut beat = interval((input.rules().lease / BEATS).max(Duration::from_millis(1)));
        let outcome = loop {
            tokio::select! {
                ended = task.join_next() => break ended.and_then(Result::ok),
                _ = beat.tick() => {
                    // A heartbeat that is lost is made good by the next.
                    drop(ctx.record_heartbeat(()).await);
                }
            }
        };
        match outcome.unwrap_or_else(|| Outcome::retry("the attempt was cut off")) {
            Outcome::Done => Ok(attempt),
            Outcome::Failed { why } => Err(never(why, attempt)),
            Outcome::Retry { why, after } => {
                let delay = after.map(|_| input.rules().delay_after(attempt, after));
                let failure = ApplicationFailure::builder(why).maybe_next_retry_delay(delay).details(attempt);
                Err(ActivityError::Application(Box::new(failure.build())))
            }
        }
    }
}

fn never(why: impl Into<String>, attempt: u32) -> ActivityError {
    let failure = ApplicationFailure::builder(why.into()).non_retryable(true).details(attempt);
    ActivityError::Application(Box::new(failure.build()))
}
