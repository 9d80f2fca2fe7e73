//! Running jobs: Temporal's worker on a thread and a runtime of its own.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use ports::JobHandler;
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions,
    runtime::worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
};
use tokio::{runtime::Handle, sync::oneshot};
use uuid::Uuid;

use crate::{TemporalConfig, TemporalError, activity::JobActivities, client::connect, workflow::JobWorkflow};

/// How long is waited before a server that was lost is asked again.
const RETRY: Duration = Duration::from_secs(1);
/// A dead worker's workflows are another's after this time.
const STICKY: Duration = Duration::from_secs(5);
/// Workflow tasks that are worked on at once; each takes milliseconds.
const WORKFLOW_SLOTS: usize = 16;
/// Workflows whose history is kept in memory.
const MAX_CACHED: usize = 200;

type Stop = Shared<BoxFuture<'static, ()>>;

/// Does jobs until `stop` comes. The SDK's worker stays on one thread, and its tasks die with that thread's runtime: when
/// this future is dropped, nothing of it beats on.
pub(crate) async fn run(
    config: TemporalConfig,
    handler: Arc<dyn JobHandler>,
    at_once: NonZeroUsize,
    stop: BoxFuture<'static, ()>,
) -> Result<(), TemporalError> {
    let runtime = Handle::current();
    let stop = stop.shared();
    // Dropped with this future, it tells the thread to die.
    let (_alive, dropped) = oneshot::channel::<()>();
    let (ended, end) = oneshot::channel();
    let body = move || {
        let work = work_until(config, JobsOf { handler, runtime, at_once }, stop, dropped);
        // Nobody waits for it any more when the send fails.
        drop(ended.send(on_own_runtime(work)));
    };
    let started = thread::Builder::new().name("temporal-jobs".to_owned()).spawn(body);
    started.map_err(|error| TemporalError::Worker(error.into()))?;
    end.await.unwrap_or_else(|_| Err(TemporalError::Worker("its thread ended".into())))
}

/// Who does the jobs.
#[derive(Clone)]
struct JobsOf {
    handler: Arc<dyn JobHandler>,
    runtime: Handle,
    at_once: NonZeroUsize,
}

fn on_own_runtime(work: impl Future<Output = Result<(), TemporalError>>) -> Result<(), TemporalError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| TemporalError::Worker(error.into()))?;
    let worked = runtime.block_on(work);
    runtime.shutdown_background();
    worked
}

async fn work_until(
    config: TemporalConfig,
    of: JobsOf,
    stop: Stop,
    dropped: oneshot::Receiver<()>,
) -> Result<(), TemporalError> {
    tokio::select! {
        worked = work(&config, &of, &stop) => worked,
        _ = dropped => Ok(()),
    }
}

/// Runs one worker after the other until it is time to stop: one that loses its server ends.
async fn work(config: &TemporalConfig, of: &JobsOf, stop: &Stop) -> Result<(), TemporalError> {
    loop {
        if let Err(error) = one_worker(config, of.clone(), stop).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the worker of jobs begins again");
        }
        if stop.clone().now_or_never().is_some() {
            return Ok(());
        }
        tokio::select! {
            () = stop.clone() => return Ok(()),
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

async fn one_worker(config: &TemporalConfig, of: JobsOf, stop: &Stop) -> Result<(), TemporalError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| TemporalError::Worker(error);
    let client = connect(config, &format!("trunkline-{}", Uuid::now_v7())).await?;
    let runtime = Runtime::from_current_tokio(Default::default()).map_err(|error| failed(error.into()))?;
    let options = options(config, of)?;
    let mut worker = Worker::new(&runtime, client, options).map_err(|error| failed(error.into()))?;
    let shutdown = worker.shutdown_handle();
    let run = worker.run();
    tokio::pin!(run);
    let ran = tokio::select! {
        ran = &mut run => ran,
        () = stop.clone() => {
            shutdown();
            // Ends when the activities that run have ended.
            run.await
        }
    };
    ran.map_err(|error| failed(error.into()))
}

fn options(config: &TemporalConfig, of: JobsOf) -> Result<WorkerOptions, TemporalError> {
    let fixed = FixedSizeSlotSupplier::new;
    let tuner = TunerHolder::builder()
        .workflow_task_slot_supplier(fixed(WORKFLOW_SLOTS))
        .activity_task_slot_supplier(fixed(of.at_once.get()))
        .local_activity_task_slot_supplier(fixed(1))
        .nexus_task_slot_supplier(fixed(1))
        .build();
    let activities = JobActivities { handler: of.handler, runtime: of.runtime };
    let options = WorkerOptions::new(config.queue.as_str())
        .tuner(tuner)
        .max_cached_workflows(MAX_CACHED)
        .sticky_queue_schedule_to_start_timeout(STICKY)
        .register_activities(activities)
        .register_workflow::<JobWorkflow>()
        .map_err(|error| TemporalError::Worker(error.into()))?;
    Ok(options.build())
}
