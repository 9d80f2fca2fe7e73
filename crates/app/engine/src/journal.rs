//! Writes a call's events to the log, then hands them to followers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use events::{Envelope, Event, Stages, UtteranceRevised, VERSION};
use metrics::{counter, gauge};
use model::CallKey;
use ports::{Append, BusMessage, EventLog, EventLogError, NewEvent};
use tokio::{
    sync::{mpsc, oneshot},
    time,
};
use tokio_util::task::AbortOnDropHandle;

use crate::{aside, engine::Shared, latency, names, ownership::Ownership};

/// The first and the longest wait before an append is tried again.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How many events are read at once.
const PAGE: u32 = 500;
/// Batches of events that wait for the log; with one more the call waits.
const MAX_WAITING: usize = 256;

/// What earlier owners of a call have logged.
#[derive(Debug, Default)]
pub(crate) struct Logged {
    pub(crate) events: Vec<Event>,
    /// The seq of the last event.
    pub(crate) last: u64,
}

impl Logged {
    /// All of a call's events up to `last`.
    pub(crate) async fn read(log: &dyn EventLog, key: &CallKey, last: u64) -> Result<Self, EventLogError> {
        let mut logged = Self { events: Vec::new(), last };
        let mut after = 0;
        while after < last {
            let page = log.read_call(&key.tenant, &key.call, after, PAGE).await?;
            let Some(newest) = page.last() else { break };
            after = newest.seq;
            logged.events.extend(page.into_iter().map(|envelope| envelope.event));
        }
        Ok(logged)
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::CallEnded(_)))
    }
}

/// Events of one step, and where the call stands when they are logged.
pub(crate) struct Batch {
    events: Vec<NewEvent>,
    standing: Option<String>,
    /// Who waits for them to be logged, where they are not the call's own. Nothing is said aside after the call's end.
    aside: Option<oneshot::Sender<()>>,
}

impl Batch {
    /// Events that are not the call's own. `done` is told when they are in the log, and dropped when they never are.
    pub(crate) const fn aside(events: Vec<NewEvent>, done: oneshot::Sender<()>) -> Self {
        Self { events, standing: None, aside: Some(done) }
    }
}

/// The only way by which a call's events leave its task.
///
/// Appends happen in a task of their own: while the log fails they wait there, and the call goes on with its partials,
/// signals and timers. When [`MAX_WAITING`] batches wait, the call waits, too, with its audio in its stream. While it
/// is not sure that the call is ours, nothing leaves.
pub(crate) struct Journal {
    shared: Arc<Shared>,
    ownership: Arc<Ownership>,
    /// None when the call is over.
    batches: Option<mpsc::Sender<Batch>>,
    writer: AbortOnDropHandle<bool>,
}

impl Journal {
    /// What is `logged` already is never logged again.
    pub(crate) fn start(shared: Arc<Shared>, ownership: Arc<Ownership>, logged: Logged) -> Self {
        let (batches, waiting) = mpsc::channel(MAX_WAITING);
        let ended = Arc::new(AtomicBool::new(false));
        aside::tell_carried(&shared, &ownership, batches.downgrade(), Arc::clone(&ended));
        let writer = Writer {
            shared: Arc::clone(&shared),
            ownership: Arc::clone(&ownership),
            last: logged.last,
            already: logged.events,
            ended,
        };
        let writer = AbortOnDropHandle::new(tokio::spawn(writer.run(waiting)));
        Self { shared, ownership, batches: Some(batches), writer }
    }

    /// Puts events in line to be appended and published, and what is to be said of the call's standing afterwards.
    pub(crate) async fn append(&self, events: Vec<NewEvent>, standing: Option<String>) {
        // The writer ends before its calls only when the call is lost or the process stops.
        if let Some(batches) = &self.batches {
            drop(batches.send(Batch { events, standing, aside: None }).await);
        }
    }

    /// Hands a partial to followers; it is not logged.
    pub(crate) fn publish_partial(&self, stages: Stages, event: Event) {
        if !self.ownership.is_sure() {
            return;
        }
        let CallKey { tenant, call } = self.ownership.key.clone();
        publish(
            &self.shared,
            Envelope { v: VERSION, tenant, call_id: call, seq: 0, position: 0, stages, event },
        );
    }

    /// Waits until everything in line is appended; false when the call is lost or the process stops before.
    pub(crate) async fn close(&mut self) -> bool {
        self.batches = None;
        (&mut self.writer).await.unwrap_or(false)
    }
}

struct Writer {
    shared: Arc<Shared>,
    ownership: Arc<Ownership>,
    already: Vec<Event>,
    last: u64,
    /// The call's end is in the log.
    ended: Arc<AtomicBool>,
}

