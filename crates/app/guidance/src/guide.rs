//! The guidance of one process: a task for each call that is carried here.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use engine::{CarriedCall, CarriedNews, Engine};
use events::{Act, DoneBy};
use metrics::{counter, gauge};
use model::CallKey;
use ports::{CallState, Embedder, EventLog, EventLogError};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::{JoinHandle, JoinSet},
    time,
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    acts::{ActRefused, DeskActs},
    advice::Advice,
    after,
    call::{CallGuide, Outcome},
    errands::Sources,
    names,
    shelf::Shelf,
};

/// Acts that wait for one call's session; beyond it they are refused, to be tried again.
const MAX_WAITING_ACTS: usize = 64;
/// The first and the longest wait before the guidance of a call that failed begins again.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(30);
/// How often the guidance of one call may fail before it is given up.
const MAX_RESTARTS: u32 = 20;

/// What guidance works with.
#[derive(Clone)]
pub struct GuideParts {
    /// Carries the calls.
    pub engine: Arc<Engine>,
    /// The event log.
    pub log: Arc<dyn EventLog>,
    /// The playbooks.
    pub shelf: Arc<Shelf>,
    /// Gives sentences their meaning; without one rules that compare meanings never hold.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// Knows documents and language models; without it nothing is answered.
    pub advice: Option<Arc<dyn Advice>>,
    /// Whether every call is watched for long silence, long holds, an unhappy customer, and talking over each other.
    pub built_in_alerts: bool,
}

impl std::fmt::Debug for GuideParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuideParts").finish_non_exhaustive()
    }
}

/// What all calls of a guide share.
pub(crate) struct Parts {
    pub(crate) engine: Arc<Engine>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) built_in_alerts: bool,
}

/// How guidance is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuideStatus {
    /// Calls that are guided here now.
    pub sessions: usize,
    /// Times that the guidance of a call failed and began again.
    pub restarts: u64,
}

/// The calls that are guided here, by which acts find them.
#[derive(Default)]
struct Running {
    calls: Mutex<BTreeMap<CallKey, mpsc::Sender<DoneBy>>>,
    restarts: AtomicU64,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<CallKey, mpsc::Sender<DoneBy>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, key: &CallKey, acts: mpsc::Sender<DoneBy>) {
        let mut calls = self.lock();
        calls.insert(key.clone(), acts);
        gauge!(names::SESSIONS).set(calls.len() as f64);
    }

    /// Leaves the call, unless another task of it has come since.
    fn leave(&self, key: &CallKey, acts: &mpsc::Sender<DoneBy>) {
        let mut calls = self.lock();
        if calls.get(key).is_some_and(|known| known.same_channel(acts)) {
            calls.remove(key);
        }
        gauge!(names::SESSIONS).set(calls.len() as f64);
    }
}

/// Guides the calls that this process carries.
pub struct Guide {
    parts: Arc<Parts>,
    running: Arc<Running>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Guide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guide").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Guide {
    /// Guides every call that the engine begins to carry from here on: to be asked for before the engine is started. On
    /// a process that carries none it only takes acts to where they are done.
    #[must_use]
    pub fn start(parts: GuideParts) -> Arc<Self> {
        let GuideParts { engine, log, shelf, embedder, advice, built_in_alerts } = parts;
        let sources = Arc::new(Sources::new(Arc::clone(&engine), embedder, advice));
        let news = engine.follow_carried();
        let parts = Arc::new(Parts { engine, log, shelf, sources, built_in_alerts });
        let running = Arc::new(Running::default());
        let task = news.map(|news| tokio::spawn(follow(Arc::clone(&parts), Arc::clone(&running), news)));
        Arc::new(Self { parts, running, task: Mutex::new(task) })
    }

    /// How it is doing.
    #[must_use]
    pub fn status(&self) -> GuideStatus {
        let sessions = self.running.lock().len();
        GuideStatus { sessions, restarts: self.running.restarts.load(Ordering::Relaxed) }
    }

