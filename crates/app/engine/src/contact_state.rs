//! What is known of a call's contact, to tell news from what Connect repeats.
//!
//! Agent events are snapshots: heartbeats and changes of anything else say again who is connected and whether the
//! customer is on hold, and a contact event says once more what an agent event has said.

use std::collections::BTreeMap;

use contacts::SignalKind;
use events::Event;

/// What is known of a contact.
#[derive(Debug, Default)]
pub(crate) struct ContactState {
    /// The connected agents by ARN, and whether their names are known.
    agents: BTreeMap<String, bool>,
    on_hold: bool,
    disconnected: bool,
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

    /// Takes a signal in; false when it says nothing new.
    pub(crate) fn is_news(&mut self, signal: &SignalKind) -> bool {
        match signal {
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
            SignalKind::Disconnected => !std::mem::replace(&mut self.disconnected, true),
        }
    }

    /// Whether the contact goes on, as far as Connect has said.
    pub(crate) const fn directory_answer(&self) -> call::ContactState {
        if self.disconnected { call::ContactState::Closed } else { call::ContactState::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use contacts::Agent;
    use model::Pii;

    use super::*;

    fn connected(name: Option<&str>) -> SignalKind {
        let name = name.map(|name| Pii::new(name.to_owned()));
        SignalKind::AgentConnected(Agent { arn: "arn:agent".to_owned(), name })
    }

    #[test]
    fn what_is_repeated_is_no_news() {
        let mut contact = ContactState::default();
        assert!(!contact.is_news(&SignalKind::HoldEnded));
        assert!(contact.is_news(&SignalKind::HoldStarted));
        assert!(!contact.is_news(&SignalKind::HoldStarted));
        assert!(contact.is_news(&SignalKind::HoldEnded));
        assert!(contact.is_news(&SignalKind::Disconnected));
        assert!(!contact.is_news(&SignalKind::Disconnected));
    }

    #[test]
    fn an_agents_name_is_news_once() {
        let mut contact = ContactState::default();
        assert!(contact.is_news(&connected(None)));
        assert!(!contact.is_news(&connected(None)));
        assert!(contact.is_news(&connected(Some("Dana R."))));
        assert!(!contact.is_news(&connected(Some("Dana R."))));
        assert!(!contact.is_news(&connected(None)));
    }

    #[test]
    fn an_agent_who_never_came_cannot_leave() {
        let mut contact = ContactState::default();
        let left = SignalKind::AgentDisconnected(Agent { arn: "arn:agent".to_owned(), name: None });
        assert!(!contact.is_news(&left));
        assert!(contact.is_news(&connected(None)));
        assert!(contact.is_news(&left));
    }
}
