//! Writes a call's events to the log, then hands them to followers.

use std::{sync::Arc, time::Duration};

use events::{Envelope, Event, Stages, UtteranceRevised, VERSION};
use metrics::counter;
use model::{CallId, TenantId};
use ports::{EventLog, EventLogError, NewEvent};
use tokio::time;

use crate::{engine::Shared, latency, names};

/// The first and the longest wait before an append is tried again.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How many events are read at once.
const PAGE: u32 = 500;

/// The only way by which a call's events leave its task.
pub(crate) struct Journal {
    shared: Arc<Shared>,
    tenant: TenantId,
    call: CallId,
    /// What an earlier owner of the call has logged: never logged again.
    already: Vec<Event>,
}

impl Journal {
    pub(crate) const fn new(
        shared: Arc<Shared>,
        tenant: TenantId,
        call: CallId,
        already: Vec<Event>,
    ) -> Self {
        Self { shared, tenant, call, already }
    }

    /// Appends events and publishes them. While the log fails this waits and tries again: the call's audio
    /// stays in its stream meanwhile, and nothing is lost. Gives up only when the process stops.
    pub(crate) async fn append(&self, mut events: Vec<NewEvent>) {
        events.retain(|new| !self.already.iter().any(|old| is_same(old, &new.event)));
        if events.is_empty() {
            return;
        }
        let mut wait = RETRY_FIRST;
        loop {
            match self
                .shared
                .parts
                .log
                .append(&self.tenant, &self.call, self.shared.now(), events.clone())
                .await
            {
                Ok(appended) => {
                    for envelope in appended {
                        self.publish(envelope);
                    }
                    return;
                }
                Err(error) => {
                    if !self.wait_out(&error, &mut wait).await {
                        return;
                    }
                }
            }
        }
    }

    /// Waits before the next try; false when the process stops instead.
    async fn wait_out(&self, error: &EventLogError, wait: &mut Duration) -> bool {
        counter!(names::APPEND_RETRIES).increment(1);
        tracing::error!(call.id = %self.call, error = error as &dyn std::error::Error, "the event log does not take events; the call waits");
        let mut stopping = self.shared.stopping.clone();
        let stopped = time::timeout(*wait, stopping.wait_for(|stop| *stop)).await.is_ok();
        *wait = (*wait * 2).min(RETRY_MAX);
        !stopped
    }

    /// Hands a partial to followers; it is not logged.
    pub(crate) fn publish_partial(&self, stages: Stages, event: Event) {
        let (tenant, call_id) = (self.tenant.clone(), self.call.clone());
        self.publish(Envelope { v: VERSION, tenant, call_id, seq: 0, position: 0, stages, event });
    }

    fn publish(&self, mut envelope: Envelope) {
        envelope.stages.published_us = Some(self.shared.now());
        self.shared.latency.record(&envelope);
        latency::measure(&envelope.stages);
        counter!(names::EVENTS, "type" => envelope.event.type_name()).increment(1);
        self.shared.bus.publish(envelope);
    }
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
