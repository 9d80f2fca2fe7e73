//! How to be let in: what is asked for, a token for a token, and who one is known as.

use access::{ExchangeError, SubjectToken};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    caller::Caller,
    entry::SignInProvider,
    extract::{Asked, Body, query_pairs},
    problem::Problem,
    state::ApiState,
};

/// RFC 8693, 2.1 and 3.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:";
/// The longest form that is taken, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// How to be let in.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessInfo {
    /// Whether one has to be known at all.
    required: bool,
    /// How people sign in with an identity provider; null where they do not.
    oidc: Option<SignInProvider>,
    /// Whether tokens of an identity provider are taken in exchange.
    exchange: bool,
    /// Whether API keys are taken.
    api_keys: bool,
}

/// How to be let in; open to all
#[utoipa::path(get, path = "/v1/access", tag = "access", responses((status = 200, body = AccessInfo)))]
pub(crate) async fn info(State(state): State<ApiState>) -> Json<AccessInfo> {
    let access = state.entry.access();
    Json(AccessInfo {
        required: access.is_some(),
        oidc: state.entry.sign_in().cloned(),
        exchange: access.is_some_and(|access| access.exchanges()),
        api_keys: access.is_some_and(|access| access.has_keys()),
    })
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct WhoAmI {
    /// The name that stands under what they do.
    name: String,
    /// `agent`, `supervisor`, `admin` or `ingest`.
    role: &'static str,
    /// The agent's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    agent: Option<String>,
    /// A supervisor's queues; absent for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    queues: Vec<String>,
    /// Whose calls are asked about.
    tenant: String,
    /// When the token expires, in milliseconds since the epoch; absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    expires_at_ms: Option<i64>,
}

/// Who one is known as
#[utoipa::path(get, path = "/v1/whoami", tag = "access",
    responses((status = 200, body = WhoAmI), (status = 401, body = Problem)))]
pub(crate) async fn whoami(Asked(state): Asked, Caller(principal): Caller) -> Json<WhoAmI> {
    Json(WhoAmI {
        name: principal.name.clone(),
        role: principal.role.as_str(),
        agent: principal.agent.clone(),
        queues: principal.queues.clone(),
        tenant: state.tenant.to_string(),
        expires_at_ms: principal.expires_at.map(model::Timestamp::as_millis),
    })
}

/// A request for a token, as a form.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "the form is read field by field; this describes it")]
pub(crate) struct TokenForm {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`
    grant_type: String,
    /// The identity provider's token.
    subject_token: String,
    /// `urn:ietf:params:oauth:token-type:jwt` or `…:id_token`
    subject_token_type: String,
}

/// A token of ours.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    /// The token, for `Authorization: Bearer`.
    access_token: String,
    /// `urn:ietf:params:oauth:token-type:access_token`
    issued_token_type: &'static str,
    /// `Bearer`
    token_type: &'static str,
    /// How long it holds, in seconds.
    expires_in: u32,
}

/// Why no token is given (RFC 6749, 5.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenError {
    /// `invalid_request`, `unsupported_grant_type` or `temporarily_unavailable`
    error: &'static str,
    /// What to do about it; never a word of the token.
    error_description: &'static str,
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let away = self.error == "temporarily_unavailable";
        let status = if away { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_REQUEST };
        (status, [(header::CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}

impl From<ExchangeError> for TokenError {
    fn from(error: ExchangeError) -> Self {
        match error {
            // RFC 8693, 2.2.2: a token that is not valid is such a request.
            ExchangeError::Invalid(why) => Self { error: "invalid_request", error_description: why },
            ExchangeError::KeysAway => Self {
                error: "temporarily_unavailable",
                error_description: "the issuer's keys cannot be fetched now; try again",
            },
            ExchangeError::NotHere | _ => {
                Self { error: "unsupported_grant_type", error_description: "no tokens are given here" }
            }
        }
    }
}

/// A token of ours for one of an identity provider (RFC 8693)
#[utoipa::path(post, path = "/v1/oauth/token", tag = "access",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer), (status = 400, body = TokenError), (status = 503, body = TokenError)))]
pub(crate) async fn token(State(state): State<ApiState>, Body(body): Body) -> Response {
    match given(&state, &body).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn given(state: &ApiState, body: &[u8]) -> Result<TokenAnswer, TokenError> {
    let bad = |error_description| TokenError { error: "invalid_request", error_description };
    let form = std::str::from_utf8(body).ok().filter(|form| form.len() <= MAX_FORM);
    let form = form.ok_or_else(|| bad("the body is no form"))?;
    let (mut grant, mut subject, mut kind) = (None, None, None);
    for (name, value) in query_pairs(form) {
        let place = match name.as_str() {
            "grant_type" => &mut grant,
            "subject_token" => &mut subject,
            "subject_token_type" => &mut kind,
            _ => continue,
        };
        // RFC 6749, 3.2: none comes twice.
        if place.replace(value).is_some() {
            return Err(bad("a parameter is there twice"));
        }
    }
    if grant.as_deref() != Some(GRANT) {
        let error_description = "give grant_type urn:ietf:params:oauth:grant-type:token-exchange";
        return Err(TokenError { error: "unsupported_grant_type", error_description });
    }
    let kind = kind.as_deref().and_then(|kind| kind.strip_prefix(TOKEN_TYPE));
    if !matches!(kind, Some("jwt" | "id_token")) {
        return Err(bad("give subject_token_type urn:ietf:params:oauth:token-type:jwt or …:id_token"));
    }
    let subject = subject.filter(|token| !token.is_empty()).ok_or_else(|| bad("give subject_token"))?;
    let access = state.entry.access().ok_or(ExchangeError::NotHere)?;
    let issued = access.exchange(SubjectToken(&subject), state.engine.now()).await?;
    Ok(TokenAnswer {
        access_token: issued.token,
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: issued.expires_in,
    })
}
