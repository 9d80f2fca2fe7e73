//! Keeps other web pages away from calls.
//!
//! The server knows no users: who reaches its port may read calls. A browser reaches it on behalf of any page
//! that it shows, so what a browser says about the page is checked before anything else. `Origin` must name
//! this server itself, and `Host` must be a name that nobody else can point at this machine: else a page on a
//! name of its own, rebound to our address, would pass as ours.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

/// Pages of other origins may not embed what is served either: images, sounds and scripts carry no `Origin`.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The names, besides `localhost` and addresses, under which the server may be asked.
pub(crate) type AllowedHosts = Arc<[String]>;

/// Answers what comes from this server's own pages or from no page at all, and refuses the rest.
pub(crate) async fn guard(State(allowed): State<AllowedHosts>, request: Request, next: Next) -> Response {
    let mut response = match check(request.uri(), request.headers(), &allowed) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn check(uri: &Uri, headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let host =
        asked_host(uri, headers).filter(|host| is_own(host, allowed)).ok_or_else(Problem::foreign_host)?;
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        // No page asks: a program does, or a person who opens an address.
        (None, _) => Ok(()),
        (Some(origin), None) if is_same(origin, &host) => Ok(()),
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
