//! Follows every call over a WebSocket of its own, and counts how late its events are.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::anyhow;
use events::Envelope;
use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use model::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::{failure::Failure, node};

const MAX_LATENCY_US: u64 = 600_000_000;
/// A window is looked at in thirds, to see lateness that grows.
pub(super) const PARTS: usize = 3;

/// How late events came, by when they were due.
#[derive(Clone)]
pub(super) struct Heard {
    window: Option<(Timestamp, Duration)>,
    pub(super) parts: [Histogram<u64>; PARTS],
    /// Calls that gave any words, within the window or not.
    pub(super) calls: BTreeSet<String>,
}

impl Heard {
    pub(super) fn new() -> Result<Self, Failure> {
        let empty = Histogram::new_with_bounds(1, MAX_LATENCY_US, 3).map_err(|e| anyhow!("{e:?}"))?;
        Ok(Self { window: None, parts: [empty.clone(), empty.clone(), empty], calls: BTreeSet::new() })
    }

    /// From now on, what is due within the window counts, however late it comes.
    pub(super) fn measure(&mut self, from: Timestamp, length: Duration) {
        self.window = Some((from, length));
    }

    pub(super) fn take(&mut self, call: &str, due: Timestamp, now: Timestamp) {
        if !self.calls.contains(call) {
            self.calls.insert(call.to_owned());
        }
        let Some((from, length)) = self.window.filter(|(from, _)| due >= *from) else { return };
        let part = due.since(from).as_micros() * PARTS as u128 / length.as_micros().max(1);
        let Some(part) = usize::try_from(part).ok().and_then(|part| self.parts.get_mut(part)) else { return };
        let us = u64::try_from(now.since(due).as_micros()).unwrap_or(MAX_LATENCY_US);
        part.saturating_record(us.max(1));
    }

    /// All parts as one.
    pub(super) fn late(&self) -> Histogram<u64> {
        let [first, rest @ ..] = &self.parts;
        rest.iter().fold(first.clone(), |mut all, part| {
            all += part;
            all
        })
    }
}

/// The followers of a load.
pub(super) struct Followers {
    address: SocketAddr,
    heard: Mutex<Heard>,
    running: Mutex<JoinSet<()>>,
}

impl Followers {
    pub(super) fn new(address: SocketAddr) -> Result<Arc<Self>, Failure> {
        let (heard, running) = (Mutex::new(Heard::new()?), Mutex::default());
        Ok(Arc::new(Self { address, heard, running }))
    }

    pub(super) fn follow(self: &Arc<Self>, call: String) {
        let this = Arc::clone(self);
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.spawn(async move { this.read(call).await });
    }

    pub(super) fn measure(&self, length: Duration) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).measure(node::now(), length);
    }

    /// Ends all of them and says what they heard.
    pub(super) fn close(&self) -> Heard {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads one call's events as a browser does. One whose socket breaks hears no more, which the count shows.
    async fn read(&self, call: String) {
        let url = format!("ws://{}/v1/subscribe", self.address);
        let Ok((mut socket, _)) = tokio_tungstenite::connect_async(url).await else { return };
        let subscribe = json!({"type":"subscribe","id":"1","topic":"call","call_id":call,"after":0});
        if socket.send(Message::text(subscribe.to_string())).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let now = node::now();
            let Ok(Received { event: Some(event) }) = serde_json::from_str(&text) else { continue };
            if let Some(due) = event.stages.captured_us {
                self.heard.lock().unwrap_or_else(PoisonError::into_inner).take(&call, due, now);
            }
        }
    }
}

#[derive(Deserialize)]
struct Received {
    event: Option<Envelope>,
}
