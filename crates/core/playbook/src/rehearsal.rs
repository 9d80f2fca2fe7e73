//! A written call, and what a playbook is expected to make of it.

mod log;
mod read;

use std::collections::BTreeMap;

use model::Participant;

use crate::{Playbook, Problem, Span};

/// As many lines the script of a rehearsal may have.
const MAX_LINES: usize = 500;
/// As many things may be expected, and as many never.
const MAX_EXPECTED: usize = 200;

/// A written call, and what a playbook is expected to make of it. One YAML file each.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// What it shows.
    pub title: String,
    /// The playbook's file, from the folder of this one.
    pub playbook: String,
    /// What is known of the call.
    pub call: CallFacts,
    /// What happens, in order.
    pub script: Vec<Line>,
    /// What must come of it.
    pub expect: Vec<Expectation>,
    /// What must not.
    pub never: Vec<Expectation>,
}

/// What is known of a written call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFacts {
    /// The queue's name.
    pub queue: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// The language that is spoken.
    pub language: Option<String>,
    /// The flow's attributes.
    pub attributes: BTreeMap<String, String>,
}

/// Something that happens in a written call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, from the call's first sample.
    pub at: Span,
    /// What.
    pub what: Moment,
}

/// What happens at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Somebody speaks, until a time.
    Said {
        /// Who.
        who: Participant,
        /// What, as a redacted transcript has it: `[card]` is a masked stretch.
        text: String,
        /// Until when.
        until: Span,
    },
    /// An agent is connected.
    AgentConnected(String),
    /// The agent is gone.
    AgentDisconnected(String),
    /// The customer is put on hold, or taken off it.
    OnHold(bool),
    /// The call is over.
    Ended,
}

/// Something that guidance does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// This rule fires, whether or not a card is shown.
    Fired(String),
    /// A card of this rule is shown.
    Card(String),
    /// What a card of this rule suggests is said.
    Said(String),
    /// A card of this rule goes because what it asks for was done, or its topic passed.
    Withdrawn(String),
    /// This rule calls a supervisor.
    Alert(String),
    /// This item of the checklist is done.
    Ticked(String),
    /// This item of the checklist is missed.
    Missed(String),
    /// This workflow comes to a step, or begins where none is named.
    Workflow(String, Option<String>),
    /// The call is proposed to be wrapped up so.
    Disposition(String),
}

/// Something that is expected of guidance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// Where in that line.
    pub column: usize,
    /// What.
    pub outcome: Outcome,
    /// When; whenever without it.
    pub at: Option<Span>,
    /// How much sooner or later it may be.
    pub tolerance: Span,
    /// Whether only a meaning tells it, so that it is not expected where there is no embedding model.
    pub by_meaning: bool,
}

impl Rehearsal {
    /// What is expected of a playbook that it does not have.
    #[must_use]
    pub fn unknown_to(&self, playbook: &Playbook) -> Vec<Problem> {
        self.expect.iter().chain(&self.never).filter_map(|expected| expected.unknown_to(playbook)).collect()
    }
}

impl Expectation {
    fn unknown_to(&self, playbook: &Playbook) -> Option<Problem> {
        let (key, name, known): (_, _, Vec<&str>) = match &self.outcome {
            Outcome::Fired(rule)
            | Outcome::Card(rule)
            | Outcome::Said(rule)
            | Outcome::Withdrawn(rule)
            | Outcome::Alert(rule) => {
                ("rule", rule, playbook.rules.iter().map(|rule| rule.id.as_str()).collect())
            }
            Outcome::Ticked(item) | Outcome::Missed(item) => {
                ("item", item, playbook.checklist.iter().map(|item| item.id.as_str()).collect())
            }
            Outcome::Workflow(id, step) => {
                let flow = playbook.workflows.iter().find(|flow| flow.id == *id);
                match (flow, step) {
                    (Some(flow), Some(step)) => {
                        ("step", step, flow.steps.iter().map(|step| step.id.as_str()).collect())
                    }
                    _ => ("workflow", id, playbook.workflows.iter().map(|flow| flow.id.as_str()).collect()),
                }
            }
            Outcome::Disposition(code) => {
                let wraps = playbook.summary.iter().flat_map(|summary| &summary.dispositions);
                ("disposition", code, wraps.map(|wrap| wrap.code.as_str()).collect())
            }
        };
        (!known.contains(&name.as_str())).then(|| Problem {
            line: self.line,
            column: self.column,
            key: String::new(),
            message: format!("the playbook has no {key} \"{name}\""),
            allowed: known.into_iter().map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
