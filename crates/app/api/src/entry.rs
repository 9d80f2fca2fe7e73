//! The ways in: who is known by what a request shows, and what each path takes.
//!
//! Where no access is configured, whoever reaches the server has everything. Else every path takes a role, and a path
//! that nobody thought of takes the highest.

use std::sync::Arc;

use access::{Access, Principal, Refused, Role};
use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics::counter;
use model::Timestamp;
use ports::EventLogError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    caller::{Known, sees},
    extract::Asked,
    names,
    problem::Problem,
    routes::call_id,
    state::ApiState,
};

/// How people sign in with an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignInProvider {
    /// The provider.
    pub issuer: String,
    /// The name under which it knows the page that signs in.
    pub client_id: String,
    /// What is asked for.
    pub scope: String,
}

/// Who is let in.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    access: Option<Arc<Access>>,
    sign_in: Option<SignInProvider>,
}

impl Entry {
    /// Those whom `access` knows, and who sign in so.
    #[must_use]
    pub const fn controlled(access: Arc<Access>, sign_in: Option<SignInProvider>) -> Self {
        Self { access: Some(access), sign_in }
    }

    pub(crate) const fn is_controlled(&self) -> bool {
        self.access.is_some()
    }

    pub(crate) const fn access(&self) -> Option<&Arc<Access>> {
        self.access.as_ref()
    }

    pub(crate) const fn sign_in(&self) -> Option<&SignInProvider> {
        self.sign_in.as_ref()
    }

    /// Whose key or token this is.
    pub(crate) fn known(&self, credential: &str, now: Timestamp) -> Result<Arc<Principal>, Problem> {
        let Some(access) = &self.access else { return Ok(Arc::new(Principal::anybody())) };
        access.authenticate(credential, now).map(Arc::new).map_err(|refused| match refused {
            Refused::Expired => Problem::token_expired(),
            Refused::Unauthenticated | _ => Problem::unauthenticated(),
        })
    }
}

/// What a path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Nothing: it holds nothing of calls, or looks after itself.
    Nothing,
    /// A reviewer's key where there are reviewers, else the highest role.
    Reviewer,
    /// Somebody who sends what Amazon Connect says.
    Ingest,
    /// Somebody who is known.
    Anyone,
    /// Somebody who sees calls; of one call, one who sees this.
    Agent,
    /// Somebody who looks after others.
    Supervisor,
    /// Somebody who may do everything.
    Admin,
}

/// What each path takes; the first that fits counts. `/v1/calls/{call_id}…` takes besides that the call is theirs.
const PATHS: &[(&str, Takes)] = &[
    ("/v1/access", Takes::Nothing),
    ("/v1/oauth/token", Takes::Nothing),
    // The first message says who asks.
    ("/v1/subscribe", Takes::Nothing),
    ("/v1/session", Takes::Nothing),
    ("/v1/subscribe/", Takes::Agent),
    ("/v1/whoami", Takes::Anyone),
    ("/v1/status", Takes::Anyone),
    ("/v1/triggers/", Takes::Ingest),
    ("/v1/events/", Takes::Ingest),
    ("/v1/uploads", Takes::Ingest),
    ("/v1/uploads/", Takes::Ingest),
    ("/v1/review", Takes::Reviewer),
    ("/v1/review/", Takes::Reviewer),
    ("/v1/calls/{call_id}/review/", Takes::Reviewer),
    ("/v1/calls/{call_id}/evidence", Takes::Reviewer),
    ("/v1/calls/{call_id}/evidence.html", Takes::Reviewer),
    ("/v1/calls/{call_id}/hold", Takes::Admin),
    ("/v1/calls/{call_id}/hold/", Takes::Admin),
    ("/v1/calls", Takes::Agent),
    ("/v1/calls/", Takes::Agent),
    ("/v1/knowledge/", Takes::Agent),
    ("/v1/guidance/", Takes::Supervisor),
    ("/v1/playbooks", Takes::Supervisor),
    ("/v1/playbooks/", Takes::Supervisor),
];

