//! One call: drives its session over the open body, the recogniser, signals and time.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use ::contacts::ContactRecord;
use bytes::Bytes;
use call::{AudioSpan, CallConfig, CallSession, Command, Input, Output, StartAt};
use events::{
    AgentRef, AttributesMissing, CallEndReason, CallEnded, CallStarted, Event, Gap, Hold, MediaState,
    MediaStatus, Quarantined, Stages, TranscriptionState, TranscriptionStatus,
};
use metrics::{counter, histogram};
use mkv::{Fragment, FragmentReader, Item};
use model::{CallKey, ContactId, FragmentNumber, MediaOrigin, MediaTime, Timestamp};
use ports::{
    Language, MediaBody, MediaSourceError, MediaStream, NewEvent, SpeechResult, TimeRange, TranscriberError,
    TranscriptionRequest,
};
use redaction::TenantPolicy;
use tokio::{sync::mpsc, time};
use tracing::Instrument;

use self::contacts::{Asking, Stranger, answer, ask_whose, whose};
use crate::{
    contact_state::ContactState,
    engine::Shared,
    journal::{Journal, Logged},
    names,
    ownership::Ownership,
    plan::{CallPlan, Standing},
    recording::CallRecording,
    resume::Resume,
    speech::{Heard, Speech, Words},
    trouble::Trouble,
};

/// How often a call's standing is stored with its lease, at the most.
const STAND_EVERY: Duration = Duration::from_secs(1);
mod contacts;

/// How long the recogniser may say nothing while it is waited for, before the call goes on without words. Slow is no
/// reason to stop; silent is.
const MAX_SILENT: Duration = Duration::from_secs(120);

/// How a call's task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The call's end is in the log.
    Ended,
    /// The process stops; the call goes on elsewhere.
    Stopped,
    /// Another worker owns the call.
    Lost,
}

/// What woke the task.
enum Wake {
    Opened(Result<Box<dyn MediaBody>, MediaSourceError>),
    Body(Result<Option<Bytes>, MediaSourceError>),
    ArchiveOpened(Result<Box<dyn MediaBody>, MediaSourceError>),
    ArchiveBody(Result<Option<Bytes>, MediaSourceError>),
    Record(Option<ContactRecord>),
    Directory(Option<Vec<ContactRecord>>),
    Stranger(Option<ContactRecord>),
    Speech(Option<Result<SpeechResult, TranscriberError>>),
    Timer,
    Stop(Outcome),
}

impl Wake {
    /// The same, said of the archive instead of the live body.
    fn of_the_archive(self) -> Self {
        match self {
            Self::Opened(opened) => Self::ArchiveOpened(opened),
            Self::Body(body) => Self::ArchiveBody(body),
            Self::ArchiveOpened(_)
            | Self::ArchiveBody(_)
            | Self::Record(_)
            | Self::Directory(_)
            | Self::Stranger(_)
            | Self::Speech(_)
            | Self::Timer
            | Self::Stop(_) => self,
        }
    }
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
    ownership: Arc<Ownership>,
    stream: MediaStream,
    about: CallStarted,
    told: Told,
    /// The flow's attributes that were not set, until it is told.
    missing: Vec<String>,
    /// What an earlier owner knew of the contact.
    told_before: Vec<Input>,
    resumed: bool,
    journal: Journal,
    session: CallSession,
    reader: FragmentReader,
    media: Media,
    /// The archive, while a hole is being filled from it.
    archive: Media,
    archive_reader: FragmentReader,
    trouble: Trouble,
    records: mpsc::Receiver<ContactRecord>,
    records_open: bool,
    contacts: Vec<ContactId>,
    contact: ContactState,
    asking: Option<Asking>,
    /// A fragment of a contact that is being asked after.
    stranger: Option<Stranger>,
    /// Contacts that were asked after.
    strangers: Vec<ContactId>,
    /// The body has ended, and a fragment of it waits.
    media_ended: bool,
    stop_fragment: Option<FragmentNumber>,
    heard: Heard,
    /// What is masked, and how: the one that the call began with.
    policy: Arc<TenantPolicy>,
    speech: Option<Speech>,
    /// What was last said of the recognition.
    status: Option<TranscriptionStatus>,
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
    stood_at: Timestamp,
    /// When the last fragment was read.
    read_at: Timestamp,
}

