//! The engine: one process's part in carrying the calls of an installation.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use contacts::{BlindIndex, ContactRecord, ContactSignal, LensEvent, MediaTrigger};
use events::{Envelope, TranscriptionState, TranscriptionStatus};
use model::{CallKey, TenantId, Timestamp, WorkerId};
use ports::{
    BlobStore, Bus, BusMessage, ContactDirectory, EventLog, LeaseError, Leases, MediaSource, Queue,
    Transcriber,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    aside::Follower,
    carried::Carried,
    fanout::Fanout,
    inbox,
    intake::{Intake, IntakeError, Started},
    latency::LatencyBoard,
    lens::{self, Lens, LensError, LensTaken},
    locator,
    ownership::LeaseTiming,
    recorder::SpoolFolder,
    relay::{self, Relay},
    tenants::Tenants,
    worker::Worker,
};

/// How long the tasks of calls may take to let go when the process stops, before their leases are handed over.
const LET_GO_WITHIN: Duration = Duration::from_millis(700);
/// How long it may take to tell the other hosts that there are calls to take.
const SAY_WITHIN: Duration = Duration::from_millis(250);

/// Tells the time: the system's in production, a virtual one in tests.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// How many more calls this process can carry now, by what it measures of itself and of its recognisers.
pub type Capacity = Arc<dyn Fn() -> usize + Send + Sync>;

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
    /// Who owns which call.
    pub leases: Arc<dyn Leases>,
    /// What is known of contacts.
    pub contacts: Arc<dyn ContactDirectory>,
    /// The other hosts; none when there is only this one.
    pub bus: Option<Arc<dyn Bus>>,
    /// Where triggers wait for a worker; none when they come over HTTP alone.
    pub queue: Option<Arc<dyn Queue>>,
    /// The time.
    pub clock: Clock,
}

impl std::fmt::Debug for EngineParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EngineParts")
    }
}

/// How the engine behaves.
#[derive(Clone)]
pub struct EngineOptions {
    /// This process among all.
    pub worker: WorkerId,
    /// Whether calls are carried here, or only taken in and shown.
    pub carries: bool,
    /// Where encrypted spools of running calls lie; `None` keeps no recordings.
    pub spool: Option<SpoolFolder>,
    /// How many calls are carried at once at the most. More wait for another worker, or for room.
    pub max_calls: usize,
    /// How many more calls can be carried now, within `max_calls`.
    pub capacity: Option<Capacity>,
    /// Without a new fragment for this long, the directory is asked whether the contact is over.
    pub idle_timeout: Duration,
    /// How leases are held.
    pub leases: LeaseTiming,
    /// Whose contacts are whose.
    pub tenants: Arc<Tenants>,
    /// Makes the blind names of customers; without it their calls are not found by who they are.
    pub customers: Option<Arc<BlindIndex>>,
}

impl std::fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineOptions").field("worker", &self.worker).finish_non_exhaustive()
    }
}

impl EngineOptions {
    /// A worker of an installation with one tenant.
    #[must_use]
    pub fn new(worker: WorkerId, tenant: TenantId) -> Self {
        Self {
            worker,
            carries: true,
            spool: None,
            max_calls: 2_000,
            capacity: None,
            idle_timeout: Duration::from_secs(30),
            leases: LeaseTiming::default(),
            tenants: Arc::new(Tenants::only(tenant)),
            customers: None,
        }
    }
}

/// How the engine is doing.
#[derive(Clone, Debug)]
pub struct EngineStatus {
    /// This process among all.
    pub worker: WorkerId,
    /// Whether calls are carried here.
    pub carries: bool,
    /// Whether words can be expected.
    pub transcription: TranscriptionStatus,
    /// Calls that are being carried here.
    pub live_calls: usize,
    /// Of these, calls that are not surely ours at this moment: their events wait.
    pub unsure_calls: usize,
    /// How many more calls are taken now.
    pub room: usize,
    /// When the engine began.
    pub started_at: Timestamp,
    /// Why recordings cannot be kept, when they cannot.
    pub recording_stopped: Option<String>,
}

