//! The embedded console: files by their path, and the page itself on every path of the page's own.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Request,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::problem::Problem;

/// The console's files by path, as the build script found them.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console_files.rs"));

/// Everything from this origin only, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'";

/// The page that holds Amazon Connect's softphone, and where softphones are.
const SOFTPHONE_PAGE: &str = "ccp";
const SOFTPHONES: &str = "https://*.my.connect.aws https://*.awsapps.com";

/// The pages that may stand in another page's frame: an agent's desk, and the same as an app of Connect's workspace.
const EMBEDDABLE: [&str; 2] = ["desk", "workspace"];

/// Origins whose pages may hold an agent's desk.
#[derive(Clone, Debug)]
pub(crate) struct Embedders(pub(crate) Arc<[String]>);

pub(crate) async fn serve(
    Extension(Embedders(embedders)): Extension<Embedders>,
    request: Request,
) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Problem::no_such_route().into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    // A path with an ending is a file; the others are pages of the console, which routes them itself.
    let page = !path.rsplit('/').next().unwrap_or_default().contains('.');
    let name = if page { "index.html" } else { path };
    let Some((_, file)) = FILES.iter().find(|(path, _)| *path == name) else {
        return Problem::no_such_route().into_response();
    };
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, content_type(name)),
        (header::CACHE_CONTROL, cache),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let policy = [(header::CONTENT_SECURITY_POLICY, policy(path, &embedders))];
    (StatusCode::OK, headers, policy, *file).into_response()
}

/// What the page at `path` may hold, and who may hold it.
fn policy(path: &str, embedders: &[String]) -> String {
    let mut policy = POLICY.to_owned();
    if path == SOFTPHONE_PAGE {
        policy.push_str("; frame-src ");
        policy.push_str(SOFTPHONES);
    }
    let first = path.split('/').next().unwrap_or_default();
    policy.push_str("; frame-ancestors ");
    if EMBEDDABLE.contains(&first) && !embedders.is_empty() {
        policy.push_str(&embedders.join(" "));
    } else {
        policy.push_str("'none'");
    }
    policy
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedders() -> Vec<String> {
        vec!["https://acme.my.connect.aws".to_owned(), "https://crm.example".to_owned()]
    }

    #[test]
    fn only_a_desk_is_held_by_other_pages_and_only_by_those_that_are_named() {
        for path in ["desk", "desk/call-1", "workspace"] {
            let policy = policy(path, &embedders());
            assert!(
                policy.ends_with("; frame-ancestors https://acme.my.connect.aws https://crm.example"),
                "{policy}"
            );
        }
        for path in ["", "calls/desk", "deskless", "review", "ccp"] {
            assert!(policy(path, &embedders()).ends_with("; frame-ancestors 'none'"), "{path}");
        }
        assert!(policy("desk", &[]).ends_with("; frame-ancestors 'none'"));
    }

    #[test]
    fn only_the_softphones_page_holds_frames() {
        assert!(policy("ccp", &[]).contains("; frame-src https://*.my.connect.aws "));
        assert!(!policy("desk", &[]).contains("frame-src"));
    }
}
