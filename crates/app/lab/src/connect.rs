//! What Connect says of a contact: the flow's Lambda event, contact events, agent events, byte for byte in the shapes
//! that it sends (Amazon Connect administrator guide: "Invoke a Lambda function", "Contact events", "Agent event
//! streams").

use model::Timestamp;
use serde_json::{Value, json};

use crate::{clock::rfc3339, facts::CallFacts};

/// The Connect instance whose calls these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The alias in stream names.
    pub alias: String,
    /// The id in ARNs.
    pub id: String,
    /// The account in ARNs.
    pub account: String,
    /// The region in ARNs and signatures.
    pub region: String,
    /// What stream names begin with.
    pub stream_prefix: String,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            alias: "lab".into(),
            id: "0c7a5b1e-6d2f-4c83-9f6e-1b2a3c4d5e6f".into(),
            account: "111122223333".into(),
            region: "us-east-1".into(),
            stream_prefix: "trunkline".into(),
        }
    }
}

impl Instance {
    fn arn(&self) -> String {
        format!("arn:aws:connect:{}:{}:instance/{}", self.region, self.account, self.id)
    }

    /// A name as Connect gives to a new stream. The id in it is the stream's own, of no contact.
    #[must_use]
    pub fn stream_name(&self, stream_id: &str) -> String {
        format!("{}-connect-{}-contact-{stream_id}", self.stream_prefix, self.alias)
    }
}

/// A number that nobody has, for calls whose facts name none.
const DEFAULT_CUSTOMER: &str = "+12065550100";
const SYSTEM_NUMBER: &str = "+18005550199";
const DEFAULT_QUEUE: &str = "BasicQueue";
const QUEUE_ID: &str = "3d1f0a52-7c64-4f7e-8a3b-6a1d52c3e4f5";
const STATUS_ID: &str = "6a5b4c3d-2e1f-4a0b-9c8d-7e6f5a4b3c2d";
const PROFILE_ID: &str = "8e7d6c5b-4a39-4281-b0c1-d2e3f4a5b6c7";

/// One contact of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Contact<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) facts: &'a CallFacts,
    pub(crate) id: &'a str,
    /// The producer's time of the first sample.
    pub(crate) started_at: Timestamp,
}

/// How the agent's contact stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgentState {
    Connected,
    OnHold,
    Ended,
    /// After the contact's work is done, it is gone from the agent's snapshot.
    Gone,
}

