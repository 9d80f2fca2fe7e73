//! Places many calls, on streams that are used again when their contact is over.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use model::Timestamp;
use tokio::{task::JoinSet, time::Instant};

use crate::{
    connect::Instance,
    pace::Pace,
    place::{CallPlan, CallReport, Media, OnProgress, PlaceError, Target, place, stream_free_from},
    quirks::{Dice, Quirks},
};

/// The most calls of one batch.
pub const MAX_CALLS: usize = 10_000;

/// What every call of a batch has in common.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What is played, one call of each.
    pub media: Vec<Media>,
    /// How many calls of each are placed at once.
    pub count: usize,
    /// How often all of it is repeated, one round after the other, each on the streams of the one before.
    pub times: usize,
    /// The time between the starts of two calls of a round.
    pub stagger: Duration,
    /// The contact of the first call, instead of one of its own.
    pub contact_id: Option<String>,
    /// The stream of the first call, instead of one of its own.
    pub stream: Option<String>,
    /// How the fragments look.
    pub quirks: Quirks,
    /// What decides between all that the quirks allow; every call gets a seed of its own from it.
    pub seed: u64,
    /// How fast the calls are played.
    pub pace: Pace,
}

impl Batch {
    /// One call of each, in real time, all at once.
    #[must_use]
    pub fn new(media: Vec<Media>) -> Self {
        Self {
            media,
            count: 1,
            times: 1,
            stagger: Duration::ZERO,
            contact_id: None,
            stream: None,
            quirks: Quirks::default(),
            seed: 0,
            pace: Pace::default(),
        }
    }

    /// How many calls it is, [`MAX_CALLS`] at the most.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.media.len().saturating_mul(self.count).saturating_mul(self.times).min(MAX_CALLS)
    }

    /// Places all of them and waits for their ends. Results come in the order in which the calls ended.
    pub async fn run(self, target: Arc<Target>, progress: OnProgress) -> Vec<Result<CallReport, PlaceError>> {
        let mut streams = StreamPool::default();
        streams.free.extend(self.stream.clone().map(|name| (name, Timestamp::default())));
        let mut first_contact = self.contact_id.clone();
        let mut dice = Dice::new(self.seed);
        let mut results = Vec::new();
        let round: Vec<&Media> = (0..self.count).flat_map(|_| &self.media).collect();
        for _ in 0..self.times {
            let start = Instant::now();
            let mut running = JoinSet::new();
            for (n, media) in round.iter().enumerate() {
                if results.len() + running.len() >= MAX_CALLS {
                    break;
                }
                let mut plan = CallPlan::new((*media).clone(), &target.instance);
                (plan.stream, plan.not_before) = streams.take(&target.instance);
                plan.contact_id = first_contact.take().unwrap_or(plan.contact_id);
                (plan.quirks, plan.seed, plan.pace) = (self.quirks.clone(), dice.roll(), self.pace);
                let due = start + self.stagger.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX));
                let (target, progress) = (Arc::clone(&target), Arc::clone(&progress));
                running.spawn(async move {
                    tokio::time::sleep_until(due).await;
                    place(&plan, &target, &progress).await
                });
            }
            while let Some(ended) = running.join_next().await {
                let Ok(result) = ended else { continue };
                if let Ok(report) = &result {
                    streams.free.push_back((report.stream.clone(), stream_free_from(report)));
                }
                results.push(result);
            }
        }
        results
    }
}

/// Streams whose contact is over, and from when on their next one may begin.
#[derive(Debug, Default)]
struct StreamPool {
    free: VecDeque<(String, Timestamp)>,
}

impl StreamPool {
    fn take(&mut self, instance: &Instance) -> (String, Timestamp) {
        let new = || (instance.stream_name(&uuid::Uuid::new_v4().to_string()), Timestamp::default());
        self.free.pop_front().unwrap_or_else(new)
    }
}
