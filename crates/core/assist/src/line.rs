//! Who is on the line: since when an agent is, and when the customer is on hold.

use std::collections::{BTreeSet, VecDeque};

/// As many agents are told apart at once.
const MAX_AGENTS: usize = 32;
/// As many holds are remembered, to tell whose words fall into one.
const MAX_HOLDS: usize = 256;

/// Who is on the line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    agents: BTreeSet<String>,
    /// Since when an agent is connected without a break.
    agent_since: Option<u64>,
    /// When the first agent was connected.
    first_agent: Option<u64>,
    /// Holds that are over, from and to.
    holds: VecDeque<(u64, u64)>,
    held_since: Option<u64>,
    held_ms: u64,
    longest_ms: u64,
    /// How long agent and customer could speak, up to `talking_since`.
    talked_ms: u64,
    talking_since: Option<u64>,
}

impl Line {
    pub(crate) fn agent_connected(&mut self, id: &str, at_ms: u64) {
        if self.agents.len() < MAX_AGENTS {
            self.agents.insert(id.to_owned());
        }
        self.agent_heard(at_ms);
    }

    /// An agent is heard of whom no event told.
    pub(crate) fn agent_heard(&mut self, at_ms: u64) {
        self.agent_since.get_or_insert(at_ms);
        self.first_agent.get_or_insert(at_ms);
        if self.held_since.is_none() {
            self.talking_since.get_or_insert(at_ms);
        }
    }

    pub(crate) fn agent_disconnected(&mut self, id: &str, at_ms: u64) {
        self.agents.remove(id);
        if self.agents.is_empty() {
            self.agent_since = None;
            self.stop_talking(at_ms);
        }
    }

    pub(crate) fn held(&mut self, at_ms: u64) {
        if self.held_since.is_none() {
            self.held_since = Some(at_ms);
            self.stop_talking(at_ms);
        }
    }

    pub(crate) fn unheld(&mut self, at_ms: u64) {
        let Some(since) = self.held_since.take() else { return };
        let length = at_ms.saturating_sub(since);
        self.held_ms += length;
        self.longest_ms = self.longest_ms.max(length);
        self.holds.push_back((since, at_ms));
        if self.holds.len() > MAX_HOLDS {
            self.holds.pop_front();
        }
        if self.agent_since.is_some() {
            self.talking_since.get_or_insert(at_ms);
        }
    }

    /// The call is over: nobody is on the line.
    pub(crate) fn ended(&mut self, at_ms: u64) {
        self.unheld(at_ms);
        self.stop_talking(at_ms);
        self.agents.clear();
        self.agent_since = None;
    }

    fn stop_talking(&mut self, at_ms: u64) {
        if let Some(since) = self.talking_since.take() {
            self.talked_ms += at_ms.saturating_sub(since);
        }
    }

    /// Since when an agent is connected.
    pub(crate) const fn agent_since_ms(&self) -> Option<u64> {
        self.agent_since
    }

    /// Whether an agent ever was connected.
    pub(crate) const fn had_agent(&self) -> bool {
        self.first_agent.is_some()
    }

    pub(crate) const fn is_on_hold(&self) -> bool {
        self.held_since.is_some()
    }

    /// Whether words that begin at this moment are said on hold.
    pub(crate) fn is_held_at(&self, at_ms: u64) -> bool {
        self.held_since.is_some_and(|since| at_ms >= since)
            || self.holds.iter().any(|(from, to)| (*from..*to).contains(&at_ms))
    }

    /// How long the present hold is.
    pub(crate) fn hold_ms(&self, now_ms: u64) -> u64 {
        self.held_since.map_or(0, |since| now_ms.saturating_sub(since))
    }

    /// How long all holds were, the present one included.
    pub(crate) fn all_holds_ms(&self, now_ms: u64) -> u64 {
        self.held_ms + self.hold_ms(now_ms)
    }

    pub(crate) fn longest_hold_ms(&self, now_ms: u64) -> u64 {
        self.longest_ms.max(self.hold_ms(now_ms))
    }

    /// Since when agent and customer can speak with each other; none while they cannot.
    pub(crate) const fn talking_since_ms(&self) -> Option<u64> {
        self.talking_since
    }

    /// How long they could so far.
    pub(crate) fn talked_ms(&self, now_ms: u64) -> u64 {
        self.talked_ms + self.talking_since.map_or(0, |since| now_ms.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_to_talk_is_time_with_an_agent_and_without_hold() {
        let mut line = Line::default();
        line.agent_connected("ann", 1_000);
        line.held(5_000);
        assert_eq!((line.hold_ms(7_000), line.talked_ms(7_000)), (2_000, 4_000));
        line.unheld(8_000);
        line.agent_connected("bob", 9_000);
        line.agent_disconnected("ann", 9_500);
        assert_eq!(line.talked_ms(10_000), 6_000);
        line.agent_disconnected("bob", 10_000);
        assert_eq!((line.talked_ms(20_000), line.all_holds_ms(20_000)), (6_000, 3_000));
        assert!(line.is_held_at(5_000) && line.is_held_at(7_999) && !line.is_held_at(8_000));
    }
}
