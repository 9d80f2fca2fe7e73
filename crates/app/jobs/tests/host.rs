//! A host's jobs, on a store in memory and in virtual time.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jobs::JobHost;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use model::{TenantId, Timestamp};
use ports::{
    Job, JobHandler, JobHandlers, JobId, JobKey, JobKind, JobPayload, JobRules, JobState, Jobs, NewJob,
    Outcome,
    testing::{JobClock, MemoryJobs},
};

const PATIENCE: Duration = Duration::from_secs(1);
const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// Takes its time, and fails what it is told to.
#[derive(Default)]
struct Slow {
    takes: Duration,
    handled: AtomicU32,
}

#[async_trait]
impl JobHandler for Slow {
    async fn handle(&self, job: &Job) -> Outcome {
        tokio::time::sleep(self.takes).await;
        self.handled.fetch_add(1, Ordering::Relaxed);
        match job.key.id.as_str() {
            "bad" => Outcome::failed("it is bad"),
            "panics" => panic!("as it shall"),
            _ => Outcome::Done,
        }
    }
}

fn store() -> Arc<MemoryJobs> {
    let began = tokio::time::Instant::now();
    let clock = JobClock {
        now: Arc::new(move || Timestamp::from_millis(1_700_000_000_000) + began.elapsed()),
        sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
    };
    Arc::new(MemoryJobs::new(JobRules::default(), clock))
}

fn key(name: &str, id: &str) -> JobKey {
    let tenant = TenantId::new("acme").expect("a tenant's name");
    JobKey::new(tenant, kind(name), JobId::new(id).expect("an id"))
}

fn kind(name: &str) -> JobKind {
    JobKind::new(name).expect("a kind")
}

async fn enqueue(store: &MemoryJobs, key: &JobKey) {
    let payload = JobPayload::of(&()).expect("a payload");
    let new = NewJob { key: key.clone(), payload, not_before: None };
    store.enqueue(new).await.expect("enqueue");
}

async fn state(store: &MemoryJobs, key: &JobKey) -> JobState {
    store.status(key).await.expect("status").expect("a job").state
}

fn start(store: &Arc<MemoryJobs>, slow: &Arc<Slow>) -> JobHost {
    let handlers = JobHandlers::new().with(kind("verify"), Arc::clone(slow) as _);
    JobHost::start(Arc::clone(store) as _, handlers, ONE)
}

fn metrics() -> (PrometheusHandle, metrics::LocalRecorderGuard<'static>) {
    let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
    (recorder.handle(), metrics::set_default_local_recorder(recorder))
}

#[tokio::test(start_paused = true)]
async fn outcomes_and_numbers_are_counted_by_kind() {
    let (metrics, _guard) = metrics();
    let (store, slow) = (store(), Arc::new(Slow::default()));
    let ids = ["good", "bad", "panics"];
    for id in ids {
        enqueue(&store, &key("verify", id)).await;
    }
    let host = start(&store, &slow);

    // Past the second count, and the first two attempts of the one that panics.
    tokio::time::sleep(Duration::from_secs(20)).await;

    let shown = metrics.render();
    for line in [
        r#"trunkline_job_attempts_total{kind="verify",outcome="done"} 1"#,
        r#"trunkline_job_attempts_total{kind="verify",outcome="failed"} 1"#,
        r#"trunkline_job_attempts_total{kind="verify",outcome="retry"} 2"#,
        r#"trunkline_jobs{kind="verify",state="failed"} 1"#,
        r#"trunkline_jobs{kind="verify",state="waiting"} 1"#,
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    host.shutdown(PATIENCE).await;
}

#[tokio::test(start_paused = true)]
async fn what_runs_is_let_end_within_patience() {
    let (store, slow) = (store(), Arc::new(Slow { takes: PATIENCE / 2, ..Slow::default() }));
    let (begun, next) = (key("verify", "begun"), key("verify", "next"));
    enqueue(&store, &begun).await;
    let host = start(&store, &slow);
    tokio::time::sleep(Duration::from_millis(1)).await;
    enqueue(&store, &next).await;

    host.shutdown(PATIENCE).await;

    assert_eq!(state(&store, &begun).await, JobState::Done);
    assert_eq!(state(&store, &next).await, JobState::Waiting);
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_is_begun_again_by_another_host() {
    let (store, slow) = (store(), Arc::new(Slow { takes: PATIENCE * 2, ..Slow::default() }));
    let long = key("verify", "long");
    enqueue(&store, &long).await;
    let host = start(&store, &slow);
    tokio::time::sleep(Duration::from_millis(1)).await;
    host.shutdown(PATIENCE).await;
    tokio::task::yield_now().await;
    assert_eq!(state(&store, &long).await, JobState::Waiting);

    let other = start(&store, &slow);
    tokio::time::sleep(JobRules::default().lease + PATIENCE * 3).await;

    let status = store.status(&long).await.unwrap().unwrap();
    assert_eq!((status.state, status.attempts), (JobState::Done, 2));
    other.shutdown(PATIENCE).await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_this_host_does_not_know_waits_for_another() {
    let (store, slow) = (store(), Arc::new(Slow::default()));
    let unknown = key("erase", "one");
    enqueue(&store, &unknown).await;
    let host = start(&store, &slow);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let status = store.status(&unknown).await.unwrap().unwrap();

    assert_eq!((status.state, slow.handled.load(Ordering::Relaxed)), (JobState::Waiting, 0));
    assert!(status.why.is_some_and(|why| why.contains("no handler")));
    host.shutdown(PATIENCE).await;
}
