//! The engine: takes triggers and signals, and keeps a task per call.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use contacts::{ContactSignal, MediaTrigger};
use events::{CallStarted, Event, TranscriptionState, TranscriptionStatus};
use model::{CallId, ContactId, Pii, TenantId, Timestamp};
use ports::{BlobStore, CallFilter, CallState, EventLog, EventLogError, MediaSource, Transcriber};
use thiserror::Error;
use tokio::sync::watch;

use crate::{
    bus::Bus,
    call_task::{CallPlan, CallTask},
    directory::{Directory, NoPlace},
    journal::read_all,
    keys,
    latency::LatencyBoard,
    recorder::SpoolFolder,
};

/// Queue names are shortened to so many characters; Connect allows 127.
const MAX_QUEUE_NAME: usize = 127;
/// Page size when unfinished calls are looked for.
const RECOVERY_PAGE: u32 = 200;

/// Tells the time: the system's in production, a virtual one in tests.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the engine works with.
#[derive(Clone)]
pub struct EngineParts {
    /// Opens streams.
    pub media: Arc<dyn MediaSource>,
    /// Recognises speech; without it `absent` says why and calls are carried without words.
    pub transcriber: Option<Arc<dyn Transcriber>>,
    /// Why there is no recogniser and what to do about it.
    pub absent: String,
    /// The event log.
    pub log: Arc<dyn EventLog>,
    /// Recordings.
    pub blobs: Arc<dyn BlobStore>,
    /// The time.
    pub clock: Clock,
}

impl std::fmt::Debug for EngineParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EngineParts")
    }
}

/// How the engine behaves.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Where encrypted spools of running calls lie; `None` keeps no recordings.
    pub spool: Option<SpoolFolder>,
    /// How many calls are carried at once; more are refused.
    pub max_calls: usize,
    /// Without a new fragment for this long, the directory is asked whether the contact is over.
    pub idle_timeout: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { spool: None, max_calls: 2_000, idle_timeout: Duration::from_secs(30) }
    }
}

/// What became of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// The call is carried from now on.
    Accepted(CallId),
    /// The call is or was carried already.
    AlreadyKnown(CallId),
}

/// Why a call is not carried.
#[derive(Debug, Error)]
pub enum StartError {
    /// The engine carries as many calls as it may.
    #[error("{max} calls are carried, which is the limit: raise engine.max_calls or add a host")]
    Full {
        /// The limit.
        max: usize,
    },
    /// The engine is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The event log cannot be read.
    #[error(transparent)]
    Log(EventLogError),
}

/// How the engine is doing.
#[derive(Clone, Debug)]
pub struct EngineStatus {
    /// Whether words can be expected.
    pub transcription: TranscriptionStatus,
    /// Calls that are being carried.
    pub live_calls: usize,
    /// When the engine began.
    pub started_at: Timestamp,
    /// Why recordings cannot be kept, when they cannot.
    pub recording_stopped: Option<String>,
}

/// What all call tasks share.
pub(crate) struct Shared {
    pub(crate) parts: EngineParts,
    pub(crate) options: EngineOptions,
    pub(crate) bus: Bus,
    pub(crate) latency: LatencyBoard,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) recording_stopped: Mutex<Option<String>>,
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    /// Whether words can be expected of a call that begins now.
    pub(crate) fn transcription(&self) -> TranscriptionStatus {
        match &self.parts.transcriber {
            Some(transcriber) => TranscriptionStatus {
                state: TranscriptionState::Running,
                recogniser: Some(transcriber.name().to_owned()),
                detail: None,
            },
            None => TranscriptionStatus {
                state: TranscriptionState::Absent,
                recogniser: None,
                detail: Some(self.parts.absent.clone()),
            },
        }
    }
}

/// Carries the calls of one process.
pub struct Engine {
    shared: Arc<Shared>,
    directory: Directory,
    stop: watch::Sender<bool>,
    started_at: Timestamp,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("started_at", &self.started_at).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine over these parts.
    #[must_use]
    pub fn new(parts: EngineParts, options: EngineOptions) -> Self {
        let (stop, stopping) = watch::channel(false);
        let started_at = (parts.clock)();
        let shared = Arc::new(Shared {
            parts,
            options,
            bus: Bus::default(),
            latency: LatencyBoard::default(),
            stopping,
            recording_stopped: Mutex::new(None),
        });
        Self { shared, directory: Directory::default(), stop, started_at }
    }

    /// Begins to carry the call of a trigger. The same trigger may come any number of times.
    ///
    /// # Errors
    /// When the engine is full or stopping, or the log cannot be read.
    pub async fn start_call(&self, tenant: &TenantId, trigger: MediaTrigger) -> Result<Started, StartError> {
        let call = keys::call_id(tenant, &trigger);
        match self.shared.parts.log.call(tenant, &call).await {
            Ok(known) => {
                let is_carried = self.directory.is_carried(&(tenant.clone(), call.clone()));
                if known.state == CallState::Live && !is_carried {
                    // It was left without an end, and its trigger finds it again.
                    self.take_up(tenant, &call).await?;
                }
                return Ok(Started::AlreadyKnown(call));
            }
            Err(EventLogError::NoSuchCall(_)) => {}
            Err(error) => return Err(StartError::Log(error)),
        }
        let also = [trigger.initial_contact_id.clone(), trigger.previous_contact_id.clone()];
        let plan = CallPlan {
            tenant: tenant.clone(),
            call: call.clone(),
            contact: trigger.contact_id.clone(),
            also_accepted: also.into_iter().flatten().collect(),
            start_fragment: trigger.start_fragment,
            stop_fragment: trigger.stop_fragment,
            about: CallStarted {
                contact_id: trigger.contact_id,
                initial_contact_id: trigger.initial_contact_id,
                stream: trigger.stream.to_string(),
                customer: trigger.customer.as_ref().and_then(masked_number),
                queue: trigger.queue.map(|queue| queue.chars().take(MAX_QUEUE_NAME).collect()),
                started_at_ms: trigger.started_at.unwrap_or_else(|| self.now()).as_millis(),
                sample_rate_hz: model::AudioFormat::CONNECT.sample_rate_hz,
            },
            stream: trigger.stream,
            start: trigger.started_at,
            already: Vec::new(),
        };
        self.carry(plan, Some(self.shared.options.max_calls))
    }

