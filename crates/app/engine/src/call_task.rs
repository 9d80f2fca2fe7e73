//! One call: drives its session over the open body, the recogniser, signals and time.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use call::{AudioSpan, CallConfig, CallSession, Checkpoint, Command, Input, Origin, Output, StartAt};
use contacts::{ContactSignal, SignalKind};
use events::{
    AgentRef, CallEndReason, CallEnded, CallStarted, Event, Gap, Hold, Quarantined, Stages,
    TranscriptionState, TranscriptionStatus,
};
use metrics::counter;
use mkv::{FragmentReader, Item};
use model::{CallId, ContactId, FragmentNumber, MediaTime, StreamName, TenantId, Timestamp};
use ports::{MediaBody, MediaSourceError, NewEvent, SpeechResult, TranscriberError, TranscriptionRequest};
use tokio::{sync::mpsc, time};
use tracing::Instrument;

use crate::{
    contact_state::ContactState,
    engine::Shared,
    journal::Journal,
    names,
    recording::CallRecording,
    speech::{Speech, Words},
};

/// How long the recogniser may say nothing while it is waited for, before the call goes on without words. Slow is no
/// reason to stop; silent is.
const MAX_SILENT: Duration = Duration::from_secs(120);

/// What a call is carried by.
pub(crate) struct CallPlan {
    pub(crate) tenant: TenantId,
    pub(crate) call: CallId,
    pub(crate) contact: ContactId,
    pub(crate) also_accepted: Vec<ContactId>,
    pub(crate) stream: StreamName,
    pub(crate) start: Option<Timestamp>,
    pub(crate) start_fragment: Option<FragmentNumber>,
    pub(crate) stop_fragment: Option<FragmentNumber>,
    /// What is said of the call when its first sample is known.
    pub(crate) about: CallStarted,
    /// What an earlier owner has logged.
    pub(crate) already: Vec<Event>,
}

/// What woke the task.
enum Wake {
    Opened(Result<Box<dyn MediaBody>, MediaSourceError>),
    Body(Result<Option<Bytes>, MediaSourceError>),
    Signal(Option<ContactSignal>),
    Speech(Option<Result<SpeechResult, TranscriberError>>),
    Timer,
    Stop,
}

type Opening = Pin<Box<dyn Future<Output = Result<Box<dyn MediaBody>, MediaSourceError>> + Send>>;

/// The stream as far as it is open.
enum Media {
    Closed,
    Opening(Opening),
    Open(Box<dyn MediaBody>),
}

/// One call's task.
pub(crate) struct CallTask {
    shared: Arc<Shared>,
    stream: StreamName,
    about: Option<CallStarted>,
    resumed: bool,
    /// What an earlier owner knew of the contact.
    told_before: Vec<Input>,
    journal: Journal,
    session: CallSession,
    reader: FragmentReader,
    media: Media,
    signals: mpsc::Receiver<ContactSignal>,
    signals_open: bool,
    contact: ContactState,
    speech: Option<Speech>,
    request: TranscriptionRequest,
    recording: CallRecording,
    wake_at: Timestamp,
    /// The body is not read: recognition is behind.
    paused: bool,
    /// When the recogniser last said something, or began to be waited for.
    heard_at: Timestamp,
    ended: Option<(CallEndReason, MediaTime)>,
    /// Events of one step, appended together.
    pending: Vec<NewEvent>,
}