impl Contact<'_> {
    /// The event that a flow's Lambda block sends after media streaming was started.
    pub(crate) fn lambda_event(&self, stream_arn: &str, start_fragment: &str) -> Value {
        json!({
            "Details": {
                "ContactData": {
                    "Attributes": {},
                    "Channel": "VOICE",
                    "ContactId": self.id,
                    "CustomerEndpoint": {"Address": self.customer(), "Type": "TELEPHONE_NUMBER"},
                    "CustomerId": null,
                    "Description": "",
                    "InitialContactId": self.id,
                    "InitiationMethod": "INBOUND",
                    "InstanceARN": self.instance.arn(),
                    "LanguageCode": "en-US",
                    "MediaStreams": {"Customer": {"Audio": {
                        "StreamARN": stream_arn,
                        "StartTimestamp": self.started_at.as_millis().to_string(),
                        "StopTimestamp": null,
                        "StartFragmentNumber": start_fragment,
                        "StopFragmentNumber": null,
                    }}},
                    "Name": "",
                    "PreviousContactId": self.id,
                    "Queue": {"ARN": self.queue_arn(), "Name": self.queue(), "OutboundCallerId": null},
                    "References": {},
                    "SystemEndpoint": {"Address": SYSTEM_NUMBER, "Type": "TELEPHONE_NUMBER"},
                },
                "Parameters": {},
            },
            "Name": "ContactFlowEvent",
        })
    }

    /// A contact event of EventBridge.
    pub(crate) fn contact_event(
        &self,
        event_type: &str,
        at: Timestamp,
        connected_at: Option<Timestamp>,
    ) -> Value {
        let arn = self.instance.arn();
        let mut detail = json!({
            "eventType": event_type,
            "contactId": self.id,
            "initialContactId": self.id,
            "channel": "VOICE",
            "instanceArn": arn,
            "initiationMethod": "INBOUND",
            "initiationTimestamp": rfc3339(self.started_at),
            "connectedToSystemTimestamp": rfc3339(self.started_at),
            "queueInfo": {
                "queueType": "STANDARD",
                "queueArn": self.queue_arn(),
                "enqueueTimestamp": rfc3339(self.started_at),
            },
            "tags": {"aws:connect:instanceId": self.instance.id, "aws:connect:systemEndpoint": SYSTEM_NUMBER},
        });
        if let Some(connected_at) = connected_at {
            detail["agentInfo"] =
                json!({"agentArn": self.agent_arn(), "connectedToAgentTimestamp": rfc3339(connected_at)});
        }
        if matches!(event_type, "DISCONNECTED" | "COMPLETED") {
            detail["disconnectTimestamp"] = rfc3339(at).into();
            detail["disconnectReason"] = "CUSTOMER_DISCONNECT".into();
        }
        json!({
            "version": "0",
            "id": uuid::Uuid::new_v4().to_string(),
            "detail-type": "Amazon Connect Contact Event",
            "source": "aws.connect",
            "account": self.instance.account,
            "time": rfc3339(at),
            "region": self.instance.region,
            "resources": [format!("{arn}/contact/{}", self.id), arn],
            "detail": detail,
        })
    }

    /// A record of the agent event stream: the agent's contact went from `before` to `now`.
    pub(crate) fn agent_event(&self, before: Option<AgentState>, now: AgentState, at: Timestamp) -> Value {
        json!({
            "AWSAccountId": self.instance.account,
            "AgentARN": self.agent_arn(),
            "CurrentAgentSnapshot": self.snapshot(Some(now), at),
            "EventId": uuid::Uuid::new_v4().to_string(),
            "EventTimestamp": rfc3339(at),
            "EventType": "STATE_CHANGE",
            "InstanceARN": self.instance.arn(),
            "PreviousAgentSnapshot": self.snapshot(before, at),
            "Version": "2017-10-01",
        })
    }

    fn snapshot(&self, state: Option<AgentState>, at: Timestamp) -> Value {
        let arn = self.instance.arn();
        let (first, last) = self.facts.agent.name.split_once(' ').unwrap_or((&self.facts.agent.name, ""));
        let queue = json!({"ARN": self.queue_arn(), "Channels": ["VOICE"], "Name": self.queue()});
        json!({
            "AgentStatus": {
                "ARN": format!("{arn}/agent-state/{STATUS_ID}"),
                "Name": "Available",
                "StartTimestamp": rfc3339(self.started_at),
                "Type": "ROUTABLE",
            },
            "NextAgentStatus": null,
            "Configuration": {
                "AgentHierarchyGroups": null,
                "FirstName": first,
                "LastName": last,
                "RoutingProfile": {
                    "ARN": format!("{arn}/routing-profile/{PROFILE_ID}"),
                    "Concurrency": [{"AvailableSlots": 0, "Channel": "VOICE", "MaximumSlots": 1}],
                    "DefaultOutboundQueue": queue,
                    "InboundQueues": [queue],
                    "Name": "Basic Routing Profile",
                },
                "Username": self.facts.agent.name.to_lowercase().replace(' ', "."),
            },
            "Contacts": state.and_then(|state| self.agents_contact(state, at)).map_or_else(Vec::new, |c| vec![c]),
        })
    }

    fn agents_contact(&self, state: AgentState, at: Timestamp) -> Option<Value> {
        let state = match state {
            AgentState::Connected => "CONNECTED",
            AgentState::OnHold => "CONNECTED_ONHOLD",
            AgentState::Ended => "ENDED",
            AgentState::Gone => return None,
        };
        Some(json!({
            "ContactId": self.id,
            "InitialContactId": null,
            "Channel": "VOICE",
            "InitiationMethod": "INBOUND",
            "State": state,
            "StateStartTimestamp": rfc3339(at),
            "ConnectedToAgentTimestamp": rfc3339(at),
            "QueueTimestamp": rfc3339(self.started_at),
            "Queue": {"ARN": self.queue_arn(), "Name": self.queue()},
        }))
    }

    fn customer(&self) -> &str {
        or(&self.facts.customer_number, DEFAULT_CUSTOMER)
    }

    fn queue(&self) -> &str {
        or(&self.facts.queue, DEFAULT_QUEUE)
    }

    fn queue_arn(&self) -> String {
        format!("{}/queue/{QUEUE_ID}", self.instance.arn())
    }

    fn agent_arn(&self) -> String {
        format!("{}/agent/{}", self.instance.arn(), self.facts.agent.id)
    }
}

