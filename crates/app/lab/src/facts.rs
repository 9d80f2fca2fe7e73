//! What is known of a call besides its audio: who takes it, what happens when, and, for samples, every word.

use model::{Channel, Participant};
use serde::{Deserialize, Serialize};

/// The most lines, events and spans that are read of one call; more are refused.
const MAX_ITEMS: usize = 10_000;

/// The facts of a call. Of a plain recording only what Connect itself would know: an agent, a queue, and that the
/// call begins and ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallFacts {
    /// A short name, unique among the samples.
    pub name: String,
    /// One line for a person.
    pub title: String,
    /// Under which licence the recording may be used.
    pub licence: String,
    /// The queue that the contact came through.
    pub queue: String,
    /// The agent who takes it.
    pub agent: AgentFacts,
    /// The customer's number, E.164.
    pub customer_number: String,
    /// How long it plays.
    pub duration_ms: u64,
    /// Who says what, by start.
    pub script: Vec<Line>,
    /// What happens to the contact, by time. Without any, an agent is there from the first sample to the last.
    pub events: Vec<ContactMoment>,
    /// What must never be seen or heard afterwards.
    pub sensitive: Vec<SensitiveSpan>,
}

/// The agent who takes a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFacts {
    /// First and last name.
    pub name: String,
    /// The id in the agent's ARN.
    pub id: String,
}

impl Default for AgentFacts {
    fn default() -> Self {
        Self { name: "Robin Sample".into(), id: "5f0c7c1e-3f0e-4b8e-9a55-0d4f7a2b9c00".into() }
    }
}

/// One turn of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where it is heard.
    pub channel: Channel,
    /// When its first word begins.
    pub start_ms: u64,
    /// When its last word ends.
    pub end_ms: u64,
    /// The words, numbers spelled as they are spoken.
    pub text: String,
    /// Who says them.
    pub participant: Participant,
}

/// A moment in the life of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMoment {
    /// When, from the first sample.
    pub at_ms: u64,
    /// What.
    #[serde(rename = "type")]
    pub kind: EventKind,
}

/// What happens to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The agent and the customer hear each other.
    AgentConnected,
    /// The customer is put on hold.
    HoldStarted,
    /// The customer is taken back.
    HoldEnded,
    /// The agent leaves.
    AgentDisconnected,
    /// The customer is gone; the contact is over.
    Disconnected,
}

/// Digits that are spoken and must be masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SensitiveSpan {
    /// Where they are heard.
    pub channel: Channel,
    /// When the first one begins.
    pub start_ms: u64,
    /// When the last one ends.
    pub end_ms: u64,
    /// What they are: the names of `events::EntityKind`, such as `card`.
    pub kind: String,
    /// The digits.
    pub digits: String,
}

impl EventKind {
    /// In words, for a person.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentConnected => "agent connected",
            Self::HoldStarted => "hold started",
            Self::HoldEnded => "hold ended",
            Self::AgentDisconnected => "agent disconnected",
            Self::Disconnected => "disconnected",
        }
    }
}

impl CallFacts {
    /// Reads the facts that lie beside a recording.
    ///
    /// # Errors
    /// When the text is not JSON of this shape, or holds more than ten thousand items of one kind.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let facts: Self = serde_json::from_slice(json)?;
        if [facts.script.len(), facts.events.len(), facts.sensitive.len()].iter().any(|&n| n > MAX_ITEMS) {
            return Err(serde::de::Error::custom(format!("more than {MAX_ITEMS} items of one kind")));
        }
        Ok(facts)
    }

    /// The moments of a call of this length, by time, ending with the disconnect. What the facts leave out is as
    /// on a call that an agent takes at once and nobody puts on hold.
    #[must_use]
    pub fn moments(&self, duration_ms: u64) -> Vec<ContactMoment> {
        let mut moments = self.events.clone();
        if moments.is_empty() {
            moments.push(ContactMoment { at_ms: 0, kind: EventKind::AgentConnected });
            moments.push(ContactMoment { at_ms: duration_ms, kind: EventKind::AgentDisconnected });
        }
        if !moments.iter().any(|moment| moment.kind == EventKind::Disconnected) {
            moments.push(ContactMoment { at_ms: duration_ms, kind: EventKind::Disconnected });
        }
        moments.sort_by_key(|moment| moment.at_ms);
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_recording_has_an_agent_from_start_to_end() {
        let moments = CallFacts::default().moments(5_000);
        let kinds: Vec<_> = moments.iter().map(|moment| (moment.at_ms, moment.kind)).collect();
        assert_eq!(
            kinds,
            [
                (0, EventKind::AgentConnected),
                (5_000, EventKind::AgentDisconnected),
                (5_000, EventKind::Disconnected)
            ]
        );
    }

    #[test]
    fn facts_without_a_disconnect_end_with_the_audio() {
        let facts = CallFacts::from_json(br#"{"events":[{"at_ms":100,"type":"hold_started"}]}"#).unwrap();
        assert_eq!(facts.moments(900)[1], ContactMoment { at_ms: 900, kind: EventKind::Disconnected });
    }
}
