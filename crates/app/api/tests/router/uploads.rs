//! Uploads over the real router, read by the real engine.

use std::{sync::Arc, time::Duration};

use ::uploads::Uploads;
use api::RouterOptions;
use axum::{
    Router,
    body::Body,
    http::{StatusCode, header},
};
use futures_util::{SinkExt, StreamExt};
use ports::testing::MemoryEventLog;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::support::{Answer, World, ask, request};

/// 100 ms of both channels at 16 kHz.
const PIECE: usize = 6_400;

/// A server that takes uploads and carries their calls.
struct Host {
    world: World,
    router: Router,
}

impl Host {
    fn new() -> Self {
        let uploads = Uploads::new(Arc::new(|| crate::support::NOW));
        let world = World::reading(Arc::new(uploads.clone()));
        world.state.engine.start();
        let options = RouterOptions { uploads: Some(uploads), ..RouterOptions::default() };
        Self { router: world.router_for(options), world }
    }

    async fn ask(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        ask(self.router.clone(), request(method, path).body(body.into()).unwrap()).await
    }

    async fn begin(&self) -> Value {
        let answer = self.ask("POST", "/v1/uploads", new_upload().to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()
    }

    /// The types of the call's events, once it has ended.
    async fn until_ended(&self, call: &Value) -> Vec<String> {
        let log: &MemoryEventLog = &self.world.log;
        let call = model::CallId::new(call.as_str().unwrap()).unwrap();
        loop {
            let events =
                ports::EventLog::read_call(log, &self.world.tenant, &call, 0, 100).await.unwrap_or_default();
            let kinds: Vec<_> = events.iter().map(|one| one.event.type_name().to_owned()).collect();
            if kinds.iter().any(|kind| kind == "call_ended") {
                return kinds;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn new_upload() -> Value {
    json!({"contact_id": "contact-1", "encoding": "pcm16", "sample_rate_hz": 16_000, "agent": "Dana R.",
        "channels": ["customer", "to_customer"]})
}

#[tokio::test]
async fn an_upload_becomes_a_call_that_ends_with_it() {
    let host = Host::new();
    let begun = host.begin().await;
    assert_eq!(begun, host.begin().await, "beginning again gives the same");
    let path = format!("/v1/uploads/{}", begun["upload_id"].as_str().unwrap());
    let mut offset = 0;
    for _ in 0..10 {
        let answer = host.ask("PUT", &format!("{path}?offset={offset}"), vec![0; PIECE]).await;
        offset += PIECE;
        assert_eq!(answer.json(), json!({"offset": offset, "state": "open"}));
    }
    let lost = offset + 10 * PIECE;
    let answer = host.ask("POST", &format!("{path}/gap?offset={lost}"), "").await;
    assert_eq!(answer.json()["offset"], lost);
    host.ask("PUT", &format!("{path}?offset={lost}"), vec![0; PIECE]).await;
    let end = lost + PIECE;
    for _ in 0..2 {
        let answer = host.ask("POST", &format!("{path}/finish?offset={end}"), "").await;
        assert_eq!(answer.json(), json!({"offset": end, "state": "finished"}));
    }
    let kinds = host.until_ended(&begun["call_id"]).await;
    for kind in ["call_started", "agent_connected", "media_gap"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
    host.ask("PUT", &format!("{path}?offset={end}"), vec![0; 4]).await.assert_problem(410, "upload_over");
}

#[tokio::test]
async fn what_cannot_be_taken_says_why_and_where_to_go_on() {
    let host = Host::new();
    let path = format!("/v1/uploads/{}", host.begin().await["upload_id"].as_str().unwrap());
    host.ask("PUT", &format!("{path}?offset=0"), vec![0; PIECE]).await;
    let answer = host.ask("PUT", &format!("{path}?offset=0"), vec![0; PIECE]).await;
    answer.assert_problem(409, "wrong_offset");
    assert_eq!(answer.json()["offset"], PIECE);
    assert_eq!(host.ask("GET", &path, "").await.json(), json!({"offset": PIECE, "state": "open"}));
    for body in [vec![0; 3], vec![0; 64_004]] {
        let answer = host.ask("PUT", &format!("{path}?offset={PIECE}"), body).await;
        answer.assert_problem(400, "bad_audio");
    }
    host.ask("PUT", &format!("{path}?offset=x"), vec![0; 4]).await.assert_problem(400, "bad_parameter");
    let ahead = PIECE + 4 * 16_000 * 3_601;
    host.ask("POST", &format!("{path}/gap?offset={ahead}"), "").await.assert_problem(400, "bad_audio");
}

#[tokio::test]
async fn a_description_that_cannot_be_is_refused() {
    let host = Host::new();
    for (key, value) in [
        ("encoding", json!("opus")),
        ("sample_rate_hz", json!(7_999)),
        ("sample_rate_hz", json!(96_000)),
        ("channels", json!([])),
        ("channels", json!(["customer", "customer"])),
        ("channels", json!(["left"])),
        ("contact_id", json!("a/b")),
        ("contact_id", json!("")),
        ("profile", json!("p".repeat(257))),
        ("colour", json!("red")),
    ] {
        let mut new = new_upload();
        new[key] = value;
        host.ask("POST", "/v1/uploads", new.to_string()).await.assert_problem(400, "bad_audio");
    }
    host.begin().await;
    let mut other = new_upload();
    other["sample_rate_hz"] = json!(8_000);
    host.ask("POST", "/v1/uploads", other.to_string()).await.assert_problem(409, "contact_known");
}

#[tokio::test]
async fn an_upload_that_is_not_here_is_looked_for_elsewhere() {
    let host = Host::new();
    let answer = host.ask("GET", "/v1/uploads/upload-1-pcm16-8000-ct-a", "").await;
    answer.assert_problem(421, "upload_elsewhere");
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
    host.ask("GET", "/v1/uploads/upload-1-opus-8000-ct-a", "").await.assert_problem(404, "no_such_upload");
    World::new().post("/v1/uploads", new_upload().to_string()).await.assert_problem(503, "busy");
}

#[tokio::test]
async fn a_client_that_is_too_far_ahead_waits() {
    let uploads = Uploads::new(Arc::new(|| crate::support::NOW));
    // Its engine reads something else, so that nothing is ever read here.
    let world = World::new();
    let router = world.router_for(RouterOptions { uploads: Some(uploads), ..RouterOptions::default() });
    let to = |method: &str, path: &str, body: Vec<u8>| {
        ask(router.clone(), request(method, path).body(body.into()).unwrap())
    };
    let mut new = new_upload();
    new["contact_id"] = json!("contact-2");
    let begun = to("POST", "/v1/uploads", new.to_string().into()).await.json();
    let path = format!("/v1/uploads/{}", begun["upload_id"].as_str().unwrap());
    // The last fifth of a second is not a whole fragment yet, so that one more is taken.
    for second in 0..31 {
        let answer = to("PUT", &format!("{path}?offset={}", second * 64_000), vec![0; 64_000]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    let answer = to("PUT", &format!("{path}?offset=1984000"), vec![0; 64_000]).await;
    answer.assert_problem(429, "upload_full");
    assert_eq!((answer.header(header::RETRY_AFTER), &answer.json()["offset"]), ("1", &json!(1_984_000)));
}

struct Server {
    address: String,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn a_socket_takes_audio_from_where_the_last_one_ended() {
    let host = Host::new();
    let begun = host.begin().await;
    let server = Server::start(host.router.clone()).await;
    let url = format!("ws://{}/v1/uploads/{}/socket", server.address, begun["upload_id"].as_str().unwrap());
    let (mut socket, _) = connect_async(&url).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "ready", "offset": 0}));
    socket.send(Message::Binary(vec![0; PIECE].into())).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "ack", "offset": PIECE}));
    drop(socket);

    let (mut socket, _) = connect_async(&url).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "ready", "offset": PIECE}));
    let gap = json!({"type": "gap", "offset": 3 * PIECE});
    socket.send(Message::Text(gap.to_string().into())).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "ack", "offset": 3 * PIECE}));
    socket.send(Message::Binary(vec![0; PIECE].into())).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "ack", "offset": 4 * PIECE}));
    socket.send(Message::Binary(vec![0; 3].into())).await.unwrap();
    assert_eq!(next(&mut socket).await["code"], "bad_audio");

    let (mut socket, _) = connect_async(&url).await.unwrap();
    next(&mut socket).await;
    socket.send(Message::Text(json!({"type": "finish"}).to_string().into())).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({"type": "finished", "offset": 4 * PIECE}));
    assert!(host.until_ended(&begun["call_id"]).await.contains(&"media_gap".to_owned()));
}

/// The next text from the server.
async fn next(
    socket: &mut tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>,
) -> Value {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}
