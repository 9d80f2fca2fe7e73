//! Counting what comes of attempts.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use metrics::{counter, histogram};
use ports::{Job, JobHandler, Outcome, attempt_job};

use crate::names;

/// A handler whose attempts are counted and logged.
pub(crate) struct Metered {
    pub(crate) handler: Arc<dyn JobHandler>,
}

#[async_trait]
impl JobHandler for Metered {
    async fn handle(&self, job: &Job) -> Outcome {
        let began = Instant::now();
        // Here, so that a panic is counted, too.
        let outcome = attempt_job(self.handler.as_ref(), job).await;
        let kind = job.key.kind.to_string();
        histogram!(names::SECONDS, "kind" => kind.clone()).record(began.elapsed().as_secs_f64());
        counter!(names::ATTEMPTS, "kind" => kind, "outcome" => told(job, &outcome)).increment(1);
        outcome
    }
}

/// Logs an outcome, and names it for the metric. Reasons are ours: no caller's words are in them.
fn told(job: &Job, outcome: &Outcome) -> &'static str {
    let (key, attempt) = (&job.key, job.attempt);
    match outcome {
        Outcome::Done => {
            tracing::debug!(job.kind = %key.kind, job.id = %key.id, attempt, "the job is done");
            "done"
        }
        Outcome::Retry { why, .. } => {
            tracing::warn!(job.kind = %key.kind, job.id = %key.id, attempt, why, "the job is not done yet");
            "retry"
        }
        Outcome::Failed { why } => {
            tracing::error!(job.kind = %key.kind, job.id = %key.id, attempt, why, "the job cannot be done");
            "failed"
        }
    }
}
