//! One tenant's open file.

use std::{path::PathBuf, thread::JoinHandle, time::Instant};

use events::Envelope;
use model::{CallId, Epoch, TenantId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::{
    SqliteError,
    readers::Readers,
    writer::{Job, Pending, Writer, start},
};

/// A tenant's writer and readers. Dropping it waits until the writer has committed what it was given.
pub(crate) struct Tenant {
    id: TenantId,
    pub(crate) readers: Readers,
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Tenant {
    /// Opens the file; blocks.
    pub(crate) fn open(path: PathBuf, id: TenantId) -> Result<Self, SqliteError> {
        let (jobs, thread) = start(path.clone(), &id)?;
        Ok(Self { id, readers: Readers::new(path), jobs: Some(jobs), thread: Some(thread) })
    }

    /// Whether the writer still takes work. One that panicked does not; its file can be opened again.
    pub(crate) fn is_open(&self) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| !jobs.is_closed())
    }

    pub(crate) async fn append(
        &self,
        (call, epoch, after): (CallId, Epoch, u64),
        now: Timestamp,
        envelopes: Vec<Envelope>,
    ) -> Result<Vec<Envelope>, SqliteError> {
        let (reply, answer) = oneshot::channel();
        let called = Instant::now();
        let append = Pending { call, epoch, after, envelopes, now, called, refused: None, reply };
        self.send(Job::Append(append)).await?;
        answer.await.map_err(|_| self.stopped())?
    }

    /// Runs something on the writer's thread, between transactions.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, SqliteError> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Run(Box::new(move |writer| {
            // Nobody may wait for it any more; the work is done all the same.
            drop(reply.send(work(writer)));
        }));
        self.send(job).await?;
        answer.await.map_err(|_| self.stopped())
    }

    async fn send(&self, job: Job) -> Result<(), SqliteError> {
        let Some(jobs) = &self.jobs else { return Err(self.stopped()) };
        jobs.send(job).await.map_err(|_| self.stopped())
    }

    fn stopped(&self) -> SqliteError {
        SqliteError::WriterStopped(self.id.clone())
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(tenant = %self.id, "the event log's writer panicked");
        }
    }
}
