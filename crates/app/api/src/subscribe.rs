//! The WebSocket: subscriptions with cursors, each resumed without loss or repeats.
//!
//! A slow browser slows only its own subscriptions: partials are dropped first, and logged events are read
//! from the log again when it catches up. See docs/events.md for the protocol.

mod follow;
mod hidden;

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{
        WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
};
use engine::Topic;
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use metrics::{counter, gauge};
use model::CallId;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
    time,
};
use utoipa::ToSchema;

use self::{follow::Follower, hidden::Hidden};
use crate::{extract::Asked, names, problem::Problem, reviewer::Viewer, state::ApiState};

/// How many subscriptions one socket may hold.
const MAX_SUBSCRIPTIONS: usize = 64;
/// The largest message taken from a client, in bytes.
const MAX_CLIENT_MESSAGE: usize = 8 * 1024;
/// Messages that wait for the socket; when they are many, subscriptions wait, which is the backpressure.
const MAX_OUTGOING: usize = 32;
/// A client that takes no message for this long has gone.
const MAX_SEND: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a subscription follows.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TopicName {
    /// All calls: logged events by `position`.
    Calls,
    /// One call: logged events by `seq`, and partials.
    Call,
}

/// What a client sends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ClientMessage {
    /// Follow a topic from after a cursor.
    Subscribe {
        /// The client's name for it; events carry it.
        id: String,
        topic: TopicName,
        /// The call, for the topic `call`.
        #[schema(value_type = Option<String>)]
        call_id: Option<CallId>,
        /// The last seq or position that the client has; 0 for all.
        #[serde(default)]
        after: u64,
    },
    /// Stop following.
    Unsubscribe { id: String },
}

/// What the server sends. Events come as `{"type":"event","id":…,"event":Envelope}`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerMessage<'a> {
    /// What was in the log has been sent; what follows is live.
    CaughtUp { id: &'a str, cursor: u64 },
    /// A message could not be obeyed, or a subscription is refused; the socket stays open.
    Error {
        id: Option<&'a str>,
        code: &'static str,
        detail: String,
        /// The end of the log, with the code `cursor_ahead`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        cursor: Option<u64>,
    },
    /// A subscription is held up and goes on by itself; its next event or `caught_up` says that it does.
    Warning { id: &'a str, code: &'static str, detail: String },
    /// The server is there.
    Heartbeat { at_ms: i64 },
}

/// Follow calls over a WebSocket: messages are JSON texts, see `ClientMessage`, `ServerMessage`, `Envelope`
#[utoipa::path(get, path = "/v1/subscribe", tag = "calls",
    responses((status = 101, description = "The socket is open"), (status = 503, body = Problem)))]
pub(crate) async fn subscribe(
    Asked(state): Asked,
    viewer: Viewer,
    Extension(sockets): Extension<Sockets>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let place = sockets.take()?;
    Ok(upgrade.max_message_size(MAX_CLIENT_MESSAGE).on_upgrade(move |socket| async move {
        serve(socket, state, viewer).await;
        drop(place);
    }))
}

/// The places for open sockets.
#[derive(Clone, Debug)]
pub(crate) struct Sockets(Arc<Semaphore>);

impl Sockets {
    pub(crate) fn new(max: usize) -> Self {
        Self(Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))))
    }

    pub(crate) fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let place = Arc::clone(&self.0).try_acquire_owned();
        place.map_err(|_| Problem::busy("no more sockets can be open; try again later"))
    }
}

async fn serve(socket: WebSocket, state: ApiState, viewer: Viewer) {
    gauge!(names::SOCKETS).increment(1.0);
    let (sink, mut incoming) = socket.split();
    let (outgoing, queue) = mpsc::channel(MAX_OUTGOING);
    let mut writer = tokio::spawn(write(sink, queue));
    let mut subscriptions = Subscriptions { state, viewer, outgoing, tasks: BTreeMap::new() };
    let mut heartbeat = time::interval(HEARTBEAT);
    loop {
        let step = tokio::select! {
            message = incoming.next() => subscriptions.obey(message).await,
            _ = heartbeat.tick() => {
                let at_ms = subscriptions.state.engine.now().as_millis();
                subscriptions.send(&ServerMessage::Heartbeat { at_ms }).await
            }
            _ = &mut writer => ControlFlow::Break(()),
        };
        if step.is_break() {
            break;
        }
    }
    drop(subscriptions);
    writer.abort();
    gauge!(names::SOCKETS).decrement(1.0);
}

/// Writes what subscriptions send; ends when the client has gone or takes nothing for too long.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Utf8Bytes>) {
    while let Some(text) = queue.recv().await {
        counter!(names::SOCKET_MESSAGES).increment(1);
        match time::timeout(MAX_SEND, sink.send(Message::Text(text))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

/// The subscriptions of one socket; dropping it ends them.
struct Subscriptions {
    state: ApiState,
    viewer: Viewer,
    outgoing: mpsc::Sender<Utf8Bytes>,
    tasks: BTreeMap<String, JoinHandle<()>>,
}

impl Subscriptions {
    async fn obey(&mut self, message: Option<Result<Message, axum::Error>>) -> ControlFlow<()> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return ControlFlow::Continue(()),
            Some(Ok(Message::Binary(_))) => {
                return self.refuse(None, "bad_message", "messages are JSON texts").await;
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return ControlFlow::Break(()),
        };
        let message: ClientMessage = match serde_json::from_str(&text) {
            Ok(message) => message,
            Err(error) => return self.refuse(None, "bad_message", error.to_string()).await,
        };
        let (id, topic, after) = match message {
            ClientMessage::Unsubscribe { id } => {
                self.end(&id);
                return ControlFlow::Continue(());
            }
            ClientMessage::Subscribe { id, topic: TopicName::Calls, call_id: None, after } => {
                (id, Topic::Calls, after)
            }
            ClientMessage::Subscribe { id, topic: TopicName::Call, call_id: Some(call), after } => {
                (id, Topic::Call(call), after)
            }
            ClientMessage::Subscribe { id, .. } => {
                return self
                    .refuse(Some(&id), "bad_message", "the topic call needs a call_id, and calls takes none")
                    .await;
            }
        };
        self.end(&id);
        // Those that were refused have ended by themselves.
        self.tasks.retain(|_, task| !task.is_finished());
        if self.tasks.len() >= MAX_SUBSCRIPTIONS {
            return self.refuse(Some(&id), "too_many_subscriptions", "a socket holds 64 subscriptions").await;
        }
        let hidden = Hidden::from(self.viewer.clone());
        let follower =
            Follower { id: id.clone(), topic, cursor: after, hidden, outgoing: self.outgoing.clone() };
        self.tasks.insert(id, tokio::spawn(follower.run(self.state.clone())));
        ControlFlow::Continue(())
    }

    async fn refuse(
        &self,
        id: Option<&str>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> ControlFlow<()> {
        self.send(&ServerMessage::Error { id, code, detail: detail.into(), cursor: None }).await
    }

    async fn send(&self, message: &ServerMessage<'_>) -> ControlFlow<()> {
        send(&self.outgoing, message).await
    }

    fn end(&mut self, id: &str) {
        if let Some(task) = self.tasks.remove(id) {
            task.abort();
        }
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        for task in self.tasks.values() {
            task.abort();
        }
    }
}

async fn send(outgoing: &mpsc::Sender<Utf8Bytes>, message: &ServerMessage<'_>) -> ControlFlow<()> {
    let json = serde_json::to_string(message).expect("messages are plain data");
    if outgoing.send(json.into()).await.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}
