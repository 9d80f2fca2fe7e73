//! A recogniser that plays a script.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use futures_core::Stream;
use model::{CallId, Channel, MediaTime, Pii, SpokenWord};

use crate::{AudioSink, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest};

/// One line of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum ScriptLine {
    /// Given once the audio of the result's channel has been pushed up to `at`, and not before.
    Result {
        /// The position that the audio must pass.
        at: MediaTime,
        /// What is given.
        result: SpeechResult,
    },
    /// The recogniser fails once this channel's audio has been pushed up to `at`, and gives nothing after.
    Failure {
        /// The channel to watch.
        channel: Channel,
        /// The position that the audio must pass.
        at: MediaTime,
    },
}

/// Gives the results of a script as the pushed audio passes their positions: no clock, so the same audio
/// always gives the same results. After the last audio it gives the finals whose speech has begun, then one
/// `Settled` per channel.
#[derive(Clone, Debug, Default)]
pub struct ScriptedTranscriber {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    script: Vec<ScriptLine>,
    by_call: BTreeMap<CallId, Vec<ScriptLine>>,
    unavailable: Option<String>,
    opened: Vec<TranscriptionRequest>,
}

/// What the two ends of one recognition share.
#[derive(Debug, Default)]
struct Call {
    rate_hz: u32,
    script: Vec<ScriptLine>,
    heard: [MediaTime; 2],
    ready: VecDeque<Result<SpeechResult, TranscriberError>>,
    ended: bool,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Sink(Arc<Mutex<Call>>);

#[derive(Debug)]
struct Results(Arc<Mutex<Call>>);

impl ScriptedTranscriber {
    /// A recogniser that plays `script` for every call.
    #[must_use]
    pub fn new(script: impl IntoIterator<Item = ScriptLine>) -> Self {
        let this = Self::default();
        lock(&this.state).script = script.into_iter().collect();
        this
    }

    /// Plays another script for one call.
    pub fn script_call(&self, call: &CallId, script: impl IntoIterator<Item = ScriptLine>) {
        lock(&self.state).by_call.insert(call.clone(), script.into_iter().collect());
    }

    /// From here on calls are refused with this text, or taken again.
    pub fn set_unavailable(&self, detail: Option<&str>) {
        lock(&self.state).unavailable = detail.map(str::to_owned);
    }

    /// What was asked for so far, in order.
    #[must_use]
    pub fn opened(&self) -> Vec<TranscriptionRequest> {
        lock(&self.state).opened.clone()
    }
}

impl ScriptLine {
    /// A final of the words of `text`, spread evenly over the speech, given 300 ms after its end.
    #[must_use]
    pub fn said(channel: Channel, start_ms: u64, end_ms: u64, text: &str) -> Self {
        let (start, end) = (MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms));
        let words = spread(start_ms, end_ms, text);
        let result = SpeechResult::Final { channel, start, end, words, late: false };
        Self::Result { at: MediaTime::from_millis(end_ms + 300), result }
    }

    /// A partial of the words of `text`, given when the audio has passed `end_ms`.
    #[must_use]
    pub fn heard(channel: Channel, start_ms: u64, end_ms: u64, text: &str) -> Self {
        let (start, end) = (MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms));
        let words = spread(start_ms, end_ms, text);
        Self::Result { at: end, result: SpeechResult::Partial { channel, start, end, words, late: false } }
    }

    fn due(&self, heard: &[MediaTime; 2]) -> bool {
        let (channel, at) = match self {
            Self::Result { at, result } => (channel(result), *at),
            Self::Failure { channel, at } => (*channel, *at),
        };
        at <= of(heard, channel)
    }

    /// Whether the end of the audio brings this line on before its position.
    fn due_at_finish(&self, heard: &[MediaTime; 2]) -> bool {
        match self {
            Self::Result { result: SpeechResult::Final { channel, start, .. }, .. } => {
                *start < of(heard, *channel)
            }
            Self::Result { .. } | Self::Failure { .. } => false,
        }
    }
}

