//! Jobs as rows: what is written into them, and how what they say is read.

use model::{TenantId, Timestamp};
use ports::{Job, JobCounts, JobKey, JobKind, JobPayload, JobState, JobStatus};
use serde::{Deserialize, Serialize};

use crate::JobStoreError;

/// All jobs are of one queue: which host does what is not told here.
pub(crate) const QUEUE: &str = "trunkline";
/// What apalis writes before the reason of a job that it does not try again.
const ABORTED: &str = "AbortError: ";
/// What it writes of a job whose worker died begins so.
const ORPHANED: &str = "Re-enqueued";

/// What is stored of a job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredJob {
    key: String,
    payload: JobPayload,
}

impl StoredJob {
    pub(crate) fn of(key: &JobKey, payload: JobPayload) -> Self {
        Self { key: key.as_text(), payload }
    }

    /// The job for its handler; none when the row is not ours.
    pub(crate) fn read(stored: serde_json::Value, attempt: u32) -> Option<Job> {
        let Self { key, payload } = serde_json::from_value(stored).ok()?;
        Some(Job { key: JobKey::from_text(&key)?, payload, attempt })
    }
}

/// The columns that say how far a job is.
pub(crate) struct Columns {
    pub(crate) key: Option<String>,
    pub(crate) status: String,
    pub(crate) attempts: i64,
    pub(crate) max_attempts: i64,
    pub(crate) result: Option<String>,
}

impl Columns {
    pub(crate) fn read(self) -> Result<JobStatus, JobStoreError> {
        let key = self.key.as_deref().and_then(JobKey::from_text).ok_or(JobStoreError::Row)?;
        let state = match self.status.as_str() {
            "Done" => JobState::Done,
            "Running" => JobState::Running,
            "Killed" => JobState::Failed,
            "Failed" if self.attempts >= self.max_attempts => JobState::Failed,
            _ => JobState::Waiting,
        };
        // The attempt that runs is counted when it has ended.
        let running = i64::from(state == JobState::Running);
        let attempts = u32::try_from(self.attempts + running).unwrap_or(u32::MAX);
        let why = (state != JobState::Done).then(|| self.result.as_deref().and_then(why)).flatten();
        Ok(JobStatus { key, state, attempts, why })
    }
}

/// The reason in what apalis keeps of an attempt.
fn why(result: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Result {
        #[serde(rename = "Err")]
        err: String,
    }
    let Result { err } = serde_json::from_str(result).ok()?;
    let why = err.strip_prefix(ABORTED).unwrap_or(&err);
    Some(if why.starts_with(ORPHANED) { "the worker died".to_owned() } else { why.to_owned() })
}

/// The numbers of a kind.
pub(crate) fn counts(
    (kind, waiting, running, failed): (Option<String>, i64, i64, i64),
) -> Result<JobCounts, JobStoreError> {
    let kind = kind.and_then(|kind| JobKind::new(kind).ok()).ok_or(JobStoreError::Row)?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(JobCounts { kind, waiting: count(waiting), running: count(running), failed: count(failed) })
}

/// What the keys of a tenant's jobs begin with.
pub(crate) fn prefix(tenant: &TenantId) -> String {
    format!("{tenant} ")
}

/// The first whole second that is not before a time.
pub(crate) fn whole_second(at: Timestamp) -> u64 {
    let seconds = at.as_micros().div_euclid(1_000_000) + i64::from(at.as_micros().rem_euclid(1_000_000) > 0);
    u64::try_from(seconds).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(status: &str, attempts: i64, result: Option<&str>) -> Columns {
        let key = Some("acme verify call-1".to_owned());
        Columns {
            key,
            status: status.to_owned(),
            attempts,
            max_attempts: 3,
            result: result.map(str::to_owned),
        }
    }

    #[test]
    fn rows_say_how_far_a_job_is() {
        let read = |status, attempts| {
            let status = columns(status, attempts, None).read().unwrap();
            (status.state, status.attempts)
        };
        assert_eq!(read("Pending", 0), (JobState::Waiting, 0));
        assert_eq!(read("Queued", 1), (JobState::Waiting, 1));
        assert_eq!(read("Running", 0), (JobState::Running, 1));
        assert_eq!(read("Failed", 2), (JobState::Waiting, 2));
        assert_eq!(read("Failed", 3), (JobState::Failed, 3));
        assert_eq!(read("Killed", 1), (JobState::Failed, 1));
        assert_eq!(read("Done", 2), (JobState::Done, 2));
    }

    #[test]
    fn a_reason_is_read_without_the_librarys_words() {
        let read = |status, result| columns(status, 1, Some(result)).read().unwrap().why;
        assert_eq!(read("Failed", r#"{"Err":"away"}"#).as_deref(), Some("away"));
        assert_eq!(read("Killed", r#"{"Err":"AbortError: no such call"}"#).as_deref(), Some("no such call"));
        let orphaned = r#"{"Err": "Re-enqueued due to worker heartbeat timeout."}"#;
        assert_eq!(read("Pending", orphaned).as_deref(), Some("the worker died"));
        assert_eq!(read("Done", r#"{"Ok":null}"#), None);
        assert_eq!(read("Failed", "neither JSON nor ours"), None);
    }

    #[test]
    fn a_row_that_is_not_ours_is_an_error_and_no_panic() {
        let foreign = Columns { key: Some("no-key".to_owned()), ..columns("Done", 0, None) };
        assert!(matches!(foreign.read(), Err(JobStoreError::Row)));
        assert!(StoredJob::read(serde_json::json!({"key": 1}), 1).is_none());
        assert!(StoredJob::read(serde_json::json!({"key": "a b", "payload": "1"}), 1).is_none());
    }

    #[test]
    fn times_are_rounded_up_to_whole_seconds() {
        assert_eq!(whole_second(Timestamp::from_micros(5_000_000)), 5);
        assert_eq!(whole_second(Timestamp::from_micros(5_000_001)), 6);
        assert_eq!(whole_second(Timestamp::from_micros(-5)), 0);
    }
}
