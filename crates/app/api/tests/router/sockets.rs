//! The WebSocket over a real connection.

use api::RouterOptions;
use axum::{
    Router,
    http::{StatusCode, header},
};
use futures_util::{SinkExt, StreamExt};
use model::Channel;
use ports::testing::{call_started, utterance};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::support::World;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A server until it is dropped.
pub(crate) struct Server {
    url: String,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/v1/subscribe", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, task }
    }

    pub(crate) async fn open(&self) -> Result<Socket, Error> {
        connect_async(&self.url).await.map(|(socket, _)| socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next message but for heartbeats.
pub(crate) async fn hear(socket: &mut Socket) -> Value {
    loop {
        let message = socket.next().await.unwrap().unwrap();
        let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        if frame["type"] != "heartbeat" {
            return frame;
        }
    }
}

fn refused_with(opened: Result<Socket, Error>) -> (StatusCode, Value) {
    let Err(Error::Http(answer)) = opened else { panic!("the socket is not refused by an answer") };
    let problem = serde_json::from_slice(answer.body().as_deref().unwrap_or_default()).unwrap_or_default();
    (answer.status(), problem)
}

#[tokio::test]
async fn a_subscription_gives_the_log_after_its_cursor_and_resumes_without_loss_or_repeats() {
    let world = World::new();
    world.append("call-1", vec![call_started(1), utterance(Channel::Customer, 0, "hello")]).await;
    let server = Server::start(world.router()).await;
    let mut socket = server.open().await.unwrap();
    say(&mut socket, json!({"type": "subscribe", "id": "a", "topic": "calls", "after": 0})).await;
    let first = hear(&mut socket).await;
    assert_eq!((&first["id"], &first["event"]["type"]), (&json!("a"), &json!("call_started")));
    let position = first["event"]["position"].clone();
    drop(socket);
    let mut socket = server.open().await.unwrap();
    say(&mut socket, json!({"type": "subscribe", "id": "b", "topic": "calls", "after": position})).await;
    assert_eq!(hear(&mut socket).await["event"]["type"], "utterance_completed");
    assert_eq!(hear(&mut socket).await, json!({"type": "caught_up", "id": "b", "cursor": 2}));
}

#[tokio::test]
async fn what_cannot_be_obeyed_is_refused_and_the_socket_stays_open() {
    let server = Server::start(World::new().router()).await;
    let mut socket = server.open().await.unwrap();
    for message in [
        json!("subscribe"),
        json!({"type": "publish"}),
        json!({"type": "subscribe", "id": "a", "topic": "call"}),
        json!({"type": "subscribe", "id": "a", "topic": "calls", "call_id": "call-1"}),
        json!({"type": "subscribe", "id": "a", "topic": "calls", "after": -1}),
    ] {
        say(&mut socket, message.clone()).await;
        assert_eq!(hear(&mut socket).await["code"], "bad_message", "{message}");
    }
    say(&mut socket, json!({"type": "subscribe", "id": "a", "topic": "calls", "after": 9})).await;
    let refusal = hear(&mut socket).await;
    assert_eq!((&refusal["code"], &refusal["cursor"]), (&json!("cursor_ahead"), &json!(0)));
    say(&mut socket, json!({"type": "subscribe", "id": "b", "topic": "calls"})).await;
    assert_eq!(hear(&mut socket).await, json!({"type": "caught_up", "id": "b", "cursor": 0}));
}

#[tokio::test]
async fn a_socket_holds_so_many_subscriptions_and_no_more() {
    let server = Server::start(World::new().router()).await;
    let mut socket = server.open().await.unwrap();
    for n in 0..64 {
        say(&mut socket, json!({"type": "subscribe", "id": n.to_string(), "topic": "calls"})).await;
        assert_eq!(hear(&mut socket).await["type"], "caught_up");
    }
    let one_more = json!({"type": "subscribe", "id": "more", "topic": "calls"});
    say(&mut socket, one_more.clone()).await;
    assert_eq!(hear(&mut socket).await["code"], "too_many_subscriptions");
    say(&mut socket, json!({"type": "unsubscribe", "id": "7"})).await;
    say(&mut socket, one_more).await;
    assert_eq!(hear(&mut socket).await["type"], "caught_up");
}

#[tokio::test]
async fn more_sockets_than_there_are_places_are_refused_as_busy() {
    let options = RouterOptions { max_sockets: 1, ..RouterOptions::default() };
    let server = Server::start(World::new().router_for(options)).await;
    let mut first = server.open().await.unwrap();
    let (status, problem) = refused_with(server.open().await);
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("busy")), "{problem}");
    first.close(None).await.unwrap();
    while first.next().await.is_some() {}
    // The place is free once the server's side of the first socket has ended.
    while server.open().await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket() {
    let server = Server::start(World::new().router()).await;
    let mut request = server.url.as_str().into_client_request().unwrap();
    request.headers_mut().insert(header::ORIGIN, "http://evil.example".parse().unwrap());
    let (status, problem) = refused_with(connect_async(request).await.map(|(socket, _)| socket));
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("foreign_origin")), "{problem}");
}
