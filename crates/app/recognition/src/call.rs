//! Drives one call's session: opens streams, hands audio to them and results to whoever reads.
//!
//! There is no task of its own. Whoever reads the results drives everything; audio goes straight through to the
//! recogniser from whoever pushes. A call that nobody reads goes no further, and one that is dropped is gone.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use metrics::{counter, gauge, histogram};
use model::{Channel, MediaTime, Timestamp};
use ports::{AudioSink, Language, SpeechResult, TranscriberError, Transcription, TranscriptionRequest};
use thiserror::Error;
use tokio::time::{self, Sleep};

use crate::{
    fault::{Fault, explain},
    hearing::{GiveUp, HearingSession, Input, Output},
    language::narrow,
    names,
    pool::{Permit, Shared},
    roster::Refusal,
};

type Item = Result<SpeechResult, TranscriberError>;
type Opening = Pin<Box<dyn Future<Output = Result<Transcription, TranscriberError>> + Send>>;

/// Why a call has no words any more though a recogniser might be back one day.
#[derive(Debug, Error)]
enum Lost {
    #[error("no recogniser got any further for {minutes} minutes ({complaints})")]
    TooLong { minutes: u64, complaints: String },
    #[error("more audio was pushed than may wait for its words")]
    Overflow,
}

/// Opens a call's recognition.
pub(crate) async fn open(
    shared: Arc<Shared>,
    request: TranscriptionRequest,
) -> Result<Transcription, TranscriberError> {
    let patience = shared.times.open_waits;
    let call = Arc::new(Mutex::new(Call::new(shared, request)));
    let begun = poll_fn(|cx| lock(&call).poll_begun(cx));
    if let Ok(Err(error)) = time::timeout(patience, begun).await {
        return Err(error);
    }
    let audio = Box::new(Sink { call: Arc::clone(&call), finished: false });
    Ok(Transcription { audio, results: Box::pin(Results(call)) })
}

/// Both ends of a call.
struct Call {
    shared: Arc<Shared>,
    request: TranscriptionRequest,
    session: HearingSession,
    stream: Option<(u64, Permit, Stage)>,
    /// What is to be read; what one input leads to at the most.
    told: VecDeque<Item>,
    over: bool,
    timer: Option<Pin<Box<Sleep>>>,
    wake_at: Option<Timestamp>,
    reader: Option<Waker>,
    /// Who heard the call last.
    heard_by: Option<usize>,
    gauges: Gauges,
}

enum Stage {
    Opening(Opening),
    Open(Transcription),
}

/// What this call adds to the gauges.
#[derive(Default)]
struct Gauges {
    held_secs: f64,
    waiting: bool,
}

struct Sink {
    call: Arc<Mutex<Call>>,
    finished: bool,
}

struct Results(Arc<Mutex<Call>>);

impl Call {
    fn new(shared: Arc<Shared>, request: TranscriptionRequest) -> Self {
        let session = HearingSession::new(shared.rules.clone(), &request, Shared::seed(&request));
        Self {
            shared,
            request,
            session,
            stream: None,
            told: VecDeque::new(),
            over: false,
            timer: None,
            wake_at: None,
            reader: None,
            heard_by: None,
            gauges: Gauges::default(),
        }
    }

