//! Running jobs: apalis's worker, begun again when its store was away.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use apalis_core::error::WorkerError;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use model::Timestamp;
use ports::JobRules;
use uuid::Uuid;

use crate::JobStoreError;

/// How often is looked for jobs that are due.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many heartbeats fit into a lease.
const BEATS: u32 = 4;
/// How long is waited before a store that failed is used again.
const STORE_RETRY: Duration = Duration::from_secs(1);
/// How often is forgotten what is old.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// How long a job that is done stays known, so that it is not done again.
pub(crate) const KEEP_DONE_SECONDS: i64 = 30 * 24 * 3_600;
/// How long a job that was given up stays for people to see.
pub(crate) const KEEP_FAILED_SECONDS: i64 = 180 * 24 * 3_600;
/// How long a worker that is gone, and has no job in the table, stays in it.
pub(crate) const KEEP_WORKERS_SECONDS: i64 = 24 * 3_600;

/// Told when to stop; asked again and again.
pub(crate) type Stop = Shared<BoxFuture<'static, ()>>;

/// The host's clock, which is the store's where jobs are files; hosts that share a database agree on the time.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::default() + since
}

/// How often a worker says that it lives, and how often it may fail to.
pub(crate) fn heartbeat(rules: &JobRules) -> (Duration, usize) {
    (rules.lease / BEATS, usize::try_from(BEATS).unwrap_or(1))
}

/// Runs one worker after the other until it is time to stop: one that loses its store ends. Its jobs wait until its
/// last heartbeat is a lease ago. A name is used once, since it names the worker's locks.
pub(crate) async fn run(
    stop: Stop,
    worker: impl Fn(String) -> BoxFuture<'static, Result<(), WorkerError>> + Send,
    forget: impl Fn() -> BoxFuture<'static, Result<(), JobStoreError>> + Send,
) {
    let work = async {
        loop {
            let ran = worker(Uuid::now_v7().to_string()).await;
            if stop.clone().now_or_never().is_some() {
                return;
            }
            if let Err(error) = ran {
                tracing::warn!(error = &error as &dyn std::error::Error, "the worker of jobs begins again");
            }
            tokio::select! {
                () = stop.clone() => return,
                () = tokio::time::sleep(STORE_RETRY) => {}
            }
        }
    };
    let forget_old = async {
        loop {
            if let Err(error) = forget().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "old jobs are not removed");
            }
            tokio::time::sleep(FORGET_EVERY).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = forget_old => {}
    }
}

/// One of apalis's workers on a storage, until it is told to stop. A macro, since the bounds of a worker over any storage
/// would be longer than all of this file.
macro_rules! one_worker {
    ($name:expr, $storage:expr, $attempts:expr, $at_once:expr, $stop:expr) => {{
        let worker = apalis_core::worker::builder::WorkerBuilder::new($name)
            .backend(apalis_core::backend::ext::BackendExt::poll_with_interval(
                $storage,
                $crate::worker::LOOK_EVERY,
            ))
            .layer(tower::limit::ConcurrencyLimitLayer::new($at_once.get()))
            .build($attempts);
        let stop = futures_util::FutureExt::map($stop.clone(), Ok::<(), apalis_core::error::WorkerError>);
        futures_util::FutureExt::boxed(worker.run_until(stop))
    }};
}
pub(crate) use one_worker;
