//! From a request to the call that answers it.

use std::{net::SocketAddr, sync::Arc};

use http::{HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access, admin, archive, auth,
    config::Config,
    control,
    error::{ApiError, Exception},
    faults::{FaultKind, Faults},
    get_media,
    http_body::{Body, read_small},
    put_media,
    registry::Registry,
    sts::{self, Sessions, StsError},
};

/// What every call works with.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) registry: Arc<Registry>,
    pub(crate) faults: Faults,
    /// Sessions of the account's roles.
    pub(crate) sessions: Sessions,
    pub(crate) local_addr: SocketAddr,
    /// The server is ending: bodies end at the next fragment boundary.
    pub(crate) closing: CancellationToken,
    /// Work that outlives its connection.
    pub(crate) tasks: TaskTracker,
}

impl App {
    /// Where media calls go: the configured address, or the one by which the client came.
    pub(crate) fn data_endpoint(&self, host: Option<&str>) -> String {
        if let Some(advertise) = &self.config.advertise {
            return advertise.clone();
        }
        let host = host.filter(|host| host.parse::<http::uri::Authority>().is_ok());
        host.map_or_else(|| format!("http://{}", self.local_addr), |host| format!("http://{host}"))
    }
}

/// Answers a request.
pub(crate) async fn answer(app: Arc<App>, peer: SocketAddr, request: Request<Incoming>) -> Response<Body> {
    let request_id = uuid::Uuid::new_v4().to_string();
    let path = request.uri().path().to_owned();
    let mut response = match route(&app, peer, request).await {
        Ok(response) => response,
        Err(error) => {
            tracing::debug!(path, error = error.exception().name(), "refused a request");
            error.response()
        }
    };
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

async fn route(
    app: &Arc<App>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, ApiError> {
    // AWS's clients never send it, browsers always do for such calls: no web page shall command this server.
    if request.headers().contains_key(header::ORIGIN) {
        return Err(ApiError::new(Exception::AccessDenied, "Requests from web pages are refused."));
    }
    let path = request.uri().path().to_owned();
    if path.starts_with(admin::PREFIX) {
        return admin::answer(app, peer, request).await;
    }
    if request.method() != Method::POST {
        return Err(unknown(&path));
    }
    let (parts, body) = request.into_parts();
    let signed =
        |body| auth::Signed { method: &parts.method, uri: &parts.uri, headers: &parts.headers, body };
    let check = |body, service| access::caller(app, &signed(body), service);
    if path == "/putMedia" {
        let caller = check(None, auth::KINESIS_VIDEO)?;
        access::permit(app, caller, &path, &[])?;
        return put_media::answer(app, &parts.headers, body);
    }
    let body = read_small(body).await?;
    if path == "/" && !app.config.roles.is_empty() {
        let answer = match check(Some(&body), auth::STS) {
            Ok(caller) => sts::answer(app, caller, &body),
            Err(error) => Err(StsError::of(&error)),
        };
        return Ok(answer.unwrap_or_else(|error| error.response()));
    }
    let caller = check(Some(&body), auth::KINESIS_VIDEO)?;
    access::permit(app, caller, &path, &body)?;
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match path.as_str() {
        "/createStream" => control::create_stream(app, &body),
        "/describeStream" => control::describe_stream(app, &body),
        "/listStreams" => control::list_streams(app, &body),
        "/deleteStream" => control::delete_stream(app, &body).await,
        "/updateDataRetention" => control::update_data_retention(app, &body),
        "/tagStream" => control::tag_stream(app, &body),
        "/untagStream" => control::untag_stream(app, &body),
        "/listTagsForStream" => control::list_tags_for_stream(app, &body),
        "/getDataEndpoint" => control::data_endpoint(app, &body, host),
        "/getMedia" => get_media::answer(app, &body),
        "/listFragments" => archive::list_fragments(app, &body),
        "/getMediaForFragmentList" => archive::media_for_fragment_list(app, &body),
        _ => Err(unknown(&path)),
    }
}

/// Refuses a call when a fault says so.
pub(crate) fn refuse(faults: &[FaultKind]) -> Result<(), ApiError> {
    for fault in faults {
        if *fault == FaultKind::Throttle {
            let message = "Kinesis Video Streams has throttled the request: a fault was ordered.";
            return Err(ApiError::new(Exception::ClientLimitExceeded, message));
        }
        if let FaultKind::Reject { exception } = fault {
            let exception = Exception::by_name(exception).unwrap_or(Exception::InternalFailure);
            return Err(ApiError::new(exception, "A fault was ordered."));
        }
    }
    Ok(())
}

fn unknown(path: &str) -> ApiError {
    ApiError::new(Exception::UnknownOperation, format!("There is no operation at {path}."))
}
