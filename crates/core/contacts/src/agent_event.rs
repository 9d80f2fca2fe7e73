//! The agent event stream: each record carries snapshots of the agent before and after.
//!
//! Either snapshot may be null; heartbeats repeat states; a contact that leaves the snapshot has ended.

use model::{ContactId, Pii, Timestamp};
use serde::Deserialize;

use crate::{Agent, ContactSignal, SignalKind, UnreadableEvent, lenient};

/// Reads one record of the agent event stream.
///
/// # Errors
/// When the text is no such record, or has no agent or time.
pub fn read_agent_event(json: &[u8]) -> Result<Vec<ContactSignal>, UnreadableEvent> {
    let record: Record = serde_json::from_slice(json).map_err(UnreadableEvent::Json)?;
    let at = lenient::time(&record.event_timestamp).ok_or(UnreadableEvent::Field("EventTimestamp"))?;
    let current = record.current_agent_snapshot.unwrap_or_default();
    let previous = record.previous_agent_snapshot.unwrap_or_default();
    let agent = Agent {
        arn: record.agent_arn,
        name: current.configuration.or(previous.configuration).and_then(|configuration| configuration.name()),
    };
    let mut signals = Vec::new();
    let gone =
        previous.contacts.iter().filter(|p| !current.contacts.iter().any(|c| c.contact_id == p.contact_id));
    for contact in gone {
        signals.extend(states(contact, "ENDED", at, &agent));
    }
    for contact in &current.contacts {
        let since = contact.state_start_timestamp.as_deref().and_then(lenient::time).unwrap_or(at);
        signals.extend(states(contact, &contact.state, since, &agent));
    }
    Ok(signals)
}

/// The facts that a contact's state stands for.
fn states(contact: &Contact, state: &str, at: Timestamp, agent: &Agent) -> Vec<ContactSignal> {
    let Ok(contact_id) = ContactId::new(contact.contact_id.as_str()) else { return Vec::new() };
    if contact.channel.as_deref().is_some_and(|channel| channel != "VOICE") {
        return Vec::new();
    }
    let connected = SignalKind::AgentConnected(agent.clone());
    let kinds = match state {
        "CONNECTED" => vec![connected, SignalKind::HoldEnded],
        "CONNECTED_ONHOLD" => vec![connected, SignalKind::HoldStarted],
        "ENDED" | "MISSED" | "REJECTED" | "ERROR" => {
            vec![SignalKind::HoldEnded, SignalKind::AgentDisconnected(agent.clone())]
        }
        _ => Vec::new(),
    };
    kinds.into_iter().map(|kind| ContactSignal { contact_id: contact_id.clone(), at, kind }).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    #[serde(rename = "AgentARN")]
    agent_arn: String,
    event_timestamp: String,
    current_agent_snapshot: Option<Snapshot>,
    previous_agent_snapshot: Option<Snapshot>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Snapshot {
    #[serde(default)]
    contacts: Vec<Contact>,
    configuration: Option<Configuration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contact {
    contact_id: String,
    channel: Option<String>,
    #[serde(default)]
    state: String,
    state_start_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

impl Configuration {
    fn name(self) -> Option<Pii<String>> {
        let full = [self.first_name, self.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let full = full.trim();
        if full.is_empty() { self.username.map(Pii::new) } else { Some(Pii::new(full.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(current: &str, previous: &str) -> String {
        format!(
            r#"{{"AgentARN":"arn:agent","EventTimestamp":"2019-08-13T20:59:31Z","EventType":"STATE_CHANGE",
            "CurrentAgentSnapshot":{current},"PreviousAgentSnapshot":{previous}}}"#
        )
    }

    fn snapshot(state: &str) -> String {
        format!(
            r#"{{"Configuration":{{"FirstName":"Dana","LastName":"R."}},"Contacts":[{{"ContactId":"c-1","Channel":"VOICE",
            "State":"{state}","StateStartTimestamp":"2019-08-13T20:59:30.000Z"}}]}}"#
        )
    }

    fn kinds(json: &str) -> Vec<SignalKind> {
        read_agent_event(json.as_bytes()).unwrap().into_iter().map(|signal| signal.kind).collect()
    }

    #[test]
    fn hold_is_a_state_of_the_agents_contact() {
        let kinds = kinds(&record(&snapshot("CONNECTED_ONHOLD"), &snapshot("CONNECTED")));
        assert!(
            matches!(&kinds[0], SignalKind::AgentConnected(a) if a.name.as_ref().unwrap().expose() == "Dana R.")
        );
        assert_eq!(kinds[1], SignalKind::HoldStarted);
    }

    #[test]
    fn a_contact_that_left_the_snapshot_has_ended() {
        let kinds = kinds(&record(r#"{"Contacts":[]}"#, &snapshot("CONNECTED")));
        assert_eq!(kinds[0], SignalKind::HoldEnded);
        assert!(matches!(kinds[1], SignalKind::AgentDisconnected(_)));
    }

    #[test]
    fn null_snapshots_say_nothing() {
        assert_eq!(kinds(&record("null", "null")), vec![]);
    }

    #[test]
    fn a_ringing_contact_says_nothing_yet() {
        assert_eq!(kinds(&record(&snapshot("CONNECTING"), "null")), vec![]);
    }
}
