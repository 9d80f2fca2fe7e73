//! Calls that wait for a reviewer: hidden from everybody else, decided on, and every look written down.

use api::Reviewers;
use axum::{body::Body, http::header};
use events::{EntityKind, Event, Finding, FindingRule, Stages, Verdict, Verified};
use model::Channel;
use ports::{
    NewEvent,
    testing::{call_ended, call_started, utterance},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, World, ask, request};

const KEYS: [(&str, &str); 2] = [("ann", "key-of-ann"), ("ben", "key-of-ben")];

fn finding(id: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        rule: FindingRule::SecondPass,
        entity: EntityKind::Pin,
        channel: Channel::Customer,
        from_ms: 0,
        to_ms: 10_000,
        utterance: None,
        confidence: 0.5,
        repaired: false,
        reason: "digits in clear".to_owned(),
    }
}

/// A call with two findings, on a server that knows two reviewers.
async fn quarantined() -> World {
    let mut world = World::new();
    let digest = |key: &str| Sha256::digest(key.as_bytes()).into();
    world.state.reviewers = Reviewers::new(KEYS.map(|(name, key)| (name.to_owned(), digest(key))));
    let verified = Verified {
        verdict: Verdict::Quarantined,
        findings: vec![finding("words-1"), finding("words-2")],
        report: None,
    };
    let verified = NewEvent { stages: Stages::default(), event: Event::CallVerified(verified) };
    let said = utterance(Channel::Customer, 0, "the pin is harmless");
    world.append("call-1", vec![call_started(1), said, call_ended(20_000), verified]).await;
    world
}

async fn as_reviewer(world: &World, method: &str, path: &str, key: &str, body: Value) -> Answer {
    let request = request(method, path).header(header::AUTHORIZATION, format!("Bearer {key}"));
    ask(world.router(), request.body(Body::from(body.to_string())).unwrap()).await
}

async fn looks(world: &World) -> Vec<(String, String, String)> {
    let entries = world.state.audit.entries(&world.tenant, 0, 100).await.unwrap();
    entries.into_iter().map(|entry| (entry.by, entry.act, entry.detail)).collect()
}

#[tokio::test]
async fn a_hidden_call_is_on_the_list_without_a_word_of_it() {
    let world = quarantined().await;
    let calls = world.get("/v1/calls").await.json();
    assert_eq!(calls["calls"][0]["quarantined"], true);
    assert_eq!(calls["calls"][0]["last_utterance"], Value::Null);
    for part in ["transcript", "events", "export?format=txt", "export?format=ndjson", "recording", "waveform"]
    {
        let answer = world.get(&format!("/v1/calls/call-1/{part}")).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (403, &json!("quarantined")), "{part}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("harmless"), "{part}");
    }
}

#[tokio::test]
async fn nobody_but_reviewers_reaches_the_queue() {
    let world = quarantined().await;
    for (method, path) in [
        ("GET", "/v1/review"),
        ("POST", "/v1/calls/call-1/review/words-1"),
        ("POST", "/v1/calls/call-1/review/words-1/look"),
    ] {
        let answer = as_reviewer(&world, method, path, "another-key", json!({"action": "release"})).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (401, &json!("sign_in")), "{path}");
    }
    assert!(looks(&world).await.is_empty());
}

#[tokio::test]
async fn the_queue_hides_what_was_found_and_a_look_is_written_down_before_it_is_shown() {
    let world = quarantined().await;
    let queue = as_reviewer(&world, "GET", "/v1/review", "key-of-ann", Value::Null).await.json();
    assert_eq!((&queue["reviewer"], &queue["more"]), (&json!("ann"), &json!(false)));
    assert_eq!(queue["findings"].as_array().unwrap().len(), 2);
    assert_eq!(queue["findings"][0]["people"], json!({"approve": 1, "mask": 1, "release": 2}));
    assert!(!queue.to_string().contains("harmless"), "{queue}");
    assert!(looks(&world).await.is_empty());
    let path = "/v1/calls/call-1/review/words-1/look";
    let shown = as_reviewer(&world, "POST", path, "key-of-ann", Value::Null).await.json();
    assert!(shown.to_string().contains("harmless"), "{shown}");
    let expected = ("ann".to_owned(), "looked".to_owned(), "words of words-1".to_owned());
    assert_eq!(looks(&world).await, [expected]);
}

