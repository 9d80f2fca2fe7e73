//! Calls and what was said in them.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of parameters")]

use access::Principal;
use axum::{
    Json,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use engine::LatencyBoard;
use events::Envelope;
use model::CallId;
use ports::{CallFilter, EventLogError, act};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::review::record;
use crate::{
    caller::{Caller, sees},
    extract::{Asked, Params},
    problem::Problem,
    reviewer::Viewer,
    shapes::{CallList, CallState, CallSummary, EventPage, Latency, Transcript},
    state::ApiState,
};

/// How many rows or events a page holds at the most.
const MAX_PAGE: u32 = 500;
const DEFAULT_PAGE: u32 = 100;
/// How many pages are looked at to fill one of somebody who sees only some of the calls.
const MAX_PAGES_LOOKED: usize = 20;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only live or only ended calls.
    state: Option<CallState>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<CallId>,
    /// 1 to 500; 100 unless told.
    limit: Option<u32>,
}

/// Calls, newest first
#[utoipa::path(get, path = "/v1/calls", tag = "calls", params(ListQuery),
    responses((status = 200, body = CallList), (status = 400, body = Problem)))]
pub(crate) async fn list(
    Asked(state): Asked,
    Caller(principal): Caller,
    Params(query): Params<ListQuery>,
) -> Result<Json<CallList>, Problem> {
    let filter = CallFilter {
        state: query.state.map(|state| match state {
            CallState::Live => ports::CallState::Live,
            CallState::Ended => ports::CallState::Ended,
        }),
        after: query.after,
        limit: query.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE),
        ..CallFilter::default()
    };
    Ok(Json(visible(&state, &principal, filter).await?))
}

/// A page of the calls that somebody sees. Who sees only some gets a page that is filled from those that follow, as far
/// as it is worth looking; `next` goes on where it ends.
async fn visible(
    state: &ApiState,
    principal: &Principal,
    mut filter: CallFilter,
) -> Result<CallList, EventLogError> {
    let (mut calls, mut position) = (Vec::new(), None);
    for _ in 0..MAX_PAGES_LOOKED {
        let page = state.log.calls(&state.tenant, &filter).await?;
        // What changes while the pages are read comes after the first one's position.
        position.get_or_insert(page.position);
        filter.after = page.next;
        let mut rows = page.calls.into_iter();
        while let Some(row) = rows.next() {
            let id = row.call_id.clone();
            if sees(principal, &row) {
                calls.push(row.into());
            }
            if calls.len() >= filter.limit as usize && rows.len() > 0 {
                filter.after = Some(id);
                break;
            }
        }
        if calls.len() >= filter.limit as usize || filter.after.is_none() {
            break;
        }
    }
    Ok(CallList { calls, next: filter.after, position: position.unwrap_or_default() })
}

/// One call
#[utoipa::path(get, path = "/v1/calls/{call_id}", tag = "calls", params(("call_id" = String, Path)),
    responses((status = 200, body = CallSummary), (status = 404, body = Problem)))]
pub(crate) async fn one(Asked(state): Asked, Path(call): Path<String>) -> Result<Json<CallSummary>, Problem> {
    Ok(Json(state.log.call(&state.tenant, &call_id(&call)?).await?.into()))
}

