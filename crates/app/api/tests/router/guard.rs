//! No page but the server's own reads calls or starts them.

use api::RouterOptions;
use axum::{
    body::Body,
    http::{Request, header},
};

use crate::support::{Answer, World, ask, request};

async fn asked(host: &str, origin: Option<&str>) -> Answer {
    let mut request = Request::get("/v1/calls").header(header::HOST, host);
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    ask(World::new().router(), request.body(Body::empty()).unwrap()).await
}

fn upgrade(origin: &str) -> Request<Body> {
    request("GET", "/v1/subscribe")
        .header(header::ORIGIN, origin)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn the_server_s_own_pages_and_programs_are_answered() {
    for (host, origin) in [
        ("127.0.0.1:8080", None),
        ("127.0.0.1:8080", Some("http://127.0.0.1:8080")),
        ("localhost:8080", Some("http://localhost:8080")),
        ("LOCALHOST:8080", Some("http://localhost:8080")),
        ("[::1]:8080", Some("http://[::1]:8080")),
        ("192.0.2.7", Some("http://192.0.2.7")),
        // Behind a proxy that speaks TLS.
        ("192.0.2.7", Some("https://192.0.2.7")),
        ("192.0.2.7:443", Some("https://192.0.2.7")),
    ] {
        let answer = asked(host, origin).await;
        assert_eq!(answer.status, 200, "{host} {origin:?}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    for origin in [
        "http://evil.example",
        "http://127.0.0.1:8081",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.0.0.1.evil.example:8080",
        "http://127.0.0.1:8080@evil.example",
        "file://127.0.0.1:8080",
        "127.0.0.1:8080",
        "null",
        "",
    ] {
        asked("127.0.0.1:8080", Some(origin)).await.assert_problem(403, "foreign_origin");
    }
}

#[tokio::test]
async fn names_that_others_can_point_here_are_refused() {
    for host in
        ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b"]
    {
        asked(host, None).await.assert_problem(403, "foreign_host");
        asked(host, Some(&format!("http://{host}"))).await.assert_problem(403, "foreign_host");
    }
    let nameless = Request::get("/v1/calls").body(Body::empty()).unwrap();
    ask(World::new().router(), nameless).await.assert_problem(403, "foreign_host");
    let twofold =
        request("GET", "/v1/calls").header(header::HOST, "evil.example").body(Body::empty()).unwrap();
    ask(World::new().router(), twofold).await.assert_problem(403, "foreign_host");
    let targeted = request("GET", "http://evil.example/v1/calls").body(Body::empty()).unwrap();
    ask(World::new().router(), targeted).await.assert_problem(403, "foreign_host");
}

#[tokio::test]
async fn configured_names_are_answered() {
    let world = World::new();
    let options =
        RouterOptions { allowed_hosts: vec!["calls.example".to_owned()], ..RouterOptions::default() };
    let named = |host: &str| {
        let request = Request::get("/v1/calls").header(header::HOST, host);
        request.header(header::ORIGIN, format!("https://{host}")).body(Body::empty()).unwrap()
    };
    let router = world.router_for(options);
    assert_eq!(ask(router.clone(), named("Calls.example:8443")).await.status, 200);
    ask(router, named("other.example")).await.assert_problem(403, "foreign_host");
}

#[tokio::test]
async fn pages_of_allowed_origins_are_answered_without_cookies() {
    let options = RouterOptions {
        allowed_origins: vec!["https://desk.example.com".to_owned()],
        ..RouterOptions::default()
    };
    let world = World::new();
    let asks = |method: &str, origin: &str| {
        request(method, "/v1/calls")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
            .body(Body::empty())
            .unwrap()
    };
    let router = world.router_for(options);
    let answer = ask(router.clone(), asks("GET", "https://desk.example.com")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "https://desk.example.com");
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");
    assert!(answer.header(header::VARY).contains("origin"));
    let preflight = ask(router.clone(), asks("OPTIONS", "https://desk.example.com")).await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header(header::ACCESS_CONTROL_ALLOW_HEADERS).contains("authorization"));
    for origin in
        ["https://desk.example.com:8443", "http://desk.example.com", "https://desk.example.com.evil", "null"]
    {
        for method in ["GET", "OPTIONS"] {
            let answer = ask(router.clone(), asks(method, origin)).await;
            answer.assert_problem(403, "foreign_origin");
            assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "", "{method} {origin}");
        }
    }
    // The page's socket, too, is looked at by its origin.
    let upgrade = || {
        request("GET", "/v1/subscribe")
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let allowed = upgrade().header(header::ORIGIN, "https://desk.example.com").body(Body::empty()).unwrap();
    assert_eq!(ask(router, allowed).await.status, 426);
}

#[tokio::test]
async fn a_foreign_page_starts_no_call_and_opens_no_socket() {
    let world = World::new();
    let trigger = request("POST", "/v1/triggers/connect").header(header::ORIGIN, "http://evil.example");
    ask(world.router(), trigger.body(Body::from("{}")).unwrap()).await.assert_problem(403, "foreign_origin");
    ask(world.router(), upgrade("http://evil.example")).await.assert_problem(403, "foreign_origin");
    // An own page's upgrade goes on to the route, which a request without a connection cannot take further.
    assert_eq!(ask(world.router(), upgrade("http://127.0.0.1:8080")).await.status, 426);
}

#[tokio::test]
async fn every_path_is_guarded_and_none_can_be_embedded() {
    for path in ["/", "/metrics", "/openapi.json", "/health/live", "/nothing.js", "/v1/nothing"] {
        let foreign = request("GET", path).header(header::ORIGIN, "null").body(Body::empty()).unwrap();
        ask(World::new().router(), foreign).await.assert_problem(403, "foreign_origin");
        let own = World::new().get(path).await;
        assert_eq!(own.headers["cross-origin-resource-policy"], "same-origin", "{path}");
    }
}
