//! One block, and what it means for a call's media.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// One block of a flow.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) parameters: Map<String, Value>,
    /// The name of the Lambda that it invokes, as the designer shows it.
    pub(super) function: String,
    /// Where it goes on to when all is well.
    pub(super) next: Vec<String>,
    /// Where it goes on to when it fails.
    pub(super) errors: Vec<String>,
}

/// What a block does to streaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Streaming {
    Starts,
    Stops,
    /// It is set to something else.
    Unclear,
}

impl Block {
    pub(super) fn streaming(&self) -> Option<Streaming> {
        (self.kind == "UpdateContactMediaStreamingBehavior").then(|| match self.text("MediaStreamingState") {
            Some(state) if state.eq_ignore_ascii_case("enabled") => Streaming::Starts,
            Some(state) if state.eq_ignore_ascii_case("disabled") => Streaming::Stops,
            Some(_) | None => Streaming::Unclear,
        })
    }

    pub(super) fn is_lambda(&self) -> bool {
        self.kind == "InvokeLambdaFunction"
    }

    /// Whether it invokes the Lambda with this in its name or ARN.
    pub(super) fn invokes(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let names = |text: &str| text.to_ascii_lowercase().contains(&name);
        self.is_lambda() && (names(&self.function) || self.text("LambdaFunctionARN").is_some_and(names))
    }

    /// The names of the attributes that it sets on the contact itself.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &str> {
        let current = self.text("TargetContact").is_none_or(|target| target.eq_ignore_ascii_case("current"));
        let sets = self.kind == "UpdateContactAttributes" && current;
        let attributes = self.parameters.get("Attributes").and_then(Value::as_object).filter(|_| sets);
        attributes.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// Whether the call is over behind it.
    pub(super) fn hangs_up(&self) -> bool {
        self.kind == "DisconnectParticipant"
    }

    /// Whether the caller is served by it: it connects, transfers, asks, or leaves the call to another flow. A kind that
    /// is not known here counts as that.
    pub(super) fn serves(&self) -> bool {
        const WITHOUT_CALLER: [&str; 13] = [
            "DisconnectParticipant",
            "MessageParticipant",
            "InvokeLambdaFunction",
            "Compare",
            "Loop",
            "Wait",
            "DistributeByPercentage",
            "CheckHoursOfOperation",
            "CheckMetricData",
            "GetMetricData",
            "TagContact",
            "UnTagContact",
            "CreateTask",
        ];
        !self.kind.starts_with("Update") && !WITHOUT_CALLER.contains(&self.kind.as_str())
    }

    /// What is wrong with the audio that it streams; none when it streams both directions of the customer.
    pub(super) fn wrong_media(&self) -> Option<String> {
        let medium = self.text("MediaStreamType").unwrap_or("Audio");
        if !medium.eq_ignore_ascii_case("audio") {
            return Some(format!("it streams {medium:?}, not Audio"));
        }
        let participants = self.parameters.get("Participants").and_then(Value::as_array);
        let mut directions = BTreeSet::new();
        let mut others = BTreeSet::new();
        for participant in participants.into_iter().flatten() {
            let kind = participant.get("ParticipantType").and_then(Value::as_str).unwrap_or_default();
            if !kind.eq_ignore_ascii_case("customer") {
                others.insert(format!("{kind:?}"));
                continue;
            }
            let named = participant.get("MediaDirections").and_then(Value::as_array);
            directions
                .extend(named.into_iter().flatten().filter_map(Value::as_str).map(str::to_ascii_lowercase));
        }
        let missing: Vec<&str> = [("from", "From"), ("to", "To")]
            .into_iter()
            .filter_map(|(name, shown)| (!directions.contains(name)).then_some(shown))
            .collect();
        match missing.as_slice() {
            [] => None,
            _ if !others.is_empty() => {
                let others = others.into_iter().collect::<Vec<_>>().join(", ");
                Some(format!("it streams the participant {others}, and Connect streams the Customer only"))
            }
            ["From"] => Some("it streams only To the customer: what the customer says is missing".to_owned()),
            ["To"] => Some("it streams only From the customer: what agents say is missing".to_owned()),
            _ => Some("it names no direction: neither From nor To the customer is streamed".to_owned()),
        }
    }

    /// A parameter that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str)
    }
}