impl Call {
    fn push(&mut self, channel: Channel, end: MediaTime) {
        match channel {
            Channel::Customer => self.heard[0] = self.heard[0].max(end),
            Channel::ToCustomer => self.heard[1] = self.heard[1].max(end),
        }
        let heard = self.heard;
        self.give(|line| line.due(&heard));
    }

    fn finish(&mut self) {
        let heard = self.heard;
        self.give(|line| line.due_at_finish(&heard));
        if !self.ended {
            let settled = Channel::ALL
                .map(|channel| Ok(SpeechResult::Settled { channel, through: of(&heard, channel) }));
            self.ready.extend(settled);
        }
        self.ended = true;
        self.wake();
    }

    /// Gives the lines that are due, in the order of the script.
    fn give(&mut self, due: impl Fn(&ScriptLine) -> bool) {
        if self.ended {
            return;
        }
        let (now, later) = std::mem::take(&mut self.script).into_iter().partition(due);
        self.script = later;
        for line in now {
            match line {
                ScriptLine::Result { result, .. } => self.ready.push_back(Ok(result)),
                ScriptLine::Failure { .. } => {
                    self.ready.push_back(Err(TranscriberError::Failed("as scripted".into())));
                    self.ended = true;
                    break;
                }
            }
        }
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[async_trait]
impl Transcriber for ScriptedTranscriber {
    fn name(&self) -> &'static str {
        "scripted"
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let mut state = lock(&self.state);
        if let Some(detail) = &state.unavailable {
            return Err(TranscriberError::Unavailable(detail.clone()));
        }
        let script = state.by_call.get(&request.call).unwrap_or(&state.script).clone();
        let call = Call { rate_hz: request.sample_rate_hz, script, ..Call::default() };
        state.opened.push(request);
        let call = Arc::new(Mutex::new(call));
        Ok(Transcription { audio: Box::new(Sink(Arc::clone(&call))), results: Box::pin(Results(call)) })
    }
}

impl AudioSink for Sink {
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        let mut call = lock(&self.0);
        let first = at.as_samples(call.rate_hz);
        let end = first.saturating_add(u64::try_from(samples.len()).unwrap_or(u64::MAX));
        let end = MediaTime::from_samples(end, call.rate_hz);
        call.push(channel, end);
    }

    fn finish(&mut self) {
        lock(&self.0).finish();
    }
}

impl Drop for Sink {
    /// A call that is given up ends its results, so that nobody waits for them.
    fn drop(&mut self) {
        let mut call = lock(&self.0);
        call.ended = true;
        call.wake();
    }
}

impl Stream for Results {
    type Item = Result<SpeechResult, TranscriberError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut call = lock(&self.0);
        match call.ready.pop_front() {
            Some(result) => Poll::Ready(Some(result)),
            None if call.ended => Poll::Ready(None),
            None => {
                call.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn spread(start_ms: u64, end_ms: u64, text: &str) -> Vec<SpokenWord> {
    let count = u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX).max(1);
    let each = end_ms.saturating_sub(start_ms) / count;
    let words = text.split_whitespace().zip(0_u64..).map(|(word, n)| SpokenWord {
        text: Pii::new(word.to_owned()),
        start: MediaTime::from_millis(start_ms + n * each),
        end: MediaTime::from_millis(start_ms + (n + 1) * each),
        confidence: 0.9,
    });
    words.collect()
}

const fn channel(result: &SpeechResult) -> Channel {
    match result {
        SpeechResult::Partial { channel, .. }
        | SpeechResult::Final { channel, .. }
        | SpeechResult::Settled { channel, .. } => *channel,
        // What is said of no channel comes with the first.
        SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => Channel::Customer,
    }
}

const fn of(heard: &[MediaTime; 2], channel: Channel) -> MediaTime {
    match channel {
        Channel::Customer => heard[0],
        Channel::ToCustomer => heard[1],
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
