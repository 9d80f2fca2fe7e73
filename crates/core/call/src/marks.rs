//! Contact and agent events, from wall time to places on the timeline.

use std::collections::VecDeque;

use model::{MediaTime, Timestamp};

use crate::{Anomaly, Event, timeline::Timeline};

/// Events that may come before the first audio says what position zero is; beyond it the oldest is dropped and told.
const MAX_WAITING_MARKS: usize = 64;

/// Something that Connect said happened at a wall time.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) at: Timestamp,
    pub(crate) kind: MarkKind,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum MarkKind {
    AgentConnected { id: String, name: Option<String> },
    AgentDisconnected { id: String, name: Option<String> },
    HoldStarted,
    HoldEnded,
}

/// The events that wait for the first audio.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    waiting: VecDeque<Mark>,
}

impl Marks {
    /// Takes an event; tells when one had to be dropped for it.
    pub(crate) fn push(&mut self, mark: Mark) -> Option<Event> {
        self.waiting.push_back(mark);
        if self.waiting.len() <= MAX_WAITING_MARKS {
            return None;
        }
        self.waiting.pop_front();
        Some(Event::Anomaly(Anomaly::TooManyMarks))
    }

    /// The next event whose place is known. With `finally`, one whose place never will be is put at zero.
    pub(crate) fn pop(&mut self, timeline: &Timeline, finally: bool) -> Option<Event> {
        let at = self.waiting.front()?.at;
        let at = timeline.position(at).or_else(|| finally.then_some(MediaTime::ZERO))?;
        let event = match self.waiting.pop_front()?.kind {
            MarkKind::AgentConnected { id, name } => Event::AgentConnected { id, name, at },
            MarkKind::AgentDisconnected { id, name } => Event::AgentDisconnected { id, name, at },
            MarkKind::HoldStarted => Event::HoldStarted { at },
            MarkKind::HoldEnded => Event::HoldEnded { at },
        };
        Some(event)
    }
}
