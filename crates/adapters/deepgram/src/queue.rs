//! Audio between the call, which never waits, and the socket, which does.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use model::Channel;
use tokio::sync::Notify;

use crate::interleave::{Interleaver, Overflow};

/// What the socket is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send these frames.
    Audio(Bytes),
    /// Wait: nothing is there, or as many frames as may not go yet.
    Wait { waiting: usize },
    /// All audio was sent, and no more will come.
    Finished,
    /// The call is given up.
    Abandoned,
    /// Audio came that could not be taken.
    Overflow(Overflow),
}

#[derive(Debug)]
pub(crate) struct AudioQueue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    frames: Interleaver,
    end: End,
    overflow: Option<Overflow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// More audio may come.
    Open,
    Finished,
    Abandoned,
    /// Nobody sends any more.
    Closed,
}

impl AudioQueue {
    pub(crate) fn new(rate_hz: u32) -> Self {
        let state = State { frames: Interleaver::new(rate_hz), end: End::Open, overflow: None };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Takes audio; drops it when nothing can come of it any more.
    pub(crate) fn push(&self, channel: Channel, samples: &[i16]) {
        let mut state = self.lock();
        if state.end != End::Open || state.overflow.is_some() {
            return;
        }
        if let Err(overflow) = state.frames.push(channel, samples) {
            state.overflow = Some(overflow);
            state.frames.clear();
        }
        drop(state);
        self.changed.notify_one();
    }

    /// No more audio will come.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        if state.end == End::Open {
            state.frames.finish();
            state.end = End::Finished;
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The caller is gone. What was finished is still carried to its end.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        if state.end == End::Open {
            state.frames.clear();
            state.end = End::Abandoned;
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The socket is gone.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.frames.clear();
        state.end = End::Closed;
    }

    /// What to do next, with `most` frames at most.
    pub(crate) fn next(&self, most: usize) -> Next {
        let mut state = self.lock();
        if let Some(overflow) = state.overflow {
            return Next::Overflow(overflow);
        }
        match (state.end, state.frames.waiting()) {
            (End::Abandoned | End::Closed, _) => Next::Abandoned,
            (End::Finished, 0) => Next::Finished,
            (End::Open | End::Finished, waiting) if waiting == 0 || most == 0 => Next::Wait { waiting },
            (End::Open | End::Finished, _) => Next::Audio(state.frames.take(most)),
        }
    }

    /// How many samples of a channel were pushed.
    pub(crate) fn pushed(&self, channel: Channel) -> u64 {
        self.lock().frames.pushed(channel)
    }

    /// Until something changed since the last time.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> AudioQueue {
        let queue = AudioQueue::new(8_000);
        queue.push(Channel::Customer, &[1, 2]);
        queue.push(Channel::ToCustomer, &[3]);
        queue
    }

    #[test]
    fn audio_goes_before_the_end() {
        let queue = queue();
        queue.finish();
        assert_eq!(queue.next(0), Next::Wait { waiting: 2 });
        assert_eq!(queue.next(9), Next::Audio(Bytes::from_static(&[1, 0, 3, 0, 2, 0, 0, 0])));
        assert_eq!(queue.next(9), Next::Finished);
    }

    #[test]
    fn a_call_that_is_given_up_sends_nothing_more() {
        let queue = queue();
        queue.abandon();
        queue.push(Channel::Customer, &[4]);
        assert_eq!(queue.next(9), Next::Abandoned);
    }

    #[test]
    fn a_finished_call_is_carried_to_its_end_when_its_caller_goes() {
        let queue = queue();
        queue.finish();
        queue.abandon();
        assert!(matches!(queue.next(9), Next::Audio(_)));
        assert_eq!(queue.next(9), Next::Finished);
    }

    #[test]
    fn audio_that_cannot_be_held_fails_the_stream() {
        let queue = AudioQueue::new(8_000);
        for _ in 0..60 {
            queue.push(Channel::Customer, &[0; 8_000]);
        }
        assert_eq!(queue.next(9), Next::Overflow(Overflow::Channel));
    }
}
