//! One load: a server in a process of its own, calls in real time, a WebSocket for each.

use std::{
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, anyhow};
use events::Envelope;
use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use lab::{Batch, Call, CallReport, Media, NoticeUrls, OnProgress, Progress, Target};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time::{self, Instant},
};
use tokio_tungstenite::tungstenite::Message;

use super::process::{Cpu, resident_bytes};
use crate::{embedded, failure::Failure};

/// Over how long the calls of a load begin, so that they are at different points of their fragments.
const RAMP: Duration = Duration::from_secs(4);
/// How long a server may take to start.
const MAX_START: Duration = Duration::from_secs(60);
/// A load counts as offered when this share of the fragments went out.
const WHOLE: f64 = 0.995;
const MAX_LATENCY_US: u64 = 600_000_000;

pub(super) const HEAD: &str = "REAL TIME, OVER SOCKETS\n calls  offered %   us CPU/call-s  (user, kernel)    KiB/call    \
    events     late: p50 ms   p90 ms   p99 ms  p99.9 ms    max ms";

/// The load that is wanted.
pub(super) struct Wanted {
    pub(super) calls: usize,
    pub(super) length: Duration,
    pub(super) recognise: bool,
}

/// What a load came to.
pub(super) struct Load {
    calls: usize,
    offered: f64,
    cpu: Cpu,
    call_seconds: f64,
    bytes_per_call: u64,
    late: Histogram<u64>,
    errors: usize,
}

/// Runs one load.
pub(super) async fn run(wanted: &Wanted) -> Result<Load, Failure> {
    let streams =
        kvs_server::Server::bind(kvs_server::Config { default_retention_hours: 1, ..Default::default() });
    let streams = streams.await.map_err(anyhow::Error::from)?.spawn();
    let mut server = Server::start(&streams.endpoint(), wanted.recognise).await?;
    let idle_bytes = resident_bytes(server.pid)?;
    let late =
        Arc::new(Mutex::new(Histogram::new_with_bounds(1, MAX_LATENCY_US, 3).map_err(|e| anyhow!("{e:?}"))?));
    let followers = Arc::new(Mutex::new(JoinSet::new()));
    let measuring = Arc::new(AtomicU64::new(0));
    let progress: OnProgress = {
        let (late, followers, measuring) =
            (Arc::clone(&late), Arc::clone(&followers), Arc::clone(&measuring));
        let address = server.address;
        Arc::new(move |progress| {
            if let Progress::Triggered { call_id, .. } = progress {
                let follow = follow(address, call_id, Arc::clone(&late), Arc::clone(&measuring));
                followers.lock().unwrap_or_else(PoisonError::into_inner).spawn(follow);
            }
        })
    };
    let mut target = Target::new(streams.endpoint().parse().map_err(anyhow::Error::from)?);
    let trigger = format!("http://{}/v1/triggers/connect", server.address);
    target.notices = Some(NoticeUrls::from_trigger(trigger.parse().map_err(anyhow::Error::from)?));
    let batch = Batch {
        count: wanted.calls,
        stagger: RAMP / u32::try_from(wanted.calls).unwrap_or(1).max(1),
        ..Batch::new(vec![Media::Audio(speech(wanted)?)])
    };
    let placing = tokio::spawn(batch.run(Arc::new(target), progress));
    time::sleep(RAMP + Duration::from_secs(2)).await;
    measuring.store(1, Ordering::Relaxed);
    let (before, start) = (Cpu::of(server.pid)?, Instant::now());
    time::sleep(wanted.length).await;
    let cpu = Cpu::of(server.pid)?.since(before);
    let call_seconds = start.elapsed().as_secs_f64() * wanted.calls as f64;
    let bytes = resident_bytes(server.pid)?;
    measuring.store(0, Ordering::Relaxed);
    let placed = placing.await.map_err(anyhow::Error::from)?;
    server.stop().await;
    streams.shutdown().await;
    followers.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    let reports: Vec<&CallReport> = placed.iter().flatten().collect();
    let late = late.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Load {
        calls: wanted.calls,
        offered: offered(&reports, wanted.calls),
        cpu,
        call_seconds,
        bytes_per_call: bytes.saturating_sub(idle_bytes) / wanted.calls.max(1) as u64,
        late,
        errors: placed.len() - reports.len()
            + reports.iter().map(|report| report.errors.len()).sum::<usize>(),
    })
}

/// The share of the audio that went out.
fn offered(reports: &[&CallReport], calls: usize) -> f64 {
    let acknowledged: u64 = reports.iter().map(|report| report.acks.received.min(report.fragments)).sum();
    let sent: u64 = reports.iter().map(|report| report.fragments).sum();
    let of_all = reports.len() as f64 / calls.max(1) as f64;
    if sent == 0 { 0.0 } else { of_all * acknowledged as f64 / sent as f64 }
}

