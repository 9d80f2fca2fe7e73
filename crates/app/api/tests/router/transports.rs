//! The same messages over every transport.

use std::time::Duration;

use access::{Access, AccessParts, ApiKey, Principal, Role};
use api::{Entry, RouterOptions};
use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use bytes::Bytes;
use events::{Envelope, Event, Stages, TranscriptUtterance};
use http_body_util::BodyExt;
use model::Channel;
use ports::{
    EventLog, NewEvent,
    testing::{call_ended, call_started, ids, utterance},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    access::controlled,
    sockets::{Server, hear, say},
    support::{Answer, NOW, World, ask, request},
};

async fn spoken() -> World {
    let world = World::new();
    let words = ["hello", "I want to cancel", "my contract"];
    let mut events = vec![call_started(1_000)];
    events.extend((0..).zip(words).map(|(n, text)| utterance(Channel::Customer, n * 1_000, text)));
    world.append("call-1", events).await;
    world
}

fn one_call(after: u64) -> Value {
    json!({"type": "subscribe", "id": "a", "topic": "call", "call_id": "call-1", "after": after})
}

async fn polled(world: &World, subscriptions: Value, wait_ms: u64) -> Answer {
    world
        .post("/v1/subscribe/poll", json!({"subscriptions": subscriptions, "wait_ms": wait_ms}).to_string())
        .await
}

async fn messages(world: &World, subscription: Value, wait_ms: u64) -> Vec<Value> {
    let answer = polled(world, json!([subscription]), wait_ms).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["messages"].as_array().unwrap().clone()
}

/// A stream of events, read as it comes.
struct Stream {
    body: Body,
    rest: String,
}

impl Stream {
    async fn open(router: Router, asked: Request<Body>) -> Self {
        let answer = router.oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut stream = Self { body: answer.into_body(), rest: String::new() };
        assert_eq!(stream.block().await.unwrap(), "retry: 2000");
        stream
    }

    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                return Some(block);
            }
            let frame: Bytes = self.body.frame().await?.unwrap().into_data().unwrap();
            self.rest.push_str(std::str::from_utf8(&frame).unwrap());
        }
    }

    /// The next message but for heartbeats, and its id.
    async fn next(&mut self) -> Option<(Option<u64>, Value)> {
        loop {
            let block = self.block().await?;
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
            let message: Value = serde_json::from_str(&field("data: ").unwrap()).unwrap();
            if message["type"] != "heartbeat" {
                return Some((field("id: ").map(|id| id.parse().unwrap()), message));
            }
        }
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn streamed(subscriptions: &[Value]) -> axum::http::request::Builder {
    let query: Vec<String> =
        subscriptions.iter().map(|one| format!("subscribe={}", escaped(&one.to_string()))).collect();
    request("GET", &format!("/v1/subscribe/events?{}", query.join("&")))
}

fn partial(start_ms: u64, revision: u32, text: &str) -> TranscriptUtterance {
    let NewEvent { event: Event::UtteranceCompleted(said), .. } =
        utterance(Channel::Customer, start_ms, text)
    else {
        panic!("an utterance is one");
    };
    TranscriptUtterance { revision, ..said }
}

fn say_partly(world: &World, said: TranscriptUtterance) {
    let (tenant, call_id) = ids("acme", "call-1");
    let event = Event::UtteranceUpdated(said);
    let envelope = Envelope { v: 1, tenant, call_id, seq: 0, position: 0, stages: Stages::default(), event };
    world.state.engine.publish(envelope);
}

#[tokio::test]
async fn every_transport_carries_the_very_same_messages() {
    let world = spoken().await;
    say_partly(&world, partial(9_000, 3, "and my"));
    let subscription =
        json!({"type": "subscribe", "id": "a", "topic": "call", "call_id": "call-1", "snapshot": true});
    let polled = messages(&world, subscription.clone(), 0).await;
    let server = Server::start(world.router()).await;
    let mut socket = server.open().await.unwrap();
    say(&mut socket, subscription.clone()).await;
    let asked = streamed(std::slice::from_ref(&subscription)).body(Body::empty()).unwrap();
    let mut stream = Stream::open(world.router(), asked).await;
    for (n, message) in polled.iter().enumerate() {
        assert_eq!(hear(&mut socket).await, *message);
        let (id, streamed) = stream.next().await.unwrap();
        assert_eq!(streamed, *message);
        assert_eq!(id, [Some(4), Some(4), None][n], "a partial has no place");
    }
    let kinds: Vec<&str> = polled.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["snapshot", "caught_up", "event"]);
}

