//! Guided workflows: which step is next, and what moves it on.

use std::sync::Arc;

use events::WorkflowState;
use model::UtteranceId;

use super::{Guide, Move};
use crate::{course::Course, truth::sooner};

/// A workflow passes at most so many steps at once, so that one that goes in a circle does not go on for ever.
const MAX_STEPS_AT_ONCE: usize = 16;

/// How a workflow stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FlowStatus {
    /// It has not begun.
    #[default]
    Idle,
    /// This step is next; words that ended after the moment count for it.
    At { step: usize, after_ms: u64 },
    /// It ended, or the agent left it.
    Over,
}

/// Where a workflow moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    To(usize),
    Done,
    Left,
}

impl Moved {
    pub(crate) const fn state(self) -> WorkflowState {
        match self {
            Self::To(_) => WorkflowState::Running,
            Self::Done => WorkflowState::Done,
            Self::Left => WorkflowState::Left,
        }
    }
}

impl Guide {
    /// Begins a workflow, unless it runs.
    pub(crate) fn begin_flow(
        &mut self,
        course: &Course,
        workflow: usize,
        cause: Option<UtteranceId>,
    ) -> bool {
        let runs = matches!(self.flows.get(workflow), Some(FlowStatus::At { .. }) | None);
        if !runs {
            self.move_flow(workflow, Moved::To(0), moment(course, cause));
        }
        !runs
    }

    /// Puts a workflow where a rule, a person or the log says.
    pub(crate) fn move_flow(&mut self, workflow: usize, moved: Moved, after_ms: u64) {
        if let Some(status) = self.flows.get_mut(workflow) {
            *status = match moved {
                Moved::To(step) => FlowStatus::At { step, after_ms },
                Moved::Done | Moved::Left => FlowStatus::Over,
            };
        }
    }

    /// Whether a workflow is where it would be moved.
    pub(crate) fn is_at(&self, workflow: usize, moved: Moved) -> bool {
        match (self.flows.get(workflow), moved) {
            (Some(FlowStatus::At { step, .. }), Moved::To(to)) => *step == to,
            (Some(FlowStatus::Over), Moved::Done | Moved::Left) => true,
            (Some(FlowStatus::Idle), Moved::Left) | (None, _) => true,
            (Some(FlowStatus::Idle), Moved::Done | Moved::To(_))
            | (Some(FlowStatus::At { .. }), Moved::Done | Moved::Left)
            | (Some(FlowStatus::Over), Moved::To(_)) => false,
        }
    }

    pub(super) fn look_at_flows(&mut self, course: &Course, moves: &mut Vec<Move>, wake: &mut Option<u64>) {
        for workflow in 0..self.flows.len() {
            for _ in 0..MAX_STEPS_AT_ONCE {
                let Some((moved, cause)) = self.next_step(course, workflow, wake) else { break };
                self.move_flow(workflow, moved, moment(course, cause));
                moves.push(Move::Moved { workflow, moved, cause });
            }
        }
    }

    fn next_step(
        &self,
        course: &Course,
        workflow: usize,
        wake: &mut Option<u64>,
    ) -> Option<(Moved, Option<UtteranceId>)> {
        let FlowStatus::At { step, after_ms } = *self.flows.get(workflow)? else { return None };
        let book = Arc::clone(&self.book);
        let step = book.workflows.get(workflow)?.steps.get(step)?;
        let ways = step.branches.iter().map(|(when, go)| (when, *go));
        for (when, go) in ways.chain(step.done.as_ref().map(|done| (done, step.next))) {
            let truth = self.truth(course, when, Some(after_ms));
            *wake = sooner(*wake, truth.wake_ms);
            if truth.holds {
                return Some((go.map_or(Moved::Done, Moved::To), truth.cause));
            }
        }
        None
    }
}

/// From when on words count for a step: after those that led to it.
pub(crate) fn moment(course: &Course, cause: Option<UtteranceId>) -> u64 {
    cause.and_then(|id| course.transcript.get(id)).map_or(course.now_ms, |said| said.end_ms)
}
