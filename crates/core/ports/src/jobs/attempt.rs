//! Who does a job, and what comes of it.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;

use super::{Job, JobKind};

/// The longest reason that a store keeps, in characters.
pub const MAX_WHY_CHARS: usize = 200;

/// What became of an attempt. Reasons are stored and shown: they are our own words, never a caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The job is done.
    Done,
    /// Not now: again later, unless it was tried too often.
    Retry {
        /// What was in the way.
        why: String,
        /// How long to wait; as the rules say when it is left out.
        after: Option<Duration>,
    },
    /// It cannot be done, however often it is tried.
    Failed {
        /// What is wrong with it.
        why: String,
    },
}

impl Outcome {
    /// Again, after a wait as the rules say.
    #[must_use]
    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry { why: why.into(), after: None }
    }

    /// Never.
    #[must_use]
    pub fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into() }
    }
}

/// Does jobs.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Does a job, which may have been done in part or whole before. A panic is an attempt that failed.
    async fn handle(&self, job: &Job) -> Outcome;
}

/// Makes one attempt: what a store's runner calls for each job that it took.
pub async fn attempt_job(handler: &dyn JobHandler, job: &Job) -> Outcome {
    let mut handled = handler.handle(job);
    let outcome = poll_fn(|context| {
        // A handler that panicked is dropped here and never polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| handled.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Outcome::retry("the handler panicked")))
    })
    .await;
    bounded(outcome)
}

fn bounded(outcome: Outcome) -> Outcome {
    let cut = |why: String| {
        why.char_indices()
            .nth(MAX_WHY_CHARS)
            .map_or_else(|| why.clone(), |(at, _)| why.get(..at).unwrap_or_default().to_owned())
    };
    match outcome {
        Outcome::Done => Outcome::Done,
        Outcome::Retry { why, after } => Outcome::Retry { why: cut(why), after },
        Outcome::Failed { why } => Outcome::Failed { why: cut(why) },
    }
}

/// The handlers of a process, by the kind of job that they do.
#[derive(Clone, Default)]
pub struct JobHandlers {
    by_kind: BTreeMap<JobKind, Arc<dyn JobHandler>>,
}

impl JobHandlers {
    /// No handlers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a handler for a kind of job.
    #[must_use]
    pub fn with(mut self, kind: JobKind, handler: Arc<dyn JobHandler>) -> Self {
        self.by_kind.insert(kind, handler);
        self
    }

    /// The kinds that have a handler.
    pub fn kinds(&self) -> impl Iterator<Item = &JobKind> {
        self.by_kind.keys()
    }
}

impl std::fmt::Debug for JobHandlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_kind.keys()).finish()
    }
}

#[async_trait]
impl JobHandler for JobHandlers {
    async fn handle(&self, job: &Job) -> Outcome {
        match self.by_kind.get(&job.key.kind) {
            Some(handler) => handler.handle(job).await,
            // Another host may know it: while a fleet is updated, versions work side by side.
            None => Outcome::retry("no handler of this host does jobs of this kind"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let Outcome::Failed { why } = bounded(Outcome::failed("ü".repeat(300))) else { panic!("it failed") };
        assert_eq!(why, "ü".repeat(MAX_WHY_CHARS));
        assert_eq!(bounded(Outcome::retry("short")), Outcome::retry("short"));
        assert_eq!(bounded(Outcome::Done), Outcome::Done);
    }
}