#[tokio::test]
async fn a_snapshot_and_what_follows_it_are_the_whole_call_once() {
    let world = spoken().await;
    let subscription = json!({"id": "a", "topic": "call", "call_id": "call-1", "snapshot": true});
    let first = messages(&world, subscription, 0).await;
    let snapshot = &first[0];
    assert_eq!((&snapshot["type"], &snapshot["cursor"]), (&json!("snapshot"), &json!(4)));
    assert_eq!(snapshot["data"]["transcript"]["utterances"].as_array().unwrap().len(), 3);
    assert_eq!(snapshot["data"]["call"]["call_id"], "call-1");
    assert_eq!(snapshot["data"]["guidance"]["hints"], json!([]));
    let fetched = world.get("/v1/calls/call-1/snapshot").await.json();
    assert_eq!((&fetched["cursor"], &fetched["transcript"]), (&json!(4), &snapshot["data"]["transcript"]));
    world.append("call-1", vec![call_ended(9_000)]).await;
    let next = messages(&world, one_call(4), 0).await;
    assert_eq!(next[0]["event"]["type"], "call_ended");
    let calls = messages(&world, json!({"id": "c", "topic": "calls", "snapshot": true}), 0).await;
    assert_eq!((&calls[0]["cursor"], &calls[0]["data"]), (&json!(5), &json!({"calls": []})));
    // A call that has no event yet is followed from its first.
    let unknown = json!({"id": "u", "topic": "call", "call_id": "call-9", "snapshot": true});
    assert_eq!(messages(&world, unknown, 0).await[0], json!({"type": "caught_up", "id": "u", "cursor": 0}));
    world.get("/v1/calls/call-9/snapshot").await.assert_problem(404, "no_such_call");
}

#[tokio::test]
async fn a_poll_gives_what_there_is_and_waits_for_what_is_not() {
    let world = spoken().await;
    let all = messages(&world, one_call(0), 20_000).await;
    let seqs: Vec<&Value> = all.iter().map(|message| &message["event"]["seq"]).collect();
    assert_eq!(seqs, [&json!(1), &json!(2), &json!(3), &json!(4), &Value::Null]);
    assert_eq!(all[4], json!({"type": "caught_up", "id": "a", "cursor": 4}));
    let nothing = messages(&world, one_call(4), 0).await;
    assert_eq!(nothing[0]["type"], "caught_up");
    assert_eq!(nothing[1], json!({"type": "heartbeat", "at_ms": NOW.as_millis()}));
    let (waiting, ()) = tokio::join!(messages(&world, one_call(4), 25_000), async {
        let (tenant, call) = ids("acme", "call-1");
        world.append("call-1", vec![call_ended(9_000)]).await;
        let appended = world.log.read_call(&tenant, &call, 4, 1).await.unwrap().remove(0);
        world.state.engine.publish(appended);
    });
    let ended = waiting.iter().find(|message| message["type"] == "event").unwrap();
    assert_eq!(ended["event"]["seq"], 5);
}