/// A call as long as the load: a sample's speech, over and over.
fn speech(wanted: &Wanted) -> Result<Call, Failure> {
    let sample = lab::samples::all().context("the sample calls cannot be read")?.remove(0);
    let length = (RAMP + Duration::from_secs(4) + wanted.length).as_secs() * u64::from(call::SAMPLE_RATE_HZ);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let over = |channel: &[i16]| channel.iter().copied().cycle().take(length).collect::<Vec<_>>();
    Ok(Call::new("bench", over(&sample.customer), over(&sample.to_customer)))
}

#[derive(Deserialize)]
struct Received {
    event: Option<Envelope>,
}

/// Reads one call's events as a browser does, and counts how late each is.
async fn follow(
    address: SocketAddr,
    call: String,
    late: Arc<Mutex<Histogram<u64>>>,
    measuring: Arc<AtomicU64>,
) {
    let Ok((mut socket, _)) = tokio_tungstenite::connect_async(format!("ws://{address}/v1/subscribe")).await
    else {
        return;
    };
    let subscribe = json!({"type":"subscribe","id":"1","topic":"call","call_id":call,"after":0});
    if socket.send(Message::text(subscribe.to_string())).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let now = embedded::now();
        let Ok(Received { event: Some(event) }) = serde_json::from_str(&text) else { continue };
        if let Some(due) = event.stages.captured_us.filter(|_| measuring.load(Ordering::Relaxed) == 1) {
            let us = u64::try_from(now.since(due).as_micros()).unwrap_or(MAX_LATENCY_US);
            late.lock().unwrap_or_else(PoisonError::into_inner).saturating_record(us.max(1));
        }
    }
}

/// The server under test.
struct Server {
    child: Child,
    pid: u32,
    address: SocketAddr,
    _data: tempfile::TempDir,
}

impl Server {
    async fn start(streams: &str, recognise: bool) -> Result<Self, Failure> {
        let data = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--kvs-endpoint", streams, "--data"])
            .arg(data.path());
        if !recognise {
            command.arg("--synthetic-recognition");
        }
        command.env("TRUNKLINE_LOG__LEVEL", "error").env("TRUNKLINE_ENGINE__MAX_CALLS", "20000");
        let mut child =
            command.stdout(Stdio::piped()).kill_on_drop(true).spawn().context("the server does not start")?;
        let pid = child.id().ok_or_else(|| anyhow!("the server ended at once"))?;
        let output = child.stdout.take().ok_or_else(|| anyhow!("the server has no output"))?;
        let address =
            time::timeout(MAX_START, address(output)).await.context("the server does not start")??;
        Ok(Self { child, pid, address, _data: data })
    }

    async fn stop(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "the server had ended");
        }
    }
}

/// The address that the server prints.
async fn address(output: tokio::process::ChildStdout) -> Result<SocketAddr, Failure> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.context("the server's output cannot be read")? {
        if let Some(url) = line.strip_prefix("console") {
            let address = url.trim().trim_start_matches("http://").parse();
            // The rest is read, so that the server never waits for us to read it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address.context("the server's address cannot be read")?);
        }
    }
    Err(anyhow!("the server ended at once").into())
}

impl Load {
    /// Whether all of it was offered and carried.
    pub(super) fn is_whole(&self) -> bool {
        self.offered >= WHOLE && self.errors == 0 && !self.late.is_empty()
    }

    pub(super) fn text(&self) -> String {
        let ms = |q| self.late.value_at_quantile(q) as f64 / 1e3;
        let us = |time: Duration| time.as_secs_f64() * 1e6 / self.call_seconds;
        let verdict = if self.is_whole() { "" } else { "   NOT CARRIED IN FULL" };
        format!(
            "{:>6} {:>10.1} {:>15.0} {:>18} {:>11} {:>9} {:>16.1} {:>8.1} {:>8.1} {:>9.1} {:>9.1}{verdict}",
            self.calls,
            self.offered * 100.0,
            us(self.cpu.total()),
            format!("({:.0}, {:.0})", us(self.cpu.user), us(self.cpu.kernel)),
            self.bytes_per_call / 1_024,
            self.late.len(),
            ms(0.5),
            ms(0.9),
            ms(0.99),
            ms(0.999),
            self.late.max() as f64 / 1e3,
        )
    }

    pub(super) fn json(&self) -> Value {
        let ms = |q| self.late.value_at_quantile(q) as f64 / 1e3;
        let us = |time: Duration| time.as_secs_f64() * 1e6 / self.call_seconds;
        json!({
            "calls": self.calls, "offered": self.offered, "whole": self.is_whole(), "errors": self.errors,
            "cpu_us_per_call_second": us(self.cpu.total()), "user_us": us(self.cpu.user), "kernel_us": us(self.cpu.kernel),
            "bytes_per_call": self.bytes_per_call, "events": self.late.len(),
            "late_ms": {"p50": ms(0.5), "p90": ms(0.9), "p99": ms(0.99), "p999": ms(0.999), "max": self.late.max() as f64 / 1e3},
        })
    }
}
