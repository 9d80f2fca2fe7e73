//! How long each stage takes, from the stage times that events carry.

use std::sync::{Mutex, PoisonError};

use events::{Envelope, Stages};
use hdrhistogram::Histogram;
use metrics::histogram;
use model::Timestamp;

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
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 6] =
        [Self::Capture, Self::Recognise, Self::Redact, Self::Append, Self::Deliver, Self::Total];

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
            Self::Total => (stages.captured_us, stages.published_us.or(stages.appended_us)),
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
pub(crate) fn measure(stages: &Stages) {
    for stage in Stage::ALL {
        if let Some(us) = stages.captured_us.and_then(|_| stage.of(stages)) {
            histogram!(names::STAGE_SECONDS, "stage" => stage.as_str()).record(us as f64 / 1e6);
        }
    }
}

/// Collects stage latencies.
#[derive(Debug)]
pub struct LatencyBoard {
    stages: Mutex<Vec<Histogram<u64>>>,
}

impl Default for LatencyBoard {
    fn default() -> Self {
        let histogram = || Histogram::new_with_bounds(1, MAX_LATENCY_US, 3).expect("bounds are valid");
        Self { stages: Mutex::new(Stage::ALL.iter().map(|_| histogram()).collect()) }
    }
}

impl LatencyBoard {
    /// Counts an event. Only events that began as speech have times to count.
    pub fn record(&self, envelope: &Envelope) {
        if envelope.stages.captured_us.is_none() {
            return;
        }
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        for (stage, kept) in Stage::ALL.into_iter().zip(stages.iter_mut()) {
            if let Some(us) = stage.of(&envelope.stages) {
                kept.saturating_record(us);
            }
        }
    }

    /// The percentiles of the stages that have any events.
    #[must_use]
    pub fn percentiles(&self) -> Vec<StageLatency> {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = |histogram: &Histogram<u64>, q| histogram.value_at_quantile(q) as f64 / 1e3;
        Stage::ALL
            .into_iter()
            .zip(stages.iter())
            .filter(|(_, histogram)| !histogram.is_empty())
            .map(|(stage, histogram)| StageLatency {
                stage,
                count: histogram.len(),
                p50_ms: ms(histogram, 0.50),
                p95_ms: ms(histogram, 0.95),
                p99_ms: ms(histogram, 0.99),
            })
            .collect()
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

    #[test]
    fn an_event_from_the_log_has_a_total_though_it_was_logged_before_it_was_published() {
        let stages = Stages { captured_us: at(1_000), appended_us: at(1_505), ..Stages::default() };
        assert_eq!(Stage::Total.of(&stages), Some(505_000));
        assert_eq!(Stage::Deliver.of(&stages), None);
    }
}
