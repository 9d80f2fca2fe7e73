//! What is to be said or done: ticked as it is, missed when its time is up.

use std::sync::Arc;

use events::ItemState;

use super::{Guide, Move};
use crate::{course::Course, truth::sooner};

/// How an item stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemStatus {
    state: State,
    /// Since when it is asked for.
    asked_ms: Option<u64>,
    /// A tick was taken back then: only words after it tick again.
    after_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Done,
    Missed,
}

impl ItemStatus {
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Sets it as a person or the log says.
    pub(crate) fn set(&mut self, state: ItemState, at_ms: u64) {
        self.state = match state {
            ItemState::Open => State::Open,
            ItemState::Done => State::Done,
            ItemState::Missed => State::Missed,
        };
        if state == ItemState::Open {
            self.after_ms = Some(at_ms);
        }
    }
}

impl Guide {
    pub(super) fn look_at_items(&mut self, course: &Course, moves: &mut Vec<Move>, wake: &mut Option<u64>) {
        let book = Arc::clone(&self.book);
        for (index, item) in book.items.iter().enumerate() {
            let Some(status) = self.items.get(index).cloned() else { continue };
            if status.is_done() {
                continue;
            }
            let asked = item.when.as_ref().map(|when| self.truth(course, when, None));
            let is_asked = asked.is_none_or(|asked| asked.holds);
            *wake = sooner(*wake, asked.and_then(|asked| asked.wake_ms));
            let done = self.truth(course, &item.done, status.after_ms);
            *wake = sooner(*wake, done.wake_ms);
            let Some(status) = self.items.get_mut(index) else { continue };
            status.asked_ms = is_asked.then(|| status.asked_ms.unwrap_or(course.now_ms));
            if done.holds {
                status.state = State::Done;
                moves.push(Move::Ticked { item: index, cause: done.cause });
                continue;
            }
            let (Some(by_ms), Some(asked_ms)) = (item.by_ms, status.asked_ms) else { continue };
            let Some(agent_ms) = course.line.agent_since_ms() else { continue };
            let due_ms = asked_ms.max(agent_ms).saturating_add(by_ms);
            if status.state == State::Open && course.now_ms >= due_ms {
                status.state = State::Missed;
                moves.push(Move::Missed { item: index });
            } else if status.state == State::Open {
                *wake = sooner(*wake, Some(due_ms));
            }
        }
    }

    /// The call is over: what is required, asked for and open is missed, if there was an agent to do it.
    pub(crate) fn close_items(&mut self, course: &Course) -> Vec<usize> {
        let book = Arc::clone(&self.book);
        let required = book.playbook.checklist.iter().map(|item| item.required);
        let mut missed = Vec::new();
        for (index, (required, status)) in required.zip(&mut self.items).enumerate() {
            let is_open = status.state == State::Open && status.asked_ms.is_some();
            if required && is_open && course.line.had_agent() {
                status.state = State::Missed;
                missed.push(index);
            }
        }
        missed
    }
}
