//! The provider: what it knows, and its routes.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    authorize::{self, Pending},
    keys::Keys,
    token::{self, Grant},
};

/// Somebody who may sign people in.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name; a page has no secret.
    pub id: String,
    /// Where people may come back to, to the letter.
    pub redirect_uris: Vec<String>,
}

/// What the provider is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may sign people in.
    pub clients: Vec<Client>,
    /// The claims of whoever signs in, besides those of the protocol.
    pub person: Map<String, Value>,
    /// Whether the page with the button is left out.
    pub approves_at_once: bool,
    /// How long identity tokens hold.
    pub token_life: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let person = json!({"sub": "u-1", "preferred_username": "ann", "email": "ann@example.com"});
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            clients: vec![Client { id: "desk".to_owned(), redirect_uris: Vec::new() }],
            person: person.as_object().cloned().unwrap_or_default(),
            approves_at_once: false,
            token_life: Duration::from_secs(300),
        }
    }
}

/// What goes wrong, as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It answers that it cannot.
    Unavailable,
    /// Its description names another issuer.
    OtherIssuer,
    /// Its description and keys never end.
    Endless,
    /// It leads elsewhere.
    Redirect,
}

/// What the provider knows.
pub(crate) struct Known {
    pub(crate) settings: Settings,
    pub(crate) issuer: String,
    pub(crate) keys: Keys,
    pub(crate) fault: Option<Fault>,
    pub(crate) pending: BTreeMap<String, Pending>,
    pub(crate) codes: BTreeMap<String, Grant>,
    pub(crate) refresh: BTreeMap<String, Grant>,
}

/// What routes share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Known>>);

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The provider; it stops when it is dropped.
pub struct Provider {
    shared: Shared,
    issuer: String,
    serving: JoinHandle<()>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Provider {
    /// Listens.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await.context("cannot listen")?;
        let issuer = format!("http://{}", listener.local_addr().context("the address is not known")?);
        let known = Known {
            settings,
            issuer: issuer.clone(),
            keys: Keys::new()?,
            fault: None,
            pending: BTreeMap::new(),
            codes: BTreeMap::new(),
            refresh: BTreeMap::new(),
        };
        let shared = Shared(Arc::new(Mutex::new(known)));
        let router = router(shared.clone());
        let serving = tokio::spawn(async move {
            // It ends with the process, or when it is dropped.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, issuer, serving })
    }

    /// What stands in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.shared.lock().keys.id().to_owned()
    }

    /// Signs with another key from now on.
    pub fn rotate(&self) {
        // Without a new key the old one stays, and whoever waits for the new one sees that.
        drop(self.shared.lock().keys.rotate());
    }

    /// Goes wrong so from now on, or not at all.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.lock().fault = fault;
    }

    /// A token with these claims, whatever they say.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        self.shared.lock().keys.sign(claims)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(describe))
        .route("/keys", get(keys))
        .route("/authorize", get(authorize::ask))
        .route("/authorize/approve", post(authorize::approve))
        .route("/token", post(token::give))
        .route("/admin/rotate", post(rotate))
        .route("/admin/faults", post(set_fault))
        .route("/admin/person", post(set_person))
        .layer(middleware::from_fn(open_to_pages))
        .with_state(shared)
}

/// Pages of any origin sign people in: there are no cookies here that could be misused.
async fn open_to_pages(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, accept"));
    response
}

async fn describe(State(shared): State<Shared>) -> Response {
    let known = shared.lock();
    let (fault, issuer) = (known.fault, known.issuer.clone());
    drop(known);
    let named = if fault == Some(Fault::OtherIssuer) { "https://evil.example" } else { &issuer };
    let description = json!({
        "issuer": named,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
    });
    failing(fault, description)
}

async fn keys(State(shared): State<Shared>) -> Response {
    let known = shared.lock();
    let (fault, set) = (known.fault, known.keys.set());
    drop(known);
    failing(fault, set)
}

/// The answer, or what becomes of it.
fn failing(fault: Option<Fault>, answer: Value) -> Response {
    match fault {
        None | Some(Fault::OtherIssuer) => Json(answer).into_response(),
        Some(Fault::Unavailable) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Fault::Endless) => Body::from(vec![b' '; 4 * 1024 * 1024]).into_response(),
        Some(Fault::Redirect) => Redirect::temporary("/elsewhere").into_response(),
    }
}

async fn rotate(State(shared): State<Shared>) -> StatusCode {
    match shared.lock().keys.rotate() {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn set_fault(State(shared): State<Shared>, Json(fault): Json<Option<Fault>>) -> StatusCode {
    shared.lock().fault = fault;
    StatusCode::NO_CONTENT
}

async fn set_person(State(shared): State<Shared>, Json(person): Json<Map<String, Value>>) -> StatusCode {
    shared.lock().settings.person = person;
    StatusCode::NO_CONTENT
}

/// The time, in seconds since the epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
