//! Who is heard on a channel at a given moment.

use model::{Channel, MediaTime, Participant};

/// The most instants of connecting and disconnecting that are kept. Beyond it the oldest are forgotten, and the state
/// that they left behind is kept.
pub const MAX_AGENT_INTERVALS: usize = 256;

/// Whether an agent is heard from an instant on.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: MediaTime,
    connected: bool,
}

/// Tells who is heard, from when agents connect and disconnect. The instants may be told late and in any order; of
/// one instant, what was told last holds.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    /// In order of time, one for each instant.
    changes: Vec<Change>,
    /// The state before the oldest kept change.
    before: bool,
}

impl Attribution {
    /// An agent is heard on `to_customer` from `at` on.
    pub fn agent_connected(&mut self, at: MediaTime) {
        self.insert(Change { at, connected: true });
    }

    /// No agent is heard on `to_customer` from `at` on.
    pub fn agent_disconnected(&mut self, at: MediaTime) {
        self.insert(Change { at, connected: false });
    }

    /// Who is heard on `channel` at `at`, as far as is known now.
    #[must_use]
    pub fn participant_at(&self, channel: Channel, at: MediaTime) -> Participant {
        match channel {
            Channel::Customer => Participant::Customer,
            Channel::ToCustomer if self.is_agent_connected(at) => Participant::Agent,
            Channel::ToCustomer => Participant::System,
        }
    }

    fn is_agent_connected(&self, at: MediaTime) -> bool {
        let after = self.changes.partition_point(|change| change.at <= at);
        after
            .checked_sub(1)
            .and_then(|last| self.changes.get(last))
            .map_or(self.before, |last| last.connected)
    }

    fn insert(&mut self, change: Change) {
        let place = self.changes.partition_point(|kept| kept.at < change.at);
        match self.changes.get_mut(place) {
            Some(same) if same.at == change.at => *same = change,
            _ => self.changes.insert(place, change),
        }
        if self.changes.len() > MAX_AGENT_INTERVALS {
            self.before = self.changes.remove(0).connected;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> MediaTime {
        MediaTime::from_millis(ms)
    }

    #[test]
    fn the_customer_is_the_customer_whoever_is_connected() {
        let mut who = Attribution::default();
        who.agent_connected(at(0));
        assert_eq!(who.participant_at(Channel::Customer, at(5)), Participant::Customer);
    }

    #[test]
    fn an_agent_is_heard_only_while_connected() {
        let mut who = Attribution::default();
        who.agent_connected(at(1_000));
        who.agent_disconnected(at(2_000));
        let heard = |ms| who.participant_at(Channel::ToCustomer, at(ms));
        assert_eq!(heard(999), Participant::System);
        assert_eq!(heard(1_000), Participant::Agent);
        assert_eq!(heard(1_999), Participant::Agent);
        assert_eq!(heard(2_000), Participant::System);
    }

    #[test]
    fn moments_told_late_and_twice_give_the_same_answer() {
        let mut who = Attribution::default();
        who.agent_disconnected(at(2_000));
        who.agent_connected(at(1_000));
        who.agent_connected(at(1_000));
        assert_eq!(who.participant_at(Channel::ToCustomer, at(1_500)), Participant::Agent);
        assert_eq!(who.participant_at(Channel::ToCustomer, at(2_500)), Participant::System);
    }

    #[test]
    fn a_transfer_keeps_the_channel_an_agents() {
        let mut who = Attribution::default();
        who.agent_connected(at(1_000));
        who.agent_disconnected(at(2_000));
        who.agent_connected(at(2_000));
        assert_eq!(who.participant_at(Channel::ToCustomer, at(2_000)), Participant::Agent);
    }

    #[test]
    fn an_agent_who_leaves_as_a_hold_ends_is_heard_no_more() {
        let mut who = Attribution::default();
        who.agent_connected(at(1_000));
        who.agent_disconnected(at(2_000)); // the hold begins
        who.agent_connected(at(3_000)); // the hold ends,
        who.agent_disconnected(at(3_000)); // and the agent leaves
        assert_eq!(who.participant_at(Channel::ToCustomer, at(3_000)), Participant::System);
    }

    #[test]
    fn an_agent_first_seen_on_hold_is_not_heard() {
        let mut who = Attribution::default();
        who.agent_connected(at(1_000));
        who.agent_disconnected(at(1_000));
        assert_eq!(who.participant_at(Channel::ToCustomer, at(1_500)), Participant::System);
    }

    #[test]
    fn what_was_told_of_one_instant_may_be_told_again() {
        let mut who = Attribution::default();
        for _ in 0..2 * MAX_AGENT_INTERVALS {
            who.agent_connected(at(1_000));
            who.agent_disconnected(at(1_000));
        }
        who.agent_disconnected(at(1_000));
        assert_eq!(who.participant_at(Channel::ToCustomer, at(1_000)), Participant::System);
        assert_eq!(who.changes.len(), 1);
    }

    #[test]
    fn a_moment_told_late_leaves_the_later_ones_as_they_were() {
        let mut who = Attribution::default();
        who.agent_connected(at(2_000));
        who.agent_disconnected(at(2_000));
        who.agent_connected(at(1_000));
        assert_eq!(who.participant_at(Channel::ToCustomer, at(1_500)), Participant::Agent);
        assert_eq!(who.participant_at(Channel::ToCustomer, at(2_000)), Participant::System);
    }

    #[test]
    fn memory_is_bounded_and_the_state_survives_forgetting() {
        let mut who = Attribution::default();
        who.agent_connected(at(0));
        for n in 1..1_000 {
            who.agent_connected(at(n));
        }
        assert!(who.changes.len() <= MAX_AGENT_INTERVALS);
        assert_eq!(who.participant_at(Channel::ToCustomer, at(1)), Participant::Agent);
    }
}
