//! Who adds to the calls that are carried here without carrying them: guidance.
//!
//! What it says goes through the journal of the call's owner, in the same order and under the same epoch, so that
//! nobody else appends to a call that goes on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use events::DoneBy;
use metrics::counter;
use model::{CallKey, Epoch};
use ports::{Append, BusMessage, EventLogError, NewEvent};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::{
    engine::{Engine, Shared},
    journal::{Batch, publish},
    names,
    ownership::Ownership,
};

/// News that wait for the follower. Beyond it calls are not told of, which is counted.
const MAX_NEWS: usize = 8_192;
/// How often an append to a call of segments is tried that other hosts' appends come before.
const MAX_TRIES: usize = 8;

/// What a follower of the calls that are carried here is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum CarriedNews {
    /// A call is carried here from now on; or it is over, and its owner died before all was said of it.
    Call(CarriedCall),
    /// Somebody did something at a desk of a call that may be carried here.
    Act {
        /// The call.
        key: CallKey,
        /// What was done, and by whom.
        done: DoneBy,
    },
}

/// Why events were not appended.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AsideError {
    /// The call is over: what is said now is appended as by any who adds to an ended call.
    #[error("the call is over")]
    Over,
    /// Another worker owns the call, or the process stops.
    #[error("the call is carried elsewhere")]
    Elsewhere,
    /// The log cannot be written. Of a call with audio the journal waits instead.
    #[error(transparent)]
    Log(EventLogError),
}

/// A call that is carried here, to add to.
#[derive(Clone)]
pub struct CarriedCall {
    /// The call.
    pub key: CallKey,
    shared: Arc<Shared>,
    ownership: Arc<Ownership>,
    line: Line,
}

/// How events come into the call's log.
#[derive(Clone)]
enum Line {
    /// By its owner's journal, until the call's end is in the log.
    Journal { batches: mpsc::WeakSender<Batch>, ended: Arc<AtomicBool> },
    /// As any host's: it is a call of segments.
    Segments,
    /// The call was over when it was taken.
    Over,
}

impl std::fmt::Debug for CarriedCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CarriedCall").field("key", &self.key).finish_non_exhaustive()
    }
}

impl CarriedCall {
    /// Appends events as the call's owner, and publishes them; `after` is the last seq that is known. Waits while the
    /// log is away.
    ///
    /// # Errors
    /// When the call is over, or is another's.
    pub async fn append(&self, events: Vec<NewEvent>, after: u64) -> Result<(), AsideError> {
        match &self.line {
            Line::Journal { batches, ended } => {
                let elsewhere =
                    || if ended.load(Ordering::Acquire) { AsideError::Over } else { AsideError::Elsewhere };
                let Some(batches) = batches.upgrade() else { return Err(elsewhere()) };
                let (done, answer) = oneshot::channel();
                batches.send(Batch::aside(events, done)).await.map_err(|_| elsewhere())?;
                drop(batches);
                answer.await.map_err(|_| elsewhere())
            }
            Line::Segments => self.append_among_others(events, after).await,
            Line::Over => Err(AsideError::Over),
        }
    }

    /// Waits until the call is another's.
    pub async fn lost(&self) {
        self.ownership.lost().await;
    }

    async fn append_among_others(&self, events: Vec<NewEvent>, after: u64) -> Result<(), AsideError> {
        let mut after = after;
        let mut tries = 0;
        loop {
            if !self.ownership.is_sure() {
                return Err(AsideError::Elsewhere);
            }
            let (key, now) = (self.key.clone(), self.shared.now());
            let append = Append { key, epoch: Epoch::FIRST, after, now, events: events.clone() };
            match self.shared.parts.log.append(append).await {
                Ok(appended) => {
                    appended.into_iter().for_each(|envelope| publish(&self.shared, envelope));
                    return Ok(());
                }
                Err(EventLogError::OutOfStep { last, .. }) if tries < MAX_TRIES => {
                    tries += 1;
                    after = last;
                }
                // Whoever adds to its log after its end shuts all others out.
                Err(EventLogError::Fenced(_)) => return Err(AsideError::Over),
                Err(error) => return Err(AsideError::Log(error)),
            }
        }
    }
}

/// Who is told which calls are carried here.
#[derive(Debug, Default)]
pub(crate) struct Follower(std::sync::OnceLock<mpsc::Sender<CarriedNews>>);

impl Follower {
    fn tell(&self, news: CarriedNews) {
        let Some(follower) = self.0.get() else { return };
        if follower.try_send(news).is_err() {
            counter!(names::NEWS_DROPPED).increment(1);
        }
    }
}

/// Says that a call is carried here, by this journal.
pub(crate) fn tell_carried(
    shared: &Arc<Shared>,
    ownership: &Arc<Ownership>,
    batches: mpsc::WeakSender<Batch>,
    ended: Arc<AtomicBool>,
) {
    tell(shared, ownership, Line::Journal { batches, ended });
}

/// Says that the end of a call of segments is waited for here.
pub(crate) fn tell_watched(shared: &Arc<Shared>, ownership: &Arc<Ownership>) {
    tell(shared, ownership, Line::Segments);
}

/// Says that a call was taken that is over already.
pub(crate) fn tell_over(shared: &Arc<Shared>, ownership: &Arc<Ownership>) {
    tell(shared, ownership, Line::Over);
}

fn tell(shared: &Arc<Shared>, ownership: &Arc<Ownership>, line: Line) {
    let (shared_too, ownership) = (Arc::clone(shared), Arc::clone(ownership));
    let call = CarriedCall { key: ownership.key.clone(), shared: shared_too, ownership, line };
    shared.follower.tell(CarriedNews::Call(call));
}

/// Hands on what somebody did at a desk on another host.
pub(crate) fn tell_act(shared: &Shared, key: CallKey, done: DoneBy) {
    shared.follower.tell(CarriedNews::Act { key, done });
}

impl Engine {
    /// Tells of the calls that are carried here, and of what is done at their desks on other hosts. To be asked for
    /// before the engine is started; there is one follower, and `None` for a second.
    #[must_use]
    pub fn follow_carried(&self) -> Option<mpsc::Receiver<CarriedNews>> {
        let (sender, receiver) = mpsc::channel(MAX_NEWS);
        self.shared().follower.0.set(sender).ok().map(|()| receiver)
    }

    /// Hands what somebody did at a desk to the other hosts, of which one may carry the call. False when there are
    /// none.
    #[must_use]
    pub fn send_act(&self, key: CallKey, done: DoneBy) -> bool {
        let relay = &self.shared().relay;
        if relay.has_bus() {
            relay.send(BusMessage::Act { key, done });
        }
        relay.has_bus()
    }
}
