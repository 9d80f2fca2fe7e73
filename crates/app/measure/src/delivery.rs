//! What it costs to deliver events to many subscribers: ours and a plain `ws` server of Node.js, in turn, with the same
//! bytes at the same times.
//!
//! Server, subscribers and this process are three; what is measured is the server's process alone. The schedule is
//! fixed, and lateness runs from when an event was due, so that whoever falls behind shows.

mod feed;
mod limits;
mod peer;
mod report;
mod subscribers;
mod talk;

use std::time::Duration;

use anyhow::Context;
use tokio::time;

pub use self::{
    feed::Feed,
    limits::room_for_sockets,
    report::{Delivery, DeliveryReport, DeliveryStage, Slow},
    subscribers::{SubscriberOptions, subscribers},
};
use self::{peer::WsPeer, report::System, talk::Talk};
use crate::{
    machine::Machine,
    process::{Cores, Cpu, Program, Running, resident_bytes},
};

/// How long a server settles before it is looked at.
const SETTLE: Duration = Duration::from_secs(1);
/// How long a load runs before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// Subscribers of the stage in which one of ten never reads, and how often each is due an event.
const SLOW_STAGE: (usize, Duration) = (200, Duration::from_millis(2));
const NEVER_READ: usize = 10;

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct DeliveryPlan {
    /// Subscribers, each with a connection of its own.
    pub subscribers: usize,
    /// Calls that they follow.
    pub calls: usize,
    /// How often each call has an event.
    pub interval: Duration,
    /// How long each load is measured.
    pub length: Duration,
    /// Whether the peer takes turns with us.
    pub peer: bool,
}

/// Measures delivery.
#[derive(Clone, Debug)]
pub struct DeliveryBench {
    /// Our server, which is given `--calls N --interval-us U` besides; it says `listening on URL`.
    pub server: Program,
    /// Our subscribers, which are given what [`SubscriberOptions`] holds.
    pub subscribers: Program,
    /// What is to be measured.
    pub plan: DeliveryPlan,
}

/// Takes each stage as it comes.
pub type OnDelivery<'a> = &'a mut (dyn FnMut(&DeliveryStage) + Send);

impl DeliveryBench {
    /// Runs every stage. Whoever drops the future ends all processes with it.
    ///
    /// # Errors
    /// When a process does not start, cannot be looked at, or there is no room for so many sockets.
    pub async fn run(&self, on_stage: OnDelivery<'_>) -> anyhow::Result<DeliveryReport> {
        room_for_sockets(self.plan.subscribers)?;
        let mut stages = Vec::new();
        let mut tell = |stage: DeliveryStage| {
            on_stage(&stage);
            stages.push(stage);
        };
        tell(DeliveryStage::Machine(Machine::here()));
        let cores = Cores::split();
        cores.keep_off();
        let peer = match self.plan.peer.then(WsPeer::unpack) {
            Some(Ok(peer)) => Some(peer),
            Some(Err(why)) => {
                tell(DeliveryStage::LeftOut(format!("side by side: {why:#}")));
                None
            }
            None => {
                tell(DeliveryStage::LeftOut("side by side: no peer was asked for".to_owned()));
                None
            }
        };
        let systems: Vec<(System, Option<&WsPeer>)> = std::iter::once((System::Ours, None))
            .chain(peer.as_ref().map(|peer| (System::Node, Some(peer))))
            .collect();
        for (system, peer) in &systems {
            let feed = Feed { calls: self.plan.calls, interval: self.plan.interval };
            tell(DeliveryStage::Load(self.load(*system, *peer, feed, &cores).await?));
        }
        for (system, peer) in &systems {
            tell(DeliveryStage::Slow(self.slow(*system, *peer, &cores).await?));
        }
        Ok(DeliveryReport { stages })
    }

    async fn start(&self, peer: Option<&WsPeer>, feed: Feed, cores: &Cores) -> anyhow::Result<Running> {
        let program = peer.map_or_else(|| self.server.clone(), WsPeer::program);
        let program = program.args(feed.arguments());
        let running = Running::start(&program, cores.tested.as_deref(), "listening on").await?;
        time::sleep(SETTLE).await;
        Ok(running)
    }

    /// Subscribers that all read.
    async fn load(
        &self,
        system: System,
        peer: Option<&WsPeer>,
        feed: Feed,
        cores: &Cores,
    ) -> anyhow::Result<Delivery> {
        let server = self.start(peer, feed, cores).await?;
        let idle = resident_bytes(server.pid)?;
        let count = self.plan.subscribers;
        let options = SubscriberOptions { url: server.said.clone(), count, calls: feed.calls, never_read: 0 };
        let mut talk = Talk::start(&self.subscribers.clone().args(options.arguments()), cores).await?;
        time::sleep(WARM_UP).await;
        let before = Cpu::of(server.pid)?;
        let heard = talk.measure(self.plan.length).await?;
        let cpu = Cpu::of(server.pid)?.since(before);
        let resident = resident_bytes(server.pid)?;
        let offered = count as f64 * self.plan.length.as_secs_f64() / feed.interval.as_secs_f64();
        Ok(Delivery {
            system,
            subscribers: count,
            seconds: self.plan.length.as_secs_f64(),
            offered,
            messages: heard.messages,
            cpu_us_per_message: cpu.total().as_secs_f64() * 1e6 / (heard.messages.max(1) as f64),
            kib_per_subscriber: resident.saturating_sub(idle) as f64 / 1024.0 / count as f64,
            late_p50_ms: heard.p50_ms,
            late_p99_ms: heard.p99_ms,
        })
    }

    /// Subscribers of which one of ten never reads: what the server keeps for them.
    async fn slow(&self, system: System, peer: Option<&WsPeer>, cores: &Cores) -> anyhow::Result<Slow> {
        let (count, interval) = SLOW_STAGE;
        let feed = Feed { calls: 1, interval };
        let server = self.start(peer, feed, cores).await?;
        let never_read = count / NEVER_READ;
        let options = SubscriberOptions { url: server.said.clone(), count, calls: 1, never_read };
        let mut talk = Talk::start(&self.subscribers.clone().args(options.arguments()), cores).await?;
        time::sleep(WARM_UP).await;
        let before = resident_bytes(server.pid)?;
        let heard = talk.measure(self.plan.length).await?;
        let after = resident_bytes(server.pid).context("the server is gone")?;
        Ok(Slow {
            system,
            subscribers: count,
            never_read,
            events_per_second: interval.as_secs_f64().recip(),
            seconds: self.plan.length.as_secs_f64(),
            kib_per_slow_and_second: after.saturating_sub(before) as f64
                / 1024.0
                / never_read as f64
                / self.plan.length.as_secs_f64(),
            late_p99_ms: heard.p99_ms,
        })
    }
}
