//! Erasure, legal holds, retention, and who did what.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the types of parameters")]

use std::collections::BTreeMap;

use ::lifecycle::{Certificate, Kind};
use axum::{Json, extract::Path, http::StatusCode};
use housekeeping::{SweepBudget, Wanted};
use model::{CallId, ContactId, Pii};
use ports::{AuditCheck, AuditEntry};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use super::calls::call_id;
use crate::{
    extract::{Asked, Body, Params},
    problem::Problem,
    state::{ApiState, Keeping},
};

/// How many entries of the audit log a page holds at the most.
const MAX_ENTRIES: u32 = 1_000;
const DEFAULT_ENTRIES: u32 = 100;

/// Whose or which calls are to be erased: one of the four.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErasureRequest {
    /// All calls of the customer with this number, with `+` and country.
    customer: Option<String>,
    /// All calls of the customer with this id, as the flow names it.
    customer_id: Option<String>,
    /// All calls of a contact.
    #[schema(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    /// One call.
    #[schema(value_type = Option<String>)]
    call_id: Option<CallId>,
    /// Who asks for it.
    by: String,
    /// Remove nothing; say what would be.
    #[serde(default)]
    dry_run: bool,
}

impl ErasureRequest {
    fn wanted(&self) -> Option<Wanted> {
        let wanted = [
            self.customer.clone().map(Pii::new).map(Wanted::Number),
            self.customer_id.clone().map(Pii::new).map(Wanted::CustomerId),
            self.contact_id.clone().map(Wanted::Contact),
            self.call_id.clone().map(Wanted::Call),
        ];
        let mut wanted = wanted.into_iter().flatten();
        wanted.next().filter(|_| wanted.next().is_none())
    }
}

/// What an erasure did, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Erasure {
    /// What was removed, what was kept and why, and what may be left elsewhere.
    certificate: Certificate,
    /// Of the certificate's JSON without blanks: algorithm, key and signature. None when nothing was removed, or no key is
    /// set.
    #[schema(value_type = Option<Object>)]
    signature: Option<serde_json::Value>,
    /// Where the certificate is kept among the blobs.
    blob: Option<String>,
}

/// A matter, and who says so.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldRequest {
    /// The matter, such as a case's number.
    matter: String,
    /// Who says so.
    by: String,
}

/// How long what is kept is kept, and what is over its time now.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionStatus {
    /// For how many days after a call's end each kind is kept; none is for good.
    days: BTreeMap<&'static str, Option<u32>>,
    /// Calls that go with the next sweep.
    calls: u64,
    /// Recordings that go before their calls.
    recordings: u64,
    /// Calls that are over their time and that a legal hold keeps.
    held: u64,
    /// There are more than were counted.
    more: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only entries after this one.
    after: Option<u64>,
    /// 1 to 1000; 100 unless told.
    limit: Option<u32>,
}

/// Entries of the audit log, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The entries; each holds the hash of the one before it.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<AuditEntry>,
}

/// Erase calls everywhere, and certify it
#[utoipa::path(post, path = "/v1/erasures", tag = "lifecycle", request_body = ErasureRequest,
    responses((status = 200, body = Erasure), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn erase(Asked(state): Asked, Body(body): Body) -> Result<Json<Erasure>, Problem> {
    let asked: ErasureRequest = read(&body)?;
    let wanted = asked.wanted();
    let wanted = wanted
        .ok_or_else(|| Problem::bad_request("name one of customer, customer_id, contact_id, call_id"))?;
    let housekeeper = &keeping(&state)?.housekeeper;
    let erased = Box::pin(housekeeper.erase(&state.tenant, &wanted, &asked.by, asked.dry_run)).await?;
    let signature =
        erased.signed.signature.as_ref().and_then(|signature| serde_json::to_value(signature).ok());
    Ok(Json(Erasure { certificate: erased.signed.certificate, signature, blob: erased.blob }))
}

/// Keep a call for a matter, whatever its retention says
#[utoipa::path(post, path = "/v1/calls/{call_id}/hold", tag = "lifecycle", params(("call_id" = String, Path)),
    request_body = HoldRequest,
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn place_hold(
    Asked(state): Asked,
    Path(call): Path<String>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let (call, hold): (_, HoldRequest) = (call_id(&call)?, read(&body)?);
    keeping(&state)?.housekeeper.place_hold(&state.tenant, &call, &hold.matter, &hold.by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a matter's hold on a call; others' holds stay
#[utoipa::path(post, path = "/v1/calls/{call_id}/hold/release", tag = "lifecycle", params(("call_id" = String, Path)),
    request_body = HoldRequest,
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn release_hold(
    Asked(state): Asked,
    Path(call): Path<String>,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let (call, hold): (_, HoldRequest) = (call_id(&call)?, read(&body)?);
    keeping(&state)?.housekeeper.release_hold(&state.tenant, &call, &hold.matter, &hold.by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How long what is kept is kept, and what is over its time
#[utoipa::path(get, path = "/v1/retention", tag = "lifecycle", responses((status = 200, body = RetentionStatus)))]
pub(crate) async fn retention(Asked(state): Asked) -> Result<Json<RetentionStatus>, Problem> {
    let keeping = keeping(&state)?;
    let retention = keeping.retentions.get(&state.tenant).copied().unwrap_or_default();
    let looking = keeping.housekeeper.sweep(&state.tenant, &retention, SweepBudget::default(), true);
    let due = Box::pin(looking).await?;
    let days = Kind::ALL.into_iter().map(|kind| (kind.as_str(), retention.days(kind))).collect();
    let status = RetentionStatus {
        days,
        calls: due.calls,
        recordings: due.recordings,
        held: due.held,
        more: due.more,
    };
    Ok(Json(status))
}

/// Who did what, oldest first
#[utoipa::path(get, path = "/v1/audit", tag = "lifecycle", params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = 400, body = Problem)))]
pub(crate) async fn audit(
    Asked(state): Asked,
    Params(query): Params<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_ENTRIES).clamp(1, MAX_ENTRIES);
    let entries = keeping(&state)?.audit.entries(&state.tenant, query.after.unwrap_or(0), limit).await?;
    Ok(Json(AuditPage { entries }))
}

/// Whether no entry of the audit log was changed, left out or put in
#[utoipa::path(get, path = "/v1/audit/check", tag = "lifecycle", responses((status = 200, body = Object)))]
pub(crate) async fn check_audit(Asked(state): Asked) -> Result<Json<AuditCheck>, Problem> {
    Ok(Json(keeping(&state)?.audit.verify(&state.tenant).await?))
}

fn keeping(state: &ApiState) -> Result<&Keeping, Problem> {
    state.keeping.as_ref().ok_or_else(Problem::not_here)
}

/// Reads a body. What is wrong with it is not shown: it may hold a number.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::bad_request(format!("the body is not as described (column {})", error.column()))
    })
}
