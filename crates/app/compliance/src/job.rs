//! The durable job that verifies a call, and what sees to it that every call has one.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use model::{CallId, CallKey, TenantId};
use ports::{
    CallFilter, EventLog, EventLogError, InvalidJob, Job, JobHandler, JobId, JobKey, JobKind, JobPayload,
    Jobs, JobsError, NewJob, Outcome, ReviewFilter,
};

use crate::{Verifier, VerifyError};

/// The kind of these jobs. Their id is the call's.
pub const VERIFY_JOB: &str = "verify";

/// How many calls of a tenant one look takes in.
const PAGE: u32 = 100;

/// How many pages one look reads.
const MAX_PAGES: u32 = 20;

/// How many calls are remembered to have their job. With one more, all are forgotten, and asked for again.
const MAX_SEEN: usize = 10_000;

/// How long a call that is not over is waited for.
const NOT_OVER: Duration = Duration::from_secs(60);

#[async_trait]
impl JobHandler for Verifier {
    async fn handle(&self, job: &Job) -> Outcome {
        let Ok(call) = CallId::new(job.key.id.as_str()) else {
            return Outcome::failed("its id is no call's");
        };
        let key = CallKey::new(job.key.tenant.clone(), call);
        match self.verify(&key).await {
            Ok(verified) => {
                tracing::info!(call.id = %key.call, verdict = ?verified.verdict, "a call was verified");
                Outcome::Done
            }
            // It was erased meanwhile.
            Err(VerifyError::Log(EventLogError::NoSuchCall(_))) => Outcome::Done,
            Err(VerifyError::NotOver) => {
                Outcome::Retry { why: VerifyError::NotOver.to_string(), after: Some(NOT_OVER) }
            }
            Err(error) => {
                tracing::warn!(call.id = %key.call, error = &error as &dyn std::error::Error, "a call is not verified");
                if error.is_retryable() {
                    Outcome::retry(error.to_string())
                } else {
                    Outcome::failed(error.to_string())
                }
            }
        }
    }
}

/// The job that verifies a call.
///
/// # Errors
/// When the call's id cannot be a job's.
pub fn verify_job(key: &CallKey) -> Result<NewJob, InvalidJob> {
    let id = JobId::new(key.call.as_str())?;
    let key = JobKey::new(key.tenant.clone(), JobKind::new(VERIFY_JOB)?, id);
    Ok(NewJob { key, payload: JobPayload::of(&())?, not_before: None })
}

/// Looks for calls that ended and were not verified, and gives each its job. Whoever ended them may have died right then.
pub struct Sweep {
    log: Arc<dyn EventLog>,
    jobs: Arc<dyn Jobs>,
    tenants: Vec<TenantId>,
    /// Calls that have their job; those of them that were given up stay unverified.
    seen: Mutex<BTreeSet<CallKey>>,
}

impl std::fmt::Debug for Sweep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sweep").field("tenants", &self.tenants).finish_non_exhaustive()
    }
}

impl Sweep {
    /// A sweep of these tenants.
    #[must_use]
    pub const fn new(log: Arc<dyn EventLog>, jobs: Arc<dyn Jobs>, tenants: Vec<TenantId>) -> Self {
        Self { log, jobs, tenants, seen: Mutex::new(BTreeSet::new()) }
    }

    /// Looks again and again, until it is dropped.
    pub async fn run(self, every: Duration) {
        loop {
            if let Err(error) = self.once().await {
                tracing::warn!(error = &*error, "ended calls cannot be looked for");
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Looks once, and says how many calls wait to be verified.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn once(&self) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
        let mut waiting = 0;
        for tenant in &self.tenants {
            waiting += self.tenant(tenant).await?;
        }
        Ok(waiting)
    }

    async fn tenant(&self, tenant: &TenantId) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
        let mut filter =
            CallFilter { review: Some(ReviewFilter::Unverified), limit: PAGE, ..CallFilter::default() };
        let mut waiting = 0;
        for _ in 0..MAX_PAGES {
            let page = self.log.calls(tenant, &filter).await?;
            for call in page.calls {
                let key = CallKey::new(tenant.clone(), call.call_id);
                self.enqueue(&key).await?;
                waiting += 1;
            }
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        Ok(waiting)
    }

    async fn enqueue(&self, key: &CallKey) -> Result<(), JobsError> {
        if self.seen().contains(key) {
            return Ok(());
        }
        match verify_job(key) {
            // Known ones are fine: they wait, run, or were given up and are somebody's to look at.
            Ok(job) => drop(self.jobs.enqueue(job).await?),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(call.id = %key.call, error, "a call cannot be verified");
            }
        }
        let mut seen = self.seen();
        if seen.len() >= MAX_SEEN {
            seen.clear();
        }
        seen.insert(key.clone());
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, BTreeSet<CallKey>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
