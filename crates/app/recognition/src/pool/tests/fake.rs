//! A recogniser that hears well, and fails when it is planned to.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use futures_core::Stream;
use model::{Channel, MediaTime};
use ports::{AudioSink, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use tokio::time::{self, Sleep};

use crate::{ear::Ear, fault::Fault};

/// What becomes of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plan {
    Refuse(Fault),
    NeverOpens,
    /// Hears, and says nothing.
    Mute,
    /// Fails after so many samples of either channel.
    FailsAt(usize, Fault),
    EndsAt(usize),
    /// Gives times that cannot be.
    Lies,
    /// Says nothing for so long, then everything.
    Slow(Duration),
}

/// Streams follow the plans in turn; those after the last plan are well.
#[derive(Debug)]
pub(super) struct Fake {
    name: String,
    plans: Mutex<VecDeque<Plan>>,
    opened: Mutex<Vec<TranscriptionRequest>>,
}

struct State {
    ear: Ear,
    plan: Option<Plan>,
    /// The plan has come true.
    over: bool,
    dropped: bool,
    waker: Option<Waker>,
}

struct Sink(Arc<Mutex<State>>);

struct Results {
    state: Arc<Mutex<State>>,
    slow: Option<Pin<Box<Sleep>>>,
}

impl Fake {
    pub(super) fn new(name: &str) -> Arc<Self> {
        let name = name.to_owned();
        Arc::new(Self { name, plans: Mutex::default(), opened: Mutex::default() })
    }

    pub(super) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        lock(&self.plans).extend(plans);
    }

    pub(super) fn opened(&self) -> Vec<TranscriptionRequest> {
        lock(&self.opened).clone()
    }
}

#[async_trait]
impl Transcriber for Fake {
    fn name(&self) -> &str {
        &self.name
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let tier = if self.name == "one" { 0 } else { 1 };
        let ear = Ear::new(tier, request.start, request.sample_rate_hz);
        lock(&self.opened).push(request);
        let plan = lock(&self.plans).pop_front();
        match plan {
            Some(Plan::Refuse(fault)) => return Err(error(fault)),
            Some(Plan::NeverOpens) => std::future::pending().await,
            _ => {}
        }
        let slow = match plan {
            Some(Plan::Slow(by)) => Some(Box::pin(time::sleep(by))),
            _ => None,
        };
        let state = State { ear, plan, over: false, dropped: false, waker: None };
        let state = Arc::new(Mutex::new(state));
        let results = Results { state: Arc::clone(&state), slow };
        Ok(Transcription { audio: Box::new(Sink(state)), results: Box::pin(results) })
    }
}

impl State {
    fn next(&mut self) -> Poll<Option<Result<SpeechResult, TranscriberError>>> {
        let heard = self.ear.heard[0].len().max(self.ear.heard[1].len());
        match self.plan {
            Some(Plan::Mute) => return Poll::Pending,
            Some(Plan::FailsAt(at, fault)) if heard >= at && !self.over => {
                self.over = true;
                return Poll::Ready(Some(Err(error(fault))));
            }
            Some(Plan::EndsAt(at)) if heard >= at => return Poll::Ready(None),
            Some(Plan::Lies) if heard > 0 => {
                let through = MediaTime::from_millis(10_000_000);
                return Poll::Ready(Some(Ok(SpeechResult::Settled { channel: Channel::Customer, through })));
            }
            _ => {}
        }
        match self.ear.results.pop_front() {
            Some(result) => Poll::Ready(Some(Ok(result))),
            None if self.ear.finished || self.dropped || self.over => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl AudioSink for Sink {
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        let mut state = lock(&self.0);
        state.ear.push(channel, at, samples);
        state.wake();
    }

    fn finish(&mut self) {
        let mut state = lock(&self.0);
        state.ear.finish();
        state.wake();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.dropped = true;
        state.wake();
    }
}

impl Stream for Results {
    type Item = Result<SpeechResult, TranscriberError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(slow) = &mut self.slow {
            if slow.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.slow = None;
        }
        let mut state = lock(&self.state);
        let next = state.next();
        if next.is_pending() {
            state.waker = Some(cx.waker().clone());
        }
        next
    }
}

fn error(fault: Fault) -> TranscriberError {
    let why = || "as planned".to_owned();
    match fault {
        Fault::Unavailable => TranscriberError::Unavailable(why()),
        Fault::Busy => TranscriberError::Busy(why()),
        Fault::Garbled => TranscriberError::Garbled(why()),
        Fault::Failed | Fault::Hung => TranscriberError::Failed(why().into()),
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("no test panics with it")
}
