//! The report for machines.

use leak::{KindTally, Tally, wilson};
use serde_json::{Map, Value, json};

use super::{Outcome, RedactionReport, Speed, table::FOUR};

impl RedactionReport {
    /// For machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let outcomes: Vec<Value> = self.outcomes.iter().map(Outcome::json).collect();
        json!({
            "machine": self.machine,
            "half": self.bench.half.as_str(),
            "seed": self.bench.seed,
            "corpus": self.bench.corpus.as_ref().map(|folder| folder.display().to_string()),
            "sets": outcomes,
            "speed": self.speed.json(),
            "left_out": self.left_out,
        })
    }
}

impl Outcome {
    fn json(&self) -> Value {
        let peer = self.peer.as_ref().map(|peer| {
            let mut value = tally(&peer.tally, false);
            value["version"] = json!(peer.version);
            value["bytes_per_second"] = json!(peer.speed.0 as f64 / peer.speed.1.as_secs_f64().max(1e-9));
            value
        });
        json!({"name": self.name, "ours": tally(&self.ours, self.spoken), "presidio": peer})
    }
}

impl Speed {
    fn json(&self) -> Value {
        let us = |quantile: f64| self.words.value_at_quantile(quantile) as f64 / 1_000.0;
        let ratio = |rate: f64| self.scan / rate.max(1.0);
        json!({
            "word_to_mask_us": {"p50": us(0.5), "p99": us(0.99), "p999": us(0.999),
                "max": self.words.max() as f64 / 1_000.0, "count": self.words.len()},
            "bytes_per_second": {"ordinary": self.ordinary, "secrets": self.secrets, "spoken": self.spoken,
                "plain_scan": self.scan},
            "plain_scan_to_ours": {"ordinary": ratio(self.ordinary), "secrets": self.secrets.map(ratio),
                "spoken": self.spoken.map(ratio)},
        })
    }
}

fn tally(of: &Tally, on_the_way: bool) -> Value {
    let kinds: Map<String, Value> = of
        .kinds()
        .iter()
        .filter(|(_, kind)| kind.told + kind.masks.0 > 0)
        .map(|(name, kind)| (name.as_str().to_owned(), row(kind, on_the_way)))
        .collect();
    let sorts: Map<String, Value> = of
        .sorts()
        .iter()
        .filter(|((_, sort), _)| !sort.is_empty())
        .map(|((kind, sort), one)| {
            (format!("{}/{sort}", kind.as_str()), json!({"told": one.told, "leaked": one.leaked}))
        })
        .collect();
    json!({
        "documents": of.documents,
        "kinds": kinds,
        "sorts": sorts,
        "card_phone_ssn_email": row(&of.total(&FOUR), on_the_way),
        "all": row(&of.total(&[]), on_the_way),
        "harmless_numbers": {"told": of.harmless.0, "masked": of.harmless.1},
        "harmless_characters": {"told": of.plain.0, "masked": of.plain.1,
            "masked_per_1000": 1_000.0 * of.plain.1 as f64 / of.plain.0.max(1) as f64},
        "masked_words": {"told": of.heard.0, "audio_left": of.heard.1},
    })
}

fn row(kind: &KindTally, on_the_way: bool) -> Value {
    let (low, high) = wilson(kind.leaked, kind.told);
    let share = |hits: u64, all: u64| (all > 0).then(|| hits as f64 / all as f64);
    let mut out = json!({
        "told": kind.told,
        "leaked": kind.leaked,
        "leak_rate": share(kind.leaked, kind.told),
        "leak_rate_95": [low, high],
        "digits": {"told": kind.digits.0, "shown": kind.digits.1},
        "characters": {"told": kind.characters.0, "shown": kind.characters.1},
        "split": {"told": kind.split.0, "leaked": kind.split.1},
        "echoed": {"told": kind.echoed.0, "leaked": kind.echoed.1},
        "recall": share(kind.stretches.1, kind.stretches.0),
        "precision": share(kind.masks.1, kind.masks.0),
        "precision_any_kind": share(kind.masks.2, kind.masks.0),
    });
    if on_the_way {
        out["shown_by_a_partial"] = json!(kind.shown_before.0);
        out["shown_until_revised"] = json!(kind.shown_before.1);
    }
    out
}