/// How much of the call's start is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Nothing,
    /// That it is there, and not when it began.
    Provisionally,
    Begun,
}

impl CallTask {
    pub(crate) fn new(
        shared: Arc<Shared>,
        plan: CallPlan,
        logged: Logged,
        standing: Option<Standing>,
        ownership: Arc<Ownership>,
        records: mpsc::Receiver<ContactRecord>,
    ) -> Self {
        let now = shared.now();
        let CallKey { tenant, call } = ownership.key.clone();
        let resume = Resume::of(&logged.events, standing, &plan, &shared);
        let mut config = CallConfig::new(plan.contact.clone());
        config.also_accepted.clone_from(&plan.also_accepted);
        config.start = plan.start;
        config.begins_named = plan.start_fragment.is_none();
        config.start_fragment = plan.start_fragment;
        config.stop_fragment.clone_from(&plan.stop_fragment);
        config.jitter_seed = u64::try_from(now.as_micros()).unwrap_or(0);
        config.timing.idle_timeout = shared.options.idle_timeout;
        config.resume.clone_from(&resume.checkpoint);
        config.archive = plan.stream.origin == MediaOrigin::Kvs;
        let (language, vocabulary) = shared.options.tenants.speech(
            &tenant,
            plan.about.profile.as_deref(),
            plan.about.language.as_deref(),
        );
        let mut request = TranscriptionRequest::new(tenant.clone(), call.clone(), call::SAMPLE_RATE_HZ);
        request.language = language;
        request.vocabulary = vocabulary;
        let is_kept = logged.events.iter().any(|event| matches!(event, Event::RecordingCompleted(_)));
        let mut recording = match is_kept {
            true => CallRecording::kept(),
            false => CallRecording::start(&shared, &tenant, &call, ownership.epoch()),
        };
        let policy = shared.options.tenants.redaction(&tenant);
        recording.mute(&resume.heard.mutes(&policy));
        if resume.lacks_audio {
            recording.give_up_unread();
        }
        let contact = ContactState::of(&logged.events);
        let contacts = [plan.contact].into_iter().chain(plan.also_accepted).collect();
        let status = last_status(&logged.events);
        Self {
            stream: MediaStream { tenant, address: plan.stream },
            told: resume.told,
            resumed: resume.told == Told::Begun,
            told_before: resume.told_before,
            missing: if resume.told == Told::Begun { Vec::new() } else { plan.missing },
            about: plan.about,
            recording,
            session: CallSession::new(config, now),
            journal: Journal::start(Arc::clone(&shared), Arc::clone(&ownership), logged),
            reader: FragmentReader::new(mkv::Limits::CONNECT),
            media: Media::Closed,
            archive: Media::Closed,
            archive_reader: FragmentReader::new(mkv::Limits::CONNECT),
            trouble: Trouble::default(),
            records,
            records_open: true,
            contacts,
            contact,
            asking: None,
            stranger: None,
            strangers: Vec::new(),
            media_ended: false,
            stop_fragment: plan.stop_fragment,
            heard: resume.heard,
            policy,
            speech: None,
            status,
            request,
            wake_at: now,
            paused: false,
            heard_at: now,
            ended: None,
            pending: Vec::new(),
            stood_at: now,
            read_at: now,
            ownership,
            shared,
        }
    }

    /// Carries the call to its end.
    pub(crate) async fn run(mut self: Box<Self>) -> Outcome {
        let span =
            tracing::info_span!("call", call.id = %self.request.call, stream = %self.stream.address.name);
        self.carry().instrument(span).await
    }

    async fn carry(&mut self) -> Outcome {
        tracing::info!(epoch = %self.ownership.epoch(), "carrying a call");
        self.open_speech().await;
        self.drain();
        for input in std::mem::take(&mut self.told_before) {
            self.input(input);
        }
        self.ask();
        self.flush().await;
        while self.ended.is_none() {
            self.pace();
            let wake = self.wait().await;
            if let Wake::Stop(outcome) = wake {
                return self.leave(outcome);
            }
            self.handle(wake);
            self.flush().await;
        }
        let (mut stopping, ownership) = (self.shared.stopping.clone(), Arc::clone(&self.ownership));
        tokio::select! {
            biased;
            is_logged = self.finish() => match is_logged {
                true => Outcome::Ended,
                false if ownership.is_lost() => Outcome::Lost,
                false => Outcome::Stopped,
            },
            () = ownership.lost() => Outcome::Lost,
            _ = stopping.wait_for(|stop| *stop) => {
                tracing::info!("the process stops before the call's end is logged; it will be carried again");
                Outcome::Stopped
            }
        }
    }

