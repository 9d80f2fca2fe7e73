//! The `Amazon Connect Contact Event` of `EventBridge`.
//!
//! The detail's keys come in camelCase and, in some samples and older events, in `PascalCase`; times that do not
//! apply yet are near the epoch.

use model::{ContactId, FragmentNumber, StreamAddress, Timestamp};
use serde_json::Value;

use crate::{Agent, ContactRecord, ContactSignal, SignalKind, UnreadableEvent, lenient, stream_address};

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

/// The ARN of the instance that an event of any kind is about.
#[must_use]
pub fn instance_of(json: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(json).ok()?;
    let within = event.get("detail").unwrap_or(&event);
    let arn = field(within, "instanceArn").or_else(|| within.get("InstanceARN"))?;
    arn.as_str().filter(|arn| !arn.is_empty()).map(str::to_owned)
}

/// What a contact event says of its contact besides signals: its chain, and its stream where it names one. `None` for
/// what is no voice contact, or says nothing of either.
///
/// A contact is told of when it begins, so that its stream can be looked for even if no Lambda is invoked for it.
///
/// # Errors
/// When the text is no JSON.
pub fn read_contact_record(json: &[u8], now: Timestamp) -> Result<Option<ContactRecord>, UnreadableEvent> {
    let event: Value = serde_json::from_slice(json).map_err(UnreadableEvent::Json)?;
    let Some(detail) = event.get("detail") else { return Ok(None) };
    let id = |key: &str| field(detail, key).and_then(Value::as_str).and_then(|id| ContactId::new(id).ok());
    let Some(contact_id) = id("contactId") else { return Ok(None) };
    let text = |key: &str| field(detail, key).and_then(Value::as_str).unwrap_or_default();
    let begins = matches!(text("eventType"), "INITIATED" | "CONNECTED_TO_SYSTEM");
    let recording = field(detail, "recordings").and_then(stream_recording);
    if text("channel") != "VOICE" || (!begins && recording.is_none()) {
        return Ok(None);
    }
    let other = |key: &str| id(key).filter(|other| *other != contact_id);
    // A callback has a previous contact, too, and is a call of its own.
    let is_transfer = matches!(text("initiationMethod"), "TRANSFER" | "QUEUE_TRANSFER");
    let mut record = ContactRecord {
        initial_contact_id: other("initialContactId").filter(|_| is_transfer),
        previous_contact_id: other("previousContactId").filter(|_| is_transfer),
        ..ContactRecord::new(contact_id, now)
    };
    if let Some((stream, start, started_at)) = recording {
        (record.stream, record.start_fragment, record.started_at) = (Some(stream), start, started_at);
    }
    Ok(Some(record))
}

/// The stream among a contact's recordings: `RecordingInfo` with `StorageType` `KINESIS_VIDEO_STREAM`.
fn stream_recording(
    recordings: &Value,
) -> Option<(StreamAddress, Option<FragmentNumber>, Option<Timestamp>)> {
    recordings.as_array()?.iter().find_map(|recording| {
        let text = |key: &str| field(recording, key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text("storageType")? != "KINESIS_VIDEO_STREAM" {
            return None;
        }
        let stream = stream_address(text("location")?)?;
        let start = text("fragmentStartNumber").and_then(|number| FragmentNumber::new(number).ok());
        Some((stream, start, text("startTimestamp").and_then(lenient::time)))
    })
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
    use super::*;

    #[test]
    fn a_contact_is_told_of_when_it_begins_and_its_stream_where_a_recording_names_it() {
        let now = Timestamp::from_millis(9);
        let json = |kind: &str, more: &str| {
            format!(
                r#"{{"detail":{{"eventType":"{kind}","contactId":"c-2","channel":"VOICE","instanceArn":"arn:i",
                "initiationMethod":"TRANSFER","previousContactId":"c-1","initialContactId":"c-2"{more}}}}}"#
            )
        };
        let begun = read_contact_record(json("INITIATED", "").as_bytes(), now).unwrap().unwrap();
        assert_eq!(begun.previous_contact_id.unwrap().as_str(), "c-1");
        assert_eq!((begun.initial_contact_id, begun.stream), (None, None));
        assert_eq!(read_contact_record(json("QUEUED", "").as_bytes(), now).unwrap(), None);
        let recordings = r#","recordings":[{"storageType":"S3","location":"b/k"},{"storageType":"KINESIS_VIDEO_STREAM",
            "location":"arn:aws:kinesisvideo:eu-west-2:17:stream/s/1","fragmentStartNumber":"91","startTimestamp":"2021-08-04T17:17:53Z"}]"#;
        let named =
            read_contact_record(json("CONTACT_DATA_UPDATED", recordings).as_bytes(), now).unwrap().unwrap();
        assert_eq!(named.stream.unwrap().name.as_str(), "s");
        assert_eq!(named.start_fragment.unwrap().as_str(), "91");
        assert!(named.started_at.is_some());
        let chat = json("INITIATED", "").replace("VOICE", "CHAT");
        assert_eq!(read_contact_record(chat.as_bytes(), now).unwrap(), None);
        assert_eq!(instance_of(chat.as_bytes()).as_deref(), Some("arn:i"));
        assert_eq!(instance_of(br#"{"InstanceARN":"arn:j"}"#).as_deref(), Some("arn:j"));
    }

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
