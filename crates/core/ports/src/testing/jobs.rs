//! Jobs in memory.

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, poll_fn},
    num::NonZeroUsize,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use model::{TenantId, Timestamp};

use crate::{
    Enqueued, Job, JobCounts, JobHandler, JobKey, JobPayload, JobRules, JobState, JobStatus, Jobs, JobsError,
    NewJob, Outcome, attempt_job,
};

/// The store's clock, and how to wait for a time by it.
#[derive(Clone)]
pub struct JobClock {
    /// The time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Waits for as long as this.
    pub sleep: Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl fmt::Debug for JobClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobClock")
    }
}

/// Jobs that live as long as they are held. Clones are hosts of the same jobs.
#[derive(Clone, Debug)]
pub struct MemoryJobs {
    rules: JobRules,
    clock: JobClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<JobKey, Row>,
    changes: u64,
    wakers: Vec<Waker>,
}

#[derive(Clone, Debug)]
struct Row {
    payload: JobPayload,
    state: JobState,
    attempts: u32,
    why: Option<String>,
    not_before: Timestamp,
    changed: u64,
}

impl MemoryJobs {
    /// No jobs, by these rules and this clock.
    #[must_use]
    pub fn new(rules: JobRules, clock: JobClock) -> Self {
        Self { rules, clock, state: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job that waits longest, and when the next one is due if there is none.
    fn take(&self) -> Result<Job, Option<Timestamp>> {
        let now = (self.clock.now)();
        let mut state = self.lock();
        let waiting = state.rows.iter_mut().filter(|(_, row)| row.state == JobState::Waiting);
        let Some((key, row)) = waiting.min_by_key(|(_, row)| row.not_before) else { return Err(None) };
        if row.not_before > now {
            return Err(Some(row.not_before));
        }
        row.state = JobState::Running;
        row.attempts += 1;
        Ok(Job { key: key.clone(), payload: row.payload.clone(), attempt: row.attempts })
    }

    fn settle(&self, job: &Job, outcome: Outcome) {
        let (state, why, after) = match outcome {
            Outcome::Done => (JobState::Done, None, Duration::ZERO),
            Outcome::Failed { why } => (JobState::Failed, Some(why), Duration::ZERO),
            Outcome::Retry { why, .. } if self.rules.is_last(job.attempt) => {
                (JobState::Failed, Some(why), Duration::ZERO)
            }
            Outcome::Retry { why, after } => {
                (JobState::Waiting, Some(why), self.rules.delay_after(job.attempt, after))
            }
        };
        let not_before = (self.clock.now)() + after;
        self.lock().change(&job.key, |row| Row { state, why, not_before, ..row });
    }

    /// What becomes of a job whose worker died.
    fn abandon(&self, job: &Job) {
        let not_before = (self.clock.now)() + self.rules.lease;
        let state = if self.rules.is_last(job.attempt) { JobState::Failed } else { JobState::Waiting };
        let why = Some("the worker died".to_owned());
        self.lock().change(&job.key, |row| Row { state, why, not_before, ..row });
    }
}

impl State {
    fn change(&mut self, key: &JobKey, change: impl FnOnce(Row) -> Row) {
        self.changes += 1;
        if let Some(row) = self.rows.get_mut(key) {
            *row = Row { changed: self.changes, ..change(row.clone()) };
        }
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

/// A runner with the jobs that it has. Dropping it with some is what a dying worker does.
struct Runner<'m> {
    jobs: &'m MemoryJobs,
    handler: Arc<dyn JobHandler>,
    running: Vec<(Job, BoxFuture<'static, Outcome>)>,
    wait: Option<BoxFuture<'static, ()>>,
}

impl Runner<'_> {
    fn poll(&mut self, at_once: usize, is_stopping: bool, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.poll_running(context);
            if is_stopping {
                return if self.running.is_empty() { Poll::Ready(()) } else { Poll::Pending };
            }
            if self.running.len() >= at_once {
                return Poll::Pending;
            }
            self.jobs.lock().wakers.push(context.waker().clone());
            match self.jobs.take() {
                Ok(job) => self.begin(job),
                Err(due) => {
                    self.wait = due.map(|due| (self.jobs.clock.sleep)(due.since((self.jobs.clock.now)())));
                    let Some(wait) = &mut self.wait else { return Poll::Pending };
                    if wait.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn begin(&mut self, job: Job) {
        let (handler, taken) = (Arc::clone(&self.handler), job.clone());
        self.running.push((job, Box::pin(async move { attempt_job(handler.as_ref(), &taken).await })));
    }

    fn poll_running(&mut self, context: &mut Context<'_>) {
        let jobs = self.jobs;
        self.running.retain_mut(|(job, handled)| match Pin::new(handled).poll(context) {
            Poll::Pending => true,
            Poll::Ready(outcome) => {
                jobs.settle(job, outcome);
                false
            }
        });
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        self.running.iter().for_each(|(job, _)| self.jobs.abandon(job));
    }
}

#[async_trait]
impl Jobs for MemoryJobs {
    async fn enqueue(&self, job: NewJob) -> Result<Enqueued, JobsError> {
        let now = (self.clock.now)();
        let mut state = self.lock();
        if state.rows.contains_key(&job.key) {
            return Ok(Enqueued::Known);
        }
        let row = Row {
            payload: job.payload,
            state: JobState::Waiting,
            attempts: 0,
            why: None,
            not_before: job.not_before.unwrap_or(now),
            changed: 0,
        };
        state.rows.insert(job.key, row);
        state.wakers.drain(..).for_each(Waker::wake);
        Ok(Enqueued::New)
    }

    async fn run(
        &self,
        handler: Arc<dyn JobHandler>,
        at_once: NonZeroUsize,
        mut stop: BoxFuture<'static, ()>,
    ) -> Result<(), JobsError> {
        let mut runner = Runner { jobs: self, handler, running: Vec::new(), wait: None };
        let mut is_stopping = false;
        poll_fn(|context| {
            is_stopping = is_stopping || stop.as_mut().poll(context).is_ready();
            runner.poll(at_once.get(), is_stopping, context)
        })
        .await;
        Ok(())
    }

    async fn status(&self, key: &JobKey) -> Result<Option<JobStatus>, JobsError> {
        Ok(self.lock().rows.get(key).map(|row| status(key, row)))
    }

    async fn failed(&self, tenant: &TenantId, limit: u32) -> Result<Vec<JobStatus>, JobsError> {
        let state = self.lock();
        let of_tenant = |(key, row): &(&JobKey, &Row)| key.tenant == *tenant && row.state == JobState::Failed;
        let mut failed: Vec<(&JobKey, &Row)> = state.rows.iter().filter(of_tenant).collect();
        failed.sort_by_key(|(_, row)| std::cmp::Reverse(row.changed));
        failed.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(failed.into_iter().map(|(key, row)| status(key, row)).collect())
    }

    async fn counts(&self) -> Result<Vec<JobCounts>, JobsError> {
        let mut counts = BTreeMap::new();
        for (key, row) in &self.lock().rows {
            let of_kind = counts.entry(key.kind.clone()).or_insert((0, 0, 0));
            match row.state {
                JobState::Waiting => of_kind.0 += 1,
                JobState::Running => of_kind.1 += 1,
                JobState::Failed => of_kind.2 += 1,
                JobState::Done => {}
            }
        }
        let of_kind = |(kind, (waiting, running, failed))| JobCounts { kind, waiting, running, failed };
        Ok(counts.into_iter().map(of_kind).collect())
    }
}

fn status(key: &JobKey, row: &Row) -> JobStatus {
    JobStatus { key: key.clone(), state: row.state, attempts: row.attempts, why: row.why.clone() }
}
