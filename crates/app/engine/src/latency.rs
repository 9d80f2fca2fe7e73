//! How long each stage takes, from the stage times that events carry.

mod slowest;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use events::{Envelope, Event, Stages};
use hdrhistogram::Histogram;
use metrics::histogram;
use model::{TenantId, Timestamp};

pub use self::slowest::SlowCall;
use self::slowest::Slowest;
use crate::names;

/// The longest latency that is told apart, in microseconds; what is longer counts as this.
const MAX_LATENCY_US: u64 = 600_000_000;

/// A stretch of an event's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Spoken -> in this process.
    Capture,
    /// In this process -> words.
    Recognise,
    /// Words -> redacted words.
    Redact,
    /// Redacted words -> in the log.
    Append,
    /// In the log (or redacted, for partials) -> handed to followers.
    Deliver,
    /// Spoken -> handed to followers.
    Total,
    /// Spoken -> the card that the words called for handed to followers; of cards that no language model wrote.
    Hint,
    /// The same of cards that a language model wrote.
    HintByModel,
    /// What the language model took of that.
    Model,
}

impl Stage {
    /// The stages of words, in order.
    pub const ALL: [Self; 6] =
        [Self::Capture, Self::Recognise, Self::Redact, Self::Append, Self::Deliver, Self::Total];
    /// What is known of cards.
    pub const HINTS: [Self; 3] = [Self::Hint, Self::HintByModel, Self::Model];

    /// The name as the API and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Recognise => "recognise",
            Self::Redact => "redact",
            Self::Append => "append",
            Self::Deliver => "deliver",
            Self::Total => "total",
            Self::Hint => "hint",
            Self::HintByModel => "hint_by_model",
            Self::Model => "model",
        }
    }

    /// This stage's share of the times, in microseconds.
    fn of(self, stages: &Stages) -> Option<u64> {
        let (from, to) = match self {
            Self::Capture => (stages.captured_us, stages.received_us),
            Self::Recognise => (stages.received_us, stages.recognised_us),
            Self::Redact => (stages.recognised_us, stages.redacted_us),
            Self::Append => (stages.redacted_us, stages.appended_us),
            Self::Deliver => (stages.appended_us.or(stages.redacted_us), stages.published_us),
            // An event that is read back from the log was appended before it was published.
            Self::Total | Self::Hint | Self::HintByModel => {
                (stages.captured_us, stages.published_us.or(stages.appended_us))
            }
            Self::Model => (None, None),
        };
        let micros = |from: Timestamp, to: Timestamp| u64::try_from(to.since(from).as_micros()).ok();
        from.zip(to).and_then(|(from, to)| micros(from, to))
    }
}

/// Percentiles of one stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageLatency {
    /// The stage.
    pub stage: Stage,
    /// How many events count.
    pub count: u64,
    /// Half of them took no longer, in milliseconds.
    pub p50_ms: f64,
    /// 95 of 100 took no longer, in milliseconds.
    pub p95_ms: f64,
    /// 99 of 100 took no longer, in milliseconds.
    pub p99_ms: f64,
}

/// Adds an event's stage times to the metrics.
pub(crate) fn measure(envelope: &Envelope) {
    for (stage, us) in times(envelope) {
        histogram!(names::STAGE_SECONDS, "stage" => stage.as_str()).record(us as f64 / 1e6);
    }
}

/// The stages that an event tells of. Only words and the cards that they call for do: what else guidance says waits for
/// nobody.
fn times(envelope: &Envelope) -> impl Iterator<Item = (Stage, u64)> {
    let stages: &[Stage] = if let Event::HintShown(hint) = &envelope.event {
        if hint.model.is_some() { &[Stage::HintByModel] } else { &[Stage::Hint] }
    } else if envelope.event.utterance().is_some() {
        &Stage::ALL
    } else {
        &[]
    };
    let times = envelope.stages.captured_us.map(|_| envelope.stages);
    let of = move |stage: &Stage| times.and_then(|times| stage.of(&times)).map(|us| (*stage, us));
    stages.iter().filter_map(of)
}

/// Collects stage latencies.
#[derive(Debug)]
pub struct LatencyBoard {
    stages: Mutex<Vec<(Stage, Histogram<u64>)>>,
    slowest: Mutex<Slowest>,
}

impl Default for LatencyBoard {
    fn default() -> Self {
        let histogram = || Histogram::new_with_bounds(1, MAX_LATENCY_US, 3).expect("bounds are valid");
        let all = Stage::ALL.into_iter().chain(Stage::HINTS);
        Self {
            stages: Mutex::new(all.map(|stage| (stage, histogram())).collect()),
            slowest: Mutex::default(),
        }
    }
}

impl LatencyBoard {
    /// Counts an event. Only words, and cards that words called for, have times to count.
    pub fn record(&self, envelope: &Envelope) {
        let mut worst: Option<(Stage, u64)> = None;
        let mut total = None;
        let mut stages = self.lock();
        for (stage, us) in times(envelope) {
            if let Some((_, kept)) = stages.iter_mut().find(|(known, _)| *known == stage) {
                kept.saturating_record(us);
            }
            if stage == Stage::Total {
                total = Some(us);
            } else if worst.is_none_or(|(_, most)| most < us) {
                worst = Some((stage, us));
            }
        }
        drop(stages);
        // A card's time is in itself a total.
        if let Some((stage, us)) = worst {
            let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
            slowest.take(envelope, stage, us, total.unwrap_or(us));
        }
    }

