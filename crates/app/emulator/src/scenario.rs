//! The format of a scenario.

use events::{
    AgentRef, AlertKind, CallMetrics, Disposition, HintKind, HintSource, PlaybookOutline, Severity,
};
use playbook::{InvalidSpan, Span};
use serde::Deserialize;
use thiserror::Error;

/// The longest scenario, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// How many calls a scenario may have.
const MAX_SESSIONS: usize = 100;
/// How many steps a call may have.
const MAX_STEPS: usize = 10_000;

/// Why a scenario cannot be played.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// It is not of the format. Says line, column and key.
    #[error("{0}")]
    Format(String),
    /// It is of the format and makes no sense.
    #[error("sessions[{session}].steps[{step}]: {what}")]
    Step {
        /// Which session, from 0.
        session: usize,
        /// Which of its steps, from 0.
        step: usize,
        /// What is wrong, and what would be right.
        what: &'static str,
    },
    /// It is too large.
    #[error("a scenario has at most {0}")]
    TooLarge(&'static str),
    /// It has no call, or two of one id.
    #[error("sessions: {0}")]
    Sessions(&'static str),
}

/// A length of time, written as `30s`, `1m30s` or `500ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Length(Span);

impl Length {
    pub(crate) fn as_millis(self) -> u64 {
        self.0.as_millis()
    }
}

impl TryFrom<String> for Length {
    type Error = InvalidSpan;

    fn try_from(text: String) -> Result<Self, InvalidSpan> {
        text.parse().map(Self)
    }
}

/// Calls and what happens in them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Whether it begins again when all calls are over, with new calls.
    #[serde(default, rename = "loop")]
    pub again: bool,
    /// The calls.
    pub sessions: Vec<Session>,
    /// What is found in the documents.
    #[serde(default)]
    pub answers: Vec<Answer>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Its name; the call's and the contact's ids are made of it.
    pub id: String,
    /// Connect's contact, where a page looks for a certain one.
    #[serde(default)]
    pub contact: Option<String>,
    /// When it begins, after the scenario's begin.
    #[serde(default)]
    pub start: Length,
    /// The queue.
    #[serde(default)]
    pub queue: Option<String>,
    /// The profile.
    #[serde(default)]
    pub profile: Option<String>,
    /// The customer's number, hidden but for its end.
    #[serde(default)]
    pub customer: Option<String>,
    /// The agent, who is connected at once unless a step says when.
    #[serde(default)]
    pub agent: Option<Agent>,
    /// What a desk shows of the playbook.
    #[serde(default)]
    pub playbook: Option<PlaybookOutline>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// As Connect names them.
    pub id: String,
    /// The name that is shown.
    #[serde(default)]
    pub name: Option<String>,
}

impl Agent {
    pub(crate) fn at(&self, at_ms: u64) -> AgentRef {
        AgentRef { id: self.id.clone(), name: self.name.clone(), at_ms }
    }
}

/// One thing that happens. Exactly one of the keys beside `at`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// When, after the call's begin. Without it right after the step before.
    pub at: Option<Length>,
    /// The customer says this, word by word. `[card]` is a masked stretch.
    pub customer: Option<String>,
    /// The agent says this.
    pub agent: Option<String>,
    /// A prompt or music plays.
    pub system: Option<String>,
    /// The agent of the session is connected.
    pub connect: Option<bool>,
    /// The customer is put on hold, or taken off it.
    pub hold: Option<bool>,
    /// A card is shown.
    pub card: Option<Card>,
    /// An item of the checklist is ticked by what was said last.
    pub tick: Option<String>,
    /// An item of the checklist is missed.
    pub miss: Option<String>,
    /// A workflow goes to a step: `workflow/step`, or `workflow/done`.
    pub workflow: Option<String>,
    /// A supervisor is called.
    pub alert: Option<Alert>,
    /// An alert is over, by its id.
    pub clear: Option<String>,
    /// How the call goes.
    pub metrics: Option<CallMetrics>,
    /// A supervisor says something.
    pub message: Option<Message>,
    /// The call so far in a few words.
    pub summary: Option<Summary>,
    /// The call is over. At the last step without it.
    pub end: Option<bool>,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// A few words that say what to do.
    pub title: String,
    /// What to say.
    #[serde(default)]
    pub say: Option<String>,
    /// Why it is shown.
    #[serde(default)]
    pub why: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub kind: Option<HintKind>,
    /// The rule that gave it.
    #[serde(default)]
    pub rule: Option<String>,
    /// Where the text comes from.
    #[serde(default)]
    pub source: Option<HintSource>,
    /// How long it stays; 30 s without it.
    #[serde(default)]
    pub life: Option<Length>,
    /// Higher goes first, 0 to 100.
    #[serde(default)]
    pub priority: Option<u8>,
}

/// A call for a supervisor.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Names it within the call.
    pub id: String,
    /// What it is about.
    pub kind: AlertKind,
    /// How soon.
    pub severity: Severity,
    /// A few words.
    pub title: String,
}

/// Words of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who.
    pub from: String,
    /// What.
    pub text: String,
}

/// A summary.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The sections: title and points.
    pub sections: Vec<Section>,
    /// What somebody has to do.
    #[serde(default)]
    pub actions: Vec<String>,
    /// How the call is to be wrapped up.
    #[serde(default)]
    pub disposition: Option<Disposition>,
}

/// A section of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// Its points.
    pub points: Vec<String>,
}