impl Writer {
    /// Appends what comes in line until nothing more will; false when the call is lost or the process stops before.
    async fn run(mut self, mut waiting: mpsc::Receiver<Batch>) -> bool {
        let mut batches = Vec::new();
        while waiting.recv_many(&mut batches, MAX_WAITING).await > 0 {
            let mut standing = None;
            let mut events = Vec::new();
            let (mut told, mut ends) = (Vec::new(), false);
            for batch in batches.drain(..) {
                if batch.aside.is_some() && (ends || self.ended.load(Ordering::Acquire)) {
                    continue;
                }
                ends |= batch.events.iter().any(|new| matches!(new.event, Event::CallEnded(_)));
                events.extend(batch.events);
                standing = batch.standing.or(standing);
                told.extend(batch.aside);
            }
            if !self.append(events, ends).await {
                return false;
            }
            for done in told {
                // Whoever does not wait for it any more need not know.
                done.send(()).unwrap_or_default();
            }
            if let Some(standing) = standing {
                self.ownership.stand(standing);
            }
        }
        true
    }

    /// Appends and publishes; false when the call is lost or the process stops first.
    async fn append(&mut self, mut events: Vec<NewEvent>, ends: bool) -> bool {
        events.retain(|new| !self.already.iter().any(|old| is_same(old, &new.event)));
        if events.is_empty() {
            return true;
        }
        let mut wait = RETRY_FIRST;
        let mut failing = Failing(false);
        loop {
            let mut stopping = self.shared.stopping.clone();
            tokio::select! {
                biased;
                sure = self.ownership.sure() => if !sure { return false; },
                _ = stopping.wait_for(|stop| *stop) => return false,
            }
            match self.shared.parts.log.append(self.next(&events)).await {
                Ok(appended) => {
                    // Before anyone can see the end: what is said aside from then on is said after it.
                    self.ended.fetch_or(ends, Ordering::AcqRel);
                    for envelope in appended {
                        self.last = self.last.max(envelope.seq);
                        publish(&self.shared, envelope);
                    }
                    return true;
                }
                Err(error @ (EventLogError::Fenced(_) | EventLogError::OutOfStep { .. })) => {
                    let cause = &error as &dyn std::error::Error;
                    tracing::warn!(call.id = %self.ownership.key.call, error = cause, "the call is not ours any more");
                    self.ownership.lose();
                    return false;
                }
                Err(error) => {
                    failing.set();
                    if !self.wait_out(&error, &mut wait).await {
                        return false;
                    }
                }
            }
        }
    }

    fn next(&self, events: &[NewEvent]) -> Append {
        Append {
            key: self.ownership.key.clone(),
            epoch: self.ownership.epoch(),
            after: self.last,
            now: self.shared.now(),
            events: events.to_vec(),
        }
    }

    /// Waits before the next try; false when the call is lost or the process stops instead.
    async fn wait_out(&self, error: &EventLogError, wait: &mut Duration) -> bool {
        counter!(names::APPEND_RETRIES).increment(1);
        {
            let cause = error as &dyn std::error::Error;
            tracing::warn!(call.id = %self.ownership.key.call, error = cause, "the event log does not take events; they wait");
        }
        let mut stopping = self.shared.stopping.clone();
        let goes_on = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => false,
            () = self.ownership.lost() => false,
            () = time::sleep(*wait) => true,
        };
        *wait = (*wait * 2).min(RETRY_MAX);
        goes_on
    }
}

/// Counts a call whose events wait for the log, for as long as they do.
struct Failing(bool);

impl Failing {
    fn set(&mut self) {
        if !std::mem::replace(&mut self.0, true) {
            gauge!(names::LOG_FAILING).increment(1.0);
        }
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        if self.0 {
            gauge!(names::LOG_FAILING).decrement(1.0);
        }
    }
}

pub(crate) fn publish(shared: &Shared, mut envelope: Envelope) {
    envelope.stages.published_us = Some(shared.now());
    shared.latency.record(&envelope);
    latency::measure(&envelope);
    counter!(names::EVENTS, "type" => envelope.event.type_name()).increment(1);
    if shared.relay.has_bus() {
        shared.relay.send(BusMessage::Event(envelope.clone()));
    }
    shared.fanout.publish(envelope);
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
        // A provisional start gives way to the real one, once.
        (Event::CallStarted(old), Event::CallStarted(new)) => new.provisional || !old.provisional,
        // How things go at this moment is told by whoever sees it.
        (Event::TranscriptionStatus(_) | Event::MediaStatus(_), _) => false,
        (old, new) => old == new,
    }
}
