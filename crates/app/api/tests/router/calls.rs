//! Calls, their pages, transcripts and exports.

use axum::http::header;
use model::Channel;
use ports::testing::{call_ended, call_started, utterance};

use crate::support::World;

/// Three calls: the first has ended, the last is the newest.
async fn three_calls() -> World {
    let world = World::new();
    let words = utterance(Channel::Customer, 500, "it is [card]");
    world.append("call-1", vec![call_started(1_000), words, call_ended(4_000)]).await;
    world.append("call-2", vec![call_started(2_000)]).await;
    world.append("call-3", vec![call_started(3_000)]).await;
    world
}

async fn listed(world: &World, query: &str) -> (Vec<String>, Option<String>) {
    let answer = world.get(&format!("/v1/calls{query}")).await;
    assert_eq!(answer.status, 200, "{query}");
    let page = answer.json();
    assert_eq!(page["position"], 5, "{query}");
    let id = |call: &serde_json::Value| call["call_id"].as_str().unwrap().to_owned();
    let calls = page["calls"].as_array().unwrap().iter().map(id).collect();
    (calls, page["next"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_by_state() {
    let world = three_calls().await;
    assert_eq!(listed(&world, "").await.0, ["call-3", "call-2", "call-1"]);
    assert_eq!(listed(&world, "?state=live").await.0, ["call-3", "call-2"]);
    assert_eq!(listed(&world, "?state=ended").await.0, ["call-1"]);
}

#[tokio::test]
async fn pages_give_each_call_once() {
    let world = three_calls().await;
    let (first, next) = listed(&world, "?limit=2").await;
    assert_eq!(first, ["call-3", "call-2"]);
    let (rest, end) = listed(&world, &format!("?limit=2&after={}", next.unwrap())).await;
    assert_eq!((rest, end), (vec!["call-1".to_owned()], None));
    // Limits out of bounds are taken as the nearest that is allowed.
    assert_eq!(listed(&world, "?limit=0").await.0, ["call-3"]);
    assert_eq!(listed(&world, "?limit=4000000000").await.0.len(), 3);
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let world = three_calls().await;
    for path in [
        "/v1/calls?state=lost",
        "/v1/calls?limit=-1",
        "/v1/calls?limit=many",
        "/v1/calls?after=",
        "/v1/calls/call-1/events?after=-1",
        "/v1/calls/call-1/events?limit=1e3",
        "/v1/calls/call-1/export",
        "/v1/calls/call-1/export?format=pdf",
    ] {
        world.get(path).await.assert_problem(400, "bad_parameter");
    }
}

#[tokio::test]
async fn what_is_asked_of_an_unknown_call_is_not_there() {
    let world = three_calls().await;
    for part in ["", "/transcript", "/events", "/latency", "/export?format=txt"] {
        world.get(&format!("/v1/calls/call-9{part}")).await.assert_problem(404, "no_such_call");
    }
    world.get("/v1/calls?after=call-9").await.assert_problem(404, "no_such_call");
}

#[tokio::test]
async fn events_come_in_pages_by_seq() {
    let world = three_calls().await;
    let seqs = |page: &serde_json::Value| -> Vec<u64> {
        page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect()
    };
    let first = world.get("/v1/calls/call-1/events?limit=2").await.json();
    assert_eq!((seqs(&first), first["next_after"].as_u64()), (vec![1, 2], Some(2)));
    let rest = world.get("/v1/calls/call-1/events?limit=2&after=2").await.json();
    assert_eq!((seqs(&rest), rest["next_after"].as_u64()), (vec![3], None));
}

#[tokio::test]
async fn exports_are_files_in_their_format() {
    let world = three_calls().await;
    for (format, kind, holds) in [
        ("json", "application/json", "\"masked\": \"card\""),
        ("srt", "application/x-subrip", "00:00:00,500 --> "),
        ("txt", "text/plain; charset=utf-8", "[card]"),
        ("ndjson", "application/x-ndjson", "{\"v\":1,"),
    ] {
        let answer = world.get(&format!("/v1/calls/call-1/export?format={format}")).await;
        assert_eq!((answer.status.as_u16(), answer.header(header::CONTENT_TYPE)), (200, kind));
        let name = format!("attachment; filename=\"call-1.{format}\"");
        assert_eq!(answer.header(header::CONTENT_DISPOSITION), name);
        assert!(answer.text().contains(holds), "{format}: {}", answer.text());
    }
    let lines = world.get("/v1/calls/call-1/export?format=ndjson").await;
    assert_eq!(lines.text().lines().count(), 3);
}
