//! One playbook in one call: what it heard, which rules fired, how its checklist and workflows stand.

mod checklist;
mod rules;
mod workflows;

use std::sync::Arc;

use model::UtteranceId;

pub(crate) use checklist::ItemStatus;
pub(crate) use rules::RuleState;
pub(crate) use workflows::{FlowStatus, Moved};

use crate::{
    compiled::{CompiledPlaybook, Node},
    course::Course,
    hits::{Hits, MAX_HITS, Occurrence},
    truth::{Evidence, Truth, sooner},
};

/// What came of looking at a playbook once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// A rule fired, the `count`th time.
    Fired { rule: usize, count: u32, cause: Option<UtteranceId> },
    /// What an alert of a rule is about has passed.
    Passed { rule: usize },
    /// An item of the checklist is done.
    Ticked { item: usize, cause: Option<UtteranceId> },
    /// An item was not done in time.
    Missed { item: usize },
    /// A workflow moved on.
    Moved { workflow: usize, moved: Moved, cause: Option<UtteranceId> },
}

/// One playbook in one call.
#[derive(Debug)]
pub(crate) struct Guide {
    pub(crate) book: Arc<CompiledPlaybook>,
    pub(crate) hits: Hits,
    began: Vec<Vec<Occurrence>>,
    held: Vec<Truth>,
    pub(crate) rules: Vec<RuleState>,
    pub(crate) items: Vec<ItemStatus>,
    pub(crate) flows: Vec<FlowStatus>,
}

impl Guide {
    pub(crate) fn new(book: Arc<CompiledPlaybook>) -> Self {
        Self {
            hits: Hits::new(&book),
            began: vec![Vec::new(); book.watched.len()],
            held: vec![Truth::default(); book.watched.len()],
            rules: vec![RuleState::default(); book.rules.len()],
            items: vec![ItemStatus::default(); book.items.len()],
            flows: vec![FlowStatus::default(); book.workflows.len()],
            book,
        }
    }

    /// Looks at everything once. Returns what came of it, and when to look again though nothing happens.
    pub(crate) fn look(&mut self, course: &Course) -> (Vec<Move>, Option<u64>) {
        let mut moves = Vec::new();
        let mut wake = None;
        self.watch(course, &mut wake);
        self.look_at_items(course, &mut moves, &mut wake);
        self.look_at_rules(course, &mut moves, &mut wake);
        self.look_at_flows(course, &mut moves, &mut wake);
        (moves, wake)
    }

    /// Whether a condition holds, by words that ended after a moment where one is given.
    pub(crate) fn truth(&self, course: &Course, node: &Node, after_ms: Option<u64>) -> Truth {
        let evidence = Evidence {
            course,
            hits: &self.hits,
            began: &self.began,
            items: &self.items,
            rules: &self.rules,
            after_ms,
        };
        evidence.truth(node)
    }

    /// Whether one utterance alone meets a condition of what is said.
    pub(crate) fn is_met_by(&self, node: &Node, id: UtteranceId) -> bool {
        match node {
            Node::Heard(leaf) => self.hits.of(*leaf).iter().any(|hit| hit.utterance == Some(id)),
            Node::All(of) => of.iter().all(|node| self.is_met_by(node, id)),
            Node::Any(of) => of.iter().any(|node| self.is_met_by(node, id)),
            Node::Not(of) => !self.is_met_by(of, id),
            Node::Metric(_)
            | Node::Fact { .. }
            | Node::Elapsed(_)
            | Node::WithAgent(_)
            | Node::OnHold(_)
            | Node::Done(_)
            | Node::Fired(_)
            | Node::Within { .. }
            | Node::Sequence { .. } => false,
        }
    }

    /// Notes when conditions within others began to hold.
    fn watch(&mut self, course: &Course, wake: &mut Option<u64>) {
        let book = Arc::clone(&self.book);
        for (index, node) in book.watched.iter().enumerate() {
            let truth = self.truth(course, node, None);
            *wake = sooner(*wake, truth.wake_ms);
            let (Some(held), Some(began)) = (self.held.get_mut(index), self.began.get_mut(index)) else {
                continue;
            };
            if truth.holds && (!held.holds || truth.at_ms > held.at_ms) {
                let at_ms = if truth.at_ms == 0 { course.now_ms } else { truth.at_ms };
                let place = began.partition_point(|known| known.at_ms <= at_ms);
                began.insert(place, Occurrence { at_ms, utterance: truth.cause });
                if began.len() > MAX_HITS {
                    began.remove(1);
                }
            }
            *held = truth;
        }
    }
}
