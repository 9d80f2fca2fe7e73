//! Keeps other web pages away from calls.
//!
//! A browser reaches the server on behalf of any page that it shows, so what a browser says about the page is checked
//! before anything else. `Origin` must name this server itself or an origin that was allowed, and `Host` must be a name
//! that nobody else can point at this machine: else a page on a name of its own, rebound to our address, would pass as
//! ours. Pages of allowed origins are answered by CORS, without cookies: they show a token.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

/// Pages of other origins may not embed what is served either: images, sounds and scripts carry no `Origin`.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What pages of allowed origins may send.
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, last-event-id");
/// What of an answer they may read beside its body.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static("retry-after, www-authenticate");
/// How long a browser need not ask again, in seconds.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// Who may ask, beside this server's own pages and programs.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    /// The names, besides `localhost` and addresses, under which the server may be asked.
    pub(crate) hosts: Arc<[String]>,
    /// The origins of pages, besides this server's own: scheme, host and port, as browsers write them.
    pub(crate) origins: Arc<[String]>,
}

/// Answers what comes from this server's own pages, from allowed ones, or from no page at all, and refuses the rest.
pub(crate) async fn guard(State(allowed): State<Allowed>, request: Request, next: Next) -> Response {
    let mut response = match check(request.uri(), request.headers(), &allowed) {
        Ok(Asks::Own) => next.run(request).await,
        Ok(Asks::Allowed(origin)) => cors(origin, request, next).await,
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    if !allowed.origins.is_empty() {
        // What is kept between must not be given to a page of another origin.
        response.headers_mut().append(header::VARY, HeaderValue::from_name(header::ORIGIN));
    }
    response
}

/// Answers a page of an allowed origin, and its browser's question whether it may ask.
async fn cors(origin: HeaderValue, request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    }
    response
}

/// On whose behalf a request comes.
enum Asks {
    /// This server's own page's, or a program's.
    Own,
    /// A page's of this allowed origin.
    Allowed(HeaderValue),
}

fn check(uri: &Uri, headers: &HeaderMap, allowed: &Allowed) -> Result<Asks, Problem> {
    let host = asked_host(uri, headers)
        .filter(|host| is_own(host, &allowed.hosts))
        .ok_or_else(Problem::foreign_host)?;
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        // No page asks: a program does, or a person who opens an address.
        (None, _) => Ok(Asks::Own),
        (Some(origin), None) if is_same(origin, &host) => Ok(Asks::Own),
        (Some(origin), None) if allowed.origins.iter().any(|one| one.as_bytes() == origin.as_bytes()) => {
            Ok(Asks::Allowed(origin.clone()))
        }
        (Some(_), _) => Err(Problem::foreign_origin()),
    }
}

/// The one host that the request names (RFC 9112, 3.2): the target's own, when it has one, counts.
fn asked_host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(Authority::try_from(host.as_bytes()).ok()?),
        (None, _) => None,
        (Some(_), Some(_)) => return None,
    };
    uri.authority().cloned().or(named)
}

/// Whether nobody else can make this host lead here: an address cannot be rebound, and `localhost` and the
/// configured names are ours.
fn is_own(host: &Authority, allowed: &[String]) -> bool {
    let name = host.host();
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
        || name.parse::<Ipv4Addr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || allowed.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Whether an origin is that of the pages which this host serves. `null` and what is no origin are not.
fn is_same(origin: &HeaderValue, host: &Authority) -> bool {
    let Ok(origin) = Uri::try_from(origin.as_bytes()) else { return false };
    let default = match origin.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    origin.authority().is_some_and(|page| {
        page.host().eq_ignore_ascii_case(host.host())
            && page.port_u16().unwrap_or(default) == host.port_u16().unwrap_or(default)
    })
}
