//! Errors as problem documents (RFC 9457).

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use compliance::VerifyError;
use engine::{IntakeError, LensError};
use guidance::ActRefused;
use housekeeping::HousekeepingError;
use ports::{AuditError, BlobError, EventLogError, KnowledgeError};
use review::DecideError;
use serde::Serialize;
use uploads::UploadError;
use utoipa::ToSchema;

/// An error as clients get it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Where `code` is explained: a path of this server.
    #[serde(rename = "type")]
    kind: String,
    /// What is wrong, the same for every error of this code.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time, and what to do about it.
    pub(crate) detail: String,
    /// The stable name of the error: see docs/errors.md.
    pub(crate) code: &'static str,
    /// With `wrong_offset` and `upload_full`: the byte from which an upload goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) offset: Option<u64>,
    /// The same may be tried again then.
    #[serde(skip)]
    retry_after_s: Option<u32>,
    /// What has to be shown to be let in (RFC 6750, 3).
    #[serde(skip)]
    challenge: Option<Challenge>,
}

/// What has to be shown to be let in.
#[derive(Clone, Copy, Debug)]
enum Challenge {
    Credentials,
    NewToken,
}

impl Challenge {
    const fn header(self) -> &'static str {
        match self {
            Self::Credentials => "Bearer realm=\"trunkline\"",
            Self::NewToken => "Bearer realm=\"trunkline\", error=\"invalid_token\"",
        }
    }
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/docs/errors#{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            code,
            offset: None,
            retry_after_s: None,
            challenge: None,
        }
    }

    pub(crate) fn unauthenticated() -> Self {
        let detail =
            "show who you are: `Authorization: Bearer` with an API key, or a token of /v1/oauth/token";
        let title = "Only those who are known are answered here";
        Self {
            challenge: Some(Challenge::Credentials),
            ..Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", title, detail)
        }
    }

    pub(crate) fn token_expired() -> Self {
        let detail = "the token has expired: get a new one of /v1/oauth/token";
        Self {
            challenge: Some(Challenge::NewToken),
            ..Self::new(StatusCode::UNAUTHORIZED, "token_expired", "The token has expired", detail)
        }
    }

    pub(crate) fn forbidden() -> Self {
        let detail = "the role, the queues or the tenant of whoever asks do not reach this";
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This is not yours to see or do", detail)
    }

    pub(crate) fn call_ended() -> Self {
        let detail = "after a call's end its summary can be corrected, and what became of a card be told; nothing else";
        Self::new(StatusCode::CONFLICT, "call_ended", "The call is over", detail)
    }

    pub(crate) fn not_guided(detail: impl Into<String>) -> Self {
        let title = "Nobody guides the call at this moment";
        Self {
            retry_after_s: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_guided", title, detail)
        }
    }

    pub(crate) fn no_such_playbook() -> Self {
        let detail = "no playbook of this id is live: see GET /v1/playbooks";
        Self::new(StatusCode::NOT_FOUND, "no_such_playbook", "There is no such playbook", detail)
    }

    pub(crate) fn bad_playbook(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_playbook", "The playbook has mistakes", detail)
    }

    pub(crate) fn no_documents() -> Self {
        let detail = "this server has no documents to search: see `knowledge` in its configuration";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_documents", "There are no documents here", detail)
    }

    pub(crate) fn no_such_call(call: &str) -> Self {
        let call: String = call.chars().filter(|c| !c.is_control()).take(80).collect();
        Self::new(
            StatusCode::NOT_FOUND,
            "no_such_call",
            "There is no such call",
            format!("there is no call {call}"),
        )
    }

    pub(crate) fn no_recording() -> Self {
        let detail = "the recording is committed when the call has ended and every word of it was redacted";
        Self::new(StatusCode::NOT_FOUND, "no_recording", "The call has no recording", detail)
    }

    pub(crate) fn sign_in() -> Self {
        let detail = "give a reviewer's key: in the console under Review, or as `Authorization: Bearer KEY`";
        Self::new(StatusCode::UNAUTHORIZED, "sign_in", "Only reviewers are answered here", detail)
    }

    pub(crate) fn quarantined() -> Self {
        let detail = "a check found something in the call that a reviewer has to decide on first";
        Self::new(StatusCode::FORBIDDEN, "quarantined", "The call is hidden for now", detail)
    }

    pub(crate) fn no_such_finding() -> Self {
        let detail = "the call has no such finding, or it is decided already";
        Self::new(StatusCode::NOT_FOUND, "no_such_finding", "There is no such finding", detail)
    }

    pub(crate) fn not_decided(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "not_decided", "The decision is not taken", detail)
    }

    pub(crate) fn not_verified() -> Self {
        let detail = "the report is written when the call has ended and was verified";
        Self::new(StatusCode::NOT_FOUND, "not_verified", "There is no report yet", detail)
    }

    pub(crate) fn no_such_route() -> Self {
        let detail = "see /openapi.json for what there is";
        Self::new(StatusCode::NOT_FOUND, "no_such_route", "There is nothing at this path", detail)
    }

    pub(crate) fn foreign_origin() -> Self {
        let detail = "the request comes from a page of another origin than this server's own";
        Self::new(StatusCode::FORBIDDEN, "foreign_origin", "Other origins are not answered", detail)
    }

    pub(crate) fn foreign_host() -> Self {
        let detail = "ask by the server's address, as localhost on its own machine, or by a name of server.allowed_hosts";
        Self::new(StatusCode::FORBIDDEN, "foreign_host", "The server does not go by this name", detail)
    }

    pub(crate) fn bad_parameter(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_parameter", "A parameter is not valid", detail)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "see /openapi.json for the methods of this path";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The path has no such method", detail)
    }

    pub(crate) fn body_not_taken(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "body_not_taken", "The body cannot be taken", detail)
    }

    pub(crate) fn bad_event(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_event", "The event cannot be read", detail)
    }

    pub(crate) fn range_not_satisfiable(size: u64) -> Self {
        let detail = format!("the recording has {size} bytes");
        Self::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range_not_satisfiable",
            "The range lies outside the recording",
            detail,
        )
    }

    pub(crate) fn no_such_tenant() -> Self {
        let detail = "the tenant is not one of this installation's: see `tenants` in its configuration";
        Self::new(StatusCode::NOT_FOUND, "no_such_tenant", "There is no such tenant", detail)
    }

    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "No more can be taken at this moment", detail)
    }

    pub(crate) fn no_such_upload() -> Self {
        let detail = "there is no such upload: begin one with POST /v1/uploads";
        Self::new(StatusCode::NOT_FOUND, "no_such_upload", "There is no such upload", detail)
    }

    pub(crate) fn upload_elsewhere() -> Self {
        let detail =
            "the upload's call is not carried by this host, or not yet: ask for the upload's offset again";
        let title = "The upload goes on at another host";
        Self {
            retry_after_s: Some(1),
            ..Self::new(StatusCode::MISDIRECTED_REQUEST, "upload_elsewhere", title, detail)
        }
    }

    pub(crate) fn upload_over() -> Self {
        let detail = "the upload was finished, or its call is over: nothing more is taken";
        Self::new(StatusCode::GONE, "upload_over", "The upload is over", detail)
    }

    pub(crate) fn wrong_offset(offset: u64) -> Self {
        let detail = format!("the upload goes on at byte {offset}");
        let title = "The upload goes on at another offset";
        Self { offset: Some(offset), ..Self::new(StatusCode::CONFLICT, "wrong_offset", title, detail) }
    }

    pub(crate) fn upload_full(offset: u64) -> Self {
        let detail = format!("30 s of audio wait to be read: send again from byte {offset} in a moment");
        Self {
            offset: Some(offset),
            retry_after_s: Some(1),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "upload_full", "Too much waits to be read", detail)
        }
    }

    pub(crate) fn bad_audio(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_audio", "The audio cannot be taken", detail)
    }

    pub(crate) fn contact_known() -> Self {
        let detail = "the contact has audio already, from a stream or from another upload";
        Self::new(StatusCode::CONFLICT, "contact_known", "The contact has audio already", detail)
    }

    pub(crate) fn call_goes_on(call: &str) -> Self {
        let detail = format!("the call {call} goes on: try again when it is over");
        Self::new(StatusCode::CONFLICT, "call_goes_on", "The call goes on", detail)
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "The request cannot be carried out", detail)
    }

    pub(crate) fn not_here() -> Self {
        let detail = "this server was started without what erases, holds and forgets";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_here", "This server does not do that", detail)
    }

    fn store(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a store failed");
        let detail = "a store failed; the server's log has the cause";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_failed", "A store does not answer", detail)
    }
}