    /// Stops at once: whoever carries the calls next goes on from their logs.
    pub fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Whether the call's session here takes the act; none when there is none.
    fn hand_over(&self, key: &CallKey, done: &DoneBy) -> Option<Result<(), ActRefused>> {
        let acts = self.running.lock().get(key).cloned()?;
        match acts.try_send(done.clone()) {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Full(_)) => Some(Err(ActRefused::Busy)),
            // Its task has just ended, or begins again.
            Err(TrySendError::Closed(_)) => None,
        }
    }
}

impl Drop for Guide {
    fn drop(&mut self) {
        self.stop();
    }
}

#[async_trait]
impl DeskActs for Guide {
    async fn take(&self, key: &CallKey, done: DoneBy) -> Result<(), ActRefused> {
        let state = match self.parts.log.call(&key.tenant, &key.call).await {
            Ok(row) => row.state,
            Err(EventLogError::NoSuchCall(_)) => return Err(ActRefused::NoSuchCall(key.clone())),
            Err(error) => return Err(error.into()),
        };
        counter!(names::ACTS, "type" => name(&done.act)).increment(1);
        if state == CallState::Ended {
            return after::act(&self.parts, key, &done).await;
        }
        if let Some(handed) = self.hand_over(key, &done) {
            return handed;
        }
        if self.parts.engine.send_act(key.clone(), done) { Ok(()) } else { Err(ActRefused::NotGuided) }
    }
}

/// Guides each call that is told of, until the engine goes away.
async fn follow(parts: Arc<Parts>, running: Arc<Running>, mut news: mpsc::Receiver<CarriedNews>) {
    let mut calls = JoinSet::new();
    loop {
        tokio::select! {
            told = news.recv() => match told {
                Some(CarriedNews::Call(call)) => {
                    calls.spawn(guide(Arc::clone(&parts), Arc::clone(&running), call));
                }
                Some(CarriedNews::Act { key, done }) => {
                    let acts = running.lock().get(&key).cloned();
                    // Whoever did it sees that nothing came of it, and does it again.
                    if acts.is_none_or(|acts| acts.try_send(done).is_err()) {
                        tracing::debug!(call.id = %key.call, "an act at the desk of a call is not done");
                    }
                }
                Some(_) => {}
                None => return,
            },
            Some(_) = calls.join_next() => {}
        }
    }
}

/// Guides a call to its end, and begins again from its log when that fails.
async fn guide(parts: Arc<Parts>, running: Arc<Running>, call: CarriedCall) {
    let mut wait = RETRY_FIRST;
    for _ in 0..MAX_RESTARTS {
        let (sender, acts) = mpsc::channel(MAX_WAITING_ACTS);
        running.enter(&call.key, sender.clone());
        let (parts, of_call) = (Arc::clone(&parts), call.clone());
        let task = async move { Box::pin(CallGuide::new(parts, of_call, acts)).await.run().await };
        let outcome = AbortOnDropHandle::new(tokio::spawn(task)).await;
        running.leave(&call.key, &sender);
        match outcome {
            Ok(Outcome::Done | Outcome::Elsewhere) => return,
            Ok(Outcome::Failed) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(call.id = %call.key.call, error, "the guidance of a call failed; it begins again");
            }
        }
        counter!(names::RESTARTS).increment(1);
        running.restarts.fetch_add(1, Ordering::Relaxed);
        time::sleep(wait).await;
        wait = (wait * 2).min(RETRY_MAX);
    }
    tracing::error!(call.id = %call.key.call, "the guidance of a call failed too often; the call goes on without");
}

const fn name(act: &Act) -> &'static str {
    match act {
        Act::Hint { .. } => "hint",
        Act::Mute { .. } => "mute",
        Act::Check { .. } => "check",
        Act::Workflow { .. } => "workflow",
        Act::Message { .. } => "message",
        Act::Summary { .. } => "summary",
    }
}
