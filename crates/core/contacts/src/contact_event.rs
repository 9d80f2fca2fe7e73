//! The `Amazon Connect Contact Event` of `EventBridge`.
//!
//! The detail's keys come in camelCase and, in some samples and older events, in `PascalCase`; times that do not
//! apply yet are near the epoch.

use model::ContactId;
use serde_json::Value;

use crate::{Agent, ContactSignal, SignalKind, UnreadableEvent, lenient};

/// Reads one contact event. Event types that say nothing of agents or the end give no signal.
///
/// # Errors
/// When the text is no JSON object or has no contact id or time.
pub fn read_contact_event(json: &[u8]) -> Result<Vec<ContactSignal>, UnreadableEvent> {
    let event: Value = serde_json::from_slice(json).map_err(UnreadableEvent::Json)?;
    let detail = event.get("detail").ok_or(UnreadableEvent::Field("detail"))?;
    let contact_id = field(detail, "contactId")
        .and_then(Value::as_str)
        .and_then(|id| ContactId::new(id).ok())
        .ok_or(UnreadableEvent::Field("contactId"))?;
    let agent_info = field(detail, "agentInfo");
    let happened = |key: &str, within: Option<&Value>| {
        within
            .and_then(|value| field(value, key))
            .and_then(Value::as_str)
            .and_then(lenient::time)
            .filter(|at| at.as_millis() > 86_400_000)
    };
    let sent_at = event.get("time").and_then(Value::as_str).and_then(lenient::time);
    let agent = || {
        let arn =
            agent_info.and_then(|info| field(info, "agentArn")).and_then(Value::as_str).unwrap_or_default();
        Agent { arn: arn.to_owned(), name: None }
    };
    let (kind, at) = match field(detail, "eventType").and_then(Value::as_str).unwrap_or_default() {
        "CONNECTED_TO_AGENT" => {
            (SignalKind::AgentConnected(agent()), happened("connectedToAgentTimestamp", agent_info))
        }
        "INITIATED" => {
            let Some(previous) = previous_contact(detail, &contact_id) else { return Ok(Vec::new()) };
            let at = happened("initiationTimestamp", Some(detail)).or(sent_at);
            let at = at.ok_or(UnreadableEvent::Field("time"))?;
            return Ok(vec![ContactSignal {
                contact_id: previous,
                at,
                kind: SignalKind::Transferred(contact_id),
            }]);
        }
        "DISCONNECTED" | "COMPLETED" => {
            (SignalKind::Disconnected, happened("disconnectTimestamp", Some(detail)))
        }
        _ => return Ok(Vec::new()),
    };
    let at = at.or(sent_at).ok_or(UnreadableEvent::Field("time"))?;
    Ok(vec![ContactSignal { contact_id, at, kind }])
}

/// The contact that a transferred call comes from. Callbacks and outbound calls have a previous contact, too, but
/// are calls of their own.
fn previous_contact(detail: &Value, contact: &ContactId) -> Option<ContactId> {
    let method = field(detail, "initiationMethod").and_then(Value::as_str).unwrap_or_default();
    let is_transfer = matches!(method, "TRANSFER" | "QUEUE_TRANSFER");
    let previous = field(detail, "previousContactId").and_then(Value::as_str);
    let previous = previous.filter(|_| is_transfer).and_then(|id| ContactId::new(id).ok());
    previous.filter(|previous| previous != contact)
}

/// A field by its camelCase name, or the same in `PascalCase`.
fn field<'v>(of: &'v Value, camel: &str) -> Option<&'v Value> {
    of.get(camel).or_else(|| {
        let mut letters = camel.chars();
        let first = letters.next()?.to_ascii_uppercase();
        of.get(format!("{first}{}", letters.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    #[test]
    fn a_disconnect_gives_the_time_of_the_hang_up() {
        let json = r#"{"time":"2021-08-04T17:43:48Z","detail":{"eventType":"DISCONNECTED","contactId":"c-1",
            "disconnectTimestamp":"2021-08-04T17:43:40.500Z"}}"#;
        let signals = read_contact_event(json.as_bytes()).unwrap();
        assert_eq!(signals[0].kind, SignalKind::Disconnected);
        assert_eq!(signals[0].at, Timestamp::from_millis(1_628_099_020_500));
    }

    #[test]
    fn pascal_case_and_epoch_times_are_read() {
        let json = r#"{"time":"2021-08-04T17:43:48Z","detail":{"EventType":"CONNECTED_TO_AGENT","ContactId":"c-1",
            "AgentInfo":{"AgentArn":"arn:x","ConnectedToAgentTimestamp":"1970-01-01T00:00:00.001Z"}}}"#;
        let signals = read_contact_event(json.as_bytes()).unwrap();
        assert_eq!(signals[0].at, Timestamp::from_millis(1_628_099_028_000));
        assert!(matches!(&signals[0].kind, SignalKind::AgentConnected(agent) if agent.arn == "arn:x"));
    }

    #[test]
    fn a_transfers_new_contact_is_told_to_the_one_before_it() {
        let json = |method: &str| {
            format!(
                r#"{{"time":"2021-08-04T17:43:48Z","detail":{{"eventType":"INITIATED","contactId":"c-2",
                "previousContactId":"c-1","initiationMethod":"{method}"}}}}"#
            )
        };
        let signals = read_contact_event(json("TRANSFER").as_bytes()).unwrap();
        assert_eq!(signals[0].contact_id.as_str(), "c-1");
        assert_eq!(signals[0].kind, SignalKind::Transferred(ContactId::new("c-2").unwrap()));
        assert_eq!(read_contact_event(json("CALLBACK").as_bytes()).unwrap(), vec![]);
    }

    #[test]
    fn other_event_types_give_no_signal() {
        let json = r#"{"time":"2021-08-04T17:43:48Z","detail":{"eventType":"QUEUED","contactId":"c-1"}}"#;
        assert_eq!(read_contact_event(json.as_bytes()).unwrap(), vec![]);
        assert!(read_contact_event(b"[]").is_err());
    }
}
