//! Where people are asked whether they are who they are (RFC 6749, 4.1.1; RFC 7636).

use axum::{
    Form,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    provider::{Client, Shared, now},
    token::Grant,
};

/// How long a code holds, in seconds.
const CODE_LIFE: u64 = 60;

/// What a client asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    nonce: Option<String>,
    code_challenge: String,
    code_challenge_method: String,
}

/// A sign-in that waits for the person.
pub(crate) type Pending = Asked;

pub(crate) async fn ask(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Response {
    let known = shared.lock();
    let is_known =
        |client: &Client| client.id == asked.client_id && client.redirect_uris.contains(&asked.redirect_uri);
    if !known.settings.clients.iter().any(is_known) {
        // Never a redirect: it would lead wherever the link says (RFC 6749, 4.1.2.1).
        return (StatusCode::BAD_REQUEST, "the client or its redirect_uri is not registered\n")
            .into_response();
    }
    let approves = known.settings.approves_at_once;
    drop(known);
    if let Some((error, why)) = asked.fault() {
        return redirect(&asked, &[("error", error), ("error_description", why)]);
    }
    if approves {
        return approved(&shared, asked);
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    shared.lock().pending.insert(id.clone(), asked);
    Html(format!(
        "<!doctype html><title>Sign in</title><h1>Stand-in provider</h1>\
         <form method=\"post\" action=\"/authorize/approve\"><input type=\"hidden\" name=\"id\" value=\"{id}\">\
         <button type=\"submit\">Sign in</button></form>"
    ))
    .into_response()
}

impl Asked {
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        if self.response_type != "code" {
            return Some(("unsupported_response_type", "give response_type=code"));
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Some(("invalid_scope", "the scope lacks openid"));
        }
        let is_challenge = self.code_challenge.len() == 43
            && self.code_challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if self.code_challenge_method != "S256" || !is_challenge {
            return Some(("invalid_request", "give code_challenge with code_challenge_method=S256"));
        }
        self.state.is_empty().then_some(("invalid_request", "give state"))
    }
}

#[derive(Deserialize)]
pub(crate) struct Approval {
    id: String,
}

pub(crate) async fn approve(State(shared): State<Shared>, Form(Approval { id }): Form<Approval>) -> Response {
    let pending = shared.lock().pending.remove(&id);
    match pending {
        Some(asked) => approved(&shared, asked),
        None => (StatusCode::BAD_REQUEST, "nobody asked for this sign-in\n").into_response(),
    }
}

/// Back to the page that asked, with a code.
fn approved(shared: &Shared, asked: Asked) -> Response {
    let code = uuid::Uuid::new_v4().simple().to_string();
    let grant = Grant {
        client_id: asked.client_id.clone(),
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.code_challenge.clone(),
        nonce: asked.nonce.clone(),
        expires: now() + CODE_LIFE,
        is_used: false,
    };
    shared.lock().codes.insert(code.clone(), grant);
    redirect(&asked, &[("code", &code)])
}

fn redirect(asked: &Asked, fields: &[(&str, &str)]) -> Response {
    let all = fields.iter().copied().chain(std::iter::once(("state", asked.state.as_str())));
    let query: Vec<String> = all.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let separator = if asked.redirect_uri.contains('?') { '&' } else { '?' };
    let location = format!("{}{separator}{}", asked.redirect_uri, query.join("&"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// A value for a query.
fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let piece = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(piece).collect()
}
