//! Adding to a call's log after its end.

use events::Envelope;
use model::{CallKey, Epoch, Timestamp};
use ports::{Append, EventLog, EventLogError, NewEvent};

/// A call that is over, held to add to its log. Whoever takes it next shuts this one out: appends are refused with
/// [`EventLogError::Fenced`], and what was read is old.
#[derive(Debug)]
pub struct Epilogue {
    key: CallKey,
    epoch: Epoch,
    seq: u64,
}

impl Epilogue {
    /// Makes the call of who asks. It must be over: its owner would lose it.
    ///
    /// # Errors
    /// When the call was erased, or the log cannot be written.
    pub async fn take(log: &dyn EventLog, key: &CallKey) -> Result<Self, EventLogError> {
        let (epoch, seq) = log.claim_next(key).await?;
        Ok(Self { key: key.clone(), epoch, seq })
    }

    /// As [`Self::take`], for who has read the log up to `seq` and decides by that.
    ///
    /// # Errors
    /// [`EventLogError::OutOfStep`] when somebody has added to it since.
    pub async fn take_at(log: &dyn EventLog, key: &CallKey, seq: u64) -> Result<Self, EventLogError> {
        let this = Self::take(log, key).await?;
        if this.seq == seq {
            Ok(this)
        } else {
            Err(EventLogError::OutOfStep { call: key.call.clone(), last: this.seq })
        }
    }

    /// Under which epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The seq of the log's last event.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Appends events and gives them with their places, to be published.
    ///
    /// # Errors
    /// When another has taken the call, or the log cannot be written.
    pub async fn append(
        &mut self,
        log: &dyn EventLog,
        now: Timestamp,
        events: Vec<NewEvent>,
    ) -> Result<Vec<Envelope>, EventLogError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (key, epoch, after) = (self.key.clone(), self.epoch, self.seq);
        let appended = log.append(Append { key, epoch, after, now, events }).await?;
        self.seq = appended.last().map_or(self.seq, |last| last.seq);
        Ok(appended)
    }
}

/// Whether somebody else has the log now, so that what was read is old and all is to be done again.
#[must_use]
pub const fn is_overtaken(error: &EventLogError) -> bool {
    matches!(error, EventLogError::Fenced(_) | EventLogError::OutOfStep { .. })
}
