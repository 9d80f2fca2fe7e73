//! The server's own pages under `/_trunkline/`: faults and counts. Only for clients on this machine.
//!
//! `GET /_trunkline/faults` lists, `POST` arms one, `DELETE /_trunkline/faults` disarms all and
//! `DELETE /_trunkline/faults/<id>` one; `GET /_trunkline/counts` shows what passed and what was dropped.

use std::{net::SocketAddr, sync::Arc};

use http::{Method, Request, Response};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::{
    error::{ApiError, Exception},
    faults::{Fault, FaultId},
    http_body::{Body, json, read_small},
    request::parse,
    router::App,
};

/// Where the pages are.
pub(crate) const PREFIX: &str = "/_trunkline/";

pub(crate) async fn answer(
    app: &Arc<App>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, ApiError> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err(ApiError::new(
            Exception::AccessDenied,
            "Faults are ordered from the server's own machine.",
        ));
    }
    let path = request.uri().path().trim_start_matches(PREFIX).to_owned();
    let id = path.strip_prefix("faults/").and_then(|id| id.parse().ok()).map(FaultId);
    match (request.method(), path.as_str(), id) {
        (&Method::GET, "faults", _) => json(&list(app)),
        (&Method::GET, "counts", _) => json(&app.registry.counters.read()),
        (&Method::POST, "faults", _) => {
            let body: Value = parse(&read_small(request.into_body()).await?)?;
            let fault = Fault::from_json(body).and_then(|fault| app.faults.add(fault));
            json(&json!({ "id": fault.map_err(|error| ApiError::invalid(error.to_string()))? }))
        }
        (&Method::DELETE, "faults", _) => {
            app.faults.clear();
            json(&list(app))
        }
        (&Method::DELETE, _, Some(id)) if app.faults.remove(id) => json(&list(app)),
        _ => Err(ApiError::new(Exception::UnknownOperation, "There is no such page or fault.")),
    }
}

fn list(app: &App) -> Value {
    let faults = app.faults.list().into_iter().map(|(id, fault)| {
        let mut value = serde_json::to_value(fault).unwrap_or_default();
        value["id"] = json!(id);
        value
    });
    json!({ "faults": faults.collect::<Vec<_>>() })
}
