//! How a call, or all live calls, stand at a cursor: computed from the log up to it, so that what comes after the cursor
//! is what the snapshot lacks.

use axum::{Json, extract::Path};
use model::CallId;
use ports::{CallFilter, EventLogError};
use projection::{CallProjection, GuidanceProjection, GuidanceView};
use serde::Serialize;
use utoipa::ToSchema;

use super::hidden::Hidden;
use crate::{
    caller::Scope,
    extract::Asked,
    problem::Problem,
    reviewer::Viewer,
    routes::seen,
    shapes::{CallSummary, Transcript},
    state::ApiState,
};

/// Events that are read of a log at once.
const PAGE: u32 = 500;
/// Live calls of a snapshot; of more, the newest.
const MAX_LIVE_CALLS: usize = 2_000;

/// How a call stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallSnapshot {
    /// Its row.
    call: CallSummary,
    /// What was said.
    transcript: Transcript,
    /// What guides it.
    guidance: GuidanceView,
}

/// How the live calls stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallsSnapshot {
    /// Their rows, newest first.
    calls: Vec<CallSummary>,
}

/// How what is followed stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SnapshotData {
    /// The topic `call`.
    Call(CallSnapshot),
    /// The topic `calls`.
    Calls(CallsSnapshot),
}

/// What there is to see.
pub(super) enum Seen {
    /// The call has no event yet.
    Nothing,
    /// A reviewer has to look at it first.
    Hidden,
    /// So it stands at the cursor.
    At(u64, Box<SnapshotData>),
}

/// A call as its log says, to the log's end.
pub(super) async fn of_call(
    state: &ApiState,
    call: &CallId,
    hidden: &mut Hidden,
) -> Result<Seen, EventLogError> {
    let Some((cursor, snapshot)) = fold(state, call).await? else { return Ok(Seen::Nothing) };
    if hidden.is_hidden(state, call).await? {
        return Ok(Seen::Hidden);
    }
    Ok(Seen::At(cursor, Box::new(SnapshotData::Call(snapshot))))
}

/// The live calls that somebody sees. A row may be newer than the cursor: it says by `position` what it takes in.
pub(super) async fn of_live_calls(state: &ApiState, scope: &Scope) -> Result<Seen, EventLogError> {
    let mut filter = CallFilter { state: Some(ports::CallState::Live), limit: PAGE, ..CallFilter::default() };
    let mut calls = Vec::new();
    let mut cursor = None;
    loop {
        let page = state.log.calls(&state.tenant, &filter).await?;
        // What changes while the pages are read comes after the first one's cursor.
        cursor.get_or_insert(page.position);
        calls.extend(page.calls.into_iter().filter(|call| scope.sees(call)).map(CallSummary::from));
        filter.after = page.next;
        if filter.after.is_none() || calls.len() >= MAX_LIVE_CALLS {
            calls.truncate(MAX_LIVE_CALLS);
            let data = SnapshotData::Calls(CallsSnapshot { calls });
            return Ok(Seen::At(cursor.unwrap_or_default(), Box::new(data)));
        }
    }
}

/// Reads a call's log in pages, and folds it. None before the call began.
async fn fold(state: &ApiState, call: &CallId) -> Result<Option<(u64, CallSnapshot)>, EventLogError> {
    let mut projection = CallProjection::new();
    let mut guidance = GuidanceProjection::new();
    loop {
        let page = match state.log.read_call(&state.tenant, call, projection.seq(), PAGE).await {
            Err(EventLogError::NoSuchCall(_)) => return Ok(None),
            other => other?,
        };
        for event in &page {
            projection.apply(event);
            guidance.apply(event);
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    let (transcript, guidance) = (projection.transcript().into(), guidance.view());
    let of = |row: ports::CallSummary| CallSnapshot { call: row.into(), transcript, guidance };
    Ok(projection.summary().map(|row| (projection.seq(), of(row))))
}

/// A call's snapshot and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallSnapshotAt {
    /// The seq to subscribe after.
    cursor: u64,
    #[serde(flatten)]
    snapshot: CallSnapshot,
}

/// How a call stands now: its row, its transcript, its guidance; subscribe after `cursor` for what follows
#[utoipa::path(get, path = "/v1/calls/{call_id}/snapshot", tag = "calls", params(("call_id" = String, Path)),
    responses((status = 200, body = CallSnapshotAt), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn call_snapshot(
    Asked(state): Asked,
    viewer: Viewer,
    Path(call): Path<String>,
) -> Result<Json<CallSnapshotAt>, Problem> {
    let call = seen(&state, &viewer, &call, Some("snapshot")).await?.call_id;
    let (cursor, snapshot) =
        fold(&state, &call).await?.ok_or_else(|| Problem::no_such_call(call.as_str()))?;
    Ok(Json(CallSnapshotAt { cursor, snapshot }))
}
