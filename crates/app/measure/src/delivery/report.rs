//! What was measured, for people and programs.

use serde::Serialize;
use serde_json::{Value, json};

use crate::machine::Machine;

/// The share of what was due that must have come.
const DELIVERED: f64 = 0.995;
/// Above this a server keeps what nobody reads: one event a second would be below it.
const KIB_PER_SLOW_AND_SECOND: f64 = 64.0;

/// Who was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum System {
    /// This program.
    Ours,
    /// A plain `ws` server of Node.js.
    Node,
}

impl System {
    const fn name(self) -> &'static str {
        match self {
            Self::Ours => "trunkline",
            Self::Node => "node ws",
        }
    }
}

/// What it took to deliver.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    pub(super) system: System,
    /// Connections.
    pub subscribers: usize,
    /// How long was measured.
    pub seconds: f64,
    /// Messages that were due.
    pub offered: f64,
    /// Messages that were read.
    pub messages: u64,
    /// The server's processor time for each, user and kernel.
    pub cpu_us_per_message: f64,
    /// Resident memory for each subscriber, above that of the idle server.
    pub kib_per_subscriber: f64,
    /// From when a message was due to when it was read.
    pub late_p50_ms: f64,
    /// The same of the hundredth.
    pub late_p99_ms: f64,
}

impl Delivery {
    /// The columns of [`Delivery::line`].
    pub const HEAD: &'static str =
        "load       system     subscribers  msg/s    read     us/msg   KiB/subscriber  late p50 ms  p99 ms";

    /// The share of what was due that was read.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.messages as f64 / self.offered.max(1.0)
    }

    /// Whether all came. Partials are levels: some that were overtaken are left out on purpose.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.share() >= DELIVERED
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{:<10} {:<10} {:>11} {:>8.0} {:>6.1} % {:>8.2} {:>15.1} {:>12.1} {:>7.1}",
            if self.is_whole() { "whole" } else { "FAILED" },
            self.system.name(),
            self.subscribers,
            self.messages as f64 / self.seconds,
            self.share() * 100.0,
            self.cpu_us_per_message,
            self.kib_per_subscriber,
            self.late_p50_ms,
            self.late_p99_ms,
        )
    }
}

/// What a server keeps for those who never read.
#[derive(Clone, Debug, Serialize)]
pub struct Slow {
    pub(super) system: System,
    /// Connections.
    pub subscribers: usize,
    /// Of these, those that never read.
    pub never_read: usize,
    /// Events a second of the one call that all follow.
    pub events_per_second: f64,
    /// How long was measured.
    pub seconds: f64,
    /// How the server's memory grew, for each that never reads and second.
    pub kib_per_slow_and_second: f64,
    /// How late the others were.
    pub late_p99_ms: f64,
}

impl Slow {
    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "slow       {:<10} {} of {} never read, {:.0} events/s: {:.1} KiB/s grown for each of them; the others' p99 {:.1} ms",
            self.system.name(),
            self.never_read,
            self.subscribers,
            self.events_per_second,
            self.kib_per_slow_and_second,
            self.late_p99_ms,
        )
    }
}

/// What has been measured; told as it comes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DeliveryStage {
    /// The machine that all of it is measured on.
    Machine(Machine),
    /// Subscribers that all read.
    Load(Delivery),
    /// Subscribers of which some never read.
    Slow(Slow),
    /// Something is left out, and why.
    LeftOut(String),
}

/// Everything.
#[derive(Clone, Debug)]
pub struct DeliveryReport {
    pub(super) stages: Vec<DeliveryStage>,
}

impl DeliveryReport {
    fn loads(&self) -> impl Iterator<Item = &Delivery> {
        self.stages
            .iter()
            .filter_map(|stage| if let DeliveryStage::Load(load) = stage { Some(load) } else { None })
    }

    fn slow(&self) -> impl Iterator<Item = &Slow> {
        self.stages
            .iter()
            .filter_map(|stage| if let DeliveryStage::Slow(slow) = stage { Some(slow) } else { None })
    }