    /// Counts what a language model took of a card's time.
    pub fn record_model(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        histogram!(names::STAGE_SECONDS, "stage" => Stage::Model.as_str()).record(took.as_secs_f64());
        if let Some((_, kept)) = self.lock().iter_mut().find(|(stage, _)| *stage == Stage::Model) {
            kept.saturating_record(us);
        }
    }

    /// The percentiles of the stages of words that have any.
    #[must_use]
    pub fn percentiles(&self) -> Vec<StageLatency> {
        self.of(&Stage::ALL)
    }

    /// The percentiles of cards.
    #[must_use]
    pub fn hints(&self) -> Vec<StageLatency> {
        self.of(&Stage::HINTS)
    }

    /// The tenant's calls with the longest times of late, the slowest first.
    #[must_use]
    pub fn slowest(&self, tenant: &TenantId) -> Vec<SlowCall> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner).of(tenant)
    }

    fn of(&self, wanted: &[Stage]) -> Vec<StageLatency> {
        let ms = |histogram: &Histogram<u64>, q| histogram.value_at_quantile(q) as f64 / 1e3;
        self.lock()
            .iter()
            .filter(|(stage, histogram)| wanted.contains(stage) && !histogram.is_empty())
            .map(|(stage, histogram)| StageLatency {
                stage: *stage,
                count: histogram.len(),
                p50_ms: ms(histogram, 0.50),
                p95_ms: ms(histogram, 0.95),
                p99_ms: ms(histogram, 0.99),
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Stage, Histogram<u64>)>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Option<Timestamp> {
        Some(Timestamp::from_millis(ms))
    }

    #[test]
    fn stages_are_the_stretches_between_their_times() {
        let stages = Stages {
            captured_us: at(1_000),
            received_us: at(1_200),
            recognised_us: at(1_500),
            redacted_us: at(1_501),
            appended_us: at(1_505),
            published_us: at(1_506),
            late: false,
        };
        let ms = |stage: Stage| stage.of(&stages).unwrap() / 1_000;
        assert_eq!(Stage::ALL.map(ms), [200, 300, 1, 4, 1, 506]);
        assert_eq!(Stage::ALL[..5].iter().map(|stage| ms(*stage)).sum::<u64>(), ms(Stage::Total));
    }

    fn envelope(call: &str, event: Event, total_ms: i64) -> Envelope {
        Envelope {
            v: events::VERSION,
            tenant: TenantId::new("acme").unwrap(),
            call_id: model::CallId::new(call).unwrap(),
            seq: 1,
            position: 1,
            stages: Stages { captured_us: at(0), published_us: at(total_ms), ..Stages::default() },
            event,
        }
    }

    fn words() -> Event {
        let start = model::MediaTime::ZERO;
        Event::UtteranceCompleted(events::TranscriptUtterance {
            id: model::UtteranceId::new(model::Channel::Customer, start),
            revision: 1,
            channel: model::Channel::Customer,
            participant: model::Participant::Customer,
            start_ms: 0,
            end_ms: 0,
            words: Vec::new(),
        })
    }

    fn card(model: Option<&str>) -> Event {
        Event::HintShown(events::HintShown {
            id: "h-1".into(),
            playbook: "save".into(),
            version: 1,
            rule: "cancel".into(),
            kind: events::HintKind::Standard,
            title: "Ask why".into(),
            why: "wants to cancel".into(),
            suggestion: None,
            source: None,
            utterance: None,
            topic: None,
            priority: 50,
            model: model.map(Into::into),
            at_ms: 0,
            life_ms: 30_000,
        })
    }

    #[test]
    fn cards_are_told_apart_from_words_and_the_models_from_the_rest() {
        let board = LatencyBoard::default();
        board.record(&envelope("one", words(), 500));
        board.record(&envelope("one", card(None), 700));
        board.record(&envelope("one", card(Some("small")), 2_000));
        board.record(&envelope("one", Event::MetricsSampled(events::CallMetrics::default()), 9_000));
        board.record_model(Duration::from_millis(1_200));
        let stages = |all: Vec<StageLatency>| -> Vec<(Stage, u64)> {
            all.into_iter().map(|row| (row.stage, row.p50_ms.round() as u64 / 10)).collect()
        };
        assert_eq!(stages(board.percentiles()), [(Stage::Total, 50)]);
        assert_eq!(
            stages(board.hints()),
            [(Stage::Hint, 70), (Stage::HintByModel, 200), (Stage::Model, 120)]
        );
    }

    #[test]
    fn the_slowest_calls_are_kept_each_with_its_longest_time() {
        let board = LatencyBoard::default();
        for n in 0..500 {
            board.record(&envelope(&format!("call-{n}"), card(None), n));
        }
        board.record(&envelope("call-499", card(None), 5));
        board.record(&envelope("call-3", card(None), 900));
        let told = board.slowest(&TenantId::new("acme").unwrap());
        let calls: Vec<_> = told.iter().map(|slow| (slow.call.as_str(), slow.total_ms)).take(3).collect();
        assert_eq!(calls, [("call-3", 900.0), ("call-499", 499.0), ("call-498", 498.0)]);
        assert!(board.slowest(&TenantId::new("other").unwrap()).is_empty());
    }

    #[test]
    fn an_event_from_the_log_has_a_total_though_it_was_logged_before_it_was_published() {
        let stages = Stages { captured_us: at(1_000), appended_us: at(1_505), ..Stages::default() };
        assert_eq!(Stage::Total.of(&stages), Some(505_000));
        assert_eq!(Stage::Deliver.of(&stages), None);
    }
}
