//! The page at which a sign-in in a window of its own ends: it hands the answer to the page that opened the window.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

/// The page; what it does is in the script, since nothing inline is let in.
const PAGE: &str = include_str!("signin/callback.html");
const SCRIPT: &str = include_str!("signin/callback.js");
/// One script of this origin, and nothing else; no page may frame it.
const POLICY: &str =
    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page and its script.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/signin/callback", get(|| std::future::ready(file(PAGE, "text/html; charset=utf-8"))))
        .route(
            "/signin/callback.js",
            get(|| std::future::ready(file(SCRIPT, "text/javascript; charset=utf-8"))),
        )
}

fn file(text: &'static str, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        // The address holds a code for a moment: nobody keeps it, and no other page is told of it.
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