    /// Whether ours delivered all, in bounded memory. The peer's part is no condition.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let ours = |system: System| system == System::Ours;
        self.loads().filter(|load| ours(load.system)).all(Delivery::is_whole)
            && self
                .slow()
                .filter(|slow| ours(slow.system))
                .all(|slow| slow.kib_per_slow_and_second <= KIB_PER_SLOW_AND_SECOND)
    }

    /// What the peer's numbers are in ours; empty without one.
    fn ratios(&self) -> Option<(f64, f64, f64)> {
        let of = |system: System| self.loads().find(|load| load.system == system);
        let (ours, node) = (of(System::Ours)?, of(System::Node)?);
        let ratio = |node: f64, ours: f64| node / ours.max(f64::MIN_POSITIVE);
        Some((
            ratio(node.cpu_us_per_message, ours.cpu_us_per_message),
            ratio(node.kib_per_subscriber, ours.kib_per_subscriber),
            ratio(node.late_p99_ms, ours.late_p99_ms),
        ))
    }

    /// The last lines.
    #[must_use]
    pub fn summary(&self) -> String {
        let ratios = self.ratios().map_or_else(String::new, |(cpu, memory, late)| {
            format!("ratios     node ws / trunkline: CPU {cpu:.2}, memory {memory:.2}, p99 {late:.2}\n")
        });
        let verdict =
            if self.is_whole() { "whole: all came, in bounded memory" } else { "FAILED: see above" };
        format!("{ratios}{verdict}")
    }

    /// All of it, for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let machine = self
            .stages
            .iter()
            .find_map(|stage| if let DeliveryStage::Machine(machine) = stage { Some(machine) } else { None });
        let left_out: Vec<&String> = self
            .stages
            .iter()
            .filter_map(|stage| if let DeliveryStage::LeftOut(why) = stage { Some(why) } else { None })
            .collect();
        json!({
            "machine": machine,
            "loads": self.loads().collect::<Vec<_>>(),
            "slow": self.slow().collect::<Vec<_>>(),
            "ratios": self.ratios().map(|(cpu, memory, p99)| json!({"cpu": cpu, "memory": memory, "p99": p99})),
            "left_out": left_out,
            "whole": self.is_whole(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(system: System, messages: u64) -> DeliveryStage {
        DeliveryStage::Load(Delivery {
            system,
            subscribers: 10,
            seconds: 1.0,
            offered: 1_000.0,
            messages,
            cpu_us_per_message: 5.0,
            kib_per_subscriber: 16.0,
            late_p50_ms: 1.0,
            late_p99_ms: 2.0,
        })
    }

    fn slow(system: System, kib: f64) -> DeliveryStage {
        DeliveryStage::Slow(Slow {
            system,
            subscribers: 10,
            never_read: 1,
            events_per_second: 500.0,
            seconds: 1.0,
            kib_per_slow_and_second: kib,
            late_p99_ms: 2.0,
        })
    }

    #[test]
    fn ours_must_deliver_all_in_bounded_memory_and_the_peer_need_not() {
        let whole = |stages: Vec<DeliveryStage>| DeliveryReport { stages }.is_whole();
        assert!(whole(vec![load(System::Ours, 1_000), load(System::Node, 10), slow(System::Node, 900.0)]));
        assert!(!whole(vec![load(System::Ours, 900)]));
        assert!(!whole(vec![slow(System::Ours, 900.0)]));
    }

    #[test]
    fn ratios_need_both() {
        let alone = DeliveryReport { stages: vec![load(System::Ours, 1_000)] };
        assert!(alone.json()["ratios"].is_null() && !alone.summary().contains("ratios"));
        let both = DeliveryReport { stages: vec![load(System::Ours, 1_000), load(System::Node, 1_000)] };
        assert_eq!(both.json()["ratios"]["cpu"], 1.0);
    }
}