    /// Ready when a recogniser hears the call, when every one was asked, or when there is no hope.
    fn poll_begun(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TranscriberError>> {
        loop {
            self.drain();
            if self.over {
                let error = self.told.drain(..).find_map(Result::err);
                return Poll::Ready(error.map_or(Ok(()), Err));
            }
            if self.session.has_begun() {
                return Poll::Ready(Ok(()));
            }
            if !self.advance(cx) {
                return Poll::Pending;
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            self.drain();
            if let Some(item) = self.told.pop_front() {
                return Poll::Ready(Some(item));
            }
            if self.over {
                return Poll::Ready(None);
            }
            if !self.advance(cx) {
                self.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
    }

    /// Takes the next thing in that has happened; `false` when nothing has.
    fn advance(&mut self, cx: &mut Context<'_>) -> bool {
        self.advance_stream(cx) || self.advance_time(cx)
    }

    fn advance_stream(&mut self, cx: &mut Context<'_>) -> bool {
        let Some((attempt, permit, stage)) = &mut self.stream else { return false };
        let attempt = *attempt;
        match stage {
            Stage::Opening(opening) => match opening.as_mut().poll(cx) {
                Poll::Pending => return false,
                Poll::Ready(Ok(transcription)) => {
                    permit.opened();
                    let tier = permit.tier;
                    *stage = Stage::Open(transcription);
                    self.heard_by(tier);
                    self.input(Input::Opened { attempt });
                }
                Poll::Ready(Err(error)) => self.stream_failed(attempt, &error),
            },
            Stage::Open(transcription) => match transcription.results.as_mut().poll_next(cx) {
                Poll::Pending => return false,
                Poll::Ready(Some(Ok(result))) => {
                    self.input(Input::Result { attempt, result });
                    if self.session.is_heard_by(attempt)
                        && let Some((_, permit, _)) = &mut self.stream
                    {
                        permit.answered();
                    }
                }
                Poll::Ready(Some(Err(error))) => self.stream_failed(attempt, &error),
                Poll::Ready(None) => self.input(Input::Ended { attempt }),
            },
        }
        true
    }

    fn advance_time(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(wake_at) = self.wake_at else { return false };
        let instant = self.shared.instant(wake_at);
        let timer = self.timer.get_or_insert_with(|| Box::pin(time::sleep_until(instant)));
        if timer.deadline() != instant {
            timer.as_mut().reset(instant);
        }
        if timer.as_mut().poll(cx).is_pending() {
            return false;
        }
        // A timer may be early by less than it can tell apart.
        let now = self.shared.now().max(wake_at);
        self.session.handle_timeout(now);
        true
    }

    fn stream_failed(&mut self, attempt: u64, error: &TranscriberError) {
        let fault = Fault::of(error);
        if let Some((_, permit, _)) = self.stream.take() {
            permit.failed(fault, explain(error));
        }
        self.input(Input::Failed { attempt, fault });
    }

    fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(self.shared.now(), input);
    }

    /// Does what the session wants done.
    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(at) => {
                    self.wake_at = at.filter(|_| !self.over);
                    break;
                }
                Output::Open { attempt, ask, start, language } => self.ask(attempt, &ask, start, &language),
                Output::Push { channel, at, piece } => self.push(channel, at, piece.samples()),
                Output::FinishStream => {
                    if let Some((_, _, Stage::Open(transcription))) = &mut self.stream {
                        transcription.audio.finish();
                    }
                }
                Output::Abandon(fault) => {
                    if let Some((_, permit, _)) = self.stream.take() {
                        permit.failed(fault, complaint(fault).to_owned());
                    }
                }
                Output::Tell(result) => self.told.push_back(Ok(result)),
                Output::End => {
                    if let Some((_, permit, _)) = &mut self.stream {
                        permit.steady();
                    }
                    self.close();
                }
                Output::GiveUp(why) => {
                    let error = self.lost(why);
                    self.told.push_back(Err(error));
                    self.close();
                }
            }
        }
        self.measure();
    }

