//! What Connect's events come down to.

use model::{ContactId, Pii, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An event that is not of the shape Connect sends.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UnreadableEvent {
    /// The text is no JSON, or a field has the wrong type.
    #[error("the event is not valid JSON of the expected shape")]
    Json(#[source] serde_json::Error),
    /// A required field is missing or cannot be read.
    #[error("the event's {0} is missing or not valid")]
    Field(&'static str),
}

/// An agent, as the events name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// The agent's ARN.
    pub arn: String,
    /// First and last name, where the event has them. Stored beside the contact, so that the next owner of its call
    /// knows it too; never printed.
    #[serde(default, with = "stored_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<Pii<String>>,
}

/// Something happened to a contact. The same signal may come many times and late: each states a fact, and a
/// reader that knows it already passes over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactSignal {
    /// The contact.
    pub contact_id: ContactId,
    /// When it happened, by Connect's clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: SignalKind,
}

/// What happened to a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum SignalKind {
    /// The agent and the customer hear each other.
    AgentConnected(Agent),
    /// The agent left the contact.
    AgentDisconnected(Agent),
    /// The customer is on hold.
    HoldStarted,
    /// The customer is not on hold.
    HoldEnded,
    /// The call goes on under this contact, whose `previousContactId` is this signal's contact.
    Transferred(ContactId),
    /// The contact is over for the customer.
    Disconnected,
}

/// An agent's name as it is stored.
mod stored_name {
    use model::Pii;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(name: &Option<Pii<String>>, to: S) -> Result<S::Ok, S::Error> {
        name.as_ref().map(Pii::expose).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Pii<String>>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Pii::new))
    }
}