impl CallTask {
    pub(crate) fn new(shared: Arc<Shared>, plan: CallPlan, signals: mpsc::Receiver<ContactSignal>) -> Self {
        let now = shared.now();
        let mut config = CallConfig::new(plan.contact);
        config.also_accepted = plan.also_accepted;
        config.start = plan.start;
        config.start_fragment = plan.start_fragment;
        config.stop_fragment = plan.stop_fragment;
        config.jitter_seed = u64::try_from(now.as_micros()).unwrap_or(0);
        config.timing.idle_timeout = shared.options.idle_timeout;
        let request = TranscriptionRequest {
            tenant: plan.tenant.clone(),
            call: plan.call.clone(),
            sample_rate_hz: call::SAMPLE_RATE_HZ,
        };
        let resumed = !plan.already.is_empty();
        let origin = Timestamp::from_millis(plan.about.started_at_ms);
        let told_before = plan.already.iter().filter_map(|event| told_again(event, origin)).collect();
        // Position zero is where the log says it is, whether or not the stream still holds it.
        config.resume = resumed.then_some(Checkpoint {
            last_complete: None,
            producer_time: Some(origin),
            origin: Some(Origin { timecode_ms: plan.about.started_at_ms, wall: origin }),
            samples: [0, 0],
        });
        let contact = ContactState::of(&plan.already);
        Self {
            stream: plan.stream,
            about: (!resumed).then_some(plan.about),
            resumed,
            recording: CallRecording::start(&shared, &plan.tenant, &plan.call),
            journal: Journal::start(Arc::clone(&shared), plan.tenant, plan.call, plan.already),
            session: CallSession::new(config, now),
            told_before,
            reader: FragmentReader::new(mkv::Limits::CONNECT),
            media: Media::Closed,
            signals,
            signals_open: true,
            contact,
            speech: None,
            request,
            wake_at: now,
            paused: false,
            heard_at: now,
            ended: None,
            pending: Vec::new(),
            shared,
        }
    }

    /// Carries the call to its end.
    pub(crate) async fn run(mut self) {
        let span = tracing::info_span!("call", call.id = %self.request.call, stream = %self.stream);
        async move {
            tracing::info!("carrying a call");
            self.open_speech().await;
            self.drain();
            for input in std::mem::take(&mut self.told_before) {
                self.input(input);
            }
            self.flush().await;
            while self.ended.is_none() {
                self.pace();
                let wake = self.wait().await;
                if matches!(wake, Wake::Stop) {
                    tracing::info!("the process stops; the call stays unfinished in the log");
                    return;
                }
                self.handle(wake);
                self.flush().await;
            }
            let mut stopping = self.shared.stopping.clone();
            tokio::select! {
                () = self.finish() => {}
                _ = stopping.wait_for(|stop| *stop) => {
                    tracing::info!("the process stops before the call's end is logged; it will be carried again");
                }
            }
        }
        .instrument(span)
        .await;
    }

    /// Opens the recogniser and says whether words can be expected.
    async fn open_speech(&mut self) {
        let mut status = self.shared.transcription();
        if let Some(transcriber) = self.shared.parts.transcriber.clone() {
            match Speech::open(transcriber.as_ref(), self.request.clone()).await {
                Ok(speech) => self.speech = Some(speech),
                Err(error) => status = failed(&error),
            }
        }
        if self.speech.is_none() {
            self.recording.give_up_unredacted();
        }
        self.tell(Event::TranscriptionStatus(status));
    }

    /// Reads no further while recognition is behind, and tells the session, so that it takes the silence for ours.
    fn pace(&mut self) {
        let now = self.shared.now();
        if self.paused && now.since(self.heard_at) >= MAX_SILENT {
            let detail = Some("the recogniser hangs".to_owned());
            self.speech_failed(&TranscriptionStatus {
                state: TranscriptionState::Failed,
                recogniser: None,
                detail,
            });
        }
        let behind = self.speech.as_ref().is_some_and(Speech::is_behind);
        if behind != self.paused {
            self.paused = behind;
            self.heard_at = now;
            self.input(if behind { Input::ReadingPaused } else { Input::ReadingResumed });
        }
    }

