//! One load: a server in a process of its own, calls in real time, a WebSocket for each.

mod follow;
mod server;
mod verdict;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use hdrhistogram::Histogram;
use lab::{Batch, Call, CallReport, Media, NoticeUrls, OnProgress, Progress, Quirks, Target};
use model::Channel;
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use self::{
    follow::{Followers, Heard},
    server::Server,
    verdict::Facts,
};
use super::process::{Cpu, resident_bytes};
use crate::failure::Failure;

/// Over how long the calls of a load begin, so that they are at different points of their fragments.
const RAMP: Duration = Duration::from_secs(4);
/// From the last call's start to the measurement.
const SETTLE: Duration = Duration::from_secs(2);
/// After the measurement: how long an event that was due in it may still come, and calls go on.
const TAIL: Duration = Duration::from_secs(2);
/// At how many points of the sample calls may begin: recognition would otherwise have the same work for all at once.
const MAX_VARIANTS: usize = 8;

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
    /// The events that are due in the window. Fixed words come with every fragment of each channel; real ones when
    /// something is said.
    fn events(&self) -> Option<f64> {
        let quirks = Quirks::plain();
        let samples = (quirks.blocks_per_fragment * quirks.block_samples) as f64;
        let fragments = self.length.as_secs_f64() * f64::from(call::SAMPLE_RATE_HZ) / samples;
        (!self.recognise).then_some(fragments * (Channel::ALL.len() * self.calls) as f64)
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
    let followers = Followers::new(server.address)?;
    let progress: OnProgress = {
        let followers = Arc::clone(&followers);
        Arc::new(move |progress| {
            if let Progress::Triggered { call_id, .. } = progress {
                followers.follow(call_id);
            }
        })
    };
    let mut target = Target::new(streams.endpoint().parse().map_err(anyhow::Error::from)?);
    let trigger = format!("http://{}/v1/triggers/connect", server.address);
    target.notices = Some(NoticeUrls::from_trigger(trigger.parse().map_err(anyhow::Error::from)?));
    let placing = tokio::spawn(batch(wanted)?.run(Arc::new(target), progress));
    time::sleep(RAMP + SETTLE).await;
    followers.measure(wanted.length);
    let (before, start) = (Cpu::of(server.pid)?, Instant::now());
    time::sleep(wanted.length).await;
    let cpu = Cpu::of(server.pid)?.since(before);
    let call_seconds = start.elapsed().as_secs_f64() * wanted.calls as f64;
    let bytes_per_call = resident_bytes(server.pid)?.saturating_sub(idle_bytes) / wanted.calls.max(1) as u64;
    time::sleep(TAIL).await;
    let heard = followers.close();
    let placed = placing.await.map_err(anyhow::Error::from)?;
    server.stop().await;
    streams.shutdown().await;
    let reports: Vec<&CallReport> = placed.iter().flatten().collect();
    let errors =
        placed.len() - reports.len() + reports.iter().map(|report| report.errors.len()).sum::<usize>();
    let offered = offered(&reports, wanted.calls);
    Ok(Load {
        calls: wanted.calls,
        recognise: wanted.recognise,
        offered,
        cpu,
        call_seconds,
        bytes_per_call,
        late: heard.late(),
        shortfalls: shortfalls(wanted, offered, errors, &heard),
    })
}

fn shortfalls(wanted: &Wanted, offered: f64, errors: usize, heard: &Heard) -> Vec<String> {
    let (calls, expected) = (wanted.calls, wanted.events());
    verdict::shortfalls(&Facts { calls, offered, errors, expected, heard })
}

/// The share of the audio that went out.
fn offered(reports: &[&CallReport], calls: usize) -> f64 {
    let acknowledged: u64 = reports.iter().map(|report| report.acks.received.min(report.fragments)).sum();
    let sent: u64 = reports.iter().map(|report| report.fragments).sum();
    let of_all = reports.len() as f64 / calls.max(1) as f64;
    if sent == 0 { 0.0 } else { of_all * acknowledged as f64 / sent as f64 }
}

/// Calls as long as the load: a sample's speech, over and over, not all from the same point. Every fragment is whole and tagged: where one is not,
/// its words wait for the next by rule, and the lateness would be the stream's and not the machine's.
fn batch(wanted: &Wanted) -> Result<Batch, Failure> {
    let sample = lab::samples::all().context("the sample calls cannot be read")?.remove(0);
    let length = (RAMP + SETTLE + wanted.length + TAIL).as_secs() * u64::from(call::SAMPLE_RATE_HZ);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let variants = (1..=MAX_VARIANTS).rev().find(|n| wanted.calls.is_multiple_of(*n)).unwrap_or(1);
    let media = (0..variants).map(|n| {
        let from = |channel: &[i16]| {
            let skipped = channel.len() / variants * n;
            channel.iter().copied().cycle().skip(skipped).take(length).collect::<Vec<_>>()
        };
        Media::Audio(Call::new("bench", from(&sample.customer), from(&sample.to_customer)))
    });
    Ok(Batch {
        count: wanted.calls / variants,
        stagger: RAMP / u32::try_from(wanted.calls).unwrap_or(1).max(1),
        quirks: Quirks::plain(),
        ..Batch::new(media.collect())
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
