//! One tenant's open database.

use std::{sync::Arc, time::Instant};

use events::Envelope;
use model::{CallId, Epoch, TenantId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::{
    PostgresError,
    batch::{Answer, Job, Request},
    connections::Database,
    writer,
};

/// A tenant's database and the task that writes its log. When this is dropped, the task commits what it was given.
pub(crate) struct Tenant {
    id: TenantId,
    pub(crate) database: Arc<Database>,
    jobs: mpsc::Sender<Job>,
}

impl Tenant {
    pub(crate) fn new(id: TenantId, database: Arc<Database>) -> Self {
        let jobs = writer::start(Arc::clone(&database));
        Self { id, database, jobs }
    }

    /// Whether the writer still takes work. One that panicked does not; the tenant can be opened again.
    pub(crate) fn is_open(&self) -> bool {
        !self.jobs.is_closed()
    }

    pub(crate) async fn claim(&self, call: CallId, epoch: Epoch) -> Result<u64, PostgresError> {
        match self.ask(call, epoch, Request::Claim).await? {
            Answer::Claimed(last) => Ok(last),
            Answer::Appended(_) | Answer::ClaimedNext(..) => Err(self.stopped()),
        }
    }

    pub(crate) async fn claim_next(&self, call: CallId) -> Result<(Epoch, u64), PostgresError> {
        match self.ask(call, Epoch::AFTER_END, Request::ClaimNext).await? {
            Answer::ClaimedNext(epoch, last) => Ok((epoch, last)),
            Answer::Appended(_) | Answer::Claimed(_) => Err(self.stopped()),
        }
    }

    /// Appends envelopes whose places and append times are not filled in yet; at least one, all of the call.
    pub(crate) async fn append(
        &self,
        call: CallId,
        epoch: Epoch,
        after: u64,
        now: Timestamp,
        envelopes: Vec<Envelope>,
    ) -> Result<Vec<Envelope>, PostgresError> {
        match self.ask(call, epoch, Request::Append { after, now, envelopes }).await? {
            Answer::Appended(envelopes) => Ok(envelopes),
            Answer::Claimed(_) | Answer::ClaimedNext(..) => Err(self.stopped()),
        }
    }

    async fn ask(&self, call: CallId, epoch: Epoch, request: Request) -> Result<Answer, PostgresError> {
        let (reply, answer) = oneshot::channel();
        let job = Job { call, epoch, called: Instant::now(), request, reply };
        self.jobs.send(job).await.map_err(|_| self.stopped())?;
        answer.await.map_err(|_| self.stopped())?
    }

    fn stopped(&self) -> PostgresError {
        PostgresError::WriterStopped(self.id.clone())
    }
}