impl From<EventLogError> for Problem {
    fn from(error: EventLogError) -> Self {
        let EventLogError::NoSuchCall(call) = error else { return Self::store(&error) };
        Self::no_such_call(call.as_str())
    }
}

impl From<HousekeepingError> for Problem {
    fn from(error: HousekeepingError) -> Self {
        if let HousekeepingError::NoSuchCall(call) = &error {
            Self::no_such_call(call.as_str())
        } else if let HousekeepingError::Live(call) = &error {
            Self::call_goes_on(call.as_str())
        } else if error.is_of_the_request() {
            Self::bad_request(error.to_string())
        } else {
            Self::store(&error)
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        Self::store(&error)
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::NoSuchTenant { .. } => Self::bad_event(error.to_string()),
            IntakeError::Stopping => Self::busy(error.to_string()),
            IntakeError::Directory(_) | IntakeError::Leases(_) | _ => Self::store(&error),
        }
    }
}

impl From<LensError> for Problem {
    fn from(error: LensError) -> Self {
        let LensError::Intake(error) = error else { return Self::store(&error) };
        error.into()
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Elsewhere => Self::upload_elsewhere(),
            UploadError::WrongOffset { offset } => Self::wrong_offset(offset),
            UploadError::Wait { offset } => Self::upload_full(offset),
            UploadError::Finished => Self::upload_over(),
            UploadError::TooMany => Self::busy(error.to_string()),
            UploadError::InUse => Self::contact_known(),
            UploadError::BrokenFrame { .. } | UploadError::TooLong { .. } | UploadError::SkipsTooFar | _ => {
                Self::bad_audio(error.to_string())
            }
        }
    }
}

