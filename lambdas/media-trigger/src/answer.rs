//! What the flow is told: a flat map of strings, as the block's response validation `STRING_MAP` wants it.

use model::ContactId;
use serde::Serialize;

/// What became of an event; the flow reads it as `$.External.trunkline_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It was handed over.
    Accepted,
    /// It was handed over before and says nothing new.
    Known,
    /// It was handed over, now or before, and names no stream yet: the flow has not started media streaming.
    WaitsForStream,
    /// The contact is no voice call; nothing was handed over.
    NotVoice,
    /// It is no event of a flow; nothing was handed over.
    NotUnderstood,
    /// Nobody took it in time.
    Failed,
}

/// What went wrong; the flow reads it as `$.External.trunkline_error`. An accepted event may have one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// The event cannot be read.
    BadEvent,
    /// The directory was not written: neither the flow nor the configuration names a tenant.
    NoTenant,
    /// The directory was not written: the flow names a tenant that no name can be.
    BadTenant,
    /// The directory failed.
    DirectoryFailed,
    /// The directory did not answer in time.
    DirectoryTimedOut,
    /// The event is larger than the queue takes.
    TooLarge,
    /// The queue failed, was not reached or refused.
    QueueFailed,
    /// The server refused it.
    ServerRefused,
    /// The server took no more at that moment.
    ServerBusy,
    /// The server was not reached.
    ServerUnreachable,
    /// No answer came in time.
    TimedOut,
}

/// The function's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    #[serde(rename = "trunkline_status")]
    pub(crate) status: Status,
    #[serde(rename = "trunkline_contact_id", skip_serializing_if = "Option::is_none")]
    pub(crate) contact_id: Option<ContactId>,
    #[serde(rename = "trunkline_error", skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Code>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_flat_map_of_strings() {
        let answer = Answer {
            status: Status::WaitsForStream,
            contact_id: Some(ContactId::new("c-1").unwrap()),
            error: Some(Code::DirectoryTimedOut),
        };
        let json = r#"{"trunkline_status":"waits_for_stream","trunkline_contact_id":"c-1","trunkline_error":"directory_timed_out"}"#;
        assert_eq!(serde_json::to_string(&answer).unwrap(), json);
        let bare = Answer { contact_id: None, error: None, ..answer };
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"trunkline_status":"waits_for_stream"}"#);
    }
}