/// A call's redacted transcript
#[utoipa::path(get, path = "/v1/calls/{call_id}/transcript", tag = "calls", params(("call_id" = String, Path)),
    responses((status = 200, body = Transcript), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn transcript(
    Asked(state): Asked,
    viewer: Viewer,
    Path(call): Path<String>,
) -> Result<Json<Transcript>, Problem> {
    let call = seen(&state, &viewer, &call, Some("transcript")).await?.call_id;
    Ok(Json(state.log.transcript(&state.tenant, &call).await?.into()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// The last `seq` that is known; 0 unless told.
    #[serde(default)]
    after: u64,
    /// 1 to 500; 100 unless told.
    limit: Option<u32>,
}

/// A call's logged events
#[utoipa::path(get, path = "/v1/calls/{call_id}/events", tag = "calls",
    params(("call_id" = String, Path), EventsQuery),
    responses((status = 200, body = EventPage), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn events(
    Asked(state): Asked,
    viewer: Viewer,
    Path(call): Path<String>,
    Params(query): Params<EventsQuery>,
) -> Result<Json<EventPage>, Problem> {
    let call = seen(&state, &viewer, &call, Some("events")).await?.call_id;
    let limit = query.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE);
    let events = state.log.read_call(&state.tenant, &call, query.after, limit).await?;
    let next_after = events.last().map(|event| event.seq).filter(|_| events.len() == limit as usize);
    Ok(Json(EventPage { events, next_after }))
}

/// How long each stage took in this call
#[utoipa::path(get, path = "/v1/calls/{call_id}/latency", tag = "calls", params(("call_id" = String, Path)),
    responses((status = 200, body = Latency), (status = 404, body = Problem)))]
pub(crate) async fn latency(Asked(state): Asked, Path(call): Path<String>) -> Result<Json<Latency>, Problem> {
    let board = LatencyBoard::default();
    for event in all_events(&state, &call_id(&call)?).await? {
        board.record(&event);
    }
    Ok(Json(Latency::of(&board, &state.tenant)))
}

/// What an export is written as.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportFormat {
    Json,
    Srt,
    Txt,
    Ndjson,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// json: the transcript; srt: subtitles; txt: a text to read; ndjson: the logged events, one a line.
    format: ExportFormat,
}

/// A call's transcript as a file
#[utoipa::path(get, path = "/v1/calls/{call_id}/export", tag = "calls",
    params(("call_id" = String, Path), ExportQuery),
    responses((status = 200, description = "The file", body = String, content_type = "application/octet-stream"),
              (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn export(
    Asked(state): Asked,
    viewer: Viewer,
    Path(call): Path<String>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let call = seen(&state, &viewer, &call, Some("export")).await?.call_id;
    let view = state.log.transcript(&state.tenant, &call).await?;
    let (body, kind, ending) = match query.format {
        ExportFormat::Json => {
            let json =
                serde_json::to_string_pretty(&Transcript::from(view)).expect("a transcript is plain data");
            (json, "application/json", "json")
        }
        ExportFormat::Srt => (transcript::render_srt(&view.utterances), "application/x-subrip", "srt"),
        ExportFormat::Txt => (transcript::render_txt(&view.utterances), "text/plain; charset=utf-8", "txt"),
        ExportFormat::Ndjson => {
            let line =
                |event: &Envelope| serde_json::to_string(event).expect("an event is plain data") + "\n";
            (all_events(&state, &call).await?.iter().map(line).collect(), "application/x-ndjson", "ndjson")
        }
    };
    let disposition = format!("attachment; filename=\"{}.{ending}\"", call.as_str().replace(['/', ':'], "_"));
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &disposition)], body).into_response())
}

pub(crate) async fn all_events(state: &ApiState, call: &CallId) -> Result<Vec<Envelope>, Problem> {
    let mut events: Vec<Envelope> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = state.log.read_call(&state.tenant, call, after, MAX_PAGE).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// A call whose words or sound this viewer may have: one that waits for a reviewer is hidden from everybody else, and
/// that a reviewer asks for its `what` is written down; none where a look goes on that was.
pub(crate) async fn seen(
    state: &ApiState,
    viewer: &Viewer,
    call: &str,
    what: Option<&str>,
) -> Result<ports::CallSummary, Problem> {
    let call = state.log.call(&state.tenant, &call_id(call)?).await?;
    if !call.quarantined {
        return Ok(call);
    }
    let Viewer(Some(reviewer)) = viewer else { return Err(Problem::quarantined()) };
    if let Some(what) = what {
        record(state, reviewer, act::LOOKED, &call.call_id, what).await?;
    }
    Ok(call)
}

/// A call id from a path; what cannot be one names no call.
pub(crate) fn call_id(text: &str) -> Result<CallId, Problem> {
    CallId::new(text).map_err(|_| Problem::no_such_call(text))
}
