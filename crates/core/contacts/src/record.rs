//! What is known of one contact: the directory's row.

use std::collections::BTreeMap;

use model::{CallId, ContactId, FragmentNumber, StreamAddress, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ContactSignal, MediaTrigger, SignalKind};

/// Signals that are kept of one contact; beyond it the oldest but the first are dropped. A call has a handful.
pub const MAX_SIGNALS: usize = 256;
/// Blind names that are kept of one contact's customer; more are passed over. A flow tells a number and an id.
pub const MAX_CUSTOMER_KEYS: usize = 8;
/// Attributes that are kept of one contact; more are passed over.
const MAX_ATTRIBUTES: usize = 32;

/// How far a contact's streaming was when something was said of it. The later one is the greater.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamingStage {
    /// The first fragment; none before streaming has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<FragmentNumber>,
    /// The last fragment; none before streaming was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<FragmentNumber>,
}

/// What is known of a contact. Parts come in any order and more than once: from a Lambda event, a second one, contact
/// and agent events, or a look into the streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRecord {
    /// The contact.
    pub contact_id: ContactId,
    /// The first contact of its chain of transfers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_contact_id: Option<ContactId>,
    /// The contact before it in the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_contact_id: Option<ContactId>,
    /// The stream that carries its audio; a contact without one waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamAddress>,
    /// Producer time of the first fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// The first fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_fragment: Option<FragmentNumber>,
    /// The last fragment, once streaming was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_fragment: Option<FragmentNumber>,
    /// The profile by which its call is carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The desktop session that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The language that is spoken, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The queue's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The customer's number with all but its last digits hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Blind names of the customer; see [`BlindIndex`](crate::BlindIndex).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_keys: Vec<String>,
    /// The names of the flow's attributes that were expected and not set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What else the flow said and the tenant shows, redacted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The call that carries its audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Up to which stage its flow's events were handed over to those who carry calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_over: Option<StreamingStage>,
    /// What Connect said of it, in order of its times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<ContactSignal>,
    /// When this was last heard of, by our clock.
    pub updated_at: Timestamp,
}

impl ContactRecord {
    /// A contact of which nothing but its id is known.
    #[must_use]
    pub const fn new(contact_id: ContactId, now: Timestamp) -> Self {
        Self {
            contact_id,
            initial_contact_id: None,
            previous_contact_id: None,
            stream: None,
            started_at: None,
            start_fragment: None,
            stop_fragment: None,
            profile: None,
            session: None,
            language: None,
            queue: None,
            customer: None,
            customer_keys: Vec::new(),
            missing: Vec::new(),
            attributes: BTreeMap::new(),
            call_id: None,
            handed_over: None,
            signals: Vec::new(),
            updated_at: now,
        }
    }

    /// What a Lambda event says of its contact.
    #[must_use]
    pub fn of_trigger(trigger: &MediaTrigger, now: Timestamp) -> Self {
        Self {
            initial_contact_id: trigger.initial_contact_id.clone(),
            previous_contact_id: trigger.previous_contact_id.clone(),
            stream: trigger.stream.clone(),
            started_at: trigger.started_at,
            start_fragment: trigger.start_fragment.clone(),
            stop_fragment: trigger.stop_fragment.clone(),
            profile: trigger.attributes.profile.clone(),
            session: trigger.attributes.session.clone(),
            language: trigger.attributes.language.clone(),
            queue: trigger.queue.clone(),
            customer: trigger.customer.as_ref().and_then(|number| crate::masked_number(number.expose())),
            missing: trigger.attributes.missing.clone(),
            ..Self::new(trigger.contact_id.clone(), now)
        }
    }

    /// With blind names of its customer.
    #[must_use]
    pub fn with_customer_keys(mut self, keys: Vec<String>) -> Self {
        self.customer_keys = keys;
        self.customer_keys.truncate(MAX_CUSTOMER_KEYS);
        self
    }

