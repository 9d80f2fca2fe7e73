//! Within one process: hands each event to whoever follows its call or its tenant.
//!
//! The log is the truth and the bus only wakes: a follower that falls behind loses events here and reads
//! them again from the log. Partials have no place in the log, so a slow follower simply misses some.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use events::Envelope;
use model::{CallId, TenantId};
use tokio::sync::{broadcast, watch};

/// How many events of one call wait for its slowest follower before that follower must turn to the log.
const MAX_CALL_BACKLOG: usize = 64;
/// The same for followers of all of a tenant's calls.
const MAX_TENANT_BACKLOG: usize = 2_048;

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

/// The followers of one process.
#[derive(Debug, Default)]
pub struct Fanout {
    calls: Mutex<BTreeMap<(TenantId, CallId), Sender>>,
    tenants: Mutex<BTreeMap<TenantId, Sender>>,
    /// Counts the times when events of other hosts may have been lost.
    missed: watch::Sender<u64>,
}

impl Fanout {
    /// Events of other hosts may have been lost: every follower turns to the log.
    pub(crate) fn missed(&self) {
        self.missed.send_modify(|times| *times = times.wrapping_add(1));
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
