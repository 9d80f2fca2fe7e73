//! Who calls, and what they may do.

use http::HeaderMap;
use model::Timestamp;
use serde::Deserialize;

use crate::{
    auth::{self, Signed},
    error::{ApiError, Exception},
    request::parse,
    router::App,
    sts::Token,
};

/// Where a session's token is.
const TOKEN_HEADER: &str = "x-amz-security-token";
/// What a role's session may do, and nobody else where roles are configured.
const READS: [&str; 6] = [
    "/describeStream",
    "/listStreams",
    "/getDataEndpoint",
    "/getMedia",
    "/listFragments",
    "/getMediaForFragmentList",
];

/// Who made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The account's own key, or, without one, anybody.
    Owner,
    /// A session of one of the account's roles.
    Session,
}

/// Checks a request's signature and says who made it.
pub(crate) fn caller(app: &App, request: &Signed<'_>, service: &str) -> Result<Caller, ApiError> {
    let (own, now) = (app.config.credentials.as_ref(), app.registry.now());
    let token = token(request.headers);
    let own_token = own.and_then(|own| own.session_token.as_deref());
    if app.config.roles.is_empty() || token.is_none() || token == own_token {
        return auth::check(request, service, own, now).map(|()| Caller::Owner);
    }
    let credentials = session(app, token.unwrap_or_default(), now)?;
    auth::check(request, service, Some(&credentials), now).map(|()| Caller::Session)
}

/// Whether a caller may make this call.
pub(crate) fn permit(app: &App, caller: Caller, path: &str, body: &[u8]) -> Result<(), ApiError> {
    if app.config.roles.is_empty() {
        return Ok(());
    }
    let reads = READS.contains(&path) && !(path == "/getDataEndpoint" && is_for_producers(body));
    match (caller, reads) {
        (Caller::Session, true) | (Caller::Owner, false) => Ok(()),
        (Caller::Owner, true) => Err(ApiError::new(
            Exception::AccessDenied,
            "Media of this account is read with one of its roles: assume it first.",
        )),
        (Caller::Session, false) => {
            let what = path.trim_start_matches('/');
            let message = format!("The role is not authorized to perform: kinesisvideo:{what}");
            Err(ApiError::new(Exception::AccessDenied, message))
        }
    }
}

fn session(app: &App, token: &str, now: Timestamp) -> Result<crate::config::Credentials, ApiError> {
    match app.sessions.find(token, now) {
        Token::Good(credentials) => Ok(credentials),
        Token::Expired => {
            let message = "The security token included in the request is expired";
            Err(ApiError::new(Exception::ExpiredToken, message))
        }
        Token::Unknown => {
            let message = "The security token included in the request is invalid.";
            Err(ApiError::new(Exception::UnrecognizedClient, message))
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(TOKEN_HEADER).and_then(|token| token.to_str().ok())
}

/// The account's own producers ask where to put media.
fn is_for_producers(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Asked {
        #[serde(rename = "APIName")]
        api_name: Option<String>,
    }
    parse::<Asked>(body).is_ok_and(|asked| asked.api_name.as_deref() == Some("PUT_MEDIA"))
}
