//! A whole playbook.

use std::collections::BTreeMap;

use events::Disposition;
use serde::{Deserialize, Serialize};

use crate::{Action, Condition, Meaning, Span};

/// A playbook, as its file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Its id: small letters, digits and dashes.
    pub playbook: String,
    /// Its version, rising.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The calls that it guides; all of the tenant's without it.
    #[serde(default)]
    pub applies: Applies,
    /// How much an agent is told.
    #[serde(default)]
    pub budget: Budget,
    /// What sentences can mean.
    #[serde(default)]
    pub meanings: BTreeMap<String, Meaning>,
    /// The rules.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What is to be said or done.
    #[serde(default)]
    pub checklist: Vec<Item>,
    /// Guided workflows.
    #[serde(default)]
    pub workflows: Vec<Workflow>,
    /// How the call is summed up.
    #[serde(default)]
    pub summary: Option<Summary>,
}

/// The calls that a playbook guides: those that meet every list that is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// Names of queues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// Names of profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// Languages, BCP 47; `en` takes in `en-US`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
}

/// How much an agent is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Cards a minute, at the most.
    pub cards_per_minute: u32,
    /// How long a card stays.
    pub life: Span,
    /// How long a rule says nothing after it spoke.
    pub cooldown: Span,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id within the playbook.
    pub id: String,
    /// What it is for; shown as the reason of its cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it fires.
    pub when: Condition,
    /// What it does then.
    pub then: Vec<Action>,
    /// How often it fires in a call at the most; once without it.
    #[serde(default = "once")]
    pub times: u32,
    /// How long it is quiet after it fired; the budget's without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Span>,
}

/// An item of the checklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id within the playbook.
    pub id: String,
    /// What it is.
    pub title: String,
    /// When it is done.
    pub done: Condition,
    /// By when, from the moment when an agent is connected; missed after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Span>,
    /// Only asked for when this holds; from the beginning without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Whether a call without it needs a supervisor.
    #[serde(default)]
    pub required: bool,
}

/// A guided workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// Its id within the playbook.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// Its steps, in order; at least one.
    pub steps: Vec<Step>,
}

/// A step of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id within the workflow.
    pub id: String,
    /// What to do.
    pub title: String,
    /// What to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// When it is done by itself; only the agent moves on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Condition>,
    /// The step that comes then, by its id; the next one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Other ways on: the first whose condition holds is taken before `done`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
}

/// Another way on from a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// When it is taken.
    pub when: Condition,
    /// The step to go to, by its id; `end` ends the workflow.
    pub go: String,
}

/// How the call is summed up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// How a call can be wrapped up; the first whose condition holds at the end is proposed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dispositions: Vec<Wrap>,
}

/// What a section is made of without a language model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is made of without a language model.
    pub kind: SectionKind,
    /// For `matching`: `says` or `means`, or `any` of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// What a language model is told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// A way in which a call can be wrapped up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrap {
    /// The code.
    pub code: String,
    /// What it means.
    pub title: String,
    /// When it is proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

impl From<&Wrap> for Disposition {
    fn from(wrap: &Wrap) -> Self {
        Self { code: wrap.code.clone(), title: wrap.title.clone() }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            cards_per_minute: 4,
            life: Span(std::time::Duration::from_secs(30)),
            cooldown: Span(std::time::Duration::from_secs(60)),
        }
    }
}

const fn once() -> u32 {
    1
}