    async fn wait(&mut self) -> Wake {
        let now = self.shared.now();
        let mut stopping = self.shared.stopping.clone();
        let given_up = self.paused.then(|| self.heard_at + MAX_SILENT);
        let wake_at = given_up.map_or(self.wake_at, |at| at.min(self.wake_at));
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => Wake::Stop,
            signal = self.signals.recv(), if self.signals_open => Wake::Signal(signal),
            result = next_words(self.speech.as_mut()) => Wake::Speech(result),
            () = time::sleep(wake_at.since(now)) => Wake::Timer,
            wake = next_media(&mut self.media), if !self.paused => wake,
        }
    }

    fn handle(&mut self, wake: Wake) {
        match wake {
            Wake::Opened(Ok(body)) => {
                self.media = Media::Open(body);
                self.reader = FragmentReader::new(mkv::Limits::CONNECT);
                self.input(Input::Opened);
            }
            Wake::Opened(Err(error)) => self.body_failed(&error),
            Wake::Body(Ok(Some(bytes))) => {
                self.reader.push(&bytes);
                self.read();
            }
            Wake::Body(Ok(None)) => {
                self.media = Media::Closed;
                self.reader.finish();
                self.read();
                self.input(Input::BodyClosed);
            }
            Wake::Body(Err(error)) => self.body_failed(&error),
            Wake::Signal(Some(signal)) => self.signal(signal),
            Wake::Signal(None) => self.signals_open = false,
            Wake::Speech(result) => self.words(result),
            Wake::Timer => {
                self.session.handle_timeout(self.shared.now());
                self.drain();
            }
            Wake::Stop => {}
        }
    }

    fn body_failed(&mut self, error: &MediaSourceError) {
        let retryable = error.is_retryable();
        counter!(names::REOPENED, "cause" => if retryable { "failed" } else { "gone" }).increment(1);
        tracing::warn!(error = error as &dyn std::error::Error, "the stream broke off");
        self.media = Media::Closed;
        self.input(Input::BodyFailed { retryable });
    }

    /// Feeds what the reader has of the body to the session.
    fn read(&mut self) {
        while let Some(item) = self.reader.next() {
            match item {
                Item::Fragment(fragment) => {
                    self.input(Input::Fragment(fragment));
                    if let Some(spent) = self.session.take_spent() {
                        self.reader.recycle(spent);
                    }
                }
                Item::Damaged { skipped, reason, .. } => self.input(Input::Damaged { skipped, reason }),
            }
        }
    }

    fn signal(&mut self, signal: ContactSignal) {
        if !self.contact.is_news(&signal.kind) {
            return;
        }
        let at = signal.at;
        let named = |agent: contacts::Agent| (agent.arn, agent.name.map(model::Pii::into_exposed));
        let input = match signal.kind {
            SignalKind::AgentConnected(agent) => {
                let (id, name) = named(agent);
                Input::AgentConnected { id, name, at }
            }
            SignalKind::AgentDisconnected(agent) => {
                let (id, name) = named(agent);
                Input::AgentDisconnected { id, name, at }
            }
            SignalKind::HoldStarted => Input::HoldStarted { at },
            SignalKind::HoldEnded => Input::HoldEnded { at },
            SignalKind::Disconnected => Input::Disconnected { at },
        };
        self.input(input);
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(self.shared.now(), input);
        self.drain();
    }

    /// Performs what the session wants until it wants nothing more.
    fn drain(&mut self) {
        let mut asked = false;
        loop {
            match self.session.poll_output() {
                Output::Timeout(_, _) if std::mem::take(&mut asked) => {
                    let answer = self.contact.directory_answer();
                    self.session.handle_input(self.shared.now(), Input::DirectoryAnswer(answer));
                }
                Output::Timeout(at, _) => {
                    self.wake_at = at;
                    return;
                }
                Output::Command(Command::CheckDirectory) => asked = true,
                Output::Command(Command::CloseMedia) => self.media = Media::Closed,
                Output::Command(Command::OpenMedia { start }) => self.open(start),
                Output::Audio(span) => self.audio(span),
                Output::Event(event) => self.told(event),
            }
        }
    }

    fn open(&mut self, start: StartAt) {
        let (media, stream) = (Arc::clone(&self.shared.parts.media), self.stream.clone());
        let start = match start {
            StartAt::ProducerTime(at) => ports::StartAt::ProducerTime(at),
            StartAt::AfterFragment(number) => ports::StartAt::AfterFragment(number),
            StartAt::Earliest => ports::StartAt::Earliest,
        };
        self.media = Media::Opening(Box::pin(async move { media.open(&stream, &start).await }));
    }

    fn audio(&mut self, span: AudioSpan) {
        self.recording.write(&span);
        if let Some(speech) = &mut self.speech {
            speech.push(span);
        }
    }

    /// Turns what the session tells into events of the log.
    fn told(&mut self, event: call::Event) {
        match event {
            call::Event::Started { at } => self.started(at),
            call::Event::AgentConnected { id, name, at } => {
                self.speech.iter_mut().for_each(|speech| speech.agent(&id, true, at));
                self.tell(Event::AgentConnected(AgentRef { id, name, at_ms: at.as_millis() }));
            }
            call::Event::AgentDisconnected { id, name, at } => {
                self.speech.iter_mut().for_each(|speech| speech.agent(&id, false, at));
                self.tell(Event::AgentDisconnected(AgentRef { id, name, at_ms: at.as_millis() }));
            }
            call::Event::HoldStarted { at } => {
                self.speech.iter_mut().for_each(|speech| speech.hold(true, at));
                self.tell(Event::HoldStarted(Hold { at_ms: at.as_millis() }));
            }
            call::Event::HoldEnded { at } => {
                self.speech.iter_mut().for_each(|speech| speech.hold(false, at));
                self.tell(Event::HoldEnded(Hold { at_ms: at.as_millis() }));
            }
            call::Event::Gap(gap) => {
                let missing = gap.to.since(gap.from).as_millis();
                counter!(names::GAP_MS, "cause" => gap.cause.as_str())
                    .increment(u64::try_from(missing).unwrap_or(0));
                let (from_ms, to_ms) = (gap.from.as_millis(), gap.to.as_millis());
                self.tell(Event::MediaGap(Gap { channel: gap.channel, from_ms, to_ms, cause: gap.cause }));
            }
            call::Event::Quarantined { fragment, reason } => {
                counter!(names::QUARANTINED, "reason" => format!("{reason:?}")).increment(1);
                let fragment = fragment.map(|number| number.to_string());
                self.tell(Event::FragmentQuarantined(Quarantined { fragment, reason }));
            }
            call::Event::StreamError(error) => tracing::error!(?error, "the stream reports an error"),
            call::Event::Anomaly(anomaly) => tracing::warn!(?anomaly, "the stream is not as it should be"),
            call::Event::StreamLag { behind_ms } => tracing::debug!(behind_ms, "behind the stream"),
            call::Event::Ended { reason, duration } => self.ended = Some((reason, duration)),
        }
    }

    /// The first sample is known: the call begins in the log, before what was already to be told of it.
    fn started(&mut self, at: Timestamp) {
        if let Some(mut about) = self.about.take() {
            about.started_at_ms = at.as_millis();
            let event = Event::CallStarted(about);
            self.pending.insert(0, NewEvent { stages: Stages::default(), event });
        }
    }

    fn tell(&mut self, event: Event) {
        self.pending.push(NewEvent { stages: Stages::default(), event });
    }

    fn words(&mut self, result: Option<Result<SpeechResult, TranscriberError>>) {
        let recognised_at = self.shared.now();
        self.heard_at = recognised_at;
        let Some(speech) = &mut self.speech else { return };
        match result {
            Some(Ok(result)) => match speech.take(result, recognised_at, || self.shared.now()) {
                Some(Words::Partial(partial)) => self.journal.publish_partial(partial.stages, partial.event),
                Some(Words::Final(events, mutes)) => {
                    self.recording.mute(&mutes);
                    self.pending.extend(events);
                }
                None => {}
            },
            Some(Err(error)) => self.speech_failed(&failed(&error)),
            None => {
                let detail = Some("the recogniser ended before the call".to_owned());
                self.speech_failed(&TranscriptionStatus {
                    state: TranscriptionState::Failed,
                    recogniser: None,
                    detail,
                });
            }
        }
    }

    /// No more words: the call goes on, and nothing that was not redacted is kept of it.
    fn speech_failed(&mut self, status: &TranscriptionStatus) {
        tracing::error!(detail = status.detail, "the recogniser failed; the call goes on without words");
        self.speech = None;
        self.recording.give_up_unredacted();
        self.tell(Event::TranscriptionStatus(status.clone()));
    }

    /// Appends what was told since the last time. Nothing is logged before the call has begun.
    async fn flush(&mut self) {
        self.recording.ready().await;
        if let Some(event) = self.recording.failure(&self.shared) {
            self.tell(event);
        }
        if self.about.is_none() && !self.pending.is_empty() {
            self.journal.append(std::mem::take(&mut self.pending)).await;
        }
    }

    /// The audio is over: what is left of the words, then the recording, then the end. A process that dies
    /// before the end is logged leaves a call that is carried again, recording and all.
    async fn finish(mut self) {
        let (reason, duration) = self.ended.take().unwrap_or((CallEndReason::StreamGone, MediaTime::ZERO));
        let lost = self.resumed && reason == CallEndReason::StreamGone;
        let reason = if lost { CallEndReason::OwnerLost } else { reason };
        if self.about.is_some() {
            let at = self.about.as_ref().map_or(0, |about| about.started_at_ms);
            self.started(Timestamp::from_millis(at));
        }
        if let Some(speech) = &mut self.speech {
            speech.finish();
            self.last_words().await;
        }
        if let Some(event) = self.recording.finish(&self.shared, duration).await {
            self.tell(event);
        }
        counter!(names::CALLS_ENDED, "reason" => format!("{reason:?}")).increment(1);
        tracing::info!(?reason, duration_ms = duration.as_millis(), "the call ended");
        self.tell(Event::CallEnded(CallEnded { reason, duration_ms: duration.as_millis() }));
        self.flush().await;
        self.journal.close().await;
    }

    async fn last_words(&mut self) {
        while let Some(speech) = &mut self.speech {
            match time::timeout(MAX_SILENT, speech.next()).await {
                Ok(Some(result)) => self.words(Some(result)),
                Ok(None) => return,
                Err(_) => {
                    let detail = Some("the recogniser did not finish".to_owned());
                    self.speech_failed(&TranscriptionStatus {
                        state: TranscriptionState::Failed,
                        recogniser: None,
                        detail,
                    });
                }
            }
            self.flush().await;
        }
    }
}

