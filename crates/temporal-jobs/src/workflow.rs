//! The workflow of a job: wait for its time, then one activity, which the server tries again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use temporalio_common::{RetryPolicy, error::IncomingError};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityExecutionError, ActivityOptions, ApplicationFailure, WorkflowContext, WorkflowResult,
};

use crate::{activity::JobActivities, input::JobInput};

/// How the workflow is called on the server.
pub(crate) const WORKFLOW: &str = "trunkline-job";
/// The longest attempt.
const MAX_ATTEMPT: Duration = Duration::from_secs(24 * 3_600);
/// The server takes no shorter interval.
const MIN_DELAY: Duration = Duration::from_millis(1);

/// A job. Gives how often it was taken; fails with the reason of its last attempt.
#[workflow]
#[derive(Default)]
pub(crate) struct JobWorkflow;

#[workflow_methods]
impl JobWorkflow {
    #[run(name = "trunkline-job")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, input: JobInput) -> WorkflowResult<u32> {
        if let Some(wait) = wait(&input, ctx.workflow_time()) {
            ctx.timer(wait).await;
        }
        let done = ctx.execute_activity(JobActivities::attempt, input.clone(), options(&input)).await;
        Ok(done.map_err(|error| given_up(&error, input.max_attempts))?)
    }
}

/// How long until the job's time, by the workflow's own clock.
fn wait(input: &JobInput, now: Option<SystemTime>) -> Option<Duration> {
    let at = u64::try_from(input.not_before_us?).ok()?;
    (UNIX_EPOCH + Duration::from_micros(at)).duration_since(now?).ok()
}

fn options(input: &JobInput) -> ActivityOptions {
    let rules = input.rules();
    let retries = RetryPolicy::builder()
        .initial_interval(rules.first_delay.max(MIN_DELAY))
        .backoff_coefficient(2.0)
        .maximum_interval(rules.max_delay.max(rules.first_delay).max(MIN_DELAY))
        .maximum_attempts(rules.max_attempts)
        .build();
    ActivityOptions::with_start_to_close_timeout(MAX_ATTEMPT)
        .heartbeat_timeout(rules.lease)
        .retry_policy(retries)
        // Through the queue, so that whichever worker has room takes it.
        .do_not_eagerly_execute(true)
        .build()
}

/// What one of ours said, and not the server or the SDK.
pub(crate) fn told(error: &IncomingError) -> Option<&ApplicationFailure> {
    if let IncomingError::Application(told) = error { Some(told) } else { None }
}

/// The end of a job that was not done: the reason, with how often it was taken.
fn given_up(error: &ActivityExecutionError, max_attempts: u32) -> ApplicationFailure {
    let told = error.cause().and_then(told);
    let why = told.map_or_else(|| "the worker died".to_owned(), |told| told.source_error().to_string());
    let attempts = told.and_then(|told| told.details::<u32>().ok().flatten()).unwrap_or(max_attempts);
    ApplicationFailure::builder(why).non_retryable(true).details(attempts).build()
}
