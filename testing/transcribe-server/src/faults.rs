//! What the server does wrong on demand.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Deserialize;

/// Faults that may wait for their stream; more are refused.
const MAX_FAULTS: usize = 1_000;

/// What goes wrong with one stream. `after_ms` is counted in audio that the stream has carried.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault", deny_unknown_fields)]
pub enum Fault {
    /// Nothing does.
    None,
    /// The request is refused with an HTTP status and an error by this name.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The name of the error, such as `ServiceUnavailableException`.
        code: String,
    },
    /// The stream is ended by an exception of this name.
    Exception {
        /// When.
        after_ms: u64,
        /// Its name, such as `InternalFailureException`.
        code: String,
    },
    /// Bytes that are no frame are sent.
    Garbage {
        /// When.
        after_ms: u64,
    },
    /// An event of a shape that nobody can understand is sent.
    BadShape {
        /// When.
        after_ms: u64,
    },
    /// A result with a time beyond the audio is sent.
    BadTimes {
        /// When.
        after_ms: u64,
    },
    /// Audio is taken, and nothing is said any more.
    Stall {
        /// When.
        after_ms: u64,
    },
    /// No audio is taken any more, and nothing is said.
    StopReading {
        /// When.
        after_ms: u64,
    },
    /// Each event is held back for this long.
    Slow {
        /// How long.
        by_ms: u64,
    },
    /// Each event is sent twice.
    Duplicates,
    /// The connection is cut.
    Drop {
        /// When.
        after_ms: u64,
    },
    /// The stream is ended as if the audio were over.
    EndEarly {
        /// When.
        after_ms: u64,
    },
}

/// The faults of the streams to come: each stream takes the next one.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<VecDeque<Fault>>>);

impl Faults {
    /// Adds a fault for a stream after those that wait; false when too many do.
    pub fn add(&self, fault: Fault) -> bool {
        let mut waiting = self.lock();
        let has_room = waiting.len() < MAX_FAULTS;
        if has_room {
            waiting.push_back(fault);
        }
        has_room
    }

    /// The fault of the next stream.
    pub(crate) fn take(&self) -> Fault {
        self.lock().pop_front().unwrap_or(Fault::None)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    /// After how much audio it comes, for those that come in the stream.
    pub(crate) const fn after(&self) -> Option<Duration> {
        match self {
            Self::Exception { after_ms, .. }
            | Self::Garbage { after_ms }
            | Self::BadShape { after_ms }
            | Self::BadTimes { after_ms }
            | Self::Stall { after_ms }
            | Self::StopReading { after_ms }
            | Self::Drop { after_ms }
            | Self::EndEarly { after_ms } => Some(Duration::from_millis(*after_ms)),
            Self::None | Self::Refuse { .. } | Self::Slow { .. } | Self::Duplicates => None,
        }
    }
}
