//! What a batch of appends comes to, by what the log says of their calls.

use std::{collections::BTreeMap, time::Instant};

use events::Envelope;
use model::{CallId, Epoch, Timestamp};
use tokio::sync::oneshot;

use crate::PostgresError;

/// Work for a tenant's writer.
pub(crate) struct Job {
    pub call: CallId,
    /// The owner's epoch.
    pub epoch: Epoch,
    /// When it was asked for, so that the time in line counts.
    pub called: Instant,
    pub request: Request,
    /// Where the answer goes. Who went away gets none; what was asked for is done nevertheless.
    pub reply: oneshot::Sender<Result<Answer, PostgresError>>,
}

/// What a call's owner wants.
pub(crate) enum Request {
    /// The call.
    Claim,
    /// The call after its end, whatever its epoch.
    ClaimNext,
    /// Events in its log.
    Append {
        /// The seq that the events go on from.
        after: u64,
        /// The owner's time when it called.
        now: Timestamp,
        envelopes: Vec<Envelope>,
    },
}

/// What the owner gets.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The seq of the call's last event.
    Claimed(u64),
    /// The epoch that was given, and the seq of the call's last event.
    ClaimedNext(Epoch, u64),
    /// The events with their places.
    Appended(Vec<Envelope>),
}

/// How a call stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The highest epoch that was seen.
    pub epoch: Epoch,
    /// The seq of its last event.
    pub last_seq: u64,
    /// Whether this batch changed it.
    pub is_changed: bool,
}

/// What becomes of a job, once the batch is committed.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The call is the owner's; its last event has this seq.
    Claimed(u64),
    /// The call is who asked's, with this epoch; its last event has this seq.
    ClaimedNext(Epoch, u64),
    /// The events have places and are to be written.
    Placed,
    /// The call has as many events after the append's place: they may be these.
    MaybeThere {
        /// The seq of the call's last event.
        last: u64,
    },
    /// The answer is no.
    Refused(PostgresError),
}

/// Decides each job in turn, gives events their places, and notes how the calls stand afterwards.
pub(crate) fn settle(
    jobs: &mut [Job],
    standings: &mut BTreeMap<CallId, Standing>,
    position: &mut u64,
) -> Vec<Outcome> {
    jobs.iter_mut()
        .map(|job| settle_one(job, standings.entry(job.call.clone()).or_default(), position))
        .collect()
}

fn settle_one(job: &mut Job, standing: &mut Standing, position: &mut u64) -> Outcome {
    if matches!(job.request, Request::ClaimNext) {
        let Some(epoch) = standing.epoch.next_after_end() else {
            return Outcome::Refused(PostgresError::Fenced(job.call.clone()));
        };
        standing.epoch = epoch;
        standing.is_changed = true;
        return Outcome::ClaimedNext(epoch, standing.last_seq);
    }
    if job.epoch < standing.epoch {
        return Outcome::Refused(PostgresError::Fenced(job.call.clone()));
    }
    if job.epoch > standing.epoch {
        standing.epoch = job.epoch;
        standing.is_changed = true;
    }
    let last = standing.last_seq;
    let Request::Append { after, now, envelopes } = &mut job.request else { return Outcome::Claimed(last) };
    if *after != last {
        let count = u64::try_from(envelopes.len()).unwrap_or(u64::MAX);
        return if after.saturating_add(count) <= last {
            Outcome::MaybeThere { last }
        } else {
            Outcome::Refused(PostgresError::OutOfStep { call: job.call.clone(), last })
        };
    }
    let at = *now + job.called.elapsed();
    for envelope in envelopes {
        *position += 1;
        standing.last_seq += 1;
        envelope.seq = standing.last_seq;
        envelope.position = *position;
        envelope.stages.appended_us = Some(at);
    }
    standing.is_changed = true;
    Outcome::Placed
}
