//! What the suite drives a store with: handlers that are told what to do, and bounded waits.

use std::{
    future::{Future, poll_fn},
    num::NonZeroUsize,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    task::{Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use model::{TenantId, Timestamp};

use crate::{
    Enqueued, Job, JobHandler, JobId, JobKey, JobKind, JobPayload, JobState, Jobs, NewJob, Outcome,
    testing::JobClock,
};

/// How long is waited between two looks, and how often is looked: a minute, for what takes seconds.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const MAX_LOOKS: u32 = 1_200;
/// Tells tenants apart where stores outlive a test.
static TENANTS: AtomicU32 = AtomicU32::new(0);

/// A store with what the suite needs to judge it.
pub(super) struct Suite<J> {
    pub(super) hosts: [J; 2],
    pub(super) clock: JobClock,
    pub(super) tenant: TenantId,
}

impl<J: Jobs> Suite<J> {
    pub(super) fn new(hosts: [J; 2], clock: JobClock) -> Self {
        let n = TENANTS.fetch_add(1, Ordering::Relaxed);
        let tenant = format!("acme-{}-{n}", (clock.now)().as_micros());
        Self { hosts, clock, tenant: TenantId::new(tenant).expect("a tenant's name") }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock.now)()
    }

    pub(super) fn key(&self, id: &str) -> JobKey {
        named(&self.tenant, "suite", id)
    }

    pub(super) async fn state(&self, key: &JobKey) -> Option<(JobState, u32)> {
        let status = self.hosts[1].status(key).await.expect("status");
        status.map(|status| (status.state, status.attempts))
    }

    pub(super) async fn until_state(&self, key: &JobKey, state: JobState) {
        let what = format!("{key} is {state:?}");
        self.until(&what, async || self.state(key).await.is_some_and(|(found, _)| found == state)).await;
    }

    /// Waits for what must come.
    pub(super) async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        for _ in 0..MAX_LOOKS {
            if is_so().await {
                return;
            }
            (self.clock.sleep)(LOOK_EVERY).await;
        }
        panic!("waited in vain until {what}");
    }

    /// Runs a host until it is told to stop.
    pub(super) async fn run(&self, host: &J, script: &Script, at_once: usize, stop: Gate) {
        let at_once = NonZeroUsize::new(at_once).expect("some");
        host.run(Arc::new(script.clone()), at_once, Box::pin(async move { stop.passed().await }))
            .await
            .expect("run");
    }

    /// Runs a host while something else goes on; then it dies.
    pub(super) async fn while_running(
        &self,
        host: &J,
        script: &Script,
        at_once: usize,
        other: impl Future<Output = ()>,
    ) {
        let mut run = pin!(self.run(host, script, at_once, Gate::default()));
        let mut other = pin!(other);
        poll_fn(|context| {
            assert!(run.as_mut().poll(context).is_pending(), "the worker stopped though nobody said so");
            other.as_mut().poll(context)
        })
        .await;
    }
}

pub(super) fn named(tenant: &TenantId, kind: &str, id: &str) -> JobKey {
    let (kind, id) = (JobKind::new(kind).expect("a kind"), JobId::new(id).expect("an id"));
    JobKey::new(tenant.clone(), kind, id)
}

/// The same id of another tenant.
pub(super) fn key<J>(tenant: &str, suite: &Suite<J>, id: &str) -> JobKey {
    let tenant = TenantId::new(format!("{tenant}-{}", suite.tenant)).expect("a tenant's name");
    named(&tenant, "suite", id)
}

pub(super) fn new_job(key: &JobKey) -> NewJob {
    let payload = JobPayload::of(&key.id.as_str()).expect("a payload");
    NewJob { key: key.clone(), payload, not_before: None }
}

pub(super) async fn enqueue<J: Jobs>(jobs: &J, key: &JobKey) -> Enqueued {
    jobs.enqueue(new_job(key)).await.expect("enqueue")
}

/// What becomes of a job.
type Says = dyn Fn(&Job) -> BoxFuture<'static, Outcome> + Send + Sync;

/// A handler that does what a function says, and remembers what it was given and when.
#[derive(Clone)]
pub(super) struct Script {
    says: Arc<Says>,
    clock: JobClock,
    tenant: String,
    taken: Arc<Mutex<Vec<(Job, Timestamp)>>>,
}

impl Script {
    pub(super) fn new<J>(
        suite: &Suite<J>,
        says: impl Fn(&Job) -> BoxFuture<'static, Outcome> + Send + Sync + 'static,
    ) -> Self {
        let (clock, tenant) = (suite.clock.clone(), suite.tenant.to_string());
        Self { says: Arc::new(says), clock, tenant, taken: Arc::default() }
    }

    pub(super) fn taken(&self) -> Vec<Job> {
        self.lock().iter().map(|(job, _)| job.clone()).collect()
    }

    pub(super) fn started(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn attempts_of(&self, key: &JobKey) -> Vec<u32> {
        self.lock().iter().filter(|(job, _)| job.key == *key).map(|(job, _)| job.attempt).collect()
    }

    pub(super) fn taken_at(&self, key: &JobKey) -> Vec<Timestamp> {
        self.lock().iter().filter(|(job, _)| job.key == *key).map(|(_, at)| *at).collect()
    }

    pub(super) fn first_taken_at(&self, key: &JobKey) -> Timestamp {
        *self.taken_at(key).first().expect("it was taken")
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Job, Timestamp)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl JobHandler for Script {
    async fn handle(&self, job: &Job) -> Outcome {
        if !job.key.tenant.as_str().ends_with(&self.tenant) {
            // A job of a former test, which the store outlived.
            return Outcome::Done;
        }
        let now = (self.clock.now)();
        self.lock().push((job.clone(), now));
        (self.says)(job).await
    }
}

/// What is waited for until it is opened.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Gate {
    pub(super) fn opened() -> Self {
        let gate = Self::default();
        gate.open();
        gate
    }

    pub(super) fn open(&self) {
        let mut gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gate.0 = true;
        gate.1.drain(..).for_each(Waker::wake);
    }

    pub(super) async fn passed(&self) {
        poll_fn(|context| {
            let mut gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if gate.0 {
                return Poll::Ready(());
            }
            gate.1.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    pub(super) fn then(self, outcome: Outcome) -> BoxFuture<'static, Outcome> {
        Box::pin(async move {
            self.passed().await;
            outcome
        })
    }
}