/// What is found in the documents when somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// A question that has one of these words is answered by it; any question without them.
    #[serde(default)]
    pub words: Vec<String>,
    /// The document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// The heading.
    #[serde(default)]
    pub heading: Option<String>,
    /// The passage.
    pub text: String,
}

/// The scenario that is played when none is given.
const BUILT_IN: &str = include_str!("../scenarios/cancellation.yaml");

impl Scenario {
    /// The scenario that is played when none is given, as its file has it.
    #[must_use]
    pub const fn built_in() -> &'static str {
        BUILT_IN
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(yaml: &str) -> Result<Self, ScenarioError> {
        if yaml.len() > MAX_BYTES {
            return Err(ScenarioError::TooLarge("1 MiB"));
        }
        let scenario: Self =
            serde_saphyr::from_str(yaml).map_err(|error| ScenarioError::Format(error.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), ScenarioError> {
        if self.sessions.is_empty() {
            return Err(ScenarioError::Sessions("there is no call: give at least one"));
        }
        if self.sessions.len() > MAX_SESSIONS {
            return Err(ScenarioError::TooLarge("100 sessions"));
        }
        for (index, session) in self.sessions.iter().enumerate() {
            let letters = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if session.id.is_empty() || session.id.len() > 60 || !session.id.chars().all(letters) {
                return Err(ScenarioError::Sessions("an id is 1 to 60 letters, digits and dashes"));
            }
            if self.sessions.iter().take(index).any(|other| other.id == session.id) {
                return Err(ScenarioError::Sessions("two calls have the same id"));
            }
            if session.steps.len() > MAX_STEPS {
                return Err(ScenarioError::TooLarge("10,000 steps a session"));
            }
            session.check(index)?;
        }
        Ok(())
    }
}

impl Session {
    fn check(&self, session: usize) -> Result<(), ScenarioError> {
        let mut last = Length::default();
        for (index, step) in self.steps.iter().enumerate() {
            let wrong = |what| Err(ScenarioError::Step { session, step: index, what });
            if step.acts() != 1 {
                return wrong(
                    "exactly one thing happens in a step: customer, agent, system, connect, hold, card, tick, miss, workflow, alert, clear, metrics, message, summary or end",
                );
            }
            if step.at.is_some_and(|at| at < last) {
                return wrong("comes before the step above it: steps are in order of `at`");
            }
            last = step.at.unwrap_or(last);
            if step.end == Some(true) && index + 1 < self.steps.len() {
                return wrong("nothing happens after the end");
            }
            let needs_playbook = step.tick.is_some() || step.miss.is_some() || step.workflow.is_some();
            if needs_playbook && self.playbook.is_none() {
                return wrong("needs the session's `playbook` with its checklist or workflows");
            }
            if step.tick.as_ref().or(step.miss.as_ref()).is_some_and(|item| !self.has_item(item)) {
                return wrong("is no item of the playbook's checklist");
            }
        }
        Ok(())
    }

    fn has_item(&self, id: &str) -> bool {
        self.playbook.iter().flat_map(|playbook| &playbook.checklist).any(|item| item.id == id)
    }
}

impl Step {
    /// How many things happen in it.
    fn acts(&self) -> usize {
        let Self {
            at: _,
            customer,
            agent,
            system,
            connect,
            hold,
            card,
            tick,
            miss,
            workflow,
            alert,
            clear,
            ..
        } = self;
        let Self { metrics, message, summary, end, .. } = self;
        [
            customer.is_some(),
            agent.is_some(),
            system.is_some(),
            connect.is_some(),
            hold.is_some(),
            card.is_some(),
            tick.is_some(),
            miss.is_some(),
            workflow.is_some(),
            alert.is_some(),
            clear.is_some(),
            metrics.is_some(),
            message.is_some(),
            summary.is_some(),
            end.is_some(),
        ]
        .into_iter()
        .filter(|is| *is)
        .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "
sessions:
  - id: late
    steps:
      - at: 1s
        customer: where is my order
      - at: 4s
        card: {title: Look it up}
";

    #[test]
    fn a_scenario_is_read() {
        let scenario = Scenario::read(SMALL).unwrap();
        assert_eq!(scenario.sessions[0].steps[0].customer.as_deref(), Some("where is my order"));
    }

    #[test]
    fn the_built_in_scenario_is_one() {
        assert!(Scenario::read(Scenario::built_in()).unwrap().again);
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line_and_what_is_allowed() {
        let error = Scenario::read(&SMALL.replace("customer:", "custommer:")).unwrap_err().to_string();
        assert!(error.contains("custommer") && error.contains("customer"), "{error}");
        assert!(error.contains("line 6"), "{error}");
    }

    #[test]
    fn a_step_that_does_two_things_or_goes_back_in_time_is_refused() {
        let two = SMALL.replace("customer: where is my order", "{customer: a, agent: b}");
        assert!(Scenario::read(&two.replace("at: 1s\n        {", "{at: 1s, ")).is_err());
        let back = Scenario::read(&SMALL.replace("at: 4s", "at: 500ms")).unwrap_err().to_string();
        assert!(back.starts_with("sessions[0].steps[1]"), "{back}");
    }

    #[test]
    fn a_tick_needs_its_item() {
        let error =
            Scenario::read(&SMALL.replace("card: {title: Look it up}", "tick: greeting")).unwrap_err();
        assert!(error.to_string().contains("playbook"), "{error}");
    }
}
