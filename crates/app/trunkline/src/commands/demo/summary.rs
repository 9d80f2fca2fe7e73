//! What came out of the calls, as numbers.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use lab::{CallFacts, CallReport, PlaceError};
use model::Channel;
use serde_json::{Value, json};
use wer::WordErrors;

use super::{
    checks::Checks,
    follow::{Followed, Heard},
};

/// One sample call: what it holds, how it was placed, what was heard of it.
pub(super) struct Played {
    pub(super) name: String,
    pub(super) facts: Arc<CallFacts>,
    pub(super) call_id: String,
    pub(super) heard: Followed,
}

/// All of it.
pub(super) struct Summary {
    pub(super) calls: Vec<Played>,
    /// Calls that were not placed, not taken, or not whole, and why.
    pub(super) failed: Vec<String>,
    stages: Vec<engine::StageLatency>,
    hints: Vec<engine::StageLatency>,
    screen: Vec<f64>,
}

impl Summary {
    pub(super) fn new(
        facts: BTreeMap<String, Arc<CallFacts>>,
        placed: Vec<Result<CallReport, PlaceError>>,
        mut heard: Heard,
    ) -> Self {
        let (mut calls, mut failed) = (Vec::new(), Vec::new());
        for result in placed {
            match result {
                Err(error) => failed.push(format!("a call was not placed: {error}")),
                Ok(report) => {
                    failed.extend(report.errors.iter().map(|error| format!("{}: {error}", report.name)));
                    let call_id = report.call_id.unwrap_or_default();
                    match (heard.calls.remove(&call_id), facts.get(&report.name)) {
                        (Some(heard), Some(facts)) => {
                            calls.push(Played {
                                name: report.name,
                                facts: Arc::clone(facts),
                                call_id,
                                heard,
                            });
                        }
                        _ => failed.push(format!("{}: nothing was heard of it", report.name)),
                    }
                }
            }
        }
        calls.sort_by(|a, b| a.name.cmp(&b.name));
        heard.screen.sort_by(f64::total_cmp);
        Self { calls, failed, stages: heard.stages, hints: heard.hints, screen: heard.screen }
    }

    pub(super) fn utterances(&self) -> usize {
        let spoken = |call: &Played| call.heard.utterances.values().filter(|u| !u.words.is_empty()).count();
        self.calls.iter().map(spoken).sum()
    }

    pub(super) fn masks(&self) -> usize {
        self.calls.iter().map(|call| masked_words(&call.heard)).sum()
    }

    pub(super) fn gaps(&self) -> usize {
        self.calls.iter().map(|call| call.heard.gaps + call.heard.quarantined).sum()
    }

    pub(super) fn word_errors(&self) -> WordErrors {
        let mut all = WordErrors::default();
        self.calls.iter().for_each(|call| all += call.word_errors());
        all
    }