/// What all tasks share.
pub(crate) struct Shared {
    pub(crate) parts: EngineParts,
    pub(crate) options: EngineOptions,
    pub(crate) carried: Carried,
    pub(crate) fanout: Fanout,
    pub(crate) relay: Relay,
    /// Who adds to the calls that are carried here.
    pub(crate) follower: Follower,
    pub(crate) latency: LatencyBoard,
    pub(crate) lens: Lens,
    pub(crate) stopping: watch::Receiver<bool>,
    /// Calls may wait: look now.
    pub(crate) scan_now: watch::Sender<u64>,
    pub(crate) recording_stopped: Mutex<Option<String>>,
    jitter: AtomicU64,
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    /// How many more calls are taken now.
    pub(crate) fn room(&self) -> usize {
        if !self.options.carries {
            return 0;
        }
        let room = self.options.max_calls.saturating_sub(self.carried.len());
        self.options.capacity.as_ref().map_or(room, |capacity| room.min(capacity()))
    }

    /// A number from 0 to 1 that differs from host to host and from time to time.
    pub(crate) fn jitter(&self) -> f64 {
        let mut bits = self.jitter.load(Ordering::Relaxed);
        // xorshift64: no more is asked of it than to spread hosts.
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        self.jitter.store(bits, Ordering::Relaxed);
        (bits % 1_024) as f64 / 1_024.0
    }

    /// Whether words can be expected of a call that begins now.
    pub(crate) fn transcription(&self) -> TranscriptionStatus {
        match &self.parts.transcriber {
            Some(transcriber) => TranscriptionStatus {
                state: TranscriptionState::Running,
                recogniser: Some(transcriber.name().to_owned()),
                language: None,
                detail: None,
            },
            None => TranscriptionStatus {
                state: TranscriptionState::Absent,
                recogniser: None,
                language: None,
                detail: Some(self.parts.absent.clone()),
            },
        }
    }
}

/// One process's part in carrying calls: takes in what Connect says, owns calls, and hands out their events.
pub struct Engine {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    out: Mutex<Option<mpsc::Receiver<BusMessage>>>,
    tasks: Mutex<JoinSet<()>>,
    started_at: Timestamp,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("started_at", &self.started_at).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine over these parts. It takes in what it is told; [`start`](Self::start) makes it own calls.
    #[must_use]
    pub fn new(parts: EngineParts, options: EngineOptions) -> Self {
        let (stop, stopping) = watch::channel(false);
        let started_at = (parts.clock)();
        let (relay, out) = Relay::new(parts.bus.is_some());
        let seed =
            options.worker.as_str().bytes().fold(started_at.as_micros().unsigned_abs() | 1, |seed, byte| {
                seed.rotate_left(5) ^ u64::from(byte)
            });
        let shared = Arc::new(Shared {
            parts,
            options,
            carried: Carried::default(),
            fanout: Fanout::default(),
            relay,
            follower: Follower::default(),
            latency: LatencyBoard::default(),
            lens: Lens::default(),
            stopping,
            scan_now: watch::Sender::new(0),
            recording_stopped: Mutex::new(None),
            jitter: AtomicU64::new(seed.max(1)),
        });
        Self { shared, stop, out: Mutex::new(Some(out)), tasks: Mutex::default(), started_at }
    }

