//! Follows calls over sockets, as browsers do.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use model::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::{task::JoinSet, time};
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};

use crate::clock::now;

/// Small, for there is a socket a call: an event is as a rule below a kilobyte.
const BUFFER_BYTES: usize = 4 << 10;
/// The largest message that is read.
const MAX_MESSAGE_BYTES: usize = 4 << 20;
/// How long a host that does not answer is left alone.
const RETRY: Duration = Duration::from_millis(100);

/// An event that was read.
#[derive(Clone, Debug)]
pub struct Delivered<'a> {
    /// Which host it came from, by its place among those that are followed.
    pub host: usize,
    /// The call.
    pub call: &'a str,
    /// Its place in the call's log, 0 for a partial.
    pub seq: u64,
    /// What happened.
    pub kind: &'a str,
    /// When the last sample that it rests on was spoken, where it rests on any.
    pub due: Option<Timestamp>,
    /// When its host had it logged or handed it out, whichever was later.
    pub said: Option<Timestamp>,
    /// When it was read.
    pub at: Timestamp,
}

/// Takes each event as it is read.
pub type OnDelivered = Arc<dyn Fn(&Delivered<'_>) + Send + Sync>;

/// One WebSocket for each call and host.
pub struct Followers {
    take: OnDelivered,
    running: Mutex<JoinSet<()>>,
}

impl std::fmt::Debug for Followers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Followers")
    }
}

impl Followers {
    /// Nobody yet.
    #[must_use]
    pub fn new(take: OnDelivered) -> Arc<Self> {
        Arc::new(Self { take, running: Mutex::default() })
    }

    /// Follows a call at a host from its first event on, and again when the host does.
    pub fn follow(self: &Arc<Self>, host: usize, address: SocketAddr, call: String) {
        let take = Arc::clone(&self.take);
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.spawn(async move {
            loop {
                read(host, address, &call, &take).await;
                time::sleep(RETRY).await;
            }
        });
    }

    /// Ends all of them.
    pub fn close(&self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

/// Reads one call's events until the socket breaks.
async fn read(host: usize, address: SocketAddr, call: &str, take: &OnDelivered) {
    let url = format!("ws://{address}/v1/subscribe");
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    let opened = tokio_tungstenite::connect_async_with_config(url, Some(limits), true).await;
    let Ok((mut socket, _)) = opened else { return };
    let subscribe = json!({"type":"subscribe","id":"1","topic":"call","call_id":call,"after":0});
    if socket.send(Message::text(subscribe.to_string())).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let at = now();
        let Ok(Received { event: Some(event) }) = serde_json::from_str(&text) else { continue };
        let Event { seq, kind, stages } = event;
        let said = stages.published_us.max(stages.appended_us);
        take(&Delivered { host, call, seq, kind, due: stages.captured_us, said, at });
    }
}

#[derive(Deserialize)]
struct Received<'a> {
    #[serde(borrow)]
    event: Option<Event<'a>>,
}

/// What is looked at of an event; the words are passed over.
#[derive(Deserialize)]
struct Event<'a> {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    stages: Stages,
}

#[derive(Default, Deserialize)]
struct Stages {
    captured_us: Option<Timestamp>,
    appended_us: Option<Timestamp>,
    published_us: Option<Timestamp>,
}
