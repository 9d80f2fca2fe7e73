//! Between this process and the other hosts: what happens here goes out over the bus, what happens there comes in.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use ports::{Bus, BusMessage, Received};
use tokio::{sync::mpsc, task::JoinSet, time};

use crate::{aside, engine::Shared, names, worker::Worker};

/// Messages that wait for the bus. Beyond it new ones are dropped, and the others are told to look into the stores.
const MAX_WAITING: usize = 16_384;
/// How many messages go out at once.
const MAX_BATCH: usize = 256;
/// The first and the longest wait before the bus is tried again.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// Sends messages to the other hosts; without a bus there are none.
pub(crate) struct Relay {
    waiting: Option<mpsc::Sender<BusMessage>>,
}

impl Relay {
    /// A relay and the end from which [`send_out`] takes its messages.
    pub(crate) fn new(has_bus: bool) -> (Self, mpsc::Receiver<BusMessage>) {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        (Self { waiting: has_bus.then_some(sender) }, receiver)
    }

    /// Puts a message in line, without waiting. Logged events can be read in the log, contacts in the directory.
    pub(crate) fn send(&self, message: BusMessage) {
        let Some(waiting) = &self.waiting else { return };
        if waiting.try_send(message).is_err() {
            counter!(names::BUS_DROPPED).increment(1);
        }
    }

    /// Waits until everything in line is on the bus.
    pub(crate) async fn said(&self) {
        while self.waiting.as_ref().is_some_and(|waiting| waiting.capacity() < MAX_WAITING) {
            time::sleep(RETRY_FIRST).await;
        }
        // The last batch is on its way.
        if self.has_bus() {
            time::sleep(RETRY_FIRST).await;
        }
    }

    pub(crate) fn has_bus(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether so much waits that something may have been dropped.
    fn is_full(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.capacity() == 0)
    }
}

/// Starts sending and receiving.
pub(crate) fn start(
    shared: &Arc<Shared>,
    bus: &Arc<dyn Bus>,
    out: mpsc::Receiver<BusMessage>,
    tasks: &mut JoinSet<()>,
) {
    tasks.spawn(send_out(Arc::clone(shared), Arc::clone(bus), out));
    tasks.spawn(receive(Arc::clone(shared), Arc::clone(bus)));
}

async fn send_out(shared: Arc<Shared>, bus: Arc<dyn Bus>, mut waiting: mpsc::Receiver<BusMessage>) {
    let mut batch = Vec::new();
    let mut dropped = false;
    while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let mut wait = RETRY_FIRST;
        while let Err(error) = bus.publish(&batch).await {
            counter!(names::STORE_FAILURES, "store" => "bus").increment(1);
            tracing::warn!(error = &error as &dyn std::error::Error, "the bus is not there; messages wait");
            time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
            // Partials are old by now.
            batch.retain(|message| !matches!(message, BusMessage::Event(event) if event.seq == 0));
            dropped |= shared.relay.is_full();
        }
        batch.clear();
        if std::mem::take(&mut dropped) {
            batch.push(BusMessage::Missed);
        }
        if !batch.is_empty() && bus.publish(&batch).await.is_err() {
            dropped = true;
        }
        batch.clear();
    }
}

async fn receive(shared: Arc<Shared>, bus: Arc<dyn Bus>) {
    let worker = Worker(Arc::clone(&shared));
    let mut wait = RETRY_FIRST;
    loop {
        match bus.subscribe().await {
            Ok(mut subscription) => {
                missed(&shared, &worker).await;
                loop {
                    for received in subscription.next().await {
                        take(&shared, &worker, received).await;
                    }
                }
            }
            Err(error) => {
                counter!(names::STORE_FAILURES, "store" => "bus").increment(1);
                tracing::warn!(error = &error as &dyn std::error::Error, "the bus cannot be followed");
                time::sleep(wait).await;
                wait = (wait * 2).min(RETRY_MAX);
            }
        }
    }
}

async fn take(shared: &Arc<Shared>, worker: &Worker, received: Received) {
    match received {
        Received::Message(BusMessage::Event(envelope)) => {
            let key = model::CallKey::new(envelope.tenant.clone(), envelope.call_id.clone());
            // What is carried here was handed out when it happened.
            if !shared.carried.is_told_here(&key) {
                shared.fanout.publish(envelope);
            }
        }
        Received::Message(BusMessage::ContactChanged { tenant, contact_id }) => {
            if shared.carried.has_contact(&tenant, &contact_id) {
                worker.ask_after(&tenant, &[contact_id]).await;
            }
        }
        Received::Message(BusMessage::Offered(key)) => {
            if shared.options.carries
                && let Err(error) = worker.take(&key).await
            {
                tracing::debug!(error = &error as &dyn std::error::Error, "an offered call was not taken");
            }
        }
        Received::Message(BusMessage::Act { key, done }) => {
            if shared.carried.is_carried(&key) {
                aside::tell_act(shared, key, done);
            }
        }
        Received::Message(BusMessage::Missed) | Received::Lost => missed(shared, worker).await,
    }
}

/// Something may have been said that did not arrive: followers turn to the log, calls to the directory and the leases.
async fn missed(shared: &Arc<Shared>, worker: &Worker) {
    shared.fanout.missed();
    shared.scan_now.send_modify(|times| *times = times.wrapping_add(1));
    for (tenant, contacts) in shared.carried.contacts() {
        for some in contacts.chunks(100) {
            worker.ask_after(&tenant, some).await;
        }
    }
}
