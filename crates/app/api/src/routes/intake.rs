//! What Amazon Connect sends: the flow's trigger, contact events, agent events.

use axum::{Json, extract::State, http::StatusCode};
use contacts::ContactSignal;
use engine::{StartError, Started};

use crate::{extract::Body, problem::Problem, shapes::TriggerAnswer, state::ApiState};

/// Start carrying a call: the body is the Lambda event of a flow, unchanged
#[utoipa::path(post, path = "/v1/triggers/connect", tag = "intake",
    request_body(content = serde_json::Value, description = "The event that Connect gives to a flow's Lambda"),
    responses((status = 200, body = TriggerAnswer), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn connect_trigger(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<Json<TriggerAnswer>, Problem> {
    let trigger = contacts::read_trigger(&body).map_err(|error| Problem::bad_event(error.to_string()))?;
    let (status, call) = match state.engine.start_call(&state.tenant, trigger).await {
        Ok(Started::Accepted(call)) => ("accepted", call),
        Ok(Started::AlreadyKnown(call)) => ("already_known", call),
        Err(StartError::Log(error)) => return Err(error.into()),
        Err(error @ (StartError::Full { .. } | StartError::Stopping)) => {
            return Err(Problem::busy(error.to_string()));
        }
    };
    Ok(Json(TriggerAnswer { status, call_id: call.to_string() }))
}

/// An `EventBridge` event of type "Amazon Connect Contact Event"
#[utoipa::path(post, path = "/v1/events/contact", tag = "intake",
    request_body(content = serde_json::Value, description = "The event, unchanged"),
    responses((status = 202, description = "Taken"), (status = 400, body = Problem)))]
pub(crate) async fn contact_event(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    take(&state, contacts::read_contact_event(&body))
}

/// A record of the agent event stream
#[utoipa::path(post, path = "/v1/events/agent", tag = "intake",
    request_body(content = serde_json::Value, description = "The record, unchanged"),
    responses((status = 202, description = "Taken"), (status = 400, body = Problem)))]
pub(crate) async fn agent_event(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    take(&state, contacts::read_agent_event(&body))
}

fn take(
    state: &ApiState,
    signals: Result<Vec<ContactSignal>, contacts::UnreadableEvent>,
) -> Result<StatusCode, Problem> {
    for signal in signals.map_err(|error| Problem::bad_event(error.to_string()))? {
        state.engine.signal(&state.tenant, signal);
    }
    Ok(StatusCode::ACCEPTED)
}