    /// Takes up the calls that the log knows without an end: their process ended before they did. Each is
    /// read again from its start, and only what the log does not have is added to it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn recover(&self, tenant: &TenantId) -> Result<usize, EventLogError> {
        let log = &self.shared.parts.log;
        let mut filter = CallFilter { state: Some(CallState::Live), after: None, limit: RECOVERY_PAGE };
        let mut taken = 0;
        loop {
            let page = log.calls(tenant, &filter).await?;
            for summary in page.calls {
                match self.take_up(tenant, &summary.call_id).await {
                    Ok(()) => taken += 1,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(call.id = %summary.call_id, error, "a call without an end was not taken up");
                    }
                }
            }
            let Some(next) = page.next else { return Ok(taken) };
            filter.after = Some(next);
        }
    }

    /// Carries a call again that the log knows without an end. It had a place before, so the limit does not count.
    async fn take_up(&self, tenant: &TenantId, call: &CallId) -> Result<(), StartError> {
        let already =
            read_all(self.shared.parts.log.as_ref(), tenant, call).await.map_err(StartError::Log)?;
        match CallPlan::resumed(tenant, call, already) {
            Some(plan) => self.carry(plan, None).map(drop),
            None => Err(StartError::Log(EventLogError::NoSuchCall(call.clone()))),
        }
    }

    fn carry(&self, plan: CallPlan, max: Option<usize>) -> Result<Started, StartError> {
        let key = (plan.tenant.clone(), plan.call.clone());
        let contacts: Vec<ContactId> =
            [&plan.contact].into_iter().chain(&plan.also_accepted).cloned().collect();
        let (place, signals) = match self.directory.enter(&key, &contacts, max) {
            Ok(entered) => entered,
            Err(NoPlace::Carried) => return Ok(Started::AlreadyKnown(key.1)),
            Err(NoPlace::Full) => return Err(StartError::Full { max: max.unwrap_or(0) }),
            Err(NoPlace::Closed) => return Err(StartError::Stopping),
        };
        let task = CallTask::new(Arc::clone(&self.shared), plan, signals);
        let task = tokio::spawn(async move {
            let _place = place;
            Box::pin(task.run()).await;
        });
        self.directory.keep(&key, task);
        Ok(Started::Accepted(key.1))
    }

    /// Hands a signal to the call of its contact, or keeps it for a call that has yet to begin.
    pub fn signal(&self, tenant: &TenantId, signal: ContactSignal) {
        self.directory.signal(tenant, signal, self.now());
    }

    /// The bus that events come over.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.shared.bus
    }

    /// Latency by stage since the engine began.
    #[must_use]
    pub fn latency(&self) -> &LatencyBoard {
        &self.shared.latency
    }

    /// The engine's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// How the engine is doing.
    #[must_use]
    pub fn status(&self) -> EngineStatus {
        EngineStatus {
            transcription: self.shared.transcription(),
            live_calls: self.directory.len(),
            started_at: self.started_at,
            recording_stopped: self
                .shared
                .recording_stopped
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }

    /// Stops: no new calls; running ones are left in the log without an end, to be taken up again.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        for task in self.directory.close() {
            drop(task.await);
        }
    }
}

/// A number with all but its last four digits hidden.
fn masked_number(number: &Pii<String>) -> Option<String> {
    let digits: Vec<char> = number.expose().chars().filter(char::is_ascii_digit).collect();
    let shown = digits.len().checked_sub(4).filter(|hidden| *hidden >= 3)?;
    Some(digits.get(shown..)?.iter().fold("•••".to_owned(), |text, digit| text + &digit.to_string()))
}

impl CallPlan {
    /// The plan of a call of which the log holds `already`.
    fn resumed(tenant: &TenantId, call: &CallId, already: Vec<Event>) -> Option<Self> {
        let about = already.iter().find_map(|event| {
            if let Event::CallStarted(started) = event { Some(started.clone()) } else { None }
        })?;
        Some(Self {
            tenant: tenant.clone(),
            call: call.clone(),
            contact: about.contact_id.clone(),
            also_accepted: about.initial_contact_id.iter().cloned().collect(),
            stream: about.stream.parse().ok()?,
            start: Some(Timestamp::from_millis(about.started_at_ms)),
            start_fragment: None,
            stop_fragment: None,
            about,
            already,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_only_its_last_four_digits() {
        let masked = |text: &str| masked_number(&Pii::new(text.to_owned()));
        assert_eq!(masked("+1 (555) 555-0134").as_deref(), Some("•••0134"));
        assert_eq!(masked("911"), None);
        assert_eq!(masked("anonymous"), None);
    }
}
