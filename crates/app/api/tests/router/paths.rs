//! What is at which path.

use axum::http::header;

use crate::support::World;

#[tokio::test]
async fn paths_below_v1_that_lead_nowhere_are_problems_and_never_a_page() {
    let world = World::new();
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/calls/", "/v1/calls/call-1/nothing", "/nothing.js"] {
        world.get(path).await.assert_problem(404, "no_such_route");
    }
    world.post("/calls", "").await.assert_problem(404, "no_such_route");
    world.post("/v1/calls", "").await.assert_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn paths_of_the_console_are_its_page() {
    let world = World::new();
    for path in ["/", "/calls", "/calls/call-1", "/health"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
        assert!(answer.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let world = World::new();
    let problem = world.get("/v1/nothing").await.json();
    let (path, code) = problem["type"].as_str().unwrap().split_once('#').unwrap();
    let page = world.get(path).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert!(page.text().contains(&format!("## {code}\n")));
}