#[tokio::test]
async fn a_poll_gives_words_in_the_making_once_in_each_revision() {
    let world = spoken().await;
    say_partly(&world, partial(9_000, 3, "and my"));
    let seen = |revision: u32| {
        let mut subscription = one_call(4);
        if revision > 0 {
            subscription["seen"] = json!({"c-9000": revision});
        }
        subscription
    };
    for known in [0, 2] {
        let messages = messages(&world, seen(known), 0).await;
        assert_eq!(messages[1]["event"]["data"]["revision"], 3, "{known}");
    }
    let messages = messages(&world, seen(3), 0).await;
    assert_eq!(messages[1]["type"], "heartbeat", "nothing new");
}

#[tokio::test]
async fn only_events_of_the_types_that_are_wanted_come_and_cursors_are_as_ever() {
    let world = spoken().await;
    world.append("call-1", vec![call_ended(9_000)]).await;
    let mut subscription = one_call(0);
    subscription["types"] = json!(["call_started", "call_ended"]);
    let some = messages(&world, subscription.clone(), 0).await;
    assert_eq!(
        some.iter().map(|one| &one["event"]["seq"]).collect::<Vec<_>>(),
        [&json!(1), &json!(5), &Value::Null]
    );
    assert_eq!(some[2]["cursor"], 5);
    subscription["types"] = json!(["call_begun"]);
    assert_eq!(messages(&world, subscription, 0).await[0]["code"], "bad_message");
}

#[tokio::test]
async fn a_long_log_comes_in_answers_of_bounded_size_and_whole() {
    let world = World::new();
    world.append("call-1", vec![call_started(1_000)]).await;
    for n in 0..40 {
        let words = (0..50).map(|m| utterance(Channel::Customer, (n * 50 + m) * 100, "yes")).collect();
        world.append("call-1", words).await;
    }
    let (mut after, mut answers) = (0, 0);
    while after < 2_001 {
        let messages = messages(&world, one_call(after), 0).await;
        assert!(messages.len() <= 1_024);
        for event in messages.iter().filter(|message| message["type"] == "event") {
            after += 1;
            assert_eq!(event["event"]["seq"], after);
        }
        answers += 1;
    }
    assert!(answers > 1);
}

#[tokio::test]
async fn what_cannot_be_polled_or_streamed_is_named() {
    let world = spoken().await;
    let many: Vec<Value> = (0..65).map(|_| one_call(0)).collect();
    for bad in [json!([]), json!(many), json!([{"id": "a"}]), json!("a")] {
        polled(&world, bad, 0).await.assert_problem(400, "bad_request");
    }
    let mut ahead = messages(&world, one_call(9), 20_000).await;
    assert_eq!((&ahead[0]["code"], &ahead[0]["cursor"]), (&json!("cursor_ahead"), &json!(4)));
    ahead = messages(&world, json!({"id": "x", "topic": "call"}), 20_000).await;
    assert_eq!(ahead[0]["code"], "bad_message");
    for bad in ["", "?subscribe=", "?subscribe=%7B%7D"] {
        world.get(&format!("/v1/subscribe/events{bad}")).await.assert_problem(400, "bad_parameter");
    }
    let wrong = streamed(&[one_call(0)]).header("last-event-id", "first").body(Body::empty()).unwrap();
    ask(world.router(), wrong).await.assert_problem(400, "bad_parameter");
    let full = world.router_for(RouterOptions { max_sockets: 0, ..RouterOptions::default() });
    let refused = ask(full, streamed(&[one_call(0)]).body(Body::empty()).unwrap()).await;
    refused.assert_problem(503, "busy");
}

