//! Results on their way to whoever reads them.
//!
//! A slow reader costs nothing but its own delay: an unread partial or position is replaced by its successor, and
//! when [`MAX_UNREAD_FINALS`] finals wait, recognition of that call pauses until some are read. Nothing final is
//! dropped.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use model::Channel;
use ports::{SpeechResult, TranscriberError};

/// Finals that may wait for the reader before the call's recognition pauses.
pub(crate) const MAX_UNREAD_FINALS: usize = 1_024;

type Item = Result<SpeechResult, TranscriberError>;

/// What is to be read of one call.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Item>,
    finals: usize,
    waker: Option<Waker>,
    /// Nothing more will be put in.
    ended: bool,
    /// Nobody reads any more.
    abandoned: bool,
}

impl Outbox {
    /// Adds a result; it replaces an unread one that it makes worthless.
    pub(crate) fn put(&self, result: SpeechResult) {
        let mut state = self.lock();
        if state.ended || state.abandoned {
            return;
        }
        let last = state.items.iter_mut().rev().find_map(|item| {
            let known = item.as_mut().ok()?;
            (channel(known) == channel(&result)).then_some(known)
        });
        match last {
            Some(known) if supersedes(&result, known) => *known = result,
            _ => {
                state.finals += usize::from(matches!(result, SpeechResult::Final { .. }));
                state.items.push_back(Ok(result));
            }
        }
        wake(state);
    }

    /// Ends the results after those that wait.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        wake(state);
    }

    /// Ends the results with an error.
    pub(crate) fn fail(&self, error: TranscriberError) {
        let mut state = self.lock();
        if !state.ended {
            state.items.push_back(Err(error));
            state.ended = true;
        }
        wake(state);
    }

    /// Whether recognition must wait for the reader.
    pub(crate) fn is_full(&self) -> bool {
        self.lock().finals >= MAX_UNREAD_FINALS
    }

    /// Whether nothing can be put in any more.
    pub(crate) fn is_closed(&self) -> bool {
        let state = self.lock();
        state.ended || state.abandoned
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the reader, who may read at once: not under the lock.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The channel that a result is of; none when it is of both.
const fn channel(result: &SpeechResult) -> Option<Channel> {
    match result {
        SpeechResult::Partial { channel, .. }
        | SpeechResult::Final { channel, .. }
        | SpeechResult::Settled { channel, .. } => Some(*channel),
        SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => None,
    }
}

/// Whether `new` says all that an unread `old` of the same channel says.
fn supersedes(new: &SpeechResult, old: &SpeechResult) -> bool {
    match (new, old) {
        (
            SpeechResult::Partial { start, .. } | SpeechResult::Final { start, .. },
            SpeechResult::Partial { start: old_start, .. },
        ) => start == old_start && matches!(new, SpeechResult::Partial { .. }),
        (SpeechResult::Settled { .. }, SpeechResult::Settled { .. }) => true,
        (SpeechResult::Settled { .. }, SpeechResult::Partial { .. } | SpeechResult::Final { .. })
        | (
            SpeechResult::Partial { .. } | SpeechResult::Final { .. },
            SpeechResult::Final { .. } | SpeechResult::Settled { .. },
        )
        | (SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. }, _)
        | (_, SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. }) => false,
    }
}

/// The reader's end. Reading from a full box lets `on_room` know.
pub(crate) struct Results {
    outbox: Arc<Outbox>,
    on_room: Box<dyn Fn() + Send>,
}

impl Results {
    pub(crate) fn new(outbox: Arc<Outbox>, on_room: impl Fn() + Send + 'static) -> Self {
        Self { outbox, on_room: Box::new(on_room) }
    }
}

impl Stream for Results {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let mut state = self.outbox.lock();
        let Some(item) = state.items.pop_front() else {
            if state.ended {
                return Poll::Ready(None);
            }
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        let was_full = state.finals >= MAX_UNREAD_FINALS;
        state.finals -= usize::from(matches!(item, Ok(SpeechResult::Final { .. })));
        let has_room = state.finals < MAX_UNREAD_FINALS;
        drop(state);
        if was_full && has_room {
            (self.on_room)();
        }
        Poll::Ready(Some(item))
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        let mut state = self.outbox.lock();
        state.abandoned = true;
        state.items.clear();
        drop(state);
        (self.on_room)();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};
    use model::MediaTime;

    use super::*;

    fn partial(start: u64, end: u64) -> SpeechResult {
        SpeechResult::Partial {
            channel: Channel::Customer,
            start: MediaTime::from_millis(start),
            end: MediaTime::from_millis(end),
            words: Vec::new(),
            late: false,
        }
    }

    fn last(start: u64) -> SpeechResult {
        SpeechResult::Final {
            channel: Channel::Customer,
            start: MediaTime::from_millis(start),
            end: MediaTime::from_millis(start + 100),
            words: Vec::new(),
            late: false,
        }
    }

    fn settled(channel: Channel, through: u64) -> SpeechResult {
        SpeechResult::Settled { channel, through: MediaTime::from_millis(through) }
    }

    fn read(results: &mut Results) -> Vec<SpeechResult> {
        std::iter::from_fn(|| results.next().now_or_never().flatten()).map(Result::unwrap).collect()
    }

    #[test]
    fn unread_partials_and_positions_are_replaced_and_finals_never() {
        let outbox = Arc::new(Outbox::default());
        let mut results = Results::new(Arc::clone(&outbox), || ());
        for end in 1..50 {
            outbox.put(partial(0, end));
            outbox.put(settled(Channel::ToCustomer, end));
        }
        outbox.put(last(0));
        outbox.put(settled(Channel::Customer, 100));
        outbox.put(partial(200, 250));
        outbox.put(last(200));
        let expected = vec![
            partial(0, 49),
            settled(Channel::ToCustomer, 49),
            last(0),
            settled(Channel::Customer, 100),
            partial(200, 250),
            last(200),
        ];
        assert_eq!(read(&mut results), expected);
    }

    #[test]
    fn a_full_box_says_so_and_tells_when_there_is_room() {
        let outbox = Arc::new(Outbox::default());
        let told = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = Arc::clone(&told);
        let mut results = Results::new(Arc::clone(&outbox), move || {
            counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        });
        for start in 0..MAX_UNREAD_FINALS {
            outbox.put(last(start as u64));
        }
        assert!(outbox.is_full());
        results.next().now_or_never().unwrap();
        assert!(!outbox.is_full());
        assert_eq!(told.load(std::sync::atomic::Ordering::SeqCst), 1);
    }

    #[test]
    fn the_stream_ends_after_what_waits() {
        let outbox = Arc::new(Outbox::default());
        let mut results = Results::new(Arc::clone(&outbox), || ());
        outbox.put(last(0));
        outbox.end();
        outbox.put(last(1));
        assert!(matches!(results.next().now_or_never(), Some(Some(Ok(_)))));
        assert!(matches!(results.next().now_or_never(), Some(None)));
    }
}
