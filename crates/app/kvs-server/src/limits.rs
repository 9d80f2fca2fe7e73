//! Calls per second and connections per stream.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use model::Timestamp;

/// At most so many accepted calls in any second.
#[derive(Debug, Default)]
pub(crate) struct CallRate {
    accepted: Mutex<VecDeque<Timestamp>>,
}

impl CallRate {
    /// Accepts a call at `now`, or says that there were too many. The queue holds `per_second` times at most.
    pub(crate) fn accept(&self, now: Timestamp, per_second: usize) -> bool {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        // A time ahead of `now` means that the clock was set back: it must not block calls until then.
        accepted.retain(|&at| at <= now && now.since(at) < Duration::from_secs(1));
        if accepted.len() >= per_second {
            return false;
        }
        accepted.push_back(now);
        true
    }
}

/// Counts connections; a [`Permit`] gives its place back when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Places {
    taken: Arc<AtomicUsize>,
}

/// One taken place.
#[derive(Debug)]
pub(crate) struct Permit(Arc<AtomicUsize>);

impl Places {
    pub(crate) fn take(&self, max: usize) -> Option<Permit> {
        let more = |taken: usize| (taken < max).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Permit(Arc::clone(&self.taken)))
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sixth_call_within_a_second_is_refused_and_one_after_it_is_not() {
        let rate = CallRate::default();
        let at = Timestamp::from_millis;
        assert!((0..5).all(|n| rate.accept(at(n), 5)));
        assert!(!rate.accept(at(900), 5));
        assert!(rate.accept(at(1_001), 5));
    }

    #[test]
    fn a_dropped_permit_frees_its_place() {
        let places = Places::default();
        let first = places.take(1).unwrap();
        assert!(places.take(1).is_none());
        drop(first);
        assert!(places.take(1).is_some());
    }
}
