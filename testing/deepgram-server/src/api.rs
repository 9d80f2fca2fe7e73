//! The routes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    fault::{Fault, FaultKind},
    params,
    server::Shared,
    stream::{Stream, StreamReport},
    wire::Voice,
};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/listen", get(listen))
        .route("/admin/faults", post(add_fault).delete(clear_faults))
        .route("/admin/streams", get(streams))
        .with_state(shared)
}

async fn add_fault(State(shared): State<Arc<Shared>>, Json(fault): Json<Fault>) -> StatusCode {
    shared.faults().add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults().clear();
    StatusCode::NO_CONTENT
}

async fn streams(State(shared): State<Arc<Shared>>) -> Json<Vec<StreamReport>> {
    Json(shared.reports())
}

async fn listen(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let refuse = |refusal: Refusal| refusal.into_response(&request_id);
    if !knows(&headers, &shared.options.api_key) {
        return refuse(Refusal::of(401));
    }
    let params = match params::read(&query) {
        Ok(params) => params,
        Err(text) => return refuse(Refusal { text, ..Refusal::of(400) }),
    };
    let Ok(upgrade) = upgrade else {
        return refuse(Refusal { text: "Expected a WebSocket upgrade.".to_owned(), ..Refusal::of(400) });
    };
    let Ok(slot) = Arc::clone(&shared.slots).try_acquire_owned() else {
        return refuse(Refusal::of(429));
    };
    let faults = shared.take_faults();
    if let [FaultKind::Refuse { status }] = faults[..] {
        return refuse(Refusal::of(status));
    }
    let report = StreamReport { request_id: request_id.clone(), query, ..StreamReport::default() };
    let place = shared.add_stream(report);
    let voice = Voice::new(&params, request_id.clone(), &shared.options.language);
    let stream = Stream::new(shared, place, voice, &params, faults);
    let mut response = upgrade.on_upgrade(move |socket| async move {
        stream.run(socket).await;
        drop(slot);
    });
    name(response.headers_mut(), &request_id);
    response
}

/// Whether the key is there, as `Token KEY`.
fn knows(headers: &HeaderMap, key: &str) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|given| given.strip_prefix("Token ")) == Some(key)
}

fn name(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("dg-request-id", value);
    }
}

/// Deepgram's errors before a stream begins.
struct Refusal {
    status: u16,
    code: &'static str,
    text: String,
}

impl Refusal {
    fn of(status: u16) -> Self {
        let (code, text) = match status {
            400 => ("Bad Request", "Bad Request."),
            401 => ("INVALID_AUTH", "Invalid credentials."),
            402 => ("ASR_PAYMENT_REQUIRED", "Project does not have enough credits for an ASR request."),
            403 => ("INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
            429 => ("TOO_MANY_REQUESTS", "Too many requests. Please try again later."),
            503 => ("SERVICE_UNAVAILABLE", "Service unavailable."),
            _ => ("INTERNAL_SERVER_ERROR", "An internal error occurred."),
        };
        Self { status, code, text: text.to_owned() }
    }

    fn into_response(self, request_id: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"err_code": self.code, "err_msg": self.text, "request_id": request_id});
        let mut response = (status, Json(body)).into_response();
        if let Ok(value) = HeaderValue::from_str(&self.text) {
            response.headers_mut().insert("dg-error", value);
        }
        name(response.headers_mut(), request_id);
        response
    }
}
