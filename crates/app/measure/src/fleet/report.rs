//! All of it, with the ratios that are worth comparing.

use serde_json::{Map, Value, json};

use super::{Loaded, Stage, SystemName};

/// What a peer leaves out, printed next to every ratio.
const SCOPE: &str = "the peer has no redaction, utterances, attribution, recordings, event log, resumption or failover: \
     its numbers are the floor of Node.js for moving the same bytes";

/// What was measured.
#[derive(Debug)]
pub struct Report {
    pub(super) stages: Vec<Stage>,
}

/// One of us and one of the peer at the same load.
#[derive(Clone, Copy, Debug)]
struct Pair<'r> {
    ours: &'r Loaded,
    peer: &'r Loaded,
}

impl Report {
    /// Whether every stage that ran is a measurement.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.stages.iter().all(|stage| match stage {
            Stage::Load(load) => load.is_whole(),
            Stage::Takeover(takeover) => takeover.is_whole(),
            Stage::CatchUp(catch_up) => catch_up.whole,
            Stage::Machine(_) | Stage::Rows(_) | Stage::LeftOut(_) => true,
        })
    }

    /// What follows from all stages together, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = Vec::new();
        for system in [SystemName::Trunkline, SystemName::Node] {
            lines.extend(self.of_system(system));
        }
        let pairs = self.pairs();
        lines.extend(pairs.iter().map(Pair::line));
        if let Some(ratio) = self.memory_ratio() {
            lines.push(format!("memory     node / trunkline per added call: {ratio:.1}"));
        }
        if !pairs.is_empty() {
            lines.push(format!("scope      {SCOPE}"));
        }
        lines.join("\n")
    }

    /// What two loads of one system say together.
    fn of_system(&self, system: SystemName) -> Option<String> {
        let (half, full) = self.loads_of(system)?;
        let us = full.us_per_call_second();
        let memory = self
            .added_bytes_per_call(system)
            .map_or_else(|| "no measurement".to_owned(), |bytes| format!("{:.0} KiB", bytes / 1_024.0));
        let capacity = if full.is_whole() {
            format!(
                "{:.0} calls a core at 100 % (extrapolated from {:.0} %; {us:.0} us at {} calls, {:.0} at {})",
                1e6 / us.max(1.0),
                full.processor_share * 100.0,
                full.calls,
                half.us_per_call_second(),
                half.calls,
            )
        } else {
            "the larger load was not carried in full, so it says nothing of capacity".to_owned()
        };
        Some(format!("{:<10} {capacity}; {memory} for each added call", system.text()))
    }

    /// For machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut out = Map::new();
        let mut lists: [(&str, Vec<Value>); 3] =
            [("loads", Vec::new()), ("takeovers", Vec::new()), ("left_out", Vec::new())];
        for stage in &self.stages {
            match stage {
                Stage::Machine(machine) => drop(out.insert("machine".to_owned(), json!(machine))),
                Stage::Load(load) => lists[0].1.push(load.json()),
                Stage::Takeover(takeover) => lists[1].1.push(takeover.json()),
                Stage::LeftOut(why) => lists[2].1.push(json!(why)),
                Stage::CatchUp(catch_up) => drop(out.insert("catch_up".to_owned(), catch_up.json())),
                Stage::Rows(rows) => drop(out.insert("rows_per_second".to_owned(), rows.json())),
            }
        }
        out.extend(lists.map(|(name, list)| (name.to_owned(), Value::Array(list))));
        let ratios: Vec<Value> = self.pairs().iter().map(Pair::json).collect();
        out.insert("ratios_peer_to_ours".to_owned(), Value::Array(ratios));
        out.insert("added_bytes_per_call_ratio".to_owned(), json!(self.memory_ratio()));
        out.insert(
            "added_bytes_per_call".to_owned(),
            json!({
                "trunkline": self.added_bytes_per_call(SystemName::Trunkline),
                "node": self.added_bytes_per_call(SystemName::Node),
            }),
        );
        out.insert("scope".to_owned(), json!(SCOPE));
        out.insert("whole".to_owned(), json!(self.is_whole()));
        Value::Object(out)
    }

    fn loads(&self) -> impl Iterator<Item = &Loaded> {
        self.stages.iter().filter_map(|stage| match stage {
            Stage::Load(load) => Some(load),
            Stage::Machine(_)
            | Stage::Takeover(_)
            | Stage::CatchUp(_)
            | Stage::Rows(_)
            | Stage::LeftOut(_) => None,
        })
    }

    /// The smaller and the larger load of a system.
    fn loads_of(&self, system: SystemName) -> Option<(&Loaded, &Loaded)> {
        let mut of = self.loads().filter(|load| load.system == system);
        let (first, second) = (of.next()?, of.next()?);
        (first.calls < second.calls).then_some((first, second))
    }

    /// Memory that each further call took: the slope, which leaves what a process takes by itself out.
    fn added_bytes_per_call(&self, system: SystemName) -> Option<f64> {
        let (half, full) = self.loads_of(system)?;
        let bytes = full.resident_bytes.checked_sub(half.resident_bytes)?;
        (half.is_whole() && full.is_whole() && bytes > 0)
            .then(|| bytes as f64 / (full.calls - half.calls) as f64)
    }

    fn memory_ratio(&self) -> Option<f64> {
        let [ours, peer] =
            [SystemName::Trunkline, SystemName::Node].map(|system| self.added_bytes_per_call(system));
        Some(peer? / ours?)
    }

    /// Loads of both with the same number of calls, where both are measurements.
    fn pairs(&self) -> Vec<Pair<'_>> {
        let whole = |system| self.loads().filter(move |load| load.system == system && load.is_whole());
        whole(SystemName::Trunkline)
            .filter_map(|ours| {
                let peer = whole(SystemName::Node).find(|peer| peer.calls == ours.calls)?;
                Some(Pair { ours, peer })
            })
            .collect()
    }
}

impl Pair<'_> {
    fn ratios(&self) -> [f64; 3] {
        let Self { ours, peer } = self;
        [
            peer.us_per_call_second() / ours.us_per_call_second(),
            peer.late_ms(0.5) / ours.late_ms(0.5),
            peer.late_ms(0.99) / ours.late_ms(0.99),
        ]
    }

    fn line(&self) -> String {
        let [cpu, p50, p99] = self.ratios();
        let (calls, ours, peer) = (self.ours.calls, self.ours, self.peer);
        format!(
            "ratio      node / trunkline at {calls} calls: CPU {cpu:.2} ({:.0} / {:.0} us), p50 {p50:.2} ({:.1} / {:.1} ms), p99 {p99:.2} ({:.1} / {:.1} ms)",
            peer.us_per_call_second(),
            ours.us_per_call_second(),
            peer.late_ms(0.5),
            ours.late_ms(0.5),
            peer.late_ms(0.99),
            ours.late_ms(0.99),
        )
    }

    fn json(&self) -> Value {
        let [cpu, p50, p99] = self.ratios();
        json!({"calls": self.ours.calls, "cpu": cpu, "p50": p50, "p99": p99})
    }
}
