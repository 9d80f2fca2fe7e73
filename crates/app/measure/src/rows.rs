//! How many rows a second the event log makes durable.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use events::{Event, Stages, TranscriptUtterance, TranscriptWord};
use model::{CallId, CallKey, Channel, Epoch, MediaTime, Participant, TenantId, UtteranceId};
use ports::{Append, EventLog, NewEvent};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

use crate::clock::now;

/// Calls that append at once, and rows of one append: more gain nothing.
const MANY: usize = 200;
/// Whose rows they are.
const TENANT: &str = "bench-rows";
const WORDS: [&str; 8] = ["a", "sentence", "of", "eight", "words", "with", "nothing", "hidden"];

/// Rows a second.
#[derive(Clone, Copy, Debug)]
pub struct RowRates {
    /// One call, a row an append, each waited for.
    pub single: f64,
    /// Two hundred calls at once, a row an append: what the log commits together by itself.
    pub together: f64,
    /// One call, two hundred rows an append.
    pub batched: f64,
}

/// Appends for so long in each of three ways.
///
/// # Errors
/// When the log does not take a row.
pub async fn durable_rows(log: &Arc<dyn EventLog>, length: Duration) -> anyhow::Result<RowRates> {
    Ok(RowRates {
        single: rate(log, (1, 1), length).await?,
        together: rate(log, (MANY, 1), length).await?,
        batched: rate(log, (1, MANY), length).await?,
    })
}

/// Rows a second of some callers that append some rows at a time.
async fn rate(
    log: &Arc<dyn EventLog>,
    (callers, rows): (usize, usize),
    length: Duration,
) -> anyhow::Result<f64> {
    let done = Arc::new(AtomicU64::new(0));
    let mut running = JoinSet::new();
    let start = Instant::now();
    for n in 0..callers {
        let (log, done) = (Arc::clone(log), Arc::clone(&done));
        running.spawn(async move {
            // Calls of an earlier run on the same store are others.
            let id = CallId::new(format!("rows-{}-{callers}-{rows}-{n}", now().as_micros()))?;
            let key = CallKey::new(TenantId::new(TENANT)?, id);
            let mut last = log.claim(&key, Epoch::FIRST).await.context("a call cannot be claimed")?;
            while start.elapsed() < length {
                let events = (1..=rows as u64).map(|row| utterance(last + row)).collect();
                let append =
                    Append { key: key.clone(), epoch: Epoch::FIRST, after: last, now: now(), events };
                log.append(append).await.context("rows cannot be appended")?;
                last += rows as u64;
                done.fetch_add(rows as u64, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.context("an appending task failed")??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}

fn utterance(n: u64) -> NewEvent {
    let start_ms = n * 1_000;
    let words = WORDS.iter().zip(0_u64..).map(|(text, n)| TranscriptWord {
        text: (*text).to_owned(),
        start_ms: start_ms + n * 100,
        end_ms: start_ms + n * 100 + 80,
        confidence: 1.0,
        masked: None,
    });
    let event = Event::UtteranceCompleted(TranscriptUtterance {
        id: UtteranceId::new(Channel::Customer, MediaTime::from_millis(start_ms)),
        revision: 1,
        channel: Channel::Customer,
        participant: Participant::Customer,
        start_ms,
        end_ms: start_ms + 900,
        words: words.collect(),
    });
    NewEvent { stages: Stages::default(), event }
}

impl RowRates {
    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { single, together, batched } = self;
        format!(
            "rows/s     {:.1} x with {MANY} rows an append ({batched:.0}), {:.1} x with {MANY} calls at once ({together:.0}), against a row at a time ({single:.0})",
            batched / single.max(1.0),
            together / single.max(1.0),
        )
    }

    /// For machines.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"single": self.single, "together": self.together, "batched": self.batched,
            "batched_to_single": self.batched / self.single, "together_to_single": self.together / self.single})
    }
}

#[cfg(test)]
mod tests {
    use ports::testing::MemoryEventLog;

    use super::*;

    #[tokio::test]
    async fn each_way_appends_rows() {
        let log: Arc<dyn EventLog> = Arc::new(MemoryEventLog::default());
        let rates = durable_rows(&log, Duration::from_millis(20)).await.unwrap();
        assert!(rates.single > 0.0 && rates.together > 0.0 && rates.batched > 0.0, "{rates:?}");
    }
}