    /// The summary as a person reads it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut put = |line: std::fmt::Arguments<'_>| {
            writeln!(text, "{line}").expect("writing to a string succeeds");
        };
        put(format_args!("\nCALL            LENGTH  UTTERANCES  PARTIALS  MASKS  GAPS  WORD ERROR RATE"));
        for call in &self.calls {
            let ms = call.heard.ended.as_ref().map_or(0, |ended| ended.duration_ms);
            put(format_args!(
                "{:<15} {:>2}:{:02}   {:>10}  {:>8}  {:>5}  {:>4}  {:>14.1} %",
                call.name,
                ms / 60_000,
                ms / 1_000 % 60,
                call.heard.utterances.len(),
                call.heard.partials,
                masked_words(&call.heard),
                call.heard.gaps,
                call.word_errors().rate() * 100.0,
            ));
        }
        put(format_args!(
            "{:<15} {:>5}   {:>10}  {:>8}  {:>5}  {:>4}  {:>14.1} %",
            "all",
            "",
            self.utterances(),
            self.calls.iter().map(|call| call.heard.partials).sum::<usize>(),
            self.masks(),
            self.gaps(),
            self.word_errors().rate() * 100.0,
        ));
        put(format_args!("\nGUIDANCE        CARDS  DONE  MISSED  ALERTS  SUMMARY"));
        for call in &self.calls {
            let guided = &call.heard.guided;
            put(format_args!(
                "{:<15} {:>5}  {:>4}  {:>6}  {:>6}  {:>7}",
                call.name,
                guided.cards,
                guided.done,
                guided.missed,
                guided.alerts,
                if guided.summed_up { "yes" } else { "no" },
            ));
        }
        put(format_args!("\nLATENCY         EVENTS     P50 MS     P95 MS     P99 MS"));
        for stage in self.stages.iter().chain(&self.hints) {
            put(format_args!(
                "{:<15} {:>6} {:>10.1} {:>10.1} {:>10.1}",
                stage.stage.as_str(),
                stage.count,
                stage.p50_ms,
                stage.p95_ms,
                stage.p99_ms
            ));
        }
        let [p50, p95, p99] = self.screen();
        put(format_args!(
            "{:<15} {:>6} {p50:>10.1} {p95:>10.1} {p99:>10.1}",
            "spoken->client",
            self.screen.len()
        ));
        text
    }

    /// The summary and the checks as JSON.
    pub(super) fn json(&self, checks: &Checks) -> Value {
        let call = |call: &Played| {
            json!({
                "name": call.name, "call_id": call.call_id, "contact_id": call.heard.contact_id,
                "utterances": call.heard.utterances.len(), "partials": call.heard.partials,
                "masks": masked_words(&call.heard), "gaps": call.heard.gaps,
                "word_error_rate": call.word_errors().rate(),
                "guidance": {"cards": call.heard.guided.cards, "done": call.heard.guided.done,
                    "missed": call.heard.guided.missed, "alerts": call.heard.guided.alerts,
                    "summed_up": call.heard.guided.summed_up},
            })
        };
        let stage = |stage: &engine::StageLatency| {
            json!({"stage": stage.stage.as_str(), "count": stage.count, "p50_ms": stage.p50_ms,
                "p95_ms": stage.p95_ms, "p99_ms": stage.p99_ms})
        };
        let [p50, p95, p99] = self.screen();
        json!({
            "calls": self.calls.iter().map(call).collect::<Vec<_>>(),
            "utterances": self.utterances(), "masks": self.masks(), "gaps": self.gaps(),
            "word_error_rate": self.word_errors().rate(),
            "latency": self.stages.iter().map(stage).collect::<Vec<_>>(),
            "hint_latency": self.hints.iter().map(stage).collect::<Vec<_>>(),
            "spoken_to_client": {"count": self.screen.len(), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99},
            "checks": checks.json(),
            "held": checks.held(),
        })
    }

    fn screen(&self) -> [f64; 3] {
        let last = self.screen.len().saturating_sub(1) as f64;
        [0.50, 0.95, 0.99].map(|q| self.screen.get((last * q).round() as usize).copied().unwrap_or(0.0))
    }
}

impl Played {
    /// How far the shown words are from the script. What must be masked counts on neither side.
    fn word_errors(&self) -> WordErrors {
        let mut all = WordErrors::default();
        for channel in Channel::ALL {
            all += wer::word_errors(&self.script(channel), &self.shown(channel));
        }
        all
    }

    fn script(&self, channel: Channel) -> String {
        let lines = self.facts.script.iter().filter(|line| line.channel == channel);
        lines.map(|line| self.without_sensitive(line)).collect::<Vec<_>>().join(" ")
    }

    /// A line without the name that the agent is called by, up to its sensitive digits: in the samples they end the line.
    fn without_sensitive(&self, line: &lab::Line) -> String {
        let agent = self.facts.agent.name.split(' ').next().unwrap_or_default();
        let is_agent = |word: &&str| !agent.is_empty() && word.trim_end_matches(['.', ',', '?']) == agent;
        let within = |span: &&lab::SensitiveSpan| {
            span.channel == line.channel && span.start_ms >= line.start_ms && span.end_ms <= line.end_ms
        };
        let Some(span) = self.facts.sensitive.iter().find(within) else {
            return line.text.split_whitespace().filter(|word| !is_agent(word)).collect::<Vec<_>>().join(" ");
        };
        let words: Vec<&str> = line.text.split_whitespace().filter(|word| !is_agent(word)).collect();
        let digits = super::checks::spoken_words(&span.digits);
        let kept = words.len().saturating_sub(digits);
        words.get(..kept).unwrap_or_default().join(" ")
    }

    fn shown(&self, channel: Channel) -> String {
        let mut utterances: Vec<_> =
            self.heard.utterances.values().filter(|u| u.channel == channel).collect();
        utterances.sort_by_key(|utterance| utterance.start_ms);
        let words = utterances.iter().flat_map(|utterance| &utterance.words);
        words
            .filter(|word| word.masked.is_none())
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

pub(super) fn masked_words(call: &Followed) -> usize {
    call.utterances
        .values()
        .flat_map(|utterance| &utterance.words)
        .filter(|word| word.masked.is_some())
        .count()
}
