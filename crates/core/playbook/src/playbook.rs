//! A whole playbook.

use std::collections::BTreeMap;

use events::Disposition;

use crate::{Action, Condition, Meaning, Span};

/// A playbook, as its file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Playbook {
    /// Its id: small letters, digits and dashes.
    pub id: String,
    /// Its version, rising.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The calls that it guides; all of the tenant's without it.
    pub applies: Applies,
    /// How much an agent is told.
    pub budget: Budget,
    /// What sentences can mean.
    pub meanings: BTreeMap<String, Meaning>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// What is to be said or done.
    pub checklist: Vec<Item>,
    /// Guided workflows.
    pub workflows: Vec<Workflow>,
    /// How the call is summed up.
    pub summary: Option<Summary>,
}

/// The calls that a playbook guides: those that meet every list that is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applies {
    /// Names of queues.
    pub queues: Vec<String>,
    /// Names of profiles.
    pub profiles: Vec<String>,
    /// Languages, BCP 47; `en` takes in `en-US`.
    pub languages: Vec<String>,
}

/// How much an agent is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Cards a minute, at the most.
    pub cards_per_minute: u32,
    /// How long a card stays.
    pub life: Span,
    /// How long a rule says nothing after it spoke.
    pub cooldown: Span,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its id within the playbook.
    pub id: String,
    /// What it is for; shown as the reason of its cards.
    pub title: Option<String>,
    /// When it fires.
    pub when: Condition,
    /// What it does then.
    pub then: Vec<Action>,
    /// How often it fires in a call at the most; once without it.
    pub times: u32,
    /// How long it is quiet after it fired; the budget's without it.
    pub cooldown: Option<Span>,
}

/// An item of the checklist.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its id within the playbook.
    pub id: String,
    /// What it is.
    pub title: String,
    /// When it is done.
    pub done: Condition,
    /// By when, from the moment when an agent is connected; missed after that.
    pub by: Option<Span>,
    /// Only asked for when this holds; from the beginning without it.
    pub when: Option<Condition>,
    /// Whether a call without it needs a supervisor.
    pub required: bool,
}

/// A guided workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its id within the playbook.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// Its steps, in order; at least one.
    pub steps: Vec<Step>,
}

/// A step of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id within the workflow.
    pub id: String,
    /// What to do.
    pub title: String,
    /// What to say.
    pub say: Option<String>,
    /// When it is done by itself; only the agent moves on without it.
    pub done: Option<Condition>,
    /// The step that comes then, by its id; the next one without it.
    pub next: Option<String>,
    /// Other ways on: the first whose condition holds is taken before `done`.
    pub branches: Vec<Branch>,
}

/// Another way on from a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// When it is taken.
    pub when: Condition,
    /// The step to go to, by its id; `end` ends the workflow.
    pub go: String,
}

/// How the call is summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// How a call can be wrapped up; the first whose condition holds at the end is proposed.
    pub dispositions: Vec<Wrap>,
}

/// What a section is made of without a language model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// Why the customer called: their first sentences that say something.
    Reason,
    /// What the agent did, said to have done, or explained.
    Steps,
    /// What came of it: the last sentences that settle something.
    Outcome,
    /// Sentences that meet `when`.
    Matching,
}

/// A section of the summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is made of without a language model.
    pub kind: SectionKind,
    /// For `matching`: `says` or `means`, or `any` of them.
    pub when: Option<Condition>,
    /// What a language model is told of it.
    pub ask: Option<String>,
}

/// A way in which a call can be wrapped up.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrap {
    /// The code.
    pub code: String,
    /// What it means.
    pub title: String,
    /// When it is proposed.
    pub when: Option<Condition>,
}

impl From<&Wrap> for Disposition {
    fn from(wrap: &Wrap) -> Self {
        Self { code: wrap.code.clone(), title: wrap.title.clone() }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { cards_per_minute: 4, life: Span::secs(30), cooldown: Span::secs(60) }
    }
}
