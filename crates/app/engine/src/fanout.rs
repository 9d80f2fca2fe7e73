//! Within one process: hands each event to whoever follows its call or its tenant.
//!
//! The log is the truth and the bus only wakes: a follower that falls behind loses events here and reads
//! them again from the log. Partials have no place in the log, so a slow follower simply misses some.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use events::{Envelope, Event};
use model::{CallId, TenantId, UtteranceId};
use tokio::sync::{broadcast, watch};

/// How many events of one call wait for its slowest follower before that follower must turn to the log.
const MAX_CALL_BACKLOG: usize = 64;
/// The same for followers of all of a tenant's calls.
const MAX_TENANT_BACKLOG: usize = 2_048;

/// Utterances of one call that are open at once: one a channel as a rule. Beyond it the oldest is forgotten.
const MAX_OPEN_UTTERANCES: usize = 8;
/// Calls with open utterances that are remembered; beyond it one is forgotten, until its next partial.
const MAX_OPEN_CALLS: usize = 16_384;

/// An event on its way to followers; its JSON is made once, by the first follower that needs it.
#[derive(Debug)]
pub struct Published {
    envelope: Envelope,
    json: OnceLock<Arc<str>>,
}

impl Published {
    /// Wraps an event.
    #[must_use]
    pub const fn new(envelope: Envelope) -> Self {
        Self { envelope, json: OnceLock::new() }
    }

    /// The event.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The event as JSON.
    #[must_use]
    pub fn json(&self) -> &Arc<str> {
        self.json.get_or_init(|| {
            serde_json::to_string(&self.envelope).expect("events have only string keys").into()
        })
    }
}

type Sender = broadcast::Sender<Arc<Published>>;
pub(crate) type Receiver = broadcast::Receiver<Arc<Published>>;
type Key = (TenantId, CallId);

/// The newest partial of each utterance that is open now, by call.
///
/// Partials are levels, not events: who begins to follow in the middle of a sentence sees it at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenUtterances(Arc<Mutex<OpenCalls>>);

/// The newest partial of each open utterance, by call.
type OpenCalls = BTreeMap<Key, BTreeMap<UtteranceId, Arc<Published>>>;

impl OpenUtterances {
    /// Those of a call, in the order in which they began.
    pub(crate) fn of(&self, tenant: &TenantId, call: &CallId) -> Vec<Arc<Published>> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = calls.get(&(tenant.clone(), call.clone()));
        open.map_or_else(Vec::new, |open| open.values().cloned().collect())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "only these open or close an utterance")]
    fn take(&self, key: &Key, event: &Arc<Published>) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.envelope().event {
            Event::UtteranceUpdated(said) if said.words.is_empty() => close(&mut calls, key, said.id),
            Event::UtteranceUpdated(said) => {
                if calls.len() >= MAX_OPEN_CALLS && !calls.contains_key(key) {
                    calls.pop_first();
                }
                let open = calls.entry(key.clone()).or_default();
                if open.len() >= MAX_OPEN_UTTERANCES && !open.contains_key(&said.id) {
                    open.pop_first();
                }
                open.insert(said.id, Arc::clone(event));
            }
            Event::UtteranceCompleted(said) => close(&mut calls, key, said.id),
            Event::CallEnded(_) => {
                calls.remove(key);
            }
            _ => {}
        }
    }

    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn close(calls: &mut OpenCalls, key: &Key, utterance: UtteranceId) {
    let Some(open) = calls.get_mut(key) else { return };
    open.remove(&utterance);
    if open.is_empty() {
        calls.remove(key);
    }
}

/// The followers of one process.
#[derive(Debug, Default)]
pub struct Fanout {
    calls: Mutex<BTreeMap<Key, Sender>>,
    tenants: Mutex<BTreeMap<TenantId, Sender>>,
    /// Counts the times when events of other hosts may have been lost.
    missed: watch::Sender<u64>,
    open: OpenUtterances,
}

impl Fanout {
    /// Events of other hosts may have been lost: every follower turns to the log.
    pub(crate) fn missed(&self) {
        // What was open may be finished: the next partial of what is not says so soon.
        self.open.forget();
        self.missed.send_modify(|times| *times = times.wrapping_add(1));
    }

    pub(crate) fn open(&self) -> OpenUtterances {
        self.open.clone()
    }

    pub(crate) fn follow_missed(&self) -> watch::Receiver<u64> {
        self.missed.subscribe()
    }

    /// Hands an event to the followers of its call and, when it is a logged one, of its tenant.
    pub fn publish(&self, envelope: Envelope) {
        let key = (envelope.tenant.clone(), envelope.call_id.clone());
        let call = self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let tenant = (envelope.seq > 0)
            .then(|| self.tenants.lock().unwrap_or_else(PoisonError::into_inner).get(&key.0).cloned())
            .flatten();
        let event = Arc::new(Published::new(envelope));
        self.open.take(&key, &event);
        for sender in [call, tenant].into_iter().flatten() {
            // An error only says that nobody follows at this moment.
            drop(sender.send(Arc::clone(&event)));
        }
    }

    pub(crate) fn follow_call(&self, tenant: &TenantId, call: &CallId) -> Receiver {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|_, sender| sender.receiver_count() > 0);
        let key = (tenant.clone(), call.clone());
        calls.entry(key).or_insert_with(|| broadcast::channel(MAX_CALL_BACKLOG).0).subscribe()
    }

    pub(crate) fn follow_tenant(&self, tenant: &TenantId) -> Receiver {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.entry(tenant.clone()).or_insert_with(|| broadcast::channel(MAX_TENANT_BACKLOG).0).subscribe()
    }
}
