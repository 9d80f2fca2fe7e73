//! Which events of a subscription its viewer may not have.

use std::collections::BTreeMap;

use events::{Envelope, Event};
use model::CallId;
use ports::{EventLogError, act};

use crate::{reviewer::Viewer, routes::record, state::ApiState};

/// How many calls are remembered; beyond it all are asked after again.
const MAX_CALLS: usize = 1_024;

/// Knows of each call that passes whether its words are hidden from the viewer.
pub(super) struct Hidden {
    viewer: Viewer,
    /// By call: whether it waits for a reviewer.
    calls: BTreeMap<CallId, bool>,
}

impl From<Viewer> for Hidden {
    fn from(viewer: Viewer) -> Self {
        Self { viewer, calls: BTreeMap::new() }
    }
}

impl Hidden {
    /// Whether the event holds words that the viewer may not have. The words of a log that is read again are as hidden
    /// as the call is now.
    pub(super) async fn hides(&mut self, state: &ApiState, event: &Envelope) -> Result<bool, EventLogError> {
        if matches!(event.event, Event::CallVerified(_) | Event::QuarantineLifted(_)) {
            // It may have changed: the next words ask again.
            self.calls.remove(&event.call_id);
        }
        if holds_words(&event.event) {
            return self.is_hidden(state, &event.call_id).await;
        }
        Ok(false)
    }

    /// Whether the viewer is a reviewer, and the look is written down.
    async fn may_look(&self, state: &ApiState, call: &CallId) -> bool {
        let Viewer(Some(reviewer)) = &self.viewer else { return false };
        record(state, reviewer, act::LOOKED, call, "words, as they are followed").await.is_ok()
    }

    /// Whether a call's words are hidden from the viewer as it stands now.
    pub(super) async fn is_hidden(&mut self, state: &ApiState, call: &CallId) -> Result<bool, EventLogError> {
        if let Some(hidden) = self.calls.get(call) {
            return Ok(*hidden);
        }
        let hidden = match state.log.call(&state.tenant, call).await {
            Ok(summary) => summary.quarantined && !self.may_look(state, call).await,
            Err(EventLogError::NoSuchCall(_)) => false,
            Err(error) => return Err(error),
        };
        if self.calls.len() >= MAX_CALLS {
            self.calls.clear();
        }
        self.calls.insert(call.clone(), hidden);
        Ok(hidden)
    }
}

/// Whether an event holds what was said, or what somebody made of it. The rest holds no words, or is of a call that goes
/// on.
const fn holds_words(event: &Event) -> bool {
    matches!(
        event,
        Event::UtteranceCompleted(_)
            | Event::UtteranceRevised(_)
            | Event::HintShown(_)
            | Event::SummaryWritten(_)
            | Event::MessageSent(_)
    )
}
