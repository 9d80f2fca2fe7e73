//! Takes what Connect says from a queue: a message is deleted when a worker owns its call, or what it says is in the
//! directory, and comes again otherwise.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use ports::{Queue, QueueMessage};
use tokio::time;

use crate::{
    engine::Shared,
    intake::{Intake, IntakeError, Started},
    names,
};

/// Messages that are handled at once.
const MAX_AT_ONCE: u32 = 10;
/// How long a message is waited for.
const WAIT: Duration = Duration::from_secs(10);
/// How long a host without room waits before it looks again.
const FULL_WAIT: Duration = Duration::from_secs(1);
/// When a message comes again whose call no worker owned yet, whose store was away, and that nobody understands.
const NOT_OWNED: Duration = Duration::from_secs(2);
const STORE_AWAY: Duration = Duration::from_secs(5);
const NOT_UNDERSTOOD: Duration = Duration::from_secs(60);

/// What became of a message.
enum Handled {
    Done,
    Again(Duration),
}

/// Handles messages for ever, as long as there is room for calls.
pub(crate) async fn run(shared: Arc<Shared>, queue: Arc<dyn Queue>) {
    loop {
        if shared.room() == 0 {
            // Others may have room: what waits in the queue is theirs, too.
            time::sleep(FULL_WAIT).await;
            continue;
        }
        let max = u32::try_from(shared.room()).map_or(MAX_AT_ONCE, |room| room.min(MAX_AT_ONCE));
        match queue.receive(max, WAIT).await {
            Ok(messages) => {
                for message in messages {
                    handle(&shared, queue.as_ref(), &message).await;
                }
            }
            Err(error) => {
                counter!(names::STORE_FAILURES, "store" => "queue").increment(1);
                tracing::warn!(error = &error as &dyn std::error::Error, "the queue is not there");
                time::sleep(FULL_WAIT).await;
            }
        }
    }
}

async fn handle(shared: &Arc<Shared>, queue: &dyn Queue, message: &QueueMessage) {
    let handled = match take(shared, &message.body).await {
        Ok(handled) => handled,
        Err(error @ (IntakeError::Directory(_) | IntakeError::Leases(_) | IntakeError::Stopping)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a message is not taken yet");
            Handled::Again(STORE_AWAY)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a message is not taken");
            Handled::Again(NOT_UNDERSTOOD)
        }
    };
    let answered = match handled {
        Handled::Done => queue.delete(message).await,
        Handled::Again(delay) => {
            counter!(names::MESSAGES_AGAIN).increment(1);
            queue.put_back(message, delay).await
        }
    };
    if let Err(error) = answered {
        // It comes again by itself, and says nothing new then.
        tracing::warn!(error = &error as &dyn std::error::Error, "the queue did not take an answer");
    }
}

async fn take(shared: &Arc<Shared>, body: &[u8]) -> Result<Handled, IntakeError> {
    let intake = Intake(Arc::clone(shared));
    let tenants = &shared.options.tenants;
    if let Ok(trigger) = contacts::read_trigger(body, &tenants.attributes) {
        return Ok(match intake.trigger(None, &trigger).await? {
            Started::Accepted { is_owned: false, .. } => Handled::Again(NOT_OWNED),
            Started::Accepted { .. } | Started::AlreadyKnown(_) | Started::WaitsForStream => Handled::Done,
        });
    }
    let instance = contacts::instance_of(body);
    let tenant = tenants.of(None, instance.as_deref()).unwrap_or_else(|_| tenants.default.clone());
    let signals = contacts::read_contact_event(body).or_else(|_| contacts::read_agent_event(body));
    let Ok(signals) = signals else {
        counter!(names::MESSAGES_NOT_UNDERSTOOD).increment(1);
        return Ok(Handled::Again(NOT_UNDERSTOOD));
    };
    if let Ok(Some(record)) = contacts::read_contact_record(body, shared.now()) {
        intake.put(&tenant, record).await?;
    }
    for signal in signals {
        intake.signal(&tenant, signal).await?;
    }
    Ok(Handled::Done)
}