    fn leave(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Stopped => tracing::info!("the process stops; the call goes on elsewhere"),
            Outcome::Lost | Outcome::Ended => tracing::warn!("the call is not ours any more"),
        }
        outcome
    }

    /// Opens the recogniser and says whether words can be expected.
    async fn open_speech(&mut self) {
        let mut status = self.shared.transcription();
        if let Language::Tag(tag) = &self.request.language {
            status.language = Some(tag.clone());
        }
        if let Some(transcriber) = self.shared.parts.transcriber.clone() {
            match Speech::open(transcriber.as_ref(), self.request.clone(), &self.heard, &self.policy).await {
                Ok(speech) => self.speech = Some(speech),
                Err(error) => status = failed(&error),
            }
        }
        if self.speech.is_none() {
            self.recording.give_up_unredacted();
        }
        self.tell_status(status);
    }

    /// Says how the recognition goes, when that is news.
    fn tell_status(&mut self, status: TranscriptionStatus) {
        if self.status.as_ref() != Some(&status) {
            self.status = Some(status.clone());
            self.tell(Event::TranscriptionStatus(status));
        }
    }

    /// Reads no further while recognition is behind, and tells the session, so that it takes the silence for ours.
    fn pace(&mut self) {
        let now = self.shared.now();
        if self.paused && self.stranger.is_none() && now.since(self.heard_at) >= MAX_SILENT {
            let detail = Some("the recogniser hangs".to_owned());
            self.speech_failed(failed_because(detail));
        }
        let behind = self.speech.as_ref().is_some_and(Speech::is_behind) || self.stranger.is_some();
        if behind != self.paused {
            self.paused = behind;
            self.heard_at = now;
            self.input(if behind { Input::ReadingPaused } else { Input::ReadingResumed });
        }
    }

    async fn wait(&mut self) -> Wake {
        let now = self.shared.now();
        let mut stopping = self.shared.stopping.clone();
        let waits_for_words = self.paused && self.stranger.is_none();
        let given_up = waits_for_words.then(|| self.heard_at + MAX_SILENT);
        let wake_at = given_up.map_or(self.wake_at, |at| at.min(self.wake_at));
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => Wake::Stop(Outcome::Stopped),
            () = self.ownership.lost() => Wake::Stop(Outcome::Lost),
            record = self.records.recv(), if self.records_open => Wake::Record(record),
            records = answer(&mut self.asking) => Wake::Directory(records),
            record = whose(self.stranger.as_mut()) => Wake::Stranger(record),
            result = next_words(self.speech.as_mut()) => Wake::Speech(result),
            () = time::sleep(wake_at.since(now)) => Wake::Timer,
            wake = next_media(&mut self.archive), if !self.paused => wake.of_the_archive(),
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
                self.body_closed();
            }
            Wake::Body(Err(error)) => self.body_failed(&error),
            Wake::ArchiveOpened(Ok(body)) => {
                self.archive = Media::Open(body);
                self.archive_reader = FragmentReader::new(mkv::Limits::CONNECT);
            }
            Wake::ArchiveBody(Ok(Some(bytes))) => {
                self.archive_reader.push(&bytes);
                self.read_archive();
            }
            Wake::ArchiveBody(Ok(None)) => {
                self.archive = Media::Closed;
                self.archive_reader.finish();
                self.read_archive();
                self.input(Input::ArchiveEnded);
            }
            Wake::ArchiveOpened(Err(error)) | Wake::ArchiveBody(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the archive cannot be read");
                self.archive = Media::Closed;
                self.input(Input::ArchiveFailed);
            }
            Wake::Record(Some(record)) => self.record(record),
            Wake::Record(None) => self.records_open = false,
            Wake::Directory(records) => self.directory_answered(records),
            Wake::Stranger(record) => self.stranger_known(record),
            Wake::Speech(result) => self.words(result),
            Wake::Timer => {
                self.session.handle_timeout(self.shared.now());
                self.drain();
            }
            Wake::Stop(_) => {}
        }
    }

    fn body_failed(&mut self, error: &MediaSourceError) {
        let retryable = error.is_retryable();
        counter!(names::REOPENED, "cause" => error.kind()).increment(1);
        tracing::warn!(error = error as &dyn std::error::Error, "the stream broke off");
        self.media = Media::Closed;
        let status = self.trouble.failed(error);
        self.tell_media(status);
        self.input(Input::BodyFailed { retryable });
    }

    /// Says how the reading goes, also of a call that has not begun to be heard.
    fn tell_media(&mut self, status: Option<MediaStatus>) {
        let Some(status) = status else { return };
        if self.told == Told::Nothing && status.state == MediaState::Waiting {
            self.told = Told::Provisionally;
            let about = CallStarted { provisional: true, ..self.about.clone() };
            self.pending.insert(0, NewEvent { stages: Stages::default(), event: Event::CallStarted(about) });
        }
        self.tell(Event::MediaStatus(status));
    }

    /// Feeds what the reader has of the body to the session.
    fn read(&mut self) {
        while self.stranger.is_none()
            && let Some(item) = self.reader.next()
        {
            match item {
                Item::Fragment(fragment) => {
                    self.read_at = self.shared.now();
                    let status = self.trouble.read();
                    self.tell_media(status);
                    match self.stranger_of(&fragment) {
                        Some(contact) => {
                            let asking =
                                ask_whose(Arc::clone(&self.shared), self.request.tenant.clone(), contact);
                            self.stranger = Some(Stranger { fragment, asking });
                        }
                        None => self.feed(fragment),
                    }
                }
                Item::Damaged { skipped, reason, .. } => self.input(Input::Damaged { skipped, reason }),
            }
        }
    }

    fn feed(&mut self, fragment: Fragment) {
        self.input(Input::Fragment(fragment));
        if let Some(spent) = self.session.take_spent() {
            self.reader.recycle(spent);
        }
    }

    /// The body has ended; told once nothing of it waits any more.
    fn body_closed(&mut self) {
        self.media_ended = self.stranger.is_some();
        if !self.media_ended {
            self.input(Input::BodyClosed);
        }
    }

    /// Feeds what the archive gave to the session. What of it is damaged stays missing.
    fn read_archive(&mut self) {
        while let Some(item) = self.archive_reader.next() {
            if let Item::Fragment(fragment) = item {
                self.input(Input::ArchiveFragment(fragment));
            }
        }
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(self.shared.now(), input);
        self.drain();
    }

    /// Performs what the session wants until it wants nothing more.
    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(at, _) => {
                    self.wake_at = at;
                    return;
                }
                Output::Command(Command::CheckDirectory) => self.ask(),
                Output::Command(Command::CloseMedia) => {
                    self.media = Media::Closed;
                    self.stranger = None;
                    self.media_ended = false;
                }
                Output::Command(Command::OpenMedia { start }) => self.open(start),
                Output::Command(Command::ReadArchive { from, to }) => {
                    self.open_archive(TimeRange { from, to })
                }
                Output::Command(Command::CloseArchive) => self.archive = Media::Closed,
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

    fn open_archive(&mut self, range: TimeRange) {
        let (media, stream) = (Arc::clone(&self.shared.parts.media), self.stream.clone());
        counter!(names::ARCHIVE_READS).increment(1);
        self.archive = Media::Opening(Box::pin(async move { media.open_archive(&stream, range).await }));
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
            call::Event::StreamError(error) => {
                tracing::error!(?error, "the stream reports an error");
                let status = self.trouble.reported(error);
                self.tell_media(status);
            }
            call::Event::Anomaly(anomaly) => tracing::warn!(?anomaly, "the stream is not as it should be"),
            call::Event::StreamLag { behind_ms } => {
                histogram!(names::STREAM_LAG).record(behind_ms as f64 / 1_000.0);
                let status = self.trouble.behind(behind_ms);
                self.tell_media(status);
            }
            call::Event::Ended { reason, duration } => self.ended = Some((reason, duration)),
        }
    }

    /// The first sample is known: the call begins in the log, before what was already to be told of it.
    fn started(&mut self, at: Timestamp) {
        if self.told == Told::Begun {
            return;
        }
        self.told = Told::Begun;
        self.about.started_at_ms = at.as_millis();
        let mut first = vec![Event::CallStarted(self.about.clone())];
        if !self.missing.is_empty() {
            let names = std::mem::take(&mut self.missing);
            first.push(Event::AttributesMissing(AttributesMissing { names }));
        }
        let first = first.into_iter().map(|event| NewEvent { stages: Stages::default(), event });
        self.pending.splice(0..0, first);
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
                Some(Words::Status { recogniser, language }) => {
                    let mut status = self.shared.transcription();
                    let known = self.status.take();
                    let (was, spoken) =
                        known.map_or((None, None), |known| (known.recogniser, known.language));
                    status.recogniser = recogniser.or(was);
                    status.language = language.or(spoken);
                    self.tell_status(status);
                }
                None => {}
            },
            Some(Err(error)) => self.speech_failed(failed(&error)),
            None => {
                let detail = Some("the recogniser ended before the call".to_owned());
                self.speech_failed(failed_because(detail));
            }
        }
    }

    /// No more words: the call goes on, and nothing that was not redacted is kept of it.
    fn speech_failed(&mut self, status: TranscriptionStatus) {
        tracing::error!(detail = status.detail, "the recogniser failed; the call goes on without words");
        self.speech = None;
        self.recording.give_up_unredacted();
        self.tell_status(status);
    }

    /// Appends what was told since the last time. Nothing is logged before the call has begun.
    async fn flush(&mut self) {
        self.recording.ready().await;
        if let Some(event) = self.recording.failure(&self.shared) {
            self.tell(event);
        }
        if self.told == Told::Nothing {
            return;
        }
        let standing = self.standing();
        if !self.pending.is_empty() || standing.is_some() {
            self.journal.append(std::mem::take(&mut self.pending), standing).await;
        }
    }

    /// Where the call stands once what is pending is logged, from time to time.
    fn standing(&mut self) -> Option<String> {
        let now = self.shared.now();
        if now.since(self.stood_at) < STAND_EVERY {
            return None;
        }
        self.stood_at = now;
        let settled = self.speech.as_ref().map_or(self.heard.settled, Speech::settled);
        let standing =
            Standing { reading: self.session.checkpoint(), settled_us: settled.map(MediaTime::as_micros) };
        serde_json::to_string(&standing).ok()
    }

    /// The audio is over: what is left of the words, then the recording, then the end. A process that dies
    /// before the end is logged leaves a call that is carried again, recording and all.
    ///
    /// False when it could not be logged: the call is lost, or the process stops.
    async fn finish(&mut self) -> bool {
        let (reason, duration) = self.ended.take().unwrap_or((CallEndReason::StreamGone, MediaTime::ZERO));
        let lost = self.resumed && reason == CallEndReason::StreamGone;
        let reason = if lost { CallEndReason::OwnerLost } else { reason };
        self.started(Timestamp::from_millis(self.about.started_at_ms));
        if let Some(speech) = &mut self.speech {
            speech.finish();
            self.last_words().await;
        }
        if !self.ownership.sure().await {
            return false;
        }
        if let Some(event) = self.recording.finish(&self.shared, duration).await {
            self.tell(event);
        }
        counter!(names::CALLS_ENDED, "reason" => format!("{reason:?}")).increment(1);
        tracing::info!(?reason, duration_ms = duration.as_millis(), "the call ended");
        self.tell(Event::CallEnded(CallEnded { reason, duration_ms: duration.as_millis() }));
        self.flush().await;
        self.journal.close().await
    }

    async fn last_words(&mut self) {
        while let Some(speech) = &mut self.speech {
            match time::timeout(MAX_SILENT, speech.next()).await {
                Ok(Some(result)) => self.words(Some(result)),
                Ok(None) => return,
                Err(_) => {
                    let detail = Some("the recogniser did not finish".to_owned());
                    self.speech_failed(failed_because(detail));
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
    failed_because(Some(error.to_string()))
}

fn failed_because(detail: Option<String>) -> TranscriptionStatus {
    TranscriptionStatus { state: TranscriptionState::Failed, recogniser: None, language: None, detail }
}

/// What was last said of the recognition.
fn last_status(logged: &[Event]) -> Option<TranscriptionStatus> {
    logged.iter().rev().find_map(|event| {
        if let Event::TranscriptionStatus(status) = event { Some(status.clone()) } else { None }
    })
}
