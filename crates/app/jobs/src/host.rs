//! The runner of a host, and the gauges of its store.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc, time::Duration};

use metrics::{counter, gauge};
use ports::{JobCounts, JobHandlers, JobKind, Jobs};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{metered::Metered, names};

/// How often the store is asked how many jobs there are.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Runs the jobs of a host. Dropping it ends its jobs at once; they are another's when their leases run out.
#[derive(Debug)]
pub struct JobHost {
    stop: watch::Sender<bool>,
    work: JoinHandle<()>,
    counting: JoinHandle<()>,
}

impl JobHost {
    /// Begins to do the jobs of a store, up to `at_once` at a time. Needs a tokio runtime.
    #[must_use]
    pub fn start(jobs: Arc<dyn Jobs>, handlers: JobHandlers, at_once: NonZeroUsize) -> Self {
        let (stop, mut told) = watch::channel(false);
        let counting = tokio::spawn(count(Arc::clone(&jobs)));
        let work = tokio::spawn(async move {
            let handler = Arc::new(Metered { handler: Arc::new(handlers) });
            let stop = Box::pin(async move {
                // A sender that is gone says the same.
                drop(told.wait_for(|stop| *stop).await);
            });
            if let Err(error) = jobs.run(handler, at_once, stop).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "this host does no jobs any more");
            }
        });
        Self { stop, work, counting }
    }

    /// Begins nothing more, and waits for what runs, but no longer than `patience`: what is not done by then is begun
    /// again by another host.
    pub async fn shutdown(mut self, patience: Duration) {
        self.stop.send_replace(true);
        if timeout(patience, &mut self.work).await.is_err() {
            tracing::info!("jobs were cut short: they are begun again");
        }
    }
}

impl Drop for JobHost {
    fn drop(&mut self) {
        self.work.abort();
        self.counting.abort();
    }
}

async fn count(jobs: Arc<dyn Jobs>) {
    let mut seen = BTreeMap::new();
    loop {
        match jobs.counts().await {
            Ok(counts) => show(&mut seen, counts),
            Err(error) => {
                counter!(names::STORE_FAILURES, "store" => "jobs").increment(1);
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "how many jobs there are is not known");
            }
        }
        sleep(COUNT_EVERY).await;
    }
}

/// Shows the numbers; a kind of which there are none any more is shown with zeroes.
fn show(seen: &mut BTreeMap<JobKind, [u64; 3]>, counts: Vec<JobCounts>) {
    seen.values_mut().for_each(|numbers| *numbers = [0; 3]);
    seen.extend(counts.into_iter().map(|of| (of.kind, [of.waiting, of.running, of.failed])));
    for (kind, numbers) in seen {
        for (state, number) in ["waiting", "running", "failed"].into_iter().zip(numbers) {
            gauge!(names::JOBS, "kind" => kind.to_string(), "state" => state).set(*number as f64);
        }
    }
}
