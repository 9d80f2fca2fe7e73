//! One load: a server in a process of its own, calls in real time, a WebSocket for each.

use std::{sync::Arc, time::Duration};

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::{
    peer::Unpacked,
    world::{Server, World},
};
use crate::{
    listeners::Listeners,
    machine::load_average,
    process::{Cpu, Program, resident_bytes},
    traffic::{Traffic, fixed_words, outcome},
    verdict::{Facts, shortfalls},
};

/// Over how long the calls of a load begin, so that they are at different points of their fragments.
const RAMP: Duration = Duration::from_secs(2);
/// From the last call's start to the measurement.
const SETTLE: Duration = Duration::from_secs(2);
/// After the measurement: how long an event that was due in it may still come, and calls go on.
const TAIL: Duration = Duration::from_secs(2);

/// What is measured.
pub(super) enum System {
    Ours,
    Peer(Unpacked),
}

/// Whose load it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemName {
    /// A worker of ours.
    Trunkline,
    /// The lean consumer.
    Node,
}

impl SystemName {
    /// Its name for people and machines.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Trunkline => "trunkline",
            Self::Node => "node",
        }
    }
}

/// What a load came to.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Whose.
    pub system: SystemName,
    /// Calls at once.
    pub calls: usize,
    /// The share of the audio that went out.
    pub offered: f64,
    /// Processor time of the server's process, of how many call-seconds.
    pub cpu: Cpu,
    /// Call-seconds that were measured.
    pub call_seconds: f64,
    /// The share of one processor that the server took.
    pub processor_share: f64,
    /// Resident memory of the process at the end.
    pub resident_bytes: u64,
    /// The same before the first call.
    pub idle_bytes: u64,
    /// From when an event's last sample was due to when a subscriber had read it, in microseconds.
    pub late: Histogram<u64>,
    /// The machine's load average while it ran.
    pub load_average: Option<f64>,
    /// Why it is no measurement; empty when it is.
    pub shortfalls: Vec<String>,
}

impl System {
    fn name(&self) -> SystemName {
        match self {
            Self::Ours => SystemName::Trunkline,
            Self::Peer(_) => SystemName::Node,
        }
    }

    fn program(&self, world: &World, streams: &str, data: &std::path::Path) -> Program {
        match self {
            Self::Ours => world.worker(streams, data),
            Self::Peer(peer) => peer.program(world, streams),
        }
    }
}

/// Runs one load.
pub(super) async fn run(
    world: &World,
    system: &System,
    calls: usize,
    length: Duration,
) -> anyhow::Result<Loaded> {
    let (streams, url) = world.streams().await?;
    let data = world.run_folder()?;
    let program = system.program(world, &url, data.path());
    let mut server = Server::start(&program, world.cores.tested.as_deref()).await?;
    let pid = server.process.pid;
    let idle_bytes = resident_bytes(pid)?;
    let listeners = Listeners::new(server.address)?;
    let each = (RAMP + SETTLE + length + TAIL, RAMP);
    let traffic = {
        let listeners = Arc::clone(&listeners);
        Traffic::start(&url, &server.trigger(), calls, each, move |call| listeners.follow(call))?
    };
    time::sleep(RAMP + SETTLE).await;
    listeners.measure(length);
    let (before, start) = (Cpu::of(pid)?, Instant::now());
    time::sleep(length).await;
    let (cpu, took) = (Cpu::of(pid)?.since(before), start.elapsed());
    let resident_bytes = resident_bytes(pid)?;
    time::sleep(TAIL).await;
    let heard = listeners.close();
    let (offered, errors) = outcome(&traffic.ended().await?, calls);
    server.process.kill().await;
    drop(streams);
    let expected = Some(fixed_words(length, calls));
    Ok(Loaded {
        system: system.name(),
        calls,
        offered,
        cpu,
        call_seconds: took.as_secs_f64() * calls as f64,
        processor_share: cpu.total().as_secs_f64() / took.as_secs_f64(),
        resident_bytes,
        idle_bytes,
        late: heard.late(),
        load_average: load_average(),
        shortfalls: shortfalls(&Facts { calls, offered, errors, expected, heard: &heard }),
    })
}

impl Loaded {
    /// Whether all of it was offered and carried. Only then its numbers are a measurement.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.shortfalls.is_empty()
    }

    /// Processor time of a call's second, in microseconds.
    #[must_use]
    pub fn us_per_call_second(&self) -> f64 {
        self.us(self.cpu.total())
    }

    /// How late events were at this quantile, in milliseconds.
    #[must_use]
    pub fn late_ms(&self, quantile: f64) -> f64 {
        self.late.value_at_quantile(quantile) as f64 / 1e3
    }

    /// Memory above the idle process's, for each call.
    #[must_use]
    pub fn bytes_per_call(&self) -> f64 {
        self.resident_bytes.saturating_sub(self.idle_bytes) as f64 / self.calls.max(1) as f64
    }

    /// The columns of [`line`](Self::line).
    pub const HEAD: &'static str = "                            CPU us per call-second            KiB/call    late, ms: due -> read by a subscriber
system      calls  offered %     all    user  kernel  % of a core  over idle  events     p50     p90     p99   p99.9     max";

    /// One row for people.
    #[must_use]
    pub fn line(&self) -> String {
        let (ms, us) = (|quantile| self.late_ms(quantile), |time| self.us(time));
        let mut text = format!(
            "{:<10} {:>6} {:>10.1} {:>7.0} {:>7.0} {:>7.0} {:>12.1} {:>10.0} {:>7} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1}",
            self.system.text(),
            self.calls,
            self.offered * 100.0,
            us(self.cpu.total()),
            us(self.cpu.user),
            us(self.cpu.kernel),
            self.processor_share * 100.0,
            self.bytes_per_call() / 1_024.0,
            self.late.len(),
            ms(0.5),
            ms(0.9),
            ms(0.99),
            ms(0.999),
            ms(1.0),
        );
        if !self.is_whole() {
            text += &format!("\n           FAILED, no measurement: {}", self.shortfalls.join("; "));
        }
        text
    }

    /// For machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let ms = |quantile| self.late_ms(quantile);
        json!({
            "system": self.system.text(), "calls": self.calls, "offered": self.offered,
            "whole": self.is_whole(), "shortfalls": self.shortfalls,
            "cpu_us_per_call_second": self.us_per_call_second(),
            "user_us": self.us(self.cpu.user), "kernel_us": self.us(self.cpu.kernel),
            "processor_share": self.processor_share,
            "resident_bytes": self.resident_bytes, "idle_bytes": self.idle_bytes,
            "events": self.late.len(), "load_average": self.load_average,
            "late_ms": {"p50": ms(0.5), "p90": ms(0.9), "p99": ms(0.99), "p999": ms(0.999), "max": ms(1.0)},
        })
    }

    fn us(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.call_seconds
    }
}
