//! What goes wrong on demand.

use serde::{Deserialize, Serialize};

/// A fault, and how many streams it befalls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// With how many of the next streams; all, until faults are cleared, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What goes wrong with a stream. Positions are milliseconds of the audio that the stream received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum FaultKind {
    /// The upgrade is refused with this HTTP status.
    Refuse {
        /// 400, 401, 402, 403, 429, 500, 503 ...
        status: u16,
    },
    /// The stream is closed.
    Close {
        /// After so much audio.
        after_ms: u64,
        /// The WebSocket's close code.
        code: u16,
        /// The reason that goes with it.
        reason: String,
    },
    /// An error message comes, and the stream is closed.
    Error {
        /// After so much audio.
        after_ms: u64,
        /// Its code.
        code: String,
    },
    /// The connection breaks without a close.
    Drop {
        /// After so much audio.
        after_ms: u64,
    },
    /// Something comes that is no answer.
    Garbage {
        /// After so much audio.
        after_ms: u64,
        /// What comes.
        what: Garbage,
    },
    /// Nothing is answered any more, while audio is still taken.
    Stall {
        /// After so much audio.
        after_ms: u64,
    },
    /// Every result comes late.
    Slow {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// Every result comes twice.
    Duplicate,
    /// Nothing becomes final before it is asked for.
    Undecided,
}

/// What comes instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Garbage {
    /// Text that is not JSON.
    Text,
    /// JSON that is no result.
    Shape,
    /// A binary message.
    Binary,
    /// A result whose words lie a day ahead.
    Times,
    /// A result whose words go backwards.
    Backwards,
    /// A result of a channel that does not exist.
    Channel,
}

impl FaultKind {
    /// The fault `times` times.
    #[must_use]
    pub const fn times(self, times: u32) -> Fault {
        Fault { kind: self, times: Some(times) }
    }

    /// The fault until faults are cleared.
    #[must_use]
    pub const fn always(self) -> Fault {
        Fault { kind: self, times: None }
    }
}

/// The faults that wait for streams, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The faults of the next stream. A refusal comes alone: the stream that follows it has the rest.
    pub(crate) fn take(&mut self) -> Vec<FaultKind> {
        let refusal = self.0.iter().position(|fault| matches!(fault.kind, FaultKind::Refuse { .. }));
        let places = match refusal {
            Some(place) => place..place + 1,
            None => 0..self.0.len(),
        };
        let taken = places.clone().map(|place| self.0[place].kind.clone()).collect();
        for place in places {
            if let Some(times) = &mut self.0[place].times {
                *times = times.saturating_sub(1);
            }
        }
        self.0.retain(|fault| fault.times != Some(0));
        taken
    }
}
