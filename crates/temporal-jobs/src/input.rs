//! What a workflow is started with.

use std::time::Duration;

use ports::{Job, JobKey, JobPayload, JobRules, NewJob};
use serde::{Deserialize, Serialize};

/// The longest key that a workflow is named by; the server's own bound is 1,000.
pub(crate) const MAX_ID_BYTES: usize = 600;

/// A job and the rules that it goes by. They are part of the history: a change of rules is for later jobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobInput {
    pub(crate) key: String,
    pub(crate) payload: String,
    pub(crate) not_before_us: Option<i64>,
    pub(crate) max_attempts: u32,
    pub(crate) first_delay_ms: u64,
    pub(crate) max_delay_ms: u64,
    pub(crate) lease_ms: u64,
}

impl JobInput {
    pub(crate) fn of(job: NewJob, rules: &JobRules) -> Self {
        Self {
            key: job.key.as_text(),
            payload: job.payload.into(),
            not_before_us: job.not_before.map(model::Timestamp::as_micros),
            max_attempts: rules.max_attempts,
            first_delay_ms: millis(rules.first_delay),
            max_delay_ms: millis(rules.max_delay),
            lease_ms: millis(rules.lease),
        }
    }

    /// The job for its handler; none when another program started the workflow.
    pub(crate) fn job(&self, attempt: u32) -> Option<Job> {
        let payload = JobPayload::try_from(self.payload.clone()).ok()?;
        Some(Job { key: JobKey::from_text(&self.key)?, payload, attempt })
    }

    pub(crate) fn rules(&self) -> JobRules {
        JobRules {
            max_attempts: self.max_attempts,
            first_delay: Duration::from_millis(self.first_delay_ms),
            max_delay: Duration::from_millis(self.max_delay_ms),
            lease: Duration::from_millis(self.lease_ms),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