    /// With what else its flow said, redacted by whoever shows it.
    #[must_use]
    pub fn with_attributes(mut self, attributes: BTreeMap<String, String>) -> Self {
        self.attributes = attributes;
        while self.attributes.len() > MAX_ATTRIBUTES {
            self.attributes.pop_last();
        }
        self
    }

    /// That its flow's events up to this stage were handed over.
    #[must_use]
    pub fn of_hand_over(contact_id: ContactId, stage: StreamingStage, now: Timestamp) -> Self {
        Self { handed_over: Some(stage), ..Self::new(contact_id, now) }
    }

    /// What a signal says of its contact.
    #[must_use]
    pub fn of_signal(signal: ContactSignal, now: Timestamp) -> Self {
        Self { signals: vec![signal.clone()], ..Self::new(signal.contact_id, now) }
    }

    /// Takes in what else is known; false when it says nothing new.
    ///
    /// What is known stays, but for the stop fragment, of which the newest counts, and streaming that was started
    /// anew: a later start replaces stream, start and stop together.
    pub fn merge(&mut self, other: Self) -> bool {
        let before = self.clone();
        let restarted = matches!(
            (&self.start_fragment, &other.start_fragment),
            (Some(known), Some(new)) if new > known && other.stream.is_some()
        );
        if restarted {
            self.stream.clone_from(&other.stream);
            self.started_at = other.started_at;
            self.start_fragment.clone_from(&other.start_fragment);
            self.stop_fragment = None;
            self.call_id = None;
        }
        fill(&mut self.initial_contact_id, other.initial_contact_id);
        fill(&mut self.previous_contact_id, other.previous_contact_id);
        fill(&mut self.stream, other.stream);
        fill(&mut self.started_at, other.started_at);
        fill(&mut self.start_fragment, other.start_fragment);
        fill(&mut self.profile, other.profile);
        fill(&mut self.session, other.session);
        fill(&mut self.language, other.language);
        fill(&mut self.queue, other.queue);
        fill(&mut self.customer, other.customer);
        fill(&mut self.call_id, other.call_id);
        for key in other.customer_keys {
            if !self.customer_keys.contains(&key) && self.customer_keys.len() < MAX_CUSTOMER_KEYS {
                self.customer_keys.push(key);
            }
        }
        // The end of an earlier streaming, told late, does not end this one.
        if other.stop_fragment > self.stop_fragment && other.stop_fragment >= self.start_fragment {
            self.stop_fragment = other.stop_fragment;
        }
        if other.handed_over > self.handed_over {
            self.handed_over = other.handed_over;
        }
        if self.missing.is_empty() {
            self.missing = other.missing;
        }
        for (name, value) in other.attributes {
            if self.attributes.len() < MAX_ATTRIBUTES {
                self.attributes.entry(name).or_insert(value);
            }
        }
        self.add_signals(other.signals);
        let changed = Self { updated_at: before.updated_at, ..self.clone() } != before;
        if changed {
            self.updated_at = self.updated_at.max(other.updated_at);
        }
        changed
    }

    fn add_signals(&mut self, signals: Vec<ContactSignal>) {
        for signal in signals {
            if !self.signals.contains(&signal) {
                let place = self.signals.partition_point(|known| known.at <= signal.at);
                self.signals.insert(place, signal);
                if self.signals.len() > MAX_SIGNALS {
                    self.signals.remove(1);
                }
            }
        }
    }

    /// Whether Connect said that the contact is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.signals.iter().any(|signal| signal.kind == SignalKind::Disconnected)
    }

    /// Whether its audio cannot be read yet, because its stream is not known.
    #[must_use]
    pub fn waits_for_stream(&self) -> bool {
        self.stream.is_none() && !self.is_closed()
    }
}

fn fill<T>(known: &mut Option<T>, new: Option<T>) {
    if known.is_none() {
        *known = new;
    }
}

#[cfg(test)]
mod tests {
    use model::StreamName;

    use super::*;

    fn record(at: i64) -> ContactRecord {
        ContactRecord::new(ContactId::new("c").unwrap(), Timestamp::from_millis(at))
    }

