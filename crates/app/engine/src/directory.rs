//! The calls that are carried now, by call and by contact, and what was said of contacts that have no call yet.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contacts::ContactSignal;
use metrics::gauge;
use model::{CallId, ContactId, TenantId, Timestamp};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::names;

/// Signals of contacts whose call has not begun yet; beyond it the oldest are dropped.
const MAX_EARLY_SIGNALS: usize = 1_024;
/// How long such a signal is kept: a trigger comes within seconds of its contact.
const MAX_EARLY_AGE: Duration = Duration::from_secs(120);
/// Signals that wait for one call's task; beyond it new ones are dropped.
const MAX_CALL_SIGNALS: usize = 256;

/// Names a call across tenants.
pub(crate) type CallKey = (TenantId, CallId);

struct LiveCall {
    signals: mpsc::Sender<ContactSignal>,
    task: Option<JoinHandle<()>>,
}

struct EarlySignal {
    tenant: TenantId,
    signal: ContactSignal,
    received_at: Timestamp,
}

#[derive(Default)]
struct State {
    calls: BTreeMap<CallKey, LiveCall>,
    by_contact: BTreeMap<(TenantId, ContactId), CallKey>,
    early: VecDeque<EarlySignal>,
    closed: bool,
}

/// Why a call has no place.
pub(crate) enum NoPlace {
    Carried,
    Full,
    Closed,
}

/// All calls of this process.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<Mutex<State>>);

/// A call's place. Dropping it, also when its task panics, gives the place up.
pub(crate) struct Place {
    directory: Directory,
    key: CallKey,
}

impl Directory {
    /// Takes a place for a call under these contacts, and gives what was already said of them.
    pub(crate) fn enter(
        &self,
        key: &CallKey,
        contacts: &[ContactId],
        max: Option<usize>,
    ) -> Result<(Place, mpsc::Receiver<ContactSignal>), NoPlace> {
        let mut state = self.lock();
        if state.closed {
            return Err(NoPlace::Closed);
        }
        if state.calls.contains_key(key) {
            return Err(NoPlace::Carried);
        }
        if max.is_some_and(|max| state.calls.len() >= max) {
            return Err(NoPlace::Full);
        }
        let (signals, receiver) = mpsc::channel(MAX_CALL_SIGNALS);
        let is_ours =
            |early: &EarlySignal| early.tenant == key.0 && contacts.contains(&early.signal.contact_id);
        let (ours, others) = std::mem::take(&mut state.early).into_iter().partition(is_ours);
        state.early = others;
        for early in Vec::from(ours) {
            drop(signals.try_send(early.signal));
        }
        for contact in contacts {
            state.by_contact.entry((key.0.clone(), contact.clone())).or_insert_with(|| key.clone());
        }
        state.calls.insert(key.clone(), LiveCall { signals, task: None });
        gauge!(names::CALLS_LIVE).set(state.calls.len() as f64);
        Ok((Place { directory: self.clone(), key: key.clone() }, receiver))
    }

    /// Keeps the task of a call that has a place, to wait for at the end.
    pub(crate) fn keep(&self, key: &CallKey, task: JoinHandle<()>) {
        if let Some(call) = self.lock().calls.get_mut(key) {
            call.task = Some(task);
        }
    }

    /// Hands a signal to the call of its contact, or keeps it for a call that has yet to begin.
    pub(crate) fn signal(&self, tenant: &TenantId, signal: ContactSignal, now: Timestamp) {
        let mut state = self.lock();
        let key = state.by_contact.get(&(tenant.clone(), signal.contact_id.clone()));
        if let Some(call) = key.and_then(|key| state.calls.get(key)) {
            if call.signals.try_send(signal).is_err() {
                tracing::warn!("a call is not taking its contact's signals");
            }
            return;
        }
        state.early.retain(|early| now.since(early.received_at) < MAX_EARLY_AGE);
        if state.early.len() >= MAX_EARLY_SIGNALS {
            state.early.pop_front();
        }
        state.early.push_back(EarlySignal { tenant: tenant.clone(), signal, received_at: now });
    }

    pub(crate) fn is_carried(&self, key: &CallKey) -> bool {
        self.lock().calls.contains_key(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().calls.len()
    }

    /// Takes no more calls, and gives the tasks of those that are carried.
    pub(crate) fn close(&self) -> Vec<JoinHandle<()>> {
        let mut state = self.lock();
        state.closed = true;
        state.calls.values_mut().filter_map(|call| call.task.take()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.directory.lock();
        state.calls.remove(&self.key);
        state.by_contact.retain(|_, key| *key != self.key);
        gauge!(names::CALLS_LIVE).set(state.calls.len() as f64);
        if std::thread::panicking() {
            tracing::error!(call.id = %self.key.1, "a call's task failed; its trigger or the next start takes it up");
        }
    }
}

#[cfg(test)]
mod tests {
    use contacts::SignalKind;

    use super::*;

    fn key(call: &str) -> CallKey {
        (TenantId::new("acme").unwrap(), CallId::new(call).unwrap())
    }

    fn contact(id: &str) -> ContactId {
        ContactId::new(id).unwrap()
    }

    fn said(directory: &Directory, id: &str, at_s: i64) {
        let at = Timestamp::from_millis(at_s * 1_000);
        let signal = ContactSignal { contact_id: contact(id), at, kind: SignalKind::HoldStarted };
        directory.signal(&key("c").0, signal, at);
    }

    #[test]
    fn what_is_said_early_waits_for_its_call_and_not_for_ever() {
        let directory = Directory::default();
        said(&directory, "old", 0);
        said(&directory, "mine", 100);
        said(&directory, "other", 130);
        let (_place, mut signals) =
            directory.enter(&key("c"), &[contact("mine"), contact("old")], None).ok().unwrap();
        assert_eq!(signals.try_recv().unwrap().contact_id, contact("mine"));
        assert!(signals.try_recv().is_err(), "what is older than two minutes is forgotten");
        said(&directory, "old", 200);
        assert_eq!(
            signals.try_recv().unwrap().contact_id,
            contact("old"),
            "every contact of the chain is the call's"
        );
    }

    #[test]
    fn a_place_is_given_up_when_its_task_panics() {
        let directory = Directory::default();
        let entered = directory.enter(&key("c"), &[contact("mine")], Some(1)).ok().unwrap();
        assert!(matches!(directory.enter(&key("c"), &[], None), Err(NoPlace::Carried)));
        assert!(matches!(directory.enter(&key("d"), &[], Some(1)), Err(NoPlace::Full)));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _entered = entered;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(directory.len(), 0);
        assert!(directory.enter(&key("d"), &[], Some(1)).is_ok());
    }

    #[test]
    fn a_closed_directory_takes_no_calls() {
        let directory = Directory::default();
        directory.close();
        assert!(matches!(directory.enter(&key("c"), &[], None), Err(NoPlace::Closed)));
    }
}
