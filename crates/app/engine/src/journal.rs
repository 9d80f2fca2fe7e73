//! Writes a call's events to the log, then hands them to followers.

use std::{sync::Arc, time::Duration};

use events::{Envelope, Event, Stages, UtteranceRevised, VERSION};
use metrics::{counter, gauge};
use model::{CallId, TenantId};
use ports::{EventLog, EventLogError, NewEvent};
use tokio::{sync::mpsc, task::JoinHandle, time};

use crate::{engine::Shared, latency, names};

/// The first and the longest wait before an append is tried again.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How many events are read at once.
const PAGE: u32 = 500;
/// Batches of events that wait for the log; with one more the call waits.
const MAX_WAITING: usize = 256;

/// The only way by which a call's events leave its task.
///
/// Appends happen in a task of their own: while the log fails they wait there, and the call goes on with its partials,
/// signals and timers. When [`MAX_WAITING`] batches wait, the call waits, too, with its audio in its stream.
pub(crate) struct Journal {
    shared: Arc<Shared>,
    tenant: TenantId,
    call: CallId,
    batches: mpsc::Sender<Vec<NewEvent>>,
    writer: JoinHandle<()>,
}

impl Journal {
    /// `already` is what an earlier owner of the call has logged: it is never logged again.
    pub(crate) fn start(shared: Arc<Shared>, tenant: TenantId, call: CallId, already: Vec<Event>) -> Self {
        let (batches, waiting) = mpsc::channel(MAX_WAITING);
        let writer =
            Writer { shared: Arc::clone(&shared), tenant: tenant.clone(), call: call.clone(), already };
        Self { shared, tenant, call, batches, writer: tokio::spawn(writer.run(waiting)) }
    }

    /// Puts events in line to be appended and published.
    pub(crate) async fn append(&self, events: Vec<NewEvent>) {
        // The writer ends before its calls only when the process stops.
        drop(self.batches.send(events).await);
    }

    /// Hands a partial to followers; it is not logged.
    pub(crate) fn publish_partial(&self, stages: Stages, event: Event) {
        let (tenant, call_id) = (self.tenant.clone(), self.call.clone());
        publish(&self.shared, Envelope { v: VERSION, tenant, call_id, seq: 0, position: 0, stages, event });
    }

    /// Waits until everything in line is appended, or the process stops.
    pub(crate) async fn close(self) {
        let Self { batches, writer, .. } = self;
        drop(batches);
        drop(writer.await);
    }
}

struct Writer {
    shared: Arc<Shared>,
    tenant: TenantId,
    call: CallId,
    already: Vec<Event>,
}

impl Writer {
    async fn run(self, mut waiting: mpsc::Receiver<Vec<NewEvent>>) {
        let mut batches = Vec::new();
        while waiting.recv_many(&mut batches, MAX_WAITING).await > 0 {
            if !self.append(batches.drain(..).flatten().collect()).await {
                return;
            }
        }
    }

    /// Appends and publishes; false when the process stops first.
    async fn append(&self, mut events: Vec<NewEvent>) -> bool {
        events.retain(|new| !self.already.iter().any(|old| is_same(old, &new.event)));
        if events.is_empty() {
            return true;
        }
        let mut wait = RETRY_FIRST;
        let mut failed = false;
        loop {
            let (log, now) = (&self.shared.parts.log, self.shared.now());
            match log.append(&self.tenant, &self.call, now, events.clone()).await {
                Ok(appended) => {
                    if failed {
                        gauge!(names::LOG_FAILING).decrement(1.0);
                    }
                    for envelope in appended {
                        publish(&self.shared, envelope);
                    }
                    return true;
                }
                Err(error) => {
                    if !std::mem::replace(&mut failed, true) {
                        gauge!(names::LOG_FAILING).increment(1.0);
                    }
                    if !self.wait_out(&error, &mut wait).await {
                        return false;
                    }
                }
            }
        }
    }

    /// Waits before the next try; false when the process stops instead.
    async fn wait_out(&self, error: &EventLogError, wait: &mut Duration) -> bool {
        counter!(names::APPEND_RETRIES).increment(1);
        {
            let cause = error as &dyn std::error::Error;
            tracing::error!(call.id = %self.call, error = cause, "the event log does not take events; they wait");
        }
        let mut stopping = self.shared.stopping.clone();
        let stopped = time::timeout(*wait, stopping.wait_for(|stop| *stop)).await.is_ok();
        *wait = (*wait * 2).min(RETRY_MAX);
        !stopped
    }
}

fn publish(shared: &Shared, mut envelope: Envelope) {
    envelope.stages.published_us = Some(shared.now());
    shared.latency.record(&envelope);
    latency::measure(&envelope.stages);
    counter!(names::EVENTS, "type" => envelope.event.type_name()).increment(1);
    shared.bus.publish(envelope);
}

/// Whether a new event says what an old one said. Recognising the same speech again may word it a little
/// differently; the first final stands.
fn is_same(old: &Event, new: &Event) -> bool {
    match (old, new) {
        (Event::UtteranceCompleted(old), Event::UtteranceCompleted(new)) => old.id == new.id,
        (Event::UtteranceRevised(old), Event::UtteranceRevised(new)) => {
            let key = |of: &UtteranceRevised| (of.utterance.id, of.utterance.words.len());
            key(old) == key(new)
        }
        (Event::CallStarted(_), Event::CallStarted(_)) => true,
        (old, new) => old == new,
    }
}

/// All events of a call.
pub(crate) async fn read_all(
    log: &dyn EventLog,
    tenant: &TenantId,
    call: &CallId,
) -> Result<Vec<Event>, EventLogError> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = log.read_call(tenant, call, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(events) };
        after = last.seq;
        events.extend(page.into_iter().map(|envelope| envelope.event));
    }
}
