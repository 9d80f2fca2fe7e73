//! What is known of a call's contact, to tell news from what Connect repeats.
//!
//! Agent events are snapshots: heartbeats and changes of anything else say again who is connected and whether the
//! customer is on hold, and a contact event says once more what an agent event has said.

use std::collections::{BTreeMap, BTreeSet};

use contacts::{ContactRecord, ContactSignal, SignalKind};
use events::Event;
use model::ContactId;

/// What is known of a contact.
#[derive(Debug, Default)]
pub(crate) struct ContactState {
    /// The connected agents by ARN, and whether their names are known.
    agents: BTreeMap<String, bool>,
    on_hold: bool,
    disconnected: bool,
    /// Connect tells of the contact: its silence about an end is an answer.
    is_told_of: bool,
    /// Contacts that the call has left for another one: their ends are not its end.
    left: BTreeSet<ContactId>,
    /// What was taken in, so that a record that is read again says nothing twice.
    seen: Vec<ContactSignal>,
}

impl ContactState {
    /// What the log of a call says of its contact.
    pub(crate) fn of(logged: &[Event]) -> Self {
        let mut this = Self::default();
        for event in logged {
            if let Event::AgentConnected(agent) = event {
                this.agents.insert(agent.id.clone(), agent.name.is_some());
            } else if let Event::AgentDisconnected(agent) = event {
                this.agents.remove(&agent.id);
            } else if matches!(event, Event::HoldStarted(_) | Event::HoldEnded(_)) {
                this.on_hold = matches!(event, Event::HoldStarted(_));
            }
        }
        this
    }

    /// Takes a contact's record in, and gives what of it is news. Bounded, as the record is.
    pub(crate) fn news(&mut self, record: ContactRecord) -> Vec<ContactSignal> {
        let mut news = Vec::new();
        for signal in record.signals {
            if self.seen.contains(&signal) {
                continue;
            }
            self.seen.push(signal.clone());
            self.is_told_of = true;
            if self.is_news(&signal) {
                news.push(signal);
            }
        }
        news
    }

    fn is_news(&mut self, signal: &ContactSignal) -> bool {
        match &signal.kind {
            SignalKind::AgentConnected(agent) => {
                let named = agent.name.is_some();
                let before = self.agents.insert(agent.arn.clone(), named);
                match before {
                    // A contact event knows no names: what is known stays known.
                    Some(true) => {
                        self.agents.insert(agent.arn.clone(), true);
                        false
                    }
                    Some(false) => named,
                    None => true,
                }
            }
            SignalKind::AgentDisconnected(agent) => self.agents.remove(&agent.arn).is_some(),
            SignalKind::HoldStarted => !std::mem::replace(&mut self.on_hold, true),
            SignalKind::HoldEnded => std::mem::take(&mut self.on_hold),
            SignalKind::Transferred(_) => self.left.insert(signal.contact_id.clone()),
            SignalKind::Disconnected => {
                !self.left.contains(&signal.contact_id) && !std::mem::replace(&mut self.disconnected, true)
            }
        }
    }

    /// Whether the contact goes on, as far as Connect has said.
    pub(crate) const fn directory_answer(&self) -> call::ContactState {
        match (self.disconnected, self.is_told_of) {
            (true, _) => call::ContactState::Closed,
            (false, true) => call::ContactState::Open,
            (false, false) => call::ContactState::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use contacts::Agent;
    use model::Pii;

    use super::*;

    fn of(contact: &str, kind: SignalKind) -> ContactSignal {
        let contact_id = ContactId::new(contact).unwrap();
        ContactSignal { contact_id, at: model::Timestamp::from_millis(1), kind }
    }

    fn is_news(state: &mut ContactState, kind: SignalKind) -> bool {
        state.is_news(&of("c", kind))
    }

    fn connected(name: Option<&str>) -> SignalKind {
        let name = name.map(|name| Pii::new(name.to_owned()));
        SignalKind::AgentConnected(Agent { arn: "arn:agent".to_owned(), name })
    }

    #[test]
    fn a_record_that_is_read_again_says_nothing_twice() {
        let mut contact = ContactState::default();
        let mut record =
            ContactRecord::of_signal(of("c", SignalKind::HoldStarted), model::Timestamp::from_millis(2));
        assert_eq!(contact.directory_answer(), call::ContactState::Unknown);
        assert_eq!(contact.news(record.clone()).len(), 1);
        assert_eq!(contact.directory_answer(), call::ContactState::Open);
        let ended = ContactSignal { at: model::Timestamp::from_millis(5), ..of("c", SignalKind::HoldEnded) };
        record.merge(ContactRecord::of_signal(ended, model::Timestamp::from_millis(6)));
        assert_eq!(contact.news(record.clone()).len(), 1);
        assert_eq!(contact.news(record), []);
    }

    #[test]
    fn the_end_of_a_contact_that_the_call_has_left_is_not_its_end() {
        let mut contact = ContactState::default();
        assert!(is_news(&mut contact, SignalKind::Transferred(ContactId::new("d").unwrap())));
        assert!(!is_news(&mut contact, SignalKind::Disconnected));
        assert!(contact.is_news(&of("d", SignalKind::Disconnected)));
        assert_eq!(contact.directory_answer(), call::ContactState::Closed);
    }

    #[test]
    fn what_is_repeated_is_no_news() {
        let mut contact = ContactState::default();
        assert!(!is_news(&mut contact, SignalKind::HoldEnded));
        assert!(is_news(&mut contact, SignalKind::HoldStarted));
        assert!(!is_news(&mut contact, SignalKind::HoldStarted));
        assert!(is_news(&mut contact, SignalKind::HoldEnded));
        assert!(is_news(&mut contact, SignalKind::Disconnected));
        assert!(!is_news(&mut contact, SignalKind::Disconnected));
    }

    #[test]
    fn an_agents_name_is_news_once() {
        let mut contact = ContactState::default();
        assert!(is_news(&mut contact, connected(None)));
        assert!(!is_news(&mut contact, connected(None)));
        assert!(is_news(&mut contact, connected(Some("Dana R."))));
        assert!(!is_news(&mut contact, connected(Some("Dana R."))));
        assert!(!is_news(&mut contact, connected(None)));
    }

    #[test]
    fn an_agent_who_never_came_cannot_leave() {
        let mut contact = ContactState::default();
        let left = SignalKind::AgentDisconnected(Agent { arn: "arn:agent".to_owned(), name: None });
        assert!(!is_news(&mut contact, left.clone()));
        assert!(is_news(&mut contact, connected(None)));
        assert!(is_news(&mut contact, left));
    }
}
