//! Tables for people.

use events::EntityKind;
use leak::{KindTally, Tally, wilson};

use super::{Outcome, RedactionReport};

/// The kinds whose patterns everybody looks for.
pub(super) const FOUR: [EntityKind; 4] =
    [EntityKind::Card, EntityKind::Phone, EntityKind::Ssn, EntityKind::Email];

impl RedactionReport {
    /// All of it, for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![format!("machine        {}", self.machine.line())];
        lines.push(match &self.bench.corpus {
            Some(folder) => format!("documents      {}", folder.display()),
            None => format!("documents      {} half, seed {}", self.bench.half.as_str(), self.bench.seed),
        });
        for outcome in &self.outcomes {
            lines.push(String::new());
            lines.extend(outcome.lines());
        }
        lines.push(String::new());
        lines.extend(self.speed.lines());
        lines.extend(self.peer_speed());
        lines.extend(self.left_out.as_ref().map(|why| format!("left out       {why}")));
        lines.join("\n")
    }

    fn peer_speed(&self) -> Option<String> {
        let peers = || self.outcomes.iter().filter_map(|outcome| outcome.peer.as_ref());
        let (bytes, seconds) = peers().fold((0, 0.0), |(bytes, seconds), peer| {
            (bytes + peer.speed.0, seconds + peer.speed.1.as_secs_f64())
        });
        let version = &peers().next()?.version;
        let rate = bytes as f64 / f64::max(seconds, 1e-9);
        let times = self.speed.secrets.or(self.speed.spoken).unwrap_or(self.speed.ordinary) / rate;
        Some(format!(
            "presidio       {version}, pattern recognisers: {:.3} MB/s of one core on the same documents; ours is {times:.0} times as fast",
            rate / 1e6,
        ))
    }
}

impl Outcome {
    fn lines(&self) -> Vec<String> {
        let of_peer = self.peer.as_ref().map(|peer| peer.tally.kinds());
        let spoken = self.spoken;
        let mut lines = vec![
            format!("{}: {} documents", self.name.to_uppercase(), self.ours.documents),
            head(spoken, of_peer.is_some()),
        ];
        for (kind, tally) in self.ours.kinds() {
            if tally.told > 0 {
                let peer = of_peer.as_ref().map(|kinds| kinds.get(&kind).cloned().unwrap_or_default());
                lines.push(row(kind.as_str(), &tally, spoken, peer.as_ref()));
            }
        }
        for (name, kinds) in [("card..email", FOUR.as_slice()), ("all", &[])] {
            let peer = self.peer.as_ref().map(|peer| peer.tally.total(kinds));
            let total = self.ours.total(kinds);
            if total.told > 0 {
                lines.push(row(name, &total, spoken, peer.as_ref()));
            }
        }
        lines.push(harmless("ours", &self.ours));
        lines.extend(self.peer.as_ref().map(|peer| harmless("presidio", &peer.tally)));
        if self.ours.heard.0 > 0 {
            lines.push(format!(
                "audio: {} of {} masked words are still heard",
                self.ours.heard.1, self.ours.heard.0
            ));
        }
        lines
    }
}

fn head(spoken: bool, peer: bool) -> String {
    let mut out =
        format!("{:<16} {:>6} {:>6} {:>19} {:>7}", "KIND", "TOLD", "LEAKED", "LEAK % (95 %)", "DIGITS");
    if spoken {
        out += &format!(" {:>8} {:>8} {:>8} {:>6}", "SPLIT", "ECHO", "PARTIAL", "LATE");
    }
    out += &format!(" {:>7} {:>7}", "FOUND %", "RIGHT %");
    if peer {
        out += &format!(" | {:>8} {:>7} {:>7}", "PRESIDIO", "FOUND %", "RIGHT %");
    }
    out
}

fn row(name: &str, tally: &KindTally, spoken: bool, peer: Option<&KindTally>) -> String {
    let (low, high) = wilson(tally.leaked, tally.told);
    let leak = format!("{} ({:.2}-{:.2})", percent(tally.leaked, tally.told, 2), low * 100.0, high * 100.0);
    let mut out =
        format!("{name:<16} {:>6} {:>6} {leak:>19} {:>7}", tally.told, tally.leaked, tally.digits.1);
    if spoken {
        let of = |(all, hit): (u64, u64)| format!("{hit}/{all}");
        let (partial, late) = tally.shown_before;
        out += &format!(" {:>8} {:>8} {partial:>8} {late:>6}", of(tally.split), of(tally.echoed));
    }
    out += &format!(" {:>7} {:>7}", found(tally), right(tally));
    if let Some(peer) = peer {
        out +=
            &format!(" | {:>8} {:>7} {:>7}", percent(peer.leaked, tally.told, 1), found(peer), right(peer));
    }
    out
}

fn found(tally: &KindTally) -> String {
    percent(tally.stretches.1, tally.stretches.0, 1)
}

fn right(tally: &KindTally) -> String {
    percent(tally.masks.1, tally.masks.0, 1)
}

fn harmless(who: &str, tally: &Tally) -> String {
    format!(
        "{who}: {} % of {} harmless numbers masked, {:.2} of 1,000 harmless characters",
        percent(tally.harmless.1, tally.harmless.0, 1),
        tally.harmless.0,
        1_000.0 * tally.plain.1 as f64 / tally.plain.0.max(1) as f64,
    )
}

fn percent(hits: u64, of: u64, places: usize) -> String {
    if of == 0 { "-".to_owned() } else { format!("{:.places$}", 100.0 * hits as f64 / of as f64) }
}
