//! The calls that this process carries, by call and by contact.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use contacts::ContactRecord;
use metrics::gauge;
use model::{CallKey, ContactId, TenantId};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{names, ownership::Ownership};

/// Records of contacts that wait for one call's task; beyond it new ones are dropped, and found in the directory when
/// it is asked the next time.
const MAX_CALL_RECORDS: usize = 32;

struct LiveCall {
    ownership: Arc<Ownership>,
    records: mpsc::Sender<ContactRecord>,
    task: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    calls: BTreeMap<CallKey, LiveCall>,
    by_contact: BTreeMap<(TenantId, ContactId), CallKey>,
    closed: bool,
}

/// All calls of this process.
#[derive(Clone, Default)]
pub(crate) struct Carried(Arc<Mutex<State>>);

/// A call's place. Dropping it, also when its task panics, gives the place up.
pub(crate) struct Place {
    carried: Carried,
    key: CallKey,
}

impl Carried {
    /// Takes a place for a call; `None` when it is carried already, or nothing is taken any more.
    pub(crate) fn enter(
        &self,
        ownership: &Arc<Ownership>,
        contacts: &[ContactId],
    ) -> Option<(Place, mpsc::Receiver<ContactRecord>)> {
        let key = &ownership.key;
        let mut state = self.lock();
        if state.closed || state.calls.contains_key(key) {
            return None;
        }
        let (records, receiver) = mpsc::channel(MAX_CALL_RECORDS);
        state.calls.insert(key.clone(), LiveCall { ownership: Arc::clone(ownership), records, task: None });
        for contact in contacts {
            state.by_contact.entry((key.tenant.clone(), contact.clone())).or_insert_with(|| key.clone());
        }
        gauge!(names::CALLS_LIVE).set(state.calls.len() as f64);
        Some((Place { carried: self.clone(), key: key.clone() }, receiver))
    }

    /// Keeps the task of a call that has a place, to wait for at the end.
    pub(crate) fn keep(&self, key: &CallKey, task: JoinHandle<()>) {
        if let Some(call) = self.lock().calls.get_mut(key) {
            call.task = Some(task);
        }
    }

    /// The call's audio is under this contact, too.
    pub(crate) fn add_contact(&self, key: &CallKey, contact: ContactId) {
        let mut state = self.lock();
        if state.calls.contains_key(key) {
            state.by_contact.entry((key.tenant.clone(), contact)).or_insert_with(|| key.clone());
        }
    }

    /// Hands what is known of a contact to its call, if it is carried here.
    pub(crate) fn tell(&self, tenant: &TenantId, record: ContactRecord) -> bool {
        let state = self.lock();
        let key = state.by_contact.get(&(tenant.clone(), record.contact_id.clone()));
        let Some(call) = key.and_then(|key| state.calls.get(key)) else { return false };
        if call.records.try_send(record).is_err() {
            tracing::warn!(call.id = %call.ownership.key.call, "a call does not take what its contact does");
        }
        true
    }

    pub(crate) fn has_contact(&self, tenant: &TenantId, contact: &ContactId) -> bool {
        self.lock().by_contact.contains_key(&(tenant.clone(), contact.clone()))
    }

    pub(crate) fn is_carried(&self, key: &CallKey) -> bool {
        self.lock().calls.contains_key(key)
    }

    /// Whether all of a call's events come from this process.
    pub(crate) fn is_told_here(&self, key: &CallKey) -> bool {
        self.lock().calls.get(key).is_some_and(|call| !call.ownership.only_watches())
    }

    /// How this process owns a call that it carries.
    pub(crate) fn ownership(&self, key: &CallKey) -> Option<Arc<Ownership>> {
        self.lock().calls.get(key).map(|call| Arc::clone(&call.ownership))
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().calls.len()
    }

    /// The contacts of all carried calls, by tenant.
    pub(crate) fn contacts(&self) -> BTreeMap<TenantId, Vec<ContactId>> {
        let mut contacts: BTreeMap<TenantId, Vec<ContactId>> = BTreeMap::new();
        for (tenant, contact) in self.lock().by_contact.keys() {
            contacts.entry(tenant.clone()).or_default().push(contact.clone());
        }
        contacts
    }

    /// What this process owns.
    pub(crate) fn ownerships(&self) -> Vec<Arc<Ownership>> {
        self.lock().calls.values().map(|call| Arc::clone(&call.ownership)).collect()
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
        let mut state = self.carried.lock();
        state.calls.remove(&self.key);
        state.by_contact.retain(|_, key| *key != self.key);
        gauge!(names::CALLS_LIVE).set(state.calls.len() as f64);
        if std::thread::panicking() {
            tracing::error!(call.id = %self.key.call, "a call's task failed; its lease runs out, and it is taken again");
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{CallId, Epoch, Timestamp};
    use tokio::time::Instant;

    use super::*;

    fn own(call: &str) -> Arc<Ownership> {
        let key = CallKey::new(TenantId::new("acme").unwrap(), CallId::new(call).unwrap());
        Arc::new(Ownership::new(key, Epoch::FIRST, Instant::now()))
    }

    fn contact(id: &str) -> ContactId {
        ContactId::new(id).unwrap()
    }

    #[test]
    fn a_record_reaches_the_call_of_its_contact() {
        let carried = Carried::default();
        let one = own("one");
        let (_place, mut records) = carried.enter(&one, &[contact("a"), contact("b")]).unwrap();
        let record = |id: &str| ContactRecord::new(contact(id), Timestamp::from_millis(0));
        assert!(carried.tell(&one.key.tenant, record("b")));
        assert_eq!(records.try_recv().unwrap().contact_id, contact("b"));
        assert!(!carried.tell(&one.key.tenant, record("c")));
        carried.add_contact(&one.key, contact("c"));
        assert!(carried.tell(&one.key.tenant, record("c")));
        assert_eq!(carried.contacts()[&one.key.tenant].len(), 3);
    }

    #[test]
    fn a_place_is_given_up_when_its_task_panics() {
        let carried = Carried::default();
        let one = own("one");
        let entered = carried.enter(&one, &[contact("mine")]).unwrap();
        assert!(carried.enter(&one, &[]).is_none());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _entered = entered;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(carried.len(), 0);
        assert!(carried.enter(&one, &[]).is_some());
    }

    #[test]
    fn what_is_closed_takes_no_calls() {
        let carried = Carried::default();
        carried.close();
        assert!(carried.enter(&own("one"), &[]).is_none());
    }
}
