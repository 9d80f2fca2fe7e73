//! Who asks.

use model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest name of somebody, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sends what Amazon Connect says, and audio. Sees nothing.
    Ingest,
    /// Sees the calls to which the agent of its id was connected.
    Agent,
    /// Sees the calls of its queues, or all where none are named.
    Supervisor,
    /// Sees and does everything.
    Admin,
}

impl Role {
    /// The role's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    /// The role of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Ingest, Self::Agent, Self::Supervisor, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == name)
    }
}

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name that stands under what they do.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// With the role `agent`: the agent's id, as Connect names it.
    pub agent: Option<String>,
    /// With the role `supervisor`: whose calls they see; all when empty.
    pub queues: Vec<String>,
    /// The one tenant whose calls they see; none sees those of all.
    pub tenant: Option<TenantId>,
    /// When it ends that they are known; never for a key.
    pub expires_at: Option<Timestamp>,
}

impl Principal {
    /// Who is known where access is not controlled.
    #[must_use]
    pub fn anybody() -> Self {
        Self {
            name: "local".to_owned(),
            role: Role::Admin,
            agent: None,
            queues: Vec::new(),
            tenant: None,
            expires_at: None,
        }
    }

    /// Whether they may ask about a tenant at all.
    #[must_use]
    pub fn may_ask(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant)
    }

    /// Whether they see every call of a tenant about which they may ask.
    #[must_use]
    pub const fn sees_all(&self) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Supervisor => self.queues.is_empty(),
            Role::Agent | Role::Ingest => false,
        }
    }

    /// Whether a call of this queue, to which these agents were connected, is theirs to see.
    pub fn sees<'a>(&self, queue: Option<&str>, agents: impl IntoIterator<Item = &'a str>) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Supervisor => {
                self.queues.is_empty()
                    || queue.is_some_and(|queue| self.queues.iter().any(|own| own == queue))
            }
            Role::Agent => {
                self.agent.as_deref().is_some_and(|own| agents.into_iter().any(|agent| is_agent(own, agent)))
            }
            Role::Ingest => false,
        }
    }

    /// Whether it has ended that they are known.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Whether an id names the agent whom Connect calls so: by the same ARN or user name, or by the id at an ARN's end.
fn is_agent(own: &str, connected: &str) -> bool {
    own == connected || connected.starts_with("arn:") && connected.rsplit('/').next() == Some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(role: Role) -> Principal {
        Principal { role, ..Principal::anybody() }
    }

    #[test]
    fn an_agent_sees_the_calls_to_which_it_was_connected() {
        let ann = Principal { agent: Some("ann".to_owned()), ..somebody(Role::Agent) };
        assert!(ann.sees(Some("billing"), ["bob", "ann"]));
        assert!(ann.sees(None, ["arn:aws:connect:eu-west-2:1:instance/i/agent/ann"]));
        assert!(!ann.sees(Some("billing"), ["bob"]));
        assert!(!ann.sees(Some("billing"), ["joann", "x/ann"]));
        assert!(!somebody(Role::Agent).sees(None, ["ann"]), "an agent without an id sees nothing");
    }

    #[test]
    fn a_supervisor_sees_its_queues_or_all() {
        let billing = Principal { queues: vec!["billing".to_owned()], ..somebody(Role::Supervisor) };
        assert!(
            billing.sees(Some("billing"), []) && !billing.sees(Some("sales"), []) && !billing.sees(None, [])
        );
        assert!(!billing.sees_all());
        assert!(somebody(Role::Supervisor).sees_all() && somebody(Role::Supervisor).sees(None, []));
    }

    #[test]
    fn who_sends_events_sees_nothing() {
        assert!(!somebody(Role::Ingest).sees(Some("billing"), ["ann"]) && !somebody(Role::Ingest).sees_all());
    }

    #[test]
    fn a_role_is_known_by_its_name() {
        for role in [Role::Ingest, Role::Agent, Role::Supervisor, Role::Admin] {
            assert_eq!(Role::of(role.as_str()), Some(role));
        }
        assert_eq!(Role::of("Admin"), None);
    }
}