/// What a path takes, by the pattern of its route.
fn takes(pattern: &str) -> Takes {
    if !pattern.starts_with("/v1") {
        return Takes::Nothing;
    }
    let fits = |(path, _): &&(&str, Takes)| {
        if path.ends_with('/') { pattern.starts_with(path) } else { pattern == *path }
    };
    PATHS.iter().find(fits).map_or(Takes::Admin, |(_, takes)| *takes)
}

/// Lets in whom a path takes, and says to what follows who it is.
pub(crate) async fn entry(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if !state.entry.is_controlled() || request.method() == Method::OPTIONS {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match check(&mut parts, &state).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => {
            counter!(names::REFUSED, "code" => problem.code).increment(1);
            problem.into_response()
        }
    }
}

async fn check(parts: &mut Parts, state: &ApiState) -> Result<(), Problem> {
    let pattern = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let takes = takes(&pattern);
    if takes == Takes::Reviewer && state.reviewers.are_named() {
        return Ok(());
    }
    let shown = bearer(&parts.headers);
    let known = match shown {
        Some(credential) => state.entry.known(credential, state.engine.now()),
        None => Err(Problem::unauthenticated()),
    };
    if takes == Takes::Nothing {
        // A key that is wrong is told so at once, even where none is asked for.
        if let (Some(_), "/v1/subscribe") = (shown, pattern.as_str()) {
            parts.extensions.insert(Known(known?));
        }
        return Ok(());
    }
    let known = known?;
    let may = match takes {
        Takes::Nothing | Takes::Anyone => true,
        Takes::Ingest => matches!(known.role, Role::Ingest | Role::Admin),
        Takes::Agent => known.role >= Role::Agent,
        Takes::Supervisor => known.role >= Role::Supervisor,
        Takes::Reviewer | Takes::Admin => known.role == Role::Admin,
    };
    if !may {
        return Err(Problem::forbidden());
    }
    parts.extensions.insert(Known(Arc::clone(&known)));
    if pattern.starts_with("/v1/calls/{call_id}") { check_call(parts, state, &known).await } else { Ok(()) }
}

/// Whether the call of a path is theirs. One that is not there is left to the route.
async fn check_call(parts: &mut Parts, state: &ApiState, known: &Principal) -> Result<(), Problem> {
    let Asked(state) = Asked::from_request_parts(parts, state).await?;
    if known.sees_all() {
        return Ok(());
    }
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let params = params.map_err(|_| Problem::no_such_route())?;
    let named = params.iter().find(|(name, _)| *name == "call_id").map_or("", |(_, value)| value);
    match state.log.call(&state.tenant, &call_id(named)?).await {
        Ok(row) if sees(known, &row) => Ok(()),
        Ok(_) => Err(Problem::forbidden()),
        Err(EventLogError::NoSuchCall(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What an `Authorization` shows, if there is one and it is a bearer's (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_nobody_thought_of_takes_the_highest_role() {
        assert_eq!(takes("/v1/new"), Takes::Admin);
        assert_eq!(takes("/v1/accessories"), Takes::Admin);
        assert_eq!(takes("/v1/{*rest}"), Takes::Admin);
        assert_eq!(takes("/v1/subscriber"), Takes::Admin);
    }

    #[test]
    fn a_call_s_parts_take_what_the_call_takes_but_for_holds() {
        assert_eq!(takes("/v1/calls/{call_id}/recording"), Takes::Agent);
        assert_eq!(takes("/v1/calls/{call_id}/hold"), Takes::Admin);
        assert_eq!(takes("/v1/calls/{call_id}/hold/release"), Takes::Admin);
        assert_eq!(takes("/v1/erasures"), Takes::Admin);
        assert_eq!(takes("/health/live"), Takes::Nothing);
    }

    #[test]
    fn a_bearer_is_known_in_any_case() {
        let headers = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            headers
        };
        assert_eq!(bearer(&headers("Bearer a.b")), Some("a.b"));
        assert_eq!(bearer(&headers("bearer  a ")), Some("a"));
        assert_eq!(bearer(&headers("Basic a")), None);
        assert_eq!(bearer(&headers("Bearer")), None);
    }
}
