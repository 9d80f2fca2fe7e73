//! What a session says, while it lives and while it is restored.
//!
//! While a call's log is fed in, nothing is said: what would have been is held until the log shows that it was, or until
//! the log is at its end.

use std::collections::VecDeque;

use events::{Event, Stages};

use crate::{Command, GuidanceEvent};

/// As much is held while a session is restored; a call has far less that its log lacks.
const MAX_UNLOGGED: usize = 1_024;

/// What a session says.
#[derive(Debug)]
pub(crate) struct Outbox {
    restoring: bool,
    unlogged: Vec<GuidanceEvent>,
    ready: VecDeque<Said>,
}

/// Something that goes out.
#[derive(Debug)]
pub(crate) enum Said {
    Event(GuidanceEvent),
    Command(Command),
}

impl Default for Outbox {
    fn default() -> Self {
        Self { restoring: true, unlogged: Vec::new(), ready: VecDeque::new() }
    }
}

impl Outbox {
    pub(crate) const fn is_restoring(&self) -> bool {
        self.restoring
    }

    pub(crate) fn emit(&mut self, stages: Stages, event: Event) {
        let said = GuidanceEvent { stages, event };
        if !self.restoring {
            self.ready.push_back(Said::Event(said));
        } else if self.unlogged.len() < MAX_UNLOGGED {
            self.unlogged.push(said);
        }
    }

    /// Asks for something. While restoring nothing is asked for; what is still wanted then is asked for again.
    pub(crate) fn ask(&mut self, command: Command) {
        if !self.restoring {
            self.ready.push_back(Said::Command(command));
        }
    }

    /// The log has this. Returns whether it was held back here.
    pub(crate) fn settle(&mut self, logged: &Event) -> bool {
        let place = self.unlogged.iter().position(|held| is_same(&held.event, logged));
        place.map(|place| self.unlogged.remove(place)).is_some()
    }

    /// Whether a card is held back: the log does not show it so far.
    pub(crate) fn holds_card(&self, id: &str) -> bool {
        self.unlogged.iter().any(|held| matches!(&held.event, Event::HintShown(hint) if hint.id == id))
    }

    /// A card was never shown: nothing is said of it.
    pub(crate) fn drop_card(&mut self, id: &str) {
        self.unlogged.retain(|held| match &held.event {
            Event::HintShown(hint) => hint.id != id,
            Event::HintChanged(changed) => changed.id != id,
            Event::AlertRaised(_) | _ => true,
        });
    }

    /// An alert that the log does not know was never there.
    pub(crate) fn drop_alert(&mut self, id: &str) {
        self.unlogged.retain(|held| !matches!(&held.event, Event::AlertRaised(raised) if raised.id == id));
    }

    /// The log is at its end: from here on everything is said at once. Returns what the log lacks.
    pub(crate) fn caught_up(&mut self) -> Vec<GuidanceEvent> {
        self.restoring = false;
        std::mem::take(&mut self.unlogged)
    }

    pub(crate) fn pop(&mut self) -> Option<Said> {
        self.ready.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }
}

/// Whether two events say the same, at whatever time.
fn is_same(one: &Event, other: &Event) -> bool {
    match (one, other) {
        (Event::GuidanceStarted(_), Event::GuidanceStarted(_)) => true,
        (Event::HintShown(a), Event::HintShown(b)) => a.id == b.id,
        (Event::HintChanged(a), Event::HintChanged(b)) => (&a.id, a.outcome) == (&b.id, b.outcome),
        (Event::ChecklistChanged(a), Event::ChecklistChanged(b)) => {
            (&a.playbook, &a.item, a.state) == (&b.playbook, &b.item, b.state)
        }
        (Event::WorkflowChanged(a), Event::WorkflowChanged(b)) => {
            (&a.playbook, &a.workflow, a.state, &a.step) == (&b.playbook, &b.workflow, b.state, &b.step)
        }
        (Event::AlertRaised(a), Event::AlertRaised(b)) => a.id == b.id,
        (Event::AlertCleared(a), Event::AlertCleared(b)) => a.id == b.id,
        _ => false,
    }
}
