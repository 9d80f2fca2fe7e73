//! A bus in memory.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use async_trait::async_trait;

use crate::{Bus, BusError, BusMessage, BusSubscription, Received};

/// Messages that wait for one subscriber; beyond it all that wait are dropped, and it is told so.
const MAX_WAITING: usize = 65_536;

/// A bus within one process. Clones are the same bus.
#[derive(Clone, Debug, Default)]
pub struct MemoryBus(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    subscribers: Vec<Arc<Mutex<Waiting>>>,
    away: bool,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Received>,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Subscription(Arc<Mutex<Waiting>>);

impl MemoryBus {
    /// A bus without subscribers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on the bus takes nothing, or works again; subscribers are then told that they may have lost
    /// messages.
    pub fn set_away(&self, away: bool) {
        let mut state = lock(&self.0);
        if std::mem::replace(&mut state.away, away) && !away {
            state.hand_out(&[Received::Lost]);
        }
    }
}

impl State {
    fn hand_out(&mut self, messages: &[Received]) {
        self.subscribers.retain(|subscriber| Arc::strong_count(subscriber) > 1);
        for subscriber in &self.subscribers {
            let mut waiting = lock(subscriber);
            waiting.messages.extend(messages.iter().cloned());
            if waiting.messages.len() > MAX_WAITING {
                waiting.messages = VecDeque::from([Received::Lost]);
            }
            if let Some(waker) = waiting.waker.take() {
                waker.wake();
            }
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, messages: &[BusMessage]) -> Result<(), BusError> {
        let mut state = lock(&self.0);
        if state.away {
            return Err(BusError::Failed("the bus is away".into()));
        }
        let messages: Vec<Received> = messages.iter().cloned().map(Received::Message).collect();
        state.hand_out(&messages);
        Ok(())
    }

    async fn subscribe(&self) -> Result<Box<dyn BusSubscription>, BusError> {
        let waiting = Arc::default();
        lock(&self.0).subscribers.push(Arc::clone(&waiting));
        Ok(Box::new(Subscription(waiting)))
    }
}

#[async_trait]
impl BusSubscription for Subscription {
    async fn next(&mut self) -> Vec<Received> {
        poll_fn(|context| {
            let mut waiting = lock(&self.0);
            if waiting.messages.is_empty() {
                waiting.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(waiting.messages.drain(..).collect())
        })
        .await
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
