//! Makes a browser known as a reviewer's.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{extract::Body, problem::Problem, reviewer::COOKIE, state::ApiState};

/// A reviewer's key.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    /// The key whose digest the server is told.
    key: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedIn {
    /// The name that stands under decisions and looks.
    reviewer: String,
}

/// Sign in as a reviewer: sets a cookie that this server's own pages alone send, until the browser closes
#[utoipa::path(post, path = "/v1/session", tag = "review", request_body = SignIn,
    responses((status = 200, body = SignedIn), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(crate) async fn sign_in(State(state): State<ApiState>, Body(body): Body) -> Result<Response, Problem> {
    // What the body holds is a secret, so the error must not tell what was wrong with it.
    let SignIn { key } =
        serde_json::from_slice(&body).map_err(|_| Problem::bad_parameter("give {\"key\": \"…\"}"))?;
    let plain = key.bytes().all(|byte| byte.is_ascii_graphic() && !b"\";,\\".contains(&byte));
    let reviewer = state.reviewers.by_key(&key).filter(|_| plain).ok_or_else(Problem::sign_in)?;
    let cookie = format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict");
    Ok(([(header::SET_COOKIE, cookie)], Json(SignedIn { reviewer: reviewer.to_string() })).into_response())
}
