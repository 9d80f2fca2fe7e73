//! The owner's part in a call of segments: its end.

use std::{sync::Arc, time::Duration};

use contacts::ContactRecord;
use events::CallEndReason;
use metrics::counter;
use ports::{CallState, EventLogError};
use tokio::{
    sync::mpsc,
    time::{self, Instant},
};

use crate::{aside, call_task::Outcome, engine::Shared, names, ownership::Ownership, plan::CallPlan};

/// How often the log is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After the contact is over: how long nothing must come, so that what is late or comes again finds its call.
const AFTER_THE_END: Duration = Duration::from_secs(30);
/// How long nothing must come when nobody says that the contact is over.
const MAX_QUIET: Duration = Duration::from_secs(10 * 60);

/// Waits for the end of a call and appends it.
pub(crate) async fn watch(
    shared: &Arc<Shared>,
    plan: &CallPlan,
    ownership: &Arc<Ownership>,
    mut records: mpsc::Receiver<ContactRecord>,
) -> Outcome {
    ownership.only_watch();
    aside::tell_watched(shared, ownership);
    let mut stopping = shared.stopping.clone();
    let (mut last, mut changed, mut over) = (0, Instant::now(), false);
    loop {
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => return Outcome::Stopped,
            () = ownership.lost() => return Outcome::Lost,
            Some(record) = records.recv() => {
                over |= record.is_closed();
                continue;
            }
            () = time::sleep(LOOK_EVERY) => {}
        }
        match shared.parts.log.call(&ownership.key.tenant, &ownership.key.call).await {
            Ok(call) if call.state == CallState::Ended => return Outcome::Ended,
            Ok(call) if call.seq != last => (last, changed) = (call.seq, Instant::now()),
            Ok(_) | Err(EventLogError::NoSuchCall(_)) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(call.id = %ownership.key.call, error, "the log of a call of segments cannot be read");
                changed = Instant::now();
            }
        }
        let reason = if over { CallEndReason::Disconnected } else { CallEndReason::Idle };
        let quiet = if over { AFTER_THE_END } else { MAX_QUIET };
        if changed.elapsed() >= quiet && ownership.is_sure() {
            match super::end(shared, &ownership.key, &plan.about, reason).await {
                Ok(()) => {
                    counter!(names::CALLS_ENDED, "reason" => format!("{reason:?}")).increment(1);
                    return Outcome::Ended;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(call.id = %ownership.key.call, error, "the end of a call of segments is not logged yet");
                }
            }
        }
    }
}