async fn next_words(speech: Option<&mut Speech>) -> Option<Result<SpeechResult, TranscriberError>> {
    match speech {
        Some(speech) => speech.next().await,
        None => std::future::pending().await,
    }
}

async fn next_media(media: &mut Media) -> Wake {
    match media {
        Media::Closed => std::future::pending().await,
        Media::Opening(opening) => Wake::Opened(opening.await),
        Media::Open(body) => Wake::Body(body.next().await),
    }
}

fn failed(error: &TranscriberError) -> TranscriptionStatus {
    let detail = Some(error.to_string());
    TranscriptionStatus { state: TranscriptionState::Failed, recogniser: None, detail }
}

/// What a logged event says of the contact, as an input of the session that carries the call again.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only these are said by Connect; the rest are our own findings"
)]
fn told_again(event: &Event, origin: Timestamp) -> Option<Input> {
    let at = |ms: u64| origin + Duration::from_millis(ms);
    match event {
        Event::AgentConnected(agent) => Some(Input::AgentConnected {
            id: agent.id.clone(),
            name: agent.name.clone(),
            at: at(agent.at_ms),
        }),
        Event::AgentDisconnected(agent) => Some(Input::AgentDisconnected {
            id: agent.id.clone(),
            name: agent.name.clone(),
            at: at(agent.at_ms),
        }),
        Event::HoldStarted(hold) => Some(Input::HoldStarted { at: at(hold.at_ms) }),
        Event::HoldEnded(hold) => Some(Input::HoldEnded { at: at(hold.at_ms) }),
        _ => None,
    }
}
