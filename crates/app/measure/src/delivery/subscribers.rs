//! Many subscribers in one process, which counts what they read.

use std::{
    io::BufRead,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::feed::Feed;
use crate::clock::now;

/// Small: there are thousands of them.
const BUFFER_BYTES: usize = 4 << 10;
/// What the system keeps for one that never reads.
const SLOW_RECEIVE_BYTES: u32 = 4 << 10;
/// Connections that are made at once.
const MAX_CONNECTING: usize = 64;
/// The longest lateness that is told apart, in microseconds.
const MAX_LATE_US: u64 = 120_000_000;
/// Counts that are kept apart, so that readers do not wait for each other.
const SHARDS: usize = 16;

/// What subscribers follow.
#[derive(Clone, Debug)]
pub struct SubscriberOptions {
    /// The server, as in `http://127.0.0.1:8080`.
    pub url: String,
    /// How many.
    pub count: usize,
    /// How many calls they follow, in turn.
    pub calls: usize,
    /// How many of them read nothing once they follow.
    pub never_read: usize,
}

impl SubscriberOptions {
    pub(super) fn arguments(&self) -> [String; 8] {
        let text = |name: &str| name.to_owned();
        [
            text("--url"),
            self.url.clone(),
            text("--count"),
            self.count.to_string(),
            text("--calls"),
            self.calls.to_string(),
            text("--never-read"),
            self.never_read.to_string(),
        ]
    }
}

/// What was read in a while.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct HeardInWindow {
    pub(super) messages: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// What all of them count.
struct Tally {
    counts: Vec<Mutex<Histogram<u64>>>,
    is_open: AtomicBool,
    /// Connections that broke.
    lost: AtomicUsize,
}

impl Tally {
    fn new() -> anyhow::Result<Self> {
        let shard = || Histogram::new_with_max(MAX_LATE_US, 3).map(Mutex::new);
        let counts: Result<Vec<_>, _> = (0..SHARDS).map(|_| shard()).collect();
        let counts = counts.context("a histogram cannot be made")?;
        Ok(Self { counts, is_open: AtomicBool::new(false), lost: AtomicUsize::new(0) })
    }

    fn count(&self, reader: usize, due: Timestamp) {
        if !self.is_open.load(Ordering::Relaxed) {
            return;
        }
        let late = u64::try_from(now().as_micros().saturating_sub(due.as_micros())).unwrap_or_default();
        if let Some(shard) = self.counts.get(reader % SHARDS) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).saturating_record(late);
        }
    }

    async fn window(&self, length: Duration) -> anyhow::Result<HeardInWindow> {
        for shard in &self.counts {
            shard.lock().unwrap_or_else(PoisonError::into_inner).reset();
        }
        self.is_open.store(true, Ordering::Relaxed);
        time::sleep(length).await;
        self.is_open.store(false, Ordering::Relaxed);
        let lost = self.lost.load(Ordering::Relaxed);
        anyhow::ensure!(lost == 0, "{lost} connections broke");
        let mut all = Histogram::<u64>::new_with_max(MAX_LATE_US, 3).context("a histogram cannot be made")?;
        for shard in &self.counts {
            all.add(&*shard.lock().unwrap_or_else(PoisonError::into_inner)).context("counts do not fit")?;
        }
        let ms = |quantile: f64| all.value_at_quantile(quantile) as f64 / 1_000.0;
        Ok(HeardInWindow { messages: all.len(), p50_ms: ms(0.5), p99_ms: ms(0.99) })
    }
}

/// Follows, says `ready`, and answers each `measure SECONDS` on the input with what was read meanwhile. Ends with the
/// input.
///
/// # Errors
/// When a subscriber cannot connect, or is not told that it follows.
pub async fn subscribers(options: SubscriberOptions, mut say: impl FnMut(&str)) -> anyhow::Result<()> {
    super::room_for_sockets(options.count)?;
    let address = options.url.trim_start_matches("http://").trim_end_matches('/');
    let address: SocketAddr = address.parse().context("--url is no http://ADDRESS:PORT")?;
    let tally = Arc::new(Tally::new()?);
    let mut readers = connect(&options, address, &tally).await?;
    say("ready");
    let mut lines = input();
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            Some(ended) = readers.join_next() => {
                ended.context("a subscriber failed")?;
                continue;
            }
        };
        let Some(line) = line else { return Ok(()) };
        let seconds = line.strip_prefix("measure ").and_then(|seconds| seconds.trim().parse().ok());
        let seconds: f64 = seconds.context("the input is not `measure SECONDS`")?;
        let heard = tally.window(Duration::from_secs_f64(seconds)).await?;
        say(&serde_json::to_string(&heard).context("what was heard")?);
    }
}

/// Lines of the input, until it ends.
fn input() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

type Socket = WebSocketStream<TcpStream>;

async fn connect(
    options: &SubscriberOptions,
    address: SocketAddr,
    tally: &Arc<Tally>,
) -> anyhow::Result<JoinSet<()>> {
    let places = Arc::new(Semaphore::new(MAX_CONNECTING));
    let mut opening = JoinSet::new();
    for n in 0..options.count {
        let place = Arc::clone(&places).acquire_owned().await.context("a place to connect")?;
        let (call, is_slow) = (Feed::call(n % options.calls.max(1)), n < options.never_read);
        opening.spawn(async move {
            let socket = open(address, &call, is_slow).await;
            drop(place);
            socket.map(|socket| (n, is_slow, socket))
        });
    }
    let mut readers = JoinSet::new();
    while let Some(opened) = opening.join_next().await {
        let (n, is_slow, socket) = opened.context("a subscriber failed")??;
        let tally = Arc::clone(tally);
        readers.spawn(async move {
            if is_slow {
                // It stays, and takes nothing.
                std::future::pending::<()>().await;
                drop(socket);
            } else {
                read(socket, n, &tally).await;
                tally.lost.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    Ok(readers)
}

/// Connects, and waits until the server says that it follows.
async fn open(address: SocketAddr, call: &str, is_slow: bool) -> anyhow::Result<Socket> {
    let tcp =
        if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.context("a socket")?;
    if is_slow {
        tcp.set_recv_buffer_size(SLOW_RECEIVE_BYTES).context("a small buffer")?;
    }
    let tcp = tcp.connect(address).await.context("a subscriber cannot connect")?;
    let limits = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    let url = format!("ws://{address}/v1/subscribe");
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(url, tcp, Some(limits))
        .await
        .context("a subscriber is refused")?;
    let subscribe = json!({"type": "subscribe", "id": "1", "topic": "call", "call_id": call, "after": 0});
    socket.send(Message::text(subscribe.to_string())).await.context("a subscriber is cut off")?;
    while let Some(message) = socket.next().await {
        let message = message.context("a subscriber is cut off")?;
        if message.to_text().is_ok_and(|text| text.contains("\"caught_up\"")) {
            return Ok(socket);
        }
    }
    anyhow::bail!("a subscriber is cut off before it follows")
}

async fn read(mut socket: Socket, reader: usize, tally: &Tally) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let Ok(Received { event: Some(event) }) = serde_json::from_str(&text) else { continue };
        if let Some(due) = event.stages.captured_us {
            tally.count(reader, due);
        }
    }
}

#[derive(Deserialize)]
struct Received {
    event: Option<Event>,
}

/// What is looked at of an event.
#[derive(Deserialize)]
struct Event {
    stages: Stages,
}

#[derive(Deserialize)]
struct Stages {
    captured_us: Option<Timestamp>,
}
