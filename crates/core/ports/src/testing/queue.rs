//! A queue in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use model::Timestamp;

use crate::{Queue, QueueError, QueueMessage};

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A queue within one process. Clones are the same queue. It waits only for messages, never for time.
#[derive(Clone)]
pub struct MemoryQueue {
    state: Arc<Mutex<State>>,
    clock: Clock,
    visibility: Duration,
    max_attempts: u32,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: VecDeque<Entry>,
    in_flight: BTreeMap<String, (Entry, Timestamp)>,
    dead: Vec<Bytes>,
    wakers: Vec<Waker>,
}

#[derive(Clone)]
struct Entry {
    body: Bytes,
    attempts: u32,
    not_before: Option<Timestamp>,
}

impl fmt::Debug for MemoryQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryQueue")
    }
}

impl MemoryQueue {
    /// An empty queue by this clock: what was received comes again after `visibility`, at most `max_attempts` times.
    #[must_use]
    pub fn new(clock: Clock, visibility: Duration, max_attempts: u32) -> Self {
        Self { state: Arc::default(), clock, visibility, max_attempts }
    }

    /// What came too often.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<Bytes> {
        self.lock().dead.clone()
    }

    /// Whether nothing waits and nothing is being handled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let state = self.lock();
        state.waiting.is_empty() && state.in_flight.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, entry: Entry) {
        self.waiting.push_back(entry);
        self.wakers.drain(..).for_each(Waker::wake);
    }

    fn take(&mut self, now: Timestamp, visibility: Duration, max_attempts: u32) -> Option<QueueMessage> {
        let late = self.in_flight.iter().filter(|(_, (_, until))| *until <= now);
        let late: Vec<String> = late.map(|(receipt, _)| receipt.clone()).collect();
        for receipt in late {
            if let Some((entry, _)) = self.in_flight.remove(&receipt) {
                self.waiting.push_front(entry);
            }
        }
        loop {
            let due = |entry: &Entry| entry.not_before.is_none_or(|at| at <= now);
            let at = self.waiting.iter().position(due)?;
            let mut entry = self.waiting.remove(at)?;
            if entry.attempts >= max_attempts {
                self.dead.push(entry.body);
                continue;
            }
            entry.attempts += 1;
            entry.not_before = None;
            self.next += 1;
            let receipt = self.next.to_string();
            let message =
                QueueMessage { body: entry.body.clone(), attempts: entry.attempts, receipt: receipt.clone() };
            self.in_flight.insert(receipt, (entry, now + visibility));
            return Some(message);
        }
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, _group: &str, body: Bytes) -> Result<(), QueueError> {
        self.lock().add(Entry { body, attempts: 0, not_before: None });
        Ok(())
    }

    async fn receive(&self, max: u32, wait: Duration) -> Result<Vec<QueueMessage>, QueueError> {
        let taken = poll_fn(|context| {
            let now = (self.clock)();
            let mut state = self.lock();
            let mut taken = Vec::new();
            while taken.len() < usize::try_from(max).unwrap_or(usize::MAX) {
                match state.take(now, self.visibility, self.max_attempts) {
                    Some(message) => taken.push(message),
                    None => break,
                }
            }
            if taken.is_empty() && !wait.is_zero() {
                state.wakers.push(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(taken)
        });
        Ok(taken.await)
    }

    async fn delete(&self, message: &QueueMessage) -> Result<(), QueueError> {
        self.lock().in_flight.remove(&message.receipt);
        Ok(())
    }

    async fn put_back(&self, message: &QueueMessage, delay: Duration) -> Result<(), QueueError> {
        let now = (self.clock)();
        let mut state = self.lock();
        if let Some((entry, _)) = state.in_flight.remove(&message.receipt) {
            let not_before = (!delay.is_zero()).then(|| now + delay);
            state.add(Entry { not_before, ..entry });
        }
        Ok(())
    }
}