#[tokio::test]
async fn a_stream_that_broke_goes_on_after_its_last_id() {
    let world = spoken().await;
    let subscription = json!({"id": "a", "topic": "call", "call_id": "call-1", "snapshot": true});
    let again = streamed(&[subscription]).header("last-event-id", "2").body(Body::empty()).unwrap();
    let mut stream = Stream::open(world.router(), again).await;
    for seq in 3..=4 {
        let (id, message) = stream.next().await.unwrap();
        assert_eq!((id, &message["event"]["seq"]), (Some(seq), &json!(seq)));
    }
    assert_eq!(stream.next().await.unwrap().1["type"], "caught_up");
    // Of several subscriptions no one cursor says where all are.
    let mut stream = Stream::open(
        world.router(),
        streamed(&[one_call(0), json!({"id": "b", "topic": "calls"})]).body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(stream.next().await.unwrap().0, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_shows_that_the_server_is_there_and_ends_with_the_token() {
    let mut world = spoken().await;
    let who = Principal {
        role: Role::Supervisor,
        expires_at: Some(NOW + Duration::from_secs(40)),
        ..Principal::anybody()
    };
    let access = Access::new(AccessParts {
        keys: vec![ApiKey::new("short", who)],
        issuers: Vec::new(),
        tokens: None,
        token_seconds: 900,
        key_sets: std::sync::Arc::new(NoKeys),
    });
    world.state.entry = Entry::controlled(std::sync::Arc::new(access), None);
    let asked =
        streamed(&[one_call(4)]).header(header::AUTHORIZATION, "Bearer short").body(Body::empty()).unwrap();
    let mut stream = Stream::open(world.router(), asked).await;
    let mut blocks = Vec::new();
    while let Some(block) = stream.block().await {
        let (_, json) = block.split_once("data: ").unwrap();
        let message: Value = serde_json::from_str(json).unwrap();
        blocks.push(message["code"].as_str().or_else(|| message["type"].as_str()).unwrap().to_owned());
    }
    assert_eq!(blocks, ["heartbeat", "caught_up", "heartbeat", "heartbeat", "token_expired"]);
}

/// Nobody's keys.
struct NoKeys;

#[async_trait::async_trait]
impl ports::KeySets for NoKeys {
    async fn fetch(&self, _: &str, _: Option<&str>) -> Result<Vec<u8>, ports::KeySetError> {
        Err(ports::KeySetError::Away("no route".into()))
    }
}

#[tokio::test]
async fn a_socket_says_who_asks_before_it_follows_and_follows_what_is_theirs() {
    let mut world = spoken().await;
    world.state.entry = controlled();
    let server = Server::start(world.router()).await;
    let mut socket = server.open().await.unwrap();
    say(&mut socket, one_call(0)).await;
    assert_eq!(hear(&mut socket).await["code"], "unauthenticated");
    say(&mut socket, json!({"type": "authenticate", "token": "secret of nobody"})).await;
    let refused = hear(&mut socket).await;
    assert_eq!(refused["code"], "unauthenticated");
    assert!(!refused.to_string().contains("secret"));
    say(&mut socket, json!({"type": "authenticate", "token": "key of ann"})).await;
    let known = hear(&mut socket).await;
    assert_eq!(known, json!({"type": "authenticated", "name": "ann", "role": "agent"}));
    say(&mut socket, one_call(0)).await;
    let refused = hear(&mut socket).await;
    assert_eq!((&refused["id"], &refused["code"]), (&json!("a"), &json!("forbidden")));
    // All calls are none of hers, and none of their events come.
    say(&mut socket, json!({"type": "subscribe", "id": "c", "topic": "calls"})).await;
    assert_eq!(hear(&mut socket).await, json!({"type": "caught_up", "id": "c", "cursor": 4}));
    // Who comes as somebody else follows nothing any more.
    say(&mut socket, json!({"type": "authenticate", "token": "key of lead"})).await;
    assert_eq!(hear(&mut socket).await["name"], "lead");
    say(&mut socket, one_call(3)).await;
    assert_eq!(hear(&mut socket).await["event"]["seq"], 4);
    assert_eq!(hear(&mut socket).await["type"], "caught_up");
    say(&mut socket, json!({"type": "authenticate", "token": "key of other"})).await;
    assert_eq!(hear(&mut socket).await["code"], "forbidden", "it is of another tenant");
}
