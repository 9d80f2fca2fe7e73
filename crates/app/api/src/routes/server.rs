//! How the server is doing.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    shapes::{Latency, RecordingState, RecordingStatus, Status},
    state::ApiState,
};

/// How this server is doing
#[utoipa::path(get, path = "/v1/status", tag = "server", responses((status = 200, body = Status)))]
pub(crate) async fn status(State(state): State<ApiState>) -> Json<Status> {
    let status = state.engine.status();
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        worker: status.worker.to_string(),
        roles: if status.carries { vec!["api", "worker"] } else { vec!["api"] },
        transcription: status.transcription,
        live_calls: status.live_calls,
        unsure_calls: status.unsure_calls,
        room: status.room,
        started_at_ms: status.started_at.as_millis(),
        latency: Latency::of(state.engine.latency(), &state.tenant),
        recording: RecordingStatus {
            state: if status.recording_stopped.is_some() {
                RecordingState::Stopped
            } else {
                RecordingState::Running
            },
            detail: status.recording_stopped,
        },
        guidance: state.guiding.and_then(|guiding| guiding.health).map(|health| health()),
    })
}

/// Whether the process answers
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, description = "It does")))]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// One part that calls depend on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartHealth {
    /// The part.
    name: &'static str,
    /// Whether it works.
    ok: bool,
    /// What is wrong with it.
    detail: Option<String>,
}

/// Whether calls can be taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether every part works.
    ready: bool,
    /// The parts.
    parts: Vec<PartHealth>,
}

/// Whether calls can be taken
#[utoipa::path(get, path = "/health/ready", tag = "server",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn ready(State(state): State<ApiState>) -> Response {
    let parts: Vec<PartHealth> = state
        .probes
        .iter()
        .map(|(name, probe)| {
            let detail = probe().err();
            PartHealth { name, ok: detail.is_none(), detail }
        })
        .collect();
    let ready = parts.iter().all(|part| part.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, parts })).into_response()
}

/// Metrics for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "server",
    responses((status = 200, description = "Metrics in the text format", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(state): State<ApiState>) -> Response {
    let text =
        state.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
