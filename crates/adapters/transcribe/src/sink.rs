//! Both ends of the queue of audio.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{Channel, MediaTime};
use ports::AudioSink;
use tokio::sync::Notify;

use crate::{
    error::StreamFailure,
    feed::{Chunk, Feed, Next},
};

/// The queue of audio between whoever pushes and the stream.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// There is something new to send, or to know.
    news: Notify,
}

#[derive(Debug)]
struct State {
    feed: Feed,
    failure: Option<StreamFailure>,
    /// The call was given up.
    is_dropped: bool,
}

/// What the stream finds in the queue.
#[derive(Debug)]
pub(crate) enum Found {
    Chunk(Chunk),
    Nothing,
    End,
    Failure(StreamFailure),
    GivenUp,
}

impl Queue {
    pub(crate) fn new(rate_hz: u32) -> Self {
        let state = State { feed: Feed::new(rate_hz), failure: None, is_dropped: false };
        Self { state: Mutex::new(state), news: Notify::new() }
    }

    /// What there is to send or to know now.
    pub(crate) fn find(&self) -> Found {
        let mut state = self.lock();
        if state.is_dropped {
            return Found::GivenUp;
        }
        if let Some(failure) = state.failure.clone() {
            return Found::Failure(failure);
        }
        match state.feed.next() {
            Next::Chunk(chunk) => Found::Chunk(chunk),
            Next::Wait => Found::Nothing,
            Next::End => Found::End,
        }
    }

    /// What waits, made up with silence.
    pub(crate) fn fill(&self) -> Chunk {
        self.lock().feed.fill()
    }

    /// How much of each channel was pushed.
    pub(crate) fn pushed(&self) -> [Duration; 2] {
        self.lock().feed.pushed()
    }

    /// Waits until there may be more to find.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that takes the audio.
#[derive(Debug)]
pub(crate) struct Sink {
    queue: Arc<Queue>,
    is_finished: bool,
}

impl Sink {
    pub(crate) const fn new(queue: Arc<Queue>) -> Self {
        Self { queue, is_finished: false }
    }
}

impl AudioSink for Sink {
    fn push(&mut self, channel: Channel, _at: MediaTime, samples: &[i16]) {
        let mut state = self.queue.lock();
        if state.failure.is_some() {
            return;
        }
        if let Err(failure) = state.feed.push(channel, samples) {
            state.failure = Some(failure);
        }
        let is_news = state.failure.is_some() || state.feed.has_chunk();
        drop(state);
        if is_news {
            self.queue.news.notify_one();
        }
    }

    fn finish(&mut self) {
        self.is_finished = true;
        self.queue.lock().feed.finish();
        self.queue.news.notify_one();
    }
}

impl Drop for Sink {
    /// A call that is given up ends its results, so that nobody waits for them.
    fn drop(&mut self) {
        if !self.is_finished {
            self.queue.lock().is_dropped = true;
            self.queue.news.notify_one();
        }
    }
}