impl From<ActRefused> for Problem {
    fn from(error: ActRefused) -> Self {
        match error {
            ActRefused::NoSuchCall(key) => Self::no_such_call(key.call.as_str()),
            ActRefused::CallEnded => Self::call_ended(),
            ActRefused::NotGuided => Self::not_guided("its worker changes, or guidance is off: try again"),
            ActRefused::Log(error) => error.into(),
            ActRefused::Busy | _ => Self::busy(error.to_string()),
        }
    }
}

impl From<KnowledgeError> for Problem {
    fn from(error: KnowledgeError) -> Self {
        Self::store(&error)
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Log(error) => error.into(),
            VerifyError::Decide(DecideError::NoSuchFinding(_)) => Self::no_such_finding(),
            VerifyError::Decide(error) => Self::not_decided(error.to_string()),
            VerifyError::NotOver | VerifyError::Busy => Self::busy(error.to_string()),
            VerifyError::Recording(_) | VerifyError::Blobs(_) | _ => Self::store(&error),
        }
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        let BlobError::NotFound(_) = error else { return Self::store(&error) };
        Self::no_recording()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        let challenge = self.challenge.map(|challenge| [(header::WWW_AUTHENTICATE, challenge.header())]);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, retry, challenge, Json(self)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_where_its_type_leads() {
        let pages = include_str!("../../../../docs/errors.md");
        let problems = [
            Problem::no_such_call("call-1"),
            Problem::call_goes_on("call-1"),
            Problem::bad_request("why"),
            Problem::not_here(),
            Problem::no_recording(),
            Problem::no_such_route(),
            Problem::foreign_origin(),
            Problem::foreign_host(),
            Problem::bad_parameter(""),
            Problem::method_not_allowed(),
            Problem::body_not_taken(StatusCode::PAYLOAD_TOO_LARGE, ""),
            Problem::bad_event(""),
            Problem::range_not_satisfiable(1),
            Problem::busy(""),
            Problem::no_such_tenant(),
            Problem::no_such_upload(),
            Problem::upload_elsewhere(),
            Problem::upload_over(),
            Problem::wrong_offset(1),
            Problem::upload_full(1),
            Problem::bad_audio(""),
            Problem::contact_known(),
            Problem::sign_in(),
            Problem::quarantined(),
            Problem::no_such_finding(),
            Problem::not_decided(""),
            Problem::not_verified(),
            Problem::unauthenticated(),
            Problem::token_expired(),
            Problem::forbidden(),
            Problem::call_ended(),
            Problem::not_guided(""),
            Problem::no_documents(),
            Problem::no_such_playbook(),
            Problem::bad_playbook(""),
            EventLogError::DiskFull.into(),
        ];
        for problem in problems {
            assert!(
                pages.contains(&format!("\n## {}\n{}", problem.code, problem.status)),
                "{}",
                problem.code
            );
            assert_eq!(problem.kind, format!("/docs/errors#{}", problem.code));
        }
    }
}
