//! What Amazon Connect sends: the flow's trigger, contact events, agent events.

use axum::{Json, extract::State, http::StatusCode};
use contacts::ContactSignal;
use engine::Started;
use model::TenantId;

use crate::{extract::Body, problem::Problem, shapes::TriggerAnswer, state::ApiState};

/// Start carrying a call: the body is the Lambda event of a flow, unchanged
#[utoipa::path(post, path = "/v1/triggers/connect", tag = "intake",
    request_body(content = serde_json::Value, description = "The event that Connect gives to a flow's Lambda"),
    responses((status = 200, body = TriggerAnswer), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn connect_trigger(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<Json<TriggerAnswer>, Problem> {
    let names = &state.engine.tenants().attributes;
    let trigger =
        contacts::read_trigger(&body, names).map_err(|error| Problem::bad_event(error.to_string()))?;
    let (status, call) = match state.engine.trigger(None, &trigger).await? {
        Started::Accepted { call, .. } => ("accepted", Some(call)),
        Started::AlreadyKnown(call) => ("already_known", Some(call)),
        Started::WaitsForStream => ("waits_for_stream", None),
    };
    Ok(Json(TriggerAnswer { status, call_id: call.map(|call| call.to_string()) }))
}

/// An `EventBridge` event of type "Amazon Connect Contact Event"
#[utoipa::path(post, path = "/v1/events/contact", tag = "intake",
    request_body(content = serde_json::Value, description = "The event, unchanged"),
    responses((status = 202, description = "Taken"), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn contact_event(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let signals = contacts::read_contact_event(&body);
    let tenant = tenant(&state, &body);
    let record = contacts::read_contact_record(&body, state.engine.now());
    if let Some(record) = record.map_err(|error| Problem::bad_event(error.to_string()))? {
        state.engine.contact(&tenant, record).await?;
    }
    take(&state, &tenant, signals).await
}

/// A record of the agent event stream
#[utoipa::path(post, path = "/v1/events/agent", tag = "intake",
    request_body(content = serde_json::Value, description = "The record, unchanged"),
    responses((status = 202, description = "Taken"), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn agent_event(
    State(state): State<ApiState>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let tenant = tenant(&state, &body);
    take(&state, &tenant, contacts::read_agent_event(&body)).await
}

/// Whose contacts an event is about: its instance says it.
fn tenant(state: &ApiState, event: &[u8]) -> TenantId {
    let tenants = state.engine.tenants();
    let instance = contacts::instance_of(event);
    tenants.of(None, instance.as_deref()).unwrap_or_else(|_| tenants.default.clone())
}

async fn take(
    state: &ApiState,
    tenant: &TenantId,
    signals: Result<Vec<ContactSignal>, contacts::UnreadableEvent>,
) -> Result<StatusCode, Problem> {
    for signal in signals.map_err(|error| Problem::bad_event(error.to_string()))? {
        state.engine.signal(tenant, signal).await?;
    }
    Ok(StatusCode::ACCEPTED)
}