/// The text, or the other one when it is empty.
const fn or<'t>(text: &'t str, otherwise: &'t str) -> &'t str {
    if text.is_empty() { otherwise } else { text }
}

#[cfg(test)]
mod tests {
    use contacts::{SignalKind, read_agent_event, read_contact_event, read_trigger};

    use super::*;

    fn contact<'a>(instance: &'a Instance, facts: &'a CallFacts) -> Contact<'a> {
        Contact { instance, facts, id: "contact-1", started_at: Timestamp::from_millis(1_700_000_000_123) }
    }

    #[test]
    fn the_trigger_says_what_connects_does() {
        let (instance, facts) =
            (Instance::default(), CallFacts { queue: "Billing".into(), ..CallFacts::default() });
        let arn = "arn:aws:kinesisvideo:us-east-1:111122223333:stream/trunkline-connect-lab-contact-x/1571360125131";
        let event = contact(&instance, &facts).lambda_event(arn, &"9".repeat(47));
        let trigger =
            read_trigger(event.to_string().as_bytes(), &contacts::AttributeNames::default()).unwrap();
        assert_eq!(trigger.contact_id.as_str(), "contact-1");
        assert_eq!(trigger.started_at, Some(Timestamp::from_millis(1_700_000_000_123)));
        assert_eq!(trigger.stream.unwrap().name.as_str(), "trunkline-connect-lab-contact-x");
        assert_eq!(trigger.start_fragment.unwrap().as_str(), "9".repeat(47));
        assert_eq!((trigger.stop_fragment, trigger.queue.as_deref()), (None, Some("Billing")));
    }

    #[test]
    fn agent_and_contact_events_are_understood() {
        let (instance, facts) = (Instance::default(), CallFacts::default());
        let contact = contact(&instance, &facts);
        let at = Timestamp::from_millis(1_700_000_005_000);
        let agent = |before, now| {
            let event = contact.agent_event(before, now, at);
            let signals = read_agent_event(event.to_string().as_bytes()).unwrap();
            assert!(signals.iter().all(|signal| signal.at == at));
            signals.into_iter().map(|signal| signal.kind).collect::<Vec<_>>()
        };
        let connected = agent(None, AgentState::Connected);
        assert!(
            matches!(&connected[0], SignalKind::AgentConnected(a) if a.name.as_ref().unwrap().expose() == "Robin Sample")
        );
        let held = agent(Some(AgentState::Connected), AgentState::OnHold);
        assert!(held.contains(&SignalKind::HoldStarted));
        let ended = agent(Some(AgentState::Connected), AgentState::Ended);
        assert!(matches!(ended[1], SignalKind::AgentDisconnected(_)));
        assert!(agent(Some(AgentState::Ended), AgentState::Gone).len() == 2);

        let gone = contact.contact_event("DISCONNECTED", at, Some(at)).to_string();
        let signals = read_contact_event(gone.as_bytes()).unwrap();
        assert_eq!((signals[0].at, &signals[0].kind), (at, &SignalKind::Disconnected));
        let queued = contact.contact_event("QUEUED", at, None).to_string();
        assert!(read_contact_event(queued.as_bytes()).unwrap().is_empty());
    }
}
