//! Work that is done in the end: kept by a store, taken by one worker at a time, tried again until it is done or given up.

mod attempt;
mod names;
mod rules;

use std::{num::NonZeroUsize, sync::Arc};

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use model::{TenantId, Timestamp};
use thiserror::Error;

pub use attempt::{JobHandler, JobHandlers, MAX_WHY_CHARS, Outcome, attempt_job};
pub use names::{InvalidJob, JobId, JobKey, JobKind, JobPayload, MAX_PAYLOAD_BYTES};
pub use rules::JobRules;

/// Why jobs could not be kept, read or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobsError {
    /// The store failed, or was not reached. Whether the change happened is not known: a job that is enqueued again is
    /// still one job.
    #[error("the store of jobs failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl JobsError {
    /// Whether trying again can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(_) => true,
        }
    }
}

/// A job to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Which job it is.
    pub key: JobKey,
    /// What its handler is told. Never a caller's words: payloads are stored as they are.
    pub payload: JobPayload,
    /// When it may be taken at the earliest; at once when there is no time.
    pub not_before: Option<Timestamp>,
}

/// What became of a job that was enqueued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits for a worker.
    New,
    /// There is a job of this key already: it waits, runs, is done, or was given up.
    Known,
}

/// A job in the hands of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which job it is.
    pub key: JobKey,
    /// What it was enqueued with.
    pub payload: JobPayload,
    /// How often it was taken, this time included.
    pub attempt: u32,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits: for its time, for a worker, or for the next attempt.
    Waiting,
    /// A worker has it.
    Running,
    /// It is done.
    Done,
    /// It was given up: someone should look.
    Failed,
}

/// A job as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatus {
    /// Which job it is.
    pub key: JobKey,
    /// How far it is.
    pub state: JobState,
    /// How often it was taken.
    pub attempts: u32,
    /// Why the last attempt did not do it; none while nothing went wrong.
    pub why: Option<String>,
}

/// How many jobs of one kind are not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCounts {
    /// Which kind.
    pub kind: JobKind,
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs that a worker has.
    pub running: u64,
    /// Jobs that were given up.
    pub failed: u64,
}

/// The jobs of all tenants.
///
/// A job is done at least once: a worker that dies, or cannot reach the store for as long as its lease, may have done
/// the work of a job that another then takes. Handlers therefore do the same again without harm.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Keeps a job, unless there is one of its key: then nothing changes, whatever became of that one. A job that is
    /// done stays known for weeks.
    async fn enqueue(&self, job: NewJob) -> Result<Enqueued, JobsError>;

    /// Takes jobs and lets `handler` do them, up to `at_once` at a time, until `stop` comes; the jobs that run then are
    /// finished first. Jobs are taken when their time has come, never before, and those that wait longest first. While
    /// the store is away it is asked again.
    ///
    /// Dropping the future is what a dying worker does: its jobs wait for another until their leases run out.
    async fn run(
        &self,
        handler: Arc<dyn JobHandler>,
        at_once: NonZeroUsize,
        stop: BoxFuture<'static, ()>,
    ) -> Result<(), JobsError>;

    /// How far a job is; none when nobody enqueued it, or it was done so long ago that it is forgotten.
    async fn status(&self, key: &JobKey) -> Result<Option<JobStatus>, JobsError>;

    /// A tenant's jobs that were given up, up to `limit`, the newest first.
    async fn failed(&self, tenant: &TenantId, limit: u32) -> Result<Vec<JobStatus>, JobsError>;

    /// How many jobs are not done, by kind, of all tenants. A kind of which there are none may be left out.
    async fn counts(&self) -> Result<Vec<JobCounts>, JobsError>;
}
