//! Codes and refresh tokens for identity tokens (RFC 6749, 4.1.3 and 6; RFC 7636, 4.6).

use axum::{
    Form, Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::{Fault, Known, Shared, now};

/// What was granted: by a code, or by a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) expires: u64,
    pub(crate) is_used: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    grant_type: String,
    client_id: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
}

pub(crate) async fn give(State(shared): State<Shared>, Form(asked): Form<Asked>) -> Response {
    let mut known = shared.lock();
    if known.fault == Some(Fault::Unavailable) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let granted = match asked.grant_type.as_str() {
        "authorization_code" => by_code(&mut known, &asked),
        "refresh_token" => by_refresh(&mut known, &asked),
        _ => Err("unsupported_grant_type"),
    };
    match granted.and_then(|grant| tokens(&mut known, grant)) {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response(),
    }
}

fn by_code(known: &mut Known, asked: &Asked) -> Result<Grant, &'static str> {
    let client = asked.client_id.clone();
    let grant = known.codes.get_mut(&asked.code).ok_or("invalid_grant")?;
    if grant.is_used {
        // Somebody has it who should not: what came of it ends (RFC 6749, 4.1.2).
        known.refresh.retain(|_, other| other.client_id != client);
        return Err("invalid_grant");
    }
    grant.is_used = true;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(asked.code_verifier.as_bytes()));
    let is_verifier = (43..=128).contains(&asked.code_verifier.len());
    let fits = grant.client_id == asked.client_id
        && grant.redirect_uri == asked.redirect_uri
        && grant.expires > now()
        && is_verifier
        && grant.challenge == challenge;
    if fits { Ok(grant.clone()) } else { Err("invalid_grant") }
}

/// Each is used once: the next comes with the answer.
fn by_refresh(known: &mut Known, asked: &Asked) -> Result<Grant, &'static str> {
    let grant = known.refresh.remove(&asked.refresh_token).ok_or("invalid_grant")?;
    if grant.client_id == asked.client_id { Ok(Grant { nonce: None, ..grant }) } else { Err("invalid_grant") }
}

fn tokens(known: &mut Known, grant: Grant) -> Result<Value, &'static str> {
    let life = known.settings.token_life.as_secs();
    let mut claims = known.settings.person.clone();
    claims.insert("iss".to_owned(), known.issuer.clone().into());
    claims.insert("aud".to_owned(), grant.client_id.clone().into());
    claims.insert("iat".to_owned(), now().into());
    claims.insert("exp".to_owned(), (now() + life).into());
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".to_owned(), nonce.clone().into());
    }
    let id_token = known.keys.sign(&Value::Object(claims)).map_err(|_| "server_error")?;
    let random = || uuid::Uuid::new_v4().simple().to_string();
    let (access, refresh) = (random(), random());
    known.refresh.insert(refresh.clone(), grant);
    Ok(json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": life,
        "id_token": id_token,
        "refresh_token": refresh,
        "scope": "openid",
    }))
}