    /// Asks the first of these tiers that may be asked.
    fn ask(&mut self, attempt: u64, ask: &[usize], start: MediaTime, language: &Language) {
        let (mut unavailable, mut again) = (true, None::<Timestamp>);
        for &tier in ask {
            let Some(known) = self.shared.tiers.get(tier) else { continue };
            let Some(language) = narrow(language, known.languages.as_deref()) else { continue };
            match self.shared.admit(tier, self.request.sample_rate_hz) {
                Ok(permit) => {
                    let request = TranscriptionRequest { language, start, ..self.request.clone() };
                    let transcriber = Arc::clone(&known.transcriber);
                    let opening = Box::pin(async move { transcriber.open(request).await });
                    self.stream = Some((attempt, permit, Stage::Opening(opening)));
                    self.input(Input::Opening { attempt, tier });
                    return;
                }
                Err(Refusal::Unavailable) => {}
                Err(Refusal::Later(at)) => {
                    unavailable = false;
                    again = again.into_iter().chain(at).min();
                }
            }
        }
        self.input(Input::NoneTakes { attempt, unavailable, again });
    }

    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        if let Some((_, permit, Stage::Open(transcription))) = &mut self.stream {
            transcription.audio.push(channel, at, samples);
            permit.sent(channel, samples.len());
        }
    }

    fn heard_by(&mut self, tier: usize) {
        let Some(before) = self.heard_by.replace(tier) else { return };
        histogram!(names::RESENT_SECONDS).record(self.session.held().as_secs_f64());
        if before != tier {
            let (from, to) = (self.shared.tier_name(before), self.shared.tier_name(tier));
            tracing::info!(from, to, "another recogniser hears the call");
            counter!(names::FAILOVERS, "from" => from.to_owned(), "to" => to.to_owned()).increment(1);
        }
    }

    fn lost(&self, why: GiveUp) -> TranscriberError {
        let complaints = self.shared.complaints();
        match why {
            GiveUp::Unavailable => {
                let unspoken = self
                    .shared
                    .tiers
                    .iter()
                    .filter(|tier| narrow(&self.request.language, tier.languages.as_deref()).is_none());
                let unspoken = unspoken.map(|tier| format!("{}: does not speak the language", tier.name));
                let all: Vec<_> = unspoken.chain(Some(complaints).filter(|text| !text.is_empty())).collect();
                TranscriberError::Unavailable(all.join("; "))
            }
            GiveUp::TooLong => {
                let minutes = self.shared.times.give_up_after.as_secs() / 60;
                TranscriberError::Failed(Lost::TooLong { minutes, complaints }.into())
            }
            GiveUp::Overflow => TranscriberError::Failed(Lost::Overflow.into()),
        }
    }

    fn close(&mut self) {
        self.over = true;
        self.stream = None;
        self.timer = None;
    }

    /// Nobody reads any more, or nobody pushes any more.
    fn give_up(&mut self) {
        self.close();
        self.told.clear();
        self.wake();
    }

    /// Whoever pushed has changed what whoever reads waits for.
    fn wake_if(&mut self, wake_at_before: Option<Timestamp>) {
        let earlier = match (self.wake_at, wake_at_before) {
            (Some(now), Some(before)) => now < before,
            (now, None) => now.is_some(),
            (None, Some(_)) => false,
        };
        if earlier || self.over || self.stream_is_new() || !self.told.is_empty() {
            self.wake();
        }
    }

    /// Whether a stream is being opened, which only the reader can go on with.
    const fn stream_is_new(&self) -> bool {
        matches!(self.stream, Some((_, _, Stage::Opening(_))))
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn measure(&mut self) {
        let held = if self.over { 0.0 } else { self.session.held().as_secs_f64() };
        // Once a second of audio is often enough.
        let more = held - self.gauges.held_secs;
        if more.abs() >= 1.0 || self.over {
            gauge!(names::HELD_SECONDS).increment(more);
            self.gauges.held_secs = held;
        }
        let waiting = !self.over && self.session.is_waiting();
        if waiting != self.gauges.waiting {
            gauge!(names::WAITING).increment(if waiting { 1.0 } else { -1.0 });
            self.gauges.waiting = waiting;
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.over = true;
        self.measure();
    }
}

impl AudioSink for Sink {
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        let mut call = lock(&self.call);
        if call.over || samples.is_empty() {
            return;
        }
        let before = call.wake_at;
        call.input(Input::Audio { channel, at, samples });
        call.drain();
        call.wake_if(before);
    }

    fn finish(&mut self) {
        self.finished = true;
        let mut call = lock(&self.call);
        if call.over {
            return;
        }
        call.input(Input::Finish);
        call.drain();
        call.wake();
    }
}

impl Drop for Sink {
    /// A call that is given up ends its results, so that nobody waits for them.
    fn drop(&mut self) {
        if !self.finished {
            lock(&self.call).give_up();
        }
    }
}

impl Stream for Results {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        lock(&self.0).poll_next(cx)
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        lock(&self.0).give_up();
    }
}

const fn complaint(fault: Fault) -> &'static str {
    match fault {
        Fault::Hung => "it gives no answer",
        Fault::Garbled => "its results cannot be true",
        Fault::Unavailable | Fault::Busy | Fault::Failed => "it ended before the call",
    }
}

fn lock(call: &Mutex<Call>) -> MutexGuard<'_, Call> {
    call.lock().unwrap_or_else(PoisonError::into_inner)
}
