//! Calls on their way into the fleet.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lab::{CallPlan, CallReport, Media, Pace, Progress, Target, place};
use model::Timestamp;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::script::Scripted;

const POLL: Duration = Duration::from_millis(20);

/// Calls that are being placed.
#[derive(Debug)]
pub struct Placing {
    calls: Vec<JoinHandle<Result<CallReport, String>>>,
    known: Arc<Mutex<Vec<Option<String>>>>,
    /// When the first was placed.
    pub since: Timestamp,
}

/// Places calls, one so long after the other.
#[must_use]
pub fn place_all(calls: &[Scripted], target: &Target, pace: Pace, stagger: Duration) -> Placing {
    let known = Arc::new(Mutex::new(vec![None; calls.len()]));
    let since = now();
    let first = Instant::now();
    let calls = calls.iter().enumerate().map(|(place, call)| {
        let (call, target, known) = (call.clone(), target.clone(), Arc::clone(&known));
        let due = first + stagger * u32::try_from(place).unwrap_or(u32::MAX);
        tokio::spawn(async move {
            tokio::time::sleep_until(due).await;
            play(call, &target, pace, known, place).await
        })
    });
    let calls = calls.collect();
    Placing { calls, known, since }
}

async fn play(
    script: Scripted,
    target: &Target,
    pace: Pace,
    known: Arc<Mutex<Vec<Option<String>>>>,
    at: usize,
) -> Result<CallReport, String> {
    let plan =
        CallPlan { seed: script.seed, pace, ..CallPlan::new(Media::Audio(script.call), &target.instance) };
    let progress = move |progress: Progress| {
        if let Progress::Triggered { call_id, .. } = progress {
            known.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(call_id);
        }
    };
    let placed = place(&plan, target, &(Arc::new(progress) as _)).await;
    placed.map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("cannot {error}: {cause}")
    })
}

impl Placing {
    /// The calls that the fleet has taken so far, by its own names.
    #[must_use]
    pub fn known(&self) -> Vec<String> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).iter().flatten().cloned().collect()
    }

    /// Waits until so many are taken.
    pub async fn until_known(&self, count: usize) {
        while self.known().len() < count {
            sleep(POLL).await;
        }
    }

    /// Waits until all are placed; the fleet's names of them, in the order of their scripts.
    ///
    /// # Errors
    /// Which calls could not be placed as they were meant to be.
    pub async fn finish(self) -> Vec<Result<String, String>> {
        let mut placed = Vec::new();
        for call in self.calls {
            placed.push(match call.await {
                Ok(Ok(report)) if report.is_clean() => {
                    report.call_id.ok_or_else(|| "it has no id".to_owned())
                }
                Ok(Ok(report)) => {
                    Err(format!("it was not placed whole: {:?} {:?}", report.errors, report.acks))
                }
                Ok(Err(error)) => Err(error),
                Err(error) => Err(error.to_string()),
            });
        }
        placed
    }
}

/// The system's time.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
