//! The routes, and their description.

mod access;
mod calls;
mod contact_lens;
mod desk;
mod intake;
mod lifecycle;
mod playbooks;
mod recording;
mod review;
mod server;
mod session;
mod uploads;

pub(crate) use self::{
    calls::{call_id, seen},
    review::record,
};

use std::sync::Arc;

use ::uploads::Uploads;
use axum::{Extension, Router, extract::DefaultBodyLimit, http::header, middleware, routing::get};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    console::{self, Embedders},
    entry::entry,
    guard::{Allowed, guard},
    problem::Problem,
    signin,
    state::ApiState,
    subscribe::{
        CallSnapshot, CallsSnapshot, ClientMessage, PollAnswer, PollRequest, ServerMessage, SnapshotData,
        Sockets, Subscribe, routes as transports,
    },
};

/// The largest body taken: Connect's events are below 256 KiB.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// How many sockets may be open unless told: each holds some buffers and one task per subscription.
const MAX_SOCKETS: usize = 16_384;
/// What each code means: where a problem's `type` leads.
const ERRORS: &str = include_str!("../../../../docs/errors.md");
const PLAIN: &str = "text/plain; charset=utf-8";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Trunkline",
        description = "Calls, transcripts and recordings of Amazon Connect contact centers, redacted.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(events::Envelope, calls::ExportFormat, crate::shapes::Waveform, ClientMessage, ServerMessage<'_>, Subscribe, SnapshotData, CallSnapshot, CallsSnapshot, PollRequest, PollAnswer, access::TokenForm, uploads::socket::UploadMessage, uploads::socket::UploadAck)),
    tags(
        (name = "calls", description = "Calls, their transcripts and recordings"),
        (name = "guidance", description = "What people at desks do and look up"),
        (name = "access", description = "Who is let in"),
        (name = "intake", description = "What Amazon Connect sends"),
        (name = "uploads", description = "Audio where Kinesis Video Streams is missing"),
        (name = "lifecycle", description = "What is kept of calls, for how long, and who did what with it"),
        (name = "review", description = "What verification found, and what is decided of it"),
        (name = "server", description = "How the server is doing"),
    )
)]
struct Description;

fn described() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(calls::list))
        .routes(routes!(calls::one))
        .routes(routes!(calls::transcript))
        .routes(routes!(calls::events))
        .routes(routes!(calls::latency))
        .routes(routes!(calls::export))
        .routes(routes!(recording::recording))
        .routes(routes!(recording::waveform))
        .routes(routes!(lifecycle::erase))
        .routes(routes!(lifecycle::place_hold))
        .routes(routes!(lifecycle::release_hold))
        .routes(routes!(lifecycle::retention))
        .routes(routes!(lifecycle::audit))
        .routes(routes!(lifecycle::check_audit))
        .routes(routes!(intake::connect_trigger))
        .routes(routes!(intake::contact_event))
        .routes(routes!(intake::agent_event))
        .routes(routes!(contact_lens::contact_lens))
        .routes(routes!(uploads::begin))
        .routes(routes!(uploads::send, uploads::progress))
        .routes(routes!(uploads::gap))
        .routes(routes!(uploads::finish))
        .routes(routes!(uploads::socket::open))
        .routes(routes!(server::status))
        .routes(routes!(server::live))
        .routes(routes!(server::ready))
        .routes(routes!(server::metrics))
        .routes(routes!(transports::subscribe))
        .routes(routes!(transports::stream_events))
        .routes(routes!(transports::poll))
        .routes(routes!(transports::call_snapshot))
        .routes(routes!(desk::act))
        .routes(routes!(desk::search))
        .routes(routes!(playbooks::list))
        .routes(routes!(playbooks::schema))
        .routes(routes!(playbooks::one))
        .routes(routes!(playbooks::check))
        .routes(routes!(playbooks::backtest))
        .routes(routes!(playbooks::statistics))
        .routes(routes!(access::info))
        .routes(routes!(access::whoami))
        .routes(routes!(access::token))
        .routes(routes!(session::sign_in))
        .routes(routes!(review::queue))
        .routes(routes!(review::cases))
        .routes(routes!(review::decide))
        .routes(routes!(review::look))
        .routes(routes!(review::evidence))
        .routes(routes!(review::evidence_page))
}

/// The OpenAPI 3.1 description, as JSON.
#[must_use]
pub fn openapi() -> String {
    let (_, openapi) = described().split_for_parts();
    openapi.to_pretty_json().expect("the description is plain data")
}

/// The `AsyncAPI` 3 description of the subscription protocol, as JSON.
#[must_use]
pub fn asyncapi() -> String {
    let (_, openapi) = described().split_for_parts();
    let openapi = serde_json::to_value(&openapi).expect("the description is plain data");
    serde_json::to_string_pretty(&crate::asyncapi::describe(&openapi)).expect("the description is plain data")
}

/// What a deployment decides about the server.
#[derive(Clone, Debug)]
pub struct RouterOptions {
    /// Names under which the server may be asked, besides `localhost` and addresses.
    pub allowed_hosts: Vec<String>,
    /// Origins of pages, besides this server's own, that may ask, and hold an agent's desk in a frame: scheme, host and
    /// port, as browsers write them.
    pub allowed_origins: Vec<String>,
    /// How many clients may follow at once, over all transports; more are refused.
    pub max_sockets: usize,
    /// What clients upload to this process, where its engine reads it; without it nothing is taken.
    pub uploads: Option<Uploads>,
}

impl Default for RouterOptions {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_sockets: MAX_SOCKETS,
            uploads: None,
        }
    }
}

/// The whole server: the API, its description, and the console on every other path.
pub fn router(state: ApiState) -> Router {
    router_for(state, RouterOptions::default())
}

/// The same with a deployment's options.
pub fn router_for(state: ApiState, options: RouterOptions) -> Router {
    let (router, openapi) = described().split_for_parts();
    let description = serde_json::to_value(&openapi).expect("the description is plain data");
    let subscriptions = crate::asyncapi::describe(&description);
    let nothing = get(|| std::future::ready(Problem::no_such_route()));
    let origins: Arc<[String]> = options.allowed_origins.into();
    let allowed = Allowed { hosts: options.allowed_hosts.into(), origins: Arc::clone(&origins) };
    router
        .merge(signin::routes())
        .route("/openapi.json", get(move || std::future::ready(axum::Json(description.clone()))))
        .route("/asyncapi.json", get(move || std::future::ready(axum::Json(subscriptions.clone()))))
        .route("/docs/errors", get(|| std::future::ready(([(header::CONTENT_TYPE, PLAIN)], ERRORS))))
        .route("/v1", nothing.clone())
        .route("/v1/", nothing.clone())
        .route("/v1/{*rest}", nothing)
        .fallback(console::serve)
        .method_not_allowed_fallback(|| std::future::ready(Problem::method_not_allowed()))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(Extension(Sockets::new(options.max_sockets)))
        .layer(Extension(options.uploads))
        .layer(Extension(Embedders(origins)))
        .layer(middleware::from_fn_with_state(state.clone(), entry))
        .layer(middleware::from_fn_with_state(allowed, guard))
        .with_state(state)
}
