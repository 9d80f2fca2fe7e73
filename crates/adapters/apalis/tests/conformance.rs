//! The stores against their port's suite.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use apalis_jobs::{PostgresJobs, SqliteJobs};
use model::Timestamp;
use ports::testing::{JOBS_SUITE_RULES, JobClock, jobs_suite};
use services::Postgres;
use tempfile::TempDir;

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start_or_skip);

fn clock() -> JobClock {
    let now = || Timestamp::default() + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    JobClock { now: Arc::new(now), sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_jobs() {
    let folder = TempDir::new().unwrap();
    let count = AtomicU32::new(0);
    let make = async || {
        let path = folder.path().join(count.fetch_add(1, Ordering::Relaxed).to_string());
        let open = || SqliteJobs::open(&path, JOBS_SUITE_RULES);
        [open().await.unwrap(), open().await.unwrap()]
    };
    jobs_suite(make, clock()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_jobs() {
    let Some(server) = &*SERVER else { return };
    let url = format!("{}?sslmode=disable", server.url("postgres"));
    let make = async || {
        let connect = || PostgresJobs::connect(&url, JOBS_SUITE_RULES);
        [connect().await.unwrap(), connect().await.unwrap()]
    };
    jobs_suite(make, clock()).await;
}