#[tokio::test]
async fn every_way_to_read_a_hidden_call_is_written_down() {
    let world = quarantined().await;
    for part in ["transcript", "events", "export?format=txt"] {
        let path = format!("/v1/calls/call-1/{part}");
        assert_eq!(as_reviewer(&world, "GET", &path, "key-of-ben", Value::Null).await.status, 200);
    }
    let details: Vec<String> = looks(&world).await.into_iter().map(|(_, _, detail)| detail).collect();
    assert_eq!(details, ["transcript", "events", "export"]);
}

#[tokio::test]
async fn two_people_release_and_the_last_decision_shows_the_call_again() {
    let world = quarantined().await;
    let decide = async |finding: &str, key: &str| {
        let path = format!("/v1/calls/call-1/review/{finding}");
        as_reviewer(&world, "POST", &path, key, json!({"action": "release"})).await
    };
    let first = decide("words-1", "key-of-ann").await.json();
    assert_eq!(first, json!({"settled": false, "lifted": false, "missing": 1}));
    let again = decide("words-1", "key-of-ann").await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (409, &json!("not_decided")));
    let second = decide("words-1", "key-of-ben").await.json();
    assert_eq!(second, json!({"settled": true, "lifted": false, "missing": 0}));
    decide("words-2", "key-of-ben").await;
    assert_eq!(decide("words-2", "key-of-ann").await.json()["lifted"], true);
    assert!(
        String::from_utf8_lossy(&world.get("/v1/calls/call-1/transcript").await.body).contains("harmless")
    );
    let queue = as_reviewer(&world, "GET", "/v1/review", "key-of-ann", Value::Null).await.json();
    assert_eq!(queue["findings"], json!([]));
    let decided = looks(&world).await.into_iter().filter(|(_, act, _)| act == "decided").count();
    assert_eq!(decided, 4);
}

#[tokio::test]
async fn what_is_approved_is_masked_everywhere() {
    let world = quarantined().await;
    for finding in ["words-1", "words-2"] {
        let path = format!("/v1/calls/call-1/review/{finding}");
        let answer = as_reviewer(&world, "POST", &path, "key-of-ann", json!({"action": "approve"})).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
    let events = world.get("/v1/calls/call-1/export?format=ndjson").await;
    assert!(!String::from_utf8_lossy(&events.body).contains("harmless"));
    assert_eq!(world.get("/v1/calls/call-1/evidence").await.status, 200);
    let cases = as_reviewer(&world, "GET", "/v1/review/cases", "key-of-ann", Value::Null).await;
    let cases = String::from_utf8_lossy(&cases.body).into_owned();
    assert_eq!(cases.lines().count(), 2, "{cases}");
    assert!(cases.contains("\"entity\":\"pin\"") && !cases.contains("harmless"), "{cases}");
    let page = world.get("/v1/calls/call-1/evidence.html").await;
    assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
}

#[tokio::test]
async fn what_is_no_decision_is_refused_with_a_reason() {
    let world = quarantined().await;
    for (finding, body, status, code) in [
        ("words-1", json!({"action": "burn"}), 400, "bad_parameter"),
        ("words-1", json!({"action": "mask"}), 400, "bad_parameter"),
        ("words-1", json!({"action": "mask", "from_ms": 5, "to_ms": 1}), 400, "bad_parameter"),
        ("words-9", json!({"action": "approve"}), 404, "no_such_finding"),
    ] {
        let path = format!("/v1/calls/call-1/review/{finding}");
        let answer = as_reviewer(&world, "POST", &path, "key-of-ann", body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (status, Some(code)));
    }
    assert_eq!(world.get("/v1/calls/call-1/evidence").await.json()["code"], "not_verified");
}

#[tokio::test]
async fn a_key_signs_a_browser_in_and_a_wrong_one_does_not() {
    let world = quarantined().await;
    let answer = world.post("/v1/session", r#"{"key":"key-of-ben"}"#).await;
    let cookie = answer.header(header::SET_COOKIE).to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let request = request("GET", "/v1/review").header(header::COOKIE, pair);
    let queue = ask(world.router(), request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(queue["reviewer"], "ben");
    assert_eq!(world.post("/v1/session", r#"{"key":"guessed"}"#).await.status, 401);
    assert_eq!(world.post("/v1/session", "key").await.status, 400);
}
