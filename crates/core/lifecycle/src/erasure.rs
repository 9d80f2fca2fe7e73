//! What an erasure removes, and what it has to leave.

use projection::{CallState, CallSummary};
use serde::{Deserialize, Serialize};

/// Why a call that is to be erased is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// A legal hold keeps it.
    LegalHold,
    /// It goes on: it can be erased when it is over.
    Live,
    /// Removing it failed; it can be tried again.
    Failed,
}

/// What is to become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// All that is kept of it goes.
    Erase,
    /// It stays.
    Keep(Keep),
}

/// What is to become of a call that somebody wants erased. A hold comes first: it says more than that the call goes on.
#[must_use]
pub const fn plan(row: &CallSummary) -> Planned {
    if row.legal_hold {
        return Planned::Keep(Keep::LegalHold);
    }
    match row.state {
        CallState::Live => Planned::Keep(Keep::Live),
        CallState::Ended => Planned::Erase,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::collections::BTreeMap;

    use events::{CallStarted, Envelope, Event, Stages, VERSION};
    use model::{CallId, ContactId, TenantId};
    use projection::{CallProjection, CallSummary};

    /// The row of a call that began at the epoch.
    pub(crate) fn row(call: &str) -> CallSummary {
        let mut projection = CallProjection::new();
        projection.apply(&Envelope {
            v: VERSION,
            tenant: TenantId::new("acme").unwrap(),
            call_id: CallId::new(call).unwrap(),
            seq: 1,
            position: 1,
            stages: Stages::default(),
            event: Event::CallStarted(CallStarted {
                contact_id: ContactId::new("contact-1").unwrap(),
                initial_contact_id: None,
                stream: "stream".to_owned(),
                customer: None,
                customer_keys: Vec::new(),
                queue: None,
                started_at_ms: 0,
                sample_rate_hz: 8_000,
                profile: None,
                session: None,
                language: None,
                attributes: BTreeMap::new(),
                provisional: false,
            }),
        });
        projection.summary().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::row, *};

    #[test]
    fn only_what_is_over_and_not_held_goes() {
        let live = row("call-1");
        let over = CallSummary { state: CallState::Ended, ..row("call-1") };
        assert_eq!(plan(&over), Planned::Erase);
        assert_eq!(plan(&live), Planned::Keep(Keep::Live));
        for row in [live, over] {
            assert_eq!(plan(&CallSummary { legal_hold: true, ..row }), Planned::Keep(Keep::LegalHold));
        }
    }
}