    fn signal(at: i64, kind: SignalKind) -> ContactRecord {
        let at = Timestamp::from_millis(at);
        ContactRecord::of_signal(ContactSignal { contact_id: ContactId::new("c").unwrap(), at, kind }, at)
    }

    fn stream(name: &str) -> Option<StreamAddress> {
        Some(StreamAddress::named(StreamName::new(name).unwrap()))
    }

    fn number(text: &str) -> Option<FragmentNumber> {
        Some(FragmentNumber::new(text).unwrap())
    }

    #[test]
    fn parts_come_in_any_order_and_any_number_of_times() {
        let parts = [
            ContactRecord { stream: stream("s"), start_fragment: number("7"), ..record(1) },
            ContactRecord { profile: Some("sales".to_owned()), ..record(2) }
                .with_attributes(BTreeMap::from([("tier".to_owned(), "gold".to_owned())])),
            signal(3, SignalKind::HoldStarted),
            signal(4, SignalKind::HoldEnded),
            ContactRecord { stop_fragment: number("9"), ..record(5) },
        ];
        let mut forward = record(0);
        let mut backward = record(0);
        for (one, other) in parts.iter().zip(parts.iter().rev()) {
            forward.merge(one.clone());
            assert!(!forward.merge(one.clone()), "the same again is no news");
            backward.merge(other.clone());
        }
        assert_eq!(forward, backward);
        assert_eq!(forward.signals.len(), 2);
        assert!(!forward.waits_for_stream());
    }

    #[test]
    fn streaming_that_was_started_anew_replaces_the_old_start() {
        let mut known = ContactRecord {
            stream: stream("s"),
            start_fragment: number("7"),
            stop_fragment: number("9"),
            ..record(1)
        };
        known.call_id = Some(CallId::new("call-1").unwrap());
        assert!(known.merge(ContactRecord {
            stream: stream("t"),
            start_fragment: number("12"),
            ..record(2)
        }));
        assert_eq!((known.stream, known.stop_fragment, known.call_id), (stream("t"), None, None));
    }

    #[test]
    fn the_end_of_an_earlier_streaming_does_not_end_a_later_one() {
        let mut known = ContactRecord { stream: stream("s"), start_fragment: number("12"), ..record(1) };
        let late = ContactRecord {
            stream: stream("s"),
            start_fragment: number("7"),
            stop_fragment: number("9"),
            ..record(2)
        };
        assert!(!known.merge(late));
        assert_eq!(known.stop_fragment, None);
    }

    #[test]
    fn what_was_handed_over_goes_forward_only() {
        let stage = |start, stop| StreamingStage { start, stop };
        let stages = [
            stage(None, None),
            stage(number("7"), None),
            stage(number("7"), number("9")),
            stage(number("12"), None),
        ];
        let mut known = record(0);
        for stage in &stages {
            let handed_over =
                ContactRecord::of_hand_over(known.contact_id.clone(), stage.clone(), known.updated_at);
            assert!(known.merge(handed_over.clone()), "{stage:?} is news");
            assert!(!known.merge(handed_over));
            assert_eq!(known.handed_over.as_ref(), Some(stage));
        }
        let earlier =
            ContactRecord::of_hand_over(known.contact_id.clone(), stages[1].clone(), known.updated_at);
        assert!(!known.merge(earlier));
    }

    #[test]
    fn a_contact_waits_for_its_stream_until_it_is_over() {
        let mut known = record(0);
        assert!(known.waits_for_stream());
        known.merge(signal(1, SignalKind::Disconnected));
        assert!(known.is_closed() && !known.waits_for_stream());
    }

    #[test]
    fn it_reads_back_as_it_was_stored() {
        let mut known = signal(
            1,
            SignalKind::AgentConnected(crate::Agent {
                arn: "arn:a".to_owned(),
                name: Some(model::Pii::new("Dana".to_owned())),
            }),
        );
        known.merge(signal(2, SignalKind::Transferred(ContactId::new("d").unwrap())));
        known.merge(ContactRecord { stream: stream("s"), ..record(3) });
        let json = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<ContactRecord>(&json).unwrap(), known);
    }
}
