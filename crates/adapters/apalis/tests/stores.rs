//! What a suite over any store cannot show: files, backlogs, and a server that goes away.

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use apalis_jobs::{JobStoreError, PostgresJobs, SqliteJobs};
use async_trait::async_trait;
use model::{TenantId, Timestamp};
use ports::{
    Enqueued, Job, JobHandler, JobId, JobKey, JobKind, JobPayload, JobState, Jobs, NewJob, Outcome,
    testing::JOBS_SUITE_RULES,
};
use services::Postgres;
use tempfile::TempDir;
use tokio::{sync::oneshot, time::timeout};

/// The longest that something may take that takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Remembers the order in which jobs were done.
#[derive(Default)]
struct Order(Mutex<Vec<String>>);

#[async_trait]
impl JobHandler for Order {
    async fn handle(&self, job: &Job) -> Outcome {
        self.0.lock().expect("no panic").push(job.key.id.to_string());
        Outcome::Done
    }
}

fn key(id: &str) -> JobKey {
    let (tenant, kind) = (TenantId::new("acme").expect("a name"), JobKind::new("verify").expect("a kind"));
    JobKey::new(tenant, kind, JobId::new(id).expect("an id"))
}

async fn enqueue(jobs: &dyn Jobs, id: &str, not_before: Option<Timestamp>) -> Enqueued {
    let payload = JobPayload::of(&id).expect("a payload");
    jobs.enqueue(NewJob { key: key(id), payload, not_before }).await.expect("enqueue")
}

async fn is_done(jobs: &dyn Jobs, id: &str) -> bool {
    let status = jobs.status(&key(id)).await;
    status.is_ok_and(|status| status.is_some_and(|status| status.state == JobState::Done))
}

async fn until_done(jobs: &dyn Jobs, id: &str) {
    let looks = async {
        while !is_done(jobs, id).await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    timeout(PATIENCE, looks).await.expect("it is done in the end");
}

/// Does jobs one at a time until something is so.
async fn run_until(jobs: &dyn Jobs, until: impl Future<Output = ()>) -> Vec<String> {
    let order = Arc::new(Order::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let told = Box::pin(async move { drop(stopped.await) });
    let run = jobs.run(Arc::clone(&order) as _, NonZeroUsize::MIN, told);
    let until = async {
        until.await;
        drop(stop);
    };
    let (ran, ()) = tokio::join!(run, until);
    ran.expect("run");
    let done = order.0.lock().expect("no panic");
    done.clone()
}

async fn open(path: &Path) -> SqliteJobs {
    SqliteJobs::open(path, JOBS_SUITE_RULES).await.expect("open")
}

#[tokio::test]
async fn a_job_outlives_the_process_that_enqueued_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.sqlite");
    let before = open(&file).await;
    assert_eq!(enqueue(&before, "one", None).await, Enqueued::New);
    drop(before);

    let after = open(&file).await;

    assert_eq!(enqueue(&after, "one", None).await, Enqueued::Known);
    assert_eq!(run_until(&after, until_done(&after, "one")).await, ["one"]);
    drop(after);
    assert_eq!(enqueue(&open(&file).await, "one", None).await, Enqueued::Known, "it is done");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let jobs = open(&folder.path().join("jobs.sqlite")).await;
    enqueue(&jobs, "one", None).await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.sqlite");
    std::fs::write(&file, "no database, ".repeat(1_000)).unwrap();
    assert!(SqliteJobs::open(&file, JOBS_SUITE_RULES).await.is_err());
    let error = SqliteJobs::open(folder.path().join("no/such/folder"), JOBS_SUITE_RULES).await.unwrap_err();
    assert!(matches!(error, JobStoreError::File { .. }), "{error:?}");
}

#[tokio::test]
async fn of_a_backlog_those_that_wait_longest_are_done_first() {
    let folder = TempDir::new().unwrap();
    let jobs = open(&folder.path().join("jobs.sqlite")).await;
    for (id, seconds) in [("third", 300), ("first", 100), ("second", 200)] {
        let at = Timestamp::from_millis((1_700_000_000 + seconds) * 1_000);
        enqueue(&jobs, id, Some(at)).await;
    }
    assert_eq!(run_until(&jobs, until_done(&jobs, "third")).await, ["first", "second", "third"]);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_being_shown() {
    for url in ["", "mysql://a:s3cret@b/c", "postgres://a:s3cret@b:port/c"] {
        let error = PostgresJobs::connect(url, JOBS_SUITE_RULES).await.unwrap_err();
        assert!(matches!(error, JobStoreError::Url), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_goes_on_when_its_server_is_back() {
    let Some(mut server) = Postgres::start_or_skip() else { return };
    let url = format!("{}?sslmode=disable", server.url("postgres"));
    let jobs = PostgresJobs::connect(&url, JOBS_SUITE_RULES).await.unwrap();
    enqueue(&jobs, "before", None).await;
    let done = run_until(&jobs, async {
        until_done(&jobs, "before").await;
        server.stop();
        assert!(jobs.status(&key("before")).await.is_err(), "the server is away");
        server.start_again();
        let payload = JobPayload::of(&()).unwrap();
        let new = NewJob { key: key("after"), payload, not_before: None };
        let again = async {
            // Connections that broke are found out one by one.
            while jobs.enqueue(new.clone()).await.is_err() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        timeout(PATIENCE, again).await.unwrap();
        until_done(&jobs, "after").await;
    });
    assert_eq!(done.await, ["before", "after"]);
}

#[tokio::test]
async fn a_servers_certificate_is_verified() {
    if Postgres::start_or_skip().is_none() {
        return;
    }
    let server = Postgres::start_with_tls();
    for mode in ["require", "prefer"] {
        let url = format!("{}?sslmode={mode}", server.url("postgres"));
        let error = PostgresJobs::connect(&url, JOBS_SUITE_RULES).await.unwrap_err();
        assert!(matches!(error, JobStoreError::Database(_)), "{mode}: {error:?}");
        let url = format!("{url}&sslrootcert={}", server.certificate().display());
        PostgresJobs::connect(&url, JOBS_SUITE_RULES).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_without_tls_is_used_where_the_address_allows_it() {
    let Some(server) = Postgres::start_or_skip() else { return };
    PostgresJobs::connect(&server.url("postgres"), JOBS_SUITE_RULES).await.unwrap();
    let url = format!("{}?sslmode=require", server.url("postgres"));
    assert!(PostgresJobs::connect(&url, JOBS_SUITE_RULES).await.is_err());
}
