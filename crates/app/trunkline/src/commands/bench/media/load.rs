//! One load: a server in a process of its own, calls in real time, a WebSocket for each.

mod server;

use std::{sync::Arc, time::Duration};

use hdrhistogram::Histogram;
use measure::{Cpu, Facts, Listeners, Traffic, fixed_words, outcome, resident_bytes, shortfalls};
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use self::server::Server;
use crate::failure::Failure;

/// Over how long the calls of a load begin, so that they are at different points of their fragments.
const RAMP: Duration = Duration::from_secs(4);
/// From the last call's start to the measurement.
const SETTLE: Duration = Duration::from_secs(2);
/// After the measurement: how long an event that was due in it may still come, and calls go on.
const TAIL: Duration = Duration::from_secs(2);

pub(super) const HEAD: &str = "REAL TIME, OVER SOCKETS
                          CPU us per call-s          RAM                LATE, MS
 calls  offered %      all     user   kernel     KiB/call    events      p50      p90      p99    p99.9      max";

/// The load that is wanted.
pub(super) struct Wanted {
    pub(super) calls: usize,
    pub(super) length: Duration,
    pub(super) recognise: bool,
}

impl Wanted {
    /// The events that are due in the window; with real words, as many as something is said.
    fn events(&self) -> Option<f64> {
        (!self.recognise).then(|| fixed_words(self.length, self.calls))
    }
}

/// What a load came to.
pub(super) struct Load {
    calls: usize,
    recognise: bool,
    offered: f64,
    cpu: Cpu,
    call_seconds: f64,
    bytes_per_call: u64,
    late: Histogram<u64>,
    shortfalls: Vec<String>,
}

/// Runs one load.
pub(super) async fn run(wanted: &Wanted) -> Result<Load, Failure> {
    let streams =
        kvs_server::Server::bind(kvs_server::Config { default_retention_hours: 1, ..Default::default() });
    let streams = streams.await.map_err(anyhow::Error::from)?.spawn();
    let mut server = Server::start(&streams.endpoint(), wanted.recognise).await?;
    let idle_bytes = resident_bytes(server.pid)?;
    let listeners = Listeners::new(server.address)?;
    let trigger = format!("http://{}/v1/triggers/connect", server.address);
    let each = (RAMP + SETTLE + wanted.length + TAIL, RAMP);
    let traffic = {
        let listeners = Arc::clone(&listeners);
        Traffic::start(&streams.endpoint(), &trigger, wanted.calls, each, move |call| listeners.follow(call))?
    };
    time::sleep(RAMP + SETTLE).await;
    listeners.measure(wanted.length);
    let (before, start) = (Cpu::of(server.pid)?, Instant::now());
    time::sleep(wanted.length).await;
    let cpu = Cpu::of(server.pid)?.since(before);
    let call_seconds = start.elapsed().as_secs_f64() * wanted.calls as f64;
    let bytes_per_call = resident_bytes(server.pid)?.saturating_sub(idle_bytes) / wanted.calls.max(1) as u64;
    time::sleep(TAIL).await;
    let heard = listeners.close();
    let (offered, errors) = outcome(&traffic.ended().await?, wanted.calls);
    server.stop().await;
    streams.shutdown().await;
    Ok(Load {
        calls: wanted.calls,
        recognise: wanted.recognise,
        offered,
        cpu,
        call_seconds,
        bytes_per_call,
        late: heard.late(),
        shortfalls: shortfalls(&Facts {
            calls: wanted.calls,
            offered,
            errors,
            expected: wanted.events(),
            heard: &heard,
        }),
    })
}

impl Load {
    /// Whether all of it was offered and carried.
    pub(super) fn is_whole(&self) -> bool {
        self.shortfalls.is_empty()
    }

    pub(super) fn text(&self) -> String {
        let (ms, us) = (|q| self.late_ms(q), |time: Duration| self.us(time));
        let mut text = format!(
            "{:>6} {:>10.1} {:>8.0} {:>8.0} {:>8.0} {:>12} {:>9} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1}",
            self.calls,
            self.offered * 100.0,
            us(self.cpu.total()),
            us(self.cpu.user),
            us(self.cpu.kernel),
            self.bytes_per_call / 1_024,
            self.late.len(),
            ms(0.5),
            ms(0.9),
            ms(0.99),
            ms(0.999),
            ms(1.0),
        );
        if let Some(factor) = self.real_time_factor() {
            text += &format!(
                "\n       a CPU second recognises {:.1} call-seconds (real-time factor {factor:.3})",
                1.0 / factor
            );
        }
        if !self.is_whole() {
            text += &format!("\n       NOT CARRIED IN FULL: {}", self.shortfalls.join("; "));
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let (ms, us) = (|q| self.late_ms(q), |time: Duration| self.us(time));
        json!({
            "calls": self.calls, "offered": self.offered, "whole": self.is_whole(), "shortfalls": self.shortfalls,
            "cpu_us_per_call_second": us(self.cpu.total()), "user_us": us(self.cpu.user), "kernel_us": us(self.cpu.kernel),
            "bytes_per_call": self.bytes_per_call, "events": self.late.len(),
            "late_ms": {"p50": ms(0.5), "p90": ms(0.9), "p99": ms(0.99), "p999": ms(0.999), "max": ms(1.0)},
            "real_time_factor": self.real_time_factor(),
        })
    }

    /// CPU time by call time with recognition. A load that was not carried was not recognised in full either.
    fn real_time_factor(&self) -> Option<f64> {
        let factor = self.cpu.total().as_secs_f64() / self.call_seconds;
        (self.recognise && self.is_whole() && factor > 0.0).then_some(factor)
    }

    fn late_ms(&self, quantile: f64) -> f64 {
        self.late.value_at_quantile(quantile) as f64 / 1e3
    }

    fn us(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.call_seconds
    }
}