    /// Starts to own calls, if calls are carried here, and to exchange news with the other hosts. Once is enough.
    pub fn start(&self) {
        let Some(out) = self.out.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bus) = &self.shared.parts.bus {
            relay::start(&self.shared, bus, out, &mut tasks);
        }
        if self.shared.options.carries {
            Worker(Arc::clone(&self.shared)).start(&mut tasks);
            tasks.spawn(locator::run(Arc::clone(&self.shared)));
            if let Some(queue) = &self.shared.parts.queue {
                tasks.spawn(inbox::run(Arc::clone(&self.shared), Arc::clone(queue)));
            }
        }
    }

    /// Takes a flow's Lambda event. The same one may come any number of times. Without `tenant` its attribute, or its
    /// instance, says whose it is.
    ///
    /// # Errors
    /// When it names no tenant, the stores cannot be written, or the process is stopping.
    pub async fn trigger(
        &self,
        tenant: Option<TenantId>,
        trigger: &MediaTrigger,
    ) -> Result<Started, IntakeError> {
        Intake(Arc::clone(&self.shared)).trigger(tenant, trigger).await
    }

    /// Takes what else is known of a contact, such as its stream.
    ///
    /// # Errors
    /// When the stores cannot be written, or the process is stopping.
    pub async fn contact(&self, tenant: &TenantId, record: ContactRecord) -> Result<Started, IntakeError> {
        Intake(Arc::clone(&self.shared)).put(tenant, record).await
    }

    /// Takes a signal, and hands it to the contact's call wherever it is carried.
    ///
    /// # Errors
    /// When the directory cannot be written, or the process is stopping.
    pub async fn signal(&self, tenant: &TenantId, signal: ContactSignal) -> Result<(), IntakeError> {
        Intake(Arc::clone(&self.shared)).signal(tenant, signal).await
    }

    /// Takes what Contact Lens says of a contact. When this returns, every final of it is in the log: the same event
    /// may come again, and at any host.
    ///
    /// # Errors
    /// When it is not in the log for sure: the event is to come again.
    pub async fn contact_lens(&self, tenant: &TenantId, event: LensEvent) -> Result<LensTaken, LensError> {
        lens::take(&self.shared, tenant, event).await
    }

    /// Takes a call that waits for an owner, if there is room; true when it is carried here.
    ///
    /// # Errors
    /// When the lease store cannot be asked.
    pub async fn take(&self, key: &CallKey) -> Result<bool, LeaseError> {
        Worker(Arc::clone(&self.shared)).take(key).await
    }

    /// Whose contacts are whose.
    #[must_use]
    pub fn tenants(&self) -> &Arc<Tenants> {
        &self.shared.options.tenants
    }

    /// Hands events to those who follow them in this process.
    #[must_use]
    pub fn fanout(&self) -> &Fanout {
        &self.shared.fanout
    }

    /// Latency by stage since the engine began.
    #[must_use]
    pub fn latency(&self) -> &LatencyBoard {
        &self.shared.latency
    }

    /// Hands an event that is in the log already to whoever follows, here and on other hosts: what was added to a call
    /// after its end.
    pub fn publish(&self, envelope: Envelope) {
        crate::journal::publish(&self.shared, envelope);
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The engine's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// How the engine is doing.
    #[must_use]
    pub fn status(&self) -> EngineStatus {
        let held = self.shared.carried.ownerships();
        EngineStatus {
            worker: self.shared.options.worker.clone(),
            carries: self.shared.options.carries,
            transcription: self.shared.transcription(),
            live_calls: held.len(),
            unsure_calls: held.iter().filter(|own| !own.is_sure()).count(),
            room: self.shared.room(),
            started_at: self.started_at,
            recording_stopped: self
                .shared
                .recording_stopped
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }

    /// Stops within two seconds: nothing new is taken, and running calls are handed over to whoever takes them next.
    pub async fn shutdown(&self) {
        let held = self.shared.carried.ownerships();
        self.stop.send_replace(true);
        let letting_go = async {
            for task in self.shared.carried.close() {
                drop(task.await);
            }
        };
        if tokio::time::timeout(LET_GO_WITHIN, letting_go).await.is_err() {
            tracing::warn!("some calls do not let go; their events are refused from now on");
        }
        Worker(Arc::clone(&self.shared)).hand_over(&held).await;
        drop(tokio::time::timeout(SAY_WITHIN, self.shared.relay.said()).await);
        self.abort();
    }

    /// Stops at once, as a process does that is killed: nothing is handed over, and leases run out by themselves.
    pub fn abort(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        for task in self.shared.carried.close() {
            task.abort();
        }
    }
}
