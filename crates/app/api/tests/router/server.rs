//! How the server is doing.

use std::sync::Arc;

use crate::support::World;

#[tokio::test]
async fn readiness_is_that_of_every_part() {
    let mut world = World::new();
    assert_eq!(world.get("/health/live").await.status, 200);
    world.state.probes = vec![("storage", Arc::new(|| Ok(())))];
    let answer = world.get("/health/ready").await;
    assert_eq!((answer.status.as_u16(), answer.json()["ready"].as_bool()), (200, Some(true)));
    world.state.probes.push(("models", Arc::new(|| Err("they are missing".to_owned()))));
    let answer = world.get("/health/ready").await;
    assert_eq!((answer.status.as_u16(), answer.json()["ready"].as_bool()), (503, Some(false)));
    assert_eq!(answer.json()["parts"][0]["ok"], true);
    assert_eq!(answer.json()["parts"][1]["detail"], "they are missing");
}

#[tokio::test]
async fn the_status_says_why_words_are_absent() {
    let status = World::new().get("/v1/status").await.json();
    assert_eq!((&status["worker"], &status["live_calls"]), (&"host".into(), &0.into()));
    assert_eq!(status["roles"], serde_json::json!(["api", "worker"]));
    assert!(status["transcription"].to_string().contains("the models are missing"), "{status}");
}

#[tokio::test]
async fn the_description_names_every_kind_of_thing() {
    let description = World::new().get("/openapi.json").await.json();
    assert_eq!(description["openapi"], "3.1.0");
    assert!(description["paths"]["/v1/subscribe"].is_object());
    assert_eq!(World::new().get("/metrics").await.status, 200);
}
