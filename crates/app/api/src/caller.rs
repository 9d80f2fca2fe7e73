//! Who asks, and which calls are theirs to see.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use access::Principal;
use axum::{extract::FromRequestParts, http::request::Parts};
use events::{Envelope, Event};
use model::CallId;
use ports::EventLogError;

use crate::{problem::Problem, state::ApiState};

/// How many calls are remembered; beyond it all are asked after again.
const MAX_CALLS: usize = 1_024;

/// Who asks, where it is known. Put into a request by the guard of the ways in.
#[derive(Clone, Debug)]
pub(crate) struct Known(pub(crate) Arc<Principal>);

/// Who asks; nobody is refused.
pub(crate) struct Caller(pub(crate) Arc<Principal>);

/// Who asks, if they said so.
pub(crate) struct MaybeCaller(pub(crate) Option<Arc<Principal>>);

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let MaybeCaller(known) =
            MaybeCaller::from_request_parts(parts, state).await.unwrap_or(MaybeCaller(None));
        known.map(Self).ok_or_else(Problem::unauthenticated)
    }
}

impl FromRequestParts<ApiState> for MaybeCaller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Infallible> {
        if !state.entry.is_controlled() {
            return Ok(Self(Some(Arc::new(Principal::anybody()))));
        }
        Ok(Self(parts.extensions.get::<Known>().map(|known| Arc::clone(&known.0))))
    }
}

/// Which calls somebody sees, remembered while they follow many.
pub(crate) struct Scope {
    principal: Arc<Principal>,
    /// By call: whether it is theirs.
    calls: BTreeMap<CallId, bool>,
}

impl Scope {
    pub(crate) const fn of(principal: Arc<Principal>) -> Self {
        Self { principal, calls: BTreeMap::new() }
    }

    /// Whether a call of this row is theirs.
    pub(crate) fn sees(&self, call: &ports::CallSummary) -> bool {
        sees(&self.principal, call)
    }

    /// Whether a call is theirs; one that has not begun is nobody's who does not see all.
    pub(crate) async fn sees_call(&self, state: &ApiState, call: &CallId) -> Result<bool, EventLogError> {
        if self.principal.sees_all() {
            return Ok(true);
        }
        match state.log.call(&state.tenant, call).await {
            Ok(row) => Ok(self.sees(&row)),
            Err(EventLogError::NoSuchCall(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether an event is of a call that is theirs.
    pub(crate) async fn sees_event(
        &mut self,
        state: &ApiState,
        event: &Envelope,
    ) -> Result<bool, EventLogError> {
        if self.principal.sees_all() {
            return Ok(true);
        }
        if matches!(event.event, Event::CallStarted(_) | Event::AgentConnected(_)) {
            // It may have changed.
            self.calls.remove(&event.call_id);
        }
        if let Some(theirs) = self.calls.get(&event.call_id) {
            return Ok(*theirs);
        }
        let theirs = self.sees_call(state, &event.call_id).await?;
        if self.calls.len() >= MAX_CALLS {
            self.calls.clear();
        }
        self.calls.insert(event.call_id.clone(), theirs);
        Ok(theirs)
    }
}

/// Whether a call of this row is somebody's to see.
pub(crate) fn sees(principal: &Principal, call: &ports::CallSummary) -> bool {
    let agents = call.need.agents.iter().chain(&call.agent_id);
    principal.sees(call.queue.as_deref(), agents.map(String::as_str))
}
