//! Between a host and what it reaches: delays, cuts, lost answers, pauses.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use contacts::ContactRecord;
use events::Envelope;
use model::{CallId, CallKey, ContactId, Epoch, StreamName, TenantId, WorkerId};
use ports::{
    Append, Appended, BlobError, BlobStore, BlobWriter, Bus, BusError, BusMessage, BusSubscription,
    ByteRange, CallFilter, CallPage, CallSummary, ContactDirectory, DirectoryError, EventLog, EventLogError,
    Lease, LeaseCounts, LeaseError, Leases, Offered, Put, Received, Remains, Renewal, TranscriptView,
};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{rng::Rng, scenario::Store};

/// How long a host waits for a store that it does not reach.
const GIVES_UP_AFTER: Duration = Duration::from_millis(1_500);

/// What a host reaches, and what not, at this moment.
#[derive(Debug)]
pub(crate) struct Network {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    paused_until: BTreeMap<usize, Instant>,
    cut_until: BTreeMap<(Option<usize>, Store), Instant>,
}

/// What became of a question on its way.
enum Way {
    Through,
    /// The store does what it is asked, and the answer is lost.
    AnswerLost,
    Lost,
}

impl Network {
    pub(crate) fn new(rng: Rng) -> Self {
        let state = State { rng, paused_until: BTreeMap::new(), cut_until: BTreeMap::new() };
        Self { state: Mutex::new(state) }
    }

    pub(crate) fn pause(&self, host: usize, lasts: Duration) {
        self.lock().paused_until.insert(host, Instant::now() + lasts);
    }

    /// `None` is every host.
    pub(crate) fn cut(&self, host: Option<usize>, store: Store, lasts: Duration) {
        self.lock().cut_until.insert((host, store), Instant::now() + lasts);
    }

    /// Waits until a host that is paused goes on.
    pub(crate) async fn awake(&self, host: usize) {
        loop {
            let until = self.lock().paused_until.get(&host).copied();
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => sleep_until(until).await,
                None => return,
            }
        }
    }

    pub(crate) fn is_cut(&self, host: usize, store: Store) -> bool {
        let state = self.lock();
        let now = Instant::now();
        [Some(host), None]
            .iter()
            .any(|host| state.cut_until.get(&(*host, store)).is_some_and(|until| *until > now))
    }

    async fn pass(&self, host: usize, store: Store) -> Way {
        self.awake(host).await;
        let (delay, answer_lost) = {
            let mut state = self.lock();
            let slow = state.rng.percent(3);
            let delay = if slow { state.rng.within(50, 900) } else { state.rng.within(0, 6) };
            (Duration::from_millis(delay), state.rng.percent(1))
        };
        sleep(delay).await;
        self.awake(host).await;
        if self.is_cut(host, store) {
            sleep(GIVES_UP_AFTER).await;
            return Way::Lost;
        }
        if answer_lost { Way::AnswerLost } else { Way::Through }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store as one host reaches it.
#[derive(Clone, Debug)]
pub(crate) struct Reached<S> {
    pub(crate) inner: Arc<S>,
    pub(crate) host: usize,
    pub(crate) network: Arc<Network>,
}

impl<S> Reached<S> {
    /// Asks over the network; `Err` is what the host sees when question or answer is lost.
    async fn ask<T>(
        &self,
        store: Store,
        asked: impl Future<Output = T>,
    ) -> Result<T, Box<dyn std::error::Error + Send + Sync>> {
        match self.network.pass(self.host, store).await {
            Way::Lost => Err("the store is not reached".into()),
            Way::Through => {
                let answer = asked.await;
                self.network.awake(self.host).await;
                Ok(answer)
            }
            Way::AnswerLost => {
                drop(asked.await);
                Err("the answer is lost".into())
            }
        }
    }
}

#[async_trait]
impl<S: EventLog> EventLog for Reached<S> {
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError> {
        self.ask(Store::Log, self.inner.claim(key, epoch)).await.map_err(EventLogError::Store)?
    }

    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError> {
        self.ask(Store::Log, self.inner.claim_next(key)).await.map_err(EventLogError::Store)?
    }

    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError> {
        self.ask(Store::Log, self.inner.erase(key)).await.map_err(EventLogError::Store)?
    }

    async fn scrub(&self, tenant: &TenantId) -> Result<Remains, EventLogError> {
        self.ask(Store::Log, self.inner.scrub(tenant)).await.map_err(EventLogError::Store)?
    }

    async fn append(&self, append: Append) -> Result<Appended, EventLogError> {
        self.ask(Store::Log, self.inner.append(append)).await.map_err(EventLogError::Store)?
    }

    async fn read_call(
        &self,
        tenant: &TenantId,
        call: &CallId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let read = self.inner.read_call(tenant, call, after, limit);
        self.ask(Store::Log, read).await.map_err(EventLogError::Store)?
    }

    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let read = self.inner.read_tenant(tenant, after, limit);
        self.ask(Store::Log, read).await.map_err(EventLogError::Store)?
    }

    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        self.ask(Store::Log, self.inner.calls(tenant, filter)).await.map_err(EventLogError::Store)?
    }

    async fn call(&self, tenant: &TenantId, call: &CallId) -> Result<CallSummary, EventLogError> {
        self.ask(Store::Log, self.inner.call(tenant, call)).await.map_err(EventLogError::Store)?
    }

    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError> {
        self.ask(Store::Log, self.inner.transcript(tenant, call)).await.map_err(EventLogError::Store)?
    }
}

#[async_trait]
impl<S: Leases> Leases for Reached<S> {
    async fn offer(&self, key: &CallKey, plan: &str) -> Result<Offered, LeaseError> {
        self.ask(Store::Leases, self.inner.offer(key, plan)).await.map_err(LeaseError::Store)?
    }

    async fn take(
        &self,
        key: &CallKey,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Lease>, LeaseError> {
        self.ask(Store::Leases, self.inner.take(key, worker, ttl)).await.map_err(LeaseError::Store)?
    }

    async fn take_waiting(
        &self,
        worker: &WorkerId,
        limit: u32,
        ttl: Duration,
        grace: Duration,
    ) -> Result<Vec<Lease>, LeaseError> {
        let taken = self.inner.take_waiting(worker, limit, ttl, grace);
        self.ask(Store::Leases, taken).await.map_err(LeaseError::Store)?
    }

    async fn renew(
        &self,
        worker: &WorkerId,
        renewals: &[Renewal],
        ttl: Duration,
    ) -> Result<Vec<CallKey>, LeaseError> {
        self.ask(Store::Leases, self.inner.renew(worker, renewals, ttl)).await.map_err(LeaseError::Store)?
    }

    async fn hand_over(&self, worker: &WorkerId, held: &[Renewal]) -> Result<(), LeaseError> {
        self.ask(Store::Leases, self.inner.hand_over(worker, held)).await.map_err(LeaseError::Store)?
    }

    async fn finish(&self, worker: &WorkerId, key: &CallKey, epoch: Epoch) -> Result<bool, LeaseError> {
        self.ask(Store::Leases, self.inner.finish(worker, key, epoch)).await.map_err(LeaseError::Store)?
    }

    async fn counts(&self) -> Result<LeaseCounts, LeaseError> {
        self.ask(Store::Leases, self.inner.counts()).await.map_err(LeaseError::Store)?
    }
}

#[async_trait]
impl<S: ContactDirectory> ContactDirectory for Reached<S> {
    async fn erase(&self, tenant: &TenantId, contact: &ContactId) -> Result<bool, DirectoryError> {
        self.ask(Store::Contacts, self.inner.erase(tenant, contact)).await.map_err(DirectoryError::Store)?
    }

    async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Put, DirectoryError> {
        self.ask(Store::Contacts, self.inner.put(tenant, record)).await.map_err(DirectoryError::Store)?
    }

    async fn find(
        &self,
        tenant: &TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactRecord>, DirectoryError> {
        self.ask(Store::Contacts, self.inner.find(tenant, contacts)).await.map_err(DirectoryError::Store)?
    }

    async fn latest_on_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError> {
        let found = self.inner.latest_on_stream(tenant, stream);
        self.ask(Store::Contacts, found).await.map_err(DirectoryError::Store)?
    }

    async fn waiting_for_stream(&self, limit: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError> {
        self.ask(Store::Contacts, self.inner.waiting_for_stream(limit))
            .await
            .map_err(DirectoryError::Store)?
    }
}

#[async_trait]
impl<S: Bus> Bus for Reached<S> {
    async fn publish(&self, messages: &[BusMessage]) -> Result<(), BusError> {
        self.ask(Store::Bus, self.inner.publish(messages)).await.map_err(BusError::Failed)?
    }

    async fn subscribe(&self) -> Result<Box<dyn BusSubscription>, BusError> {
        let inner = self.ask(Store::Bus, self.inner.subscribe()).await.map_err(BusError::Failed)??;
        Ok(Box::new(Heard { inner, host: self.host, network: Arc::clone(&self.network) }))
    }
}

/// What a host hears of the bus: now and then twice, and a message that comes while it is cut off is lost.
struct Heard {
    inner: Box<dyn BusSubscription>,
    host: usize,
    network: Arc<Network>,
}

#[async_trait]
impl BusSubscription for Heard {
    async fn next(&mut self) -> Vec<Received> {
        loop {
            self.network.awake(self.host).await;
            let mut received = self.inner.next().await;
            if self.network.is_cut(self.host, Store::Bus) {
                // When the bus is back the host is told that it missed something.
                sleep(Duration::from_millis(200)).await;
                if !self.network.is_cut(self.host, Store::Bus) {
                    return vec![Received::Lost];
                }
                continue;
            }
            if self.network.lock().rng.percent(5) {
                received.extend(received.clone());
            }
            return received;
        }
    }
}

#[async_trait]
impl<S: BlobStore> BlobStore for Reached<S> {
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        let inner = self.ask(Store::Blobs, self.inner.create(key)).await.map_err(BlobError::Store)??;
        Ok(Box::new(Writing { inner, host: self.host, network: Arc::clone(&self.network) }))
    }

    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        self.ask(Store::Blobs, self.inner.size(key)).await.map_err(BlobError::Store)?
    }

    async fn read(&self, key: &str, range: ByteRange) -> Result<Bytes, BlobError> {
        self.ask(Store::Blobs, self.inner.read(key, range)).await.map_err(BlobError::Store)?
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, BlobError> {
        self.ask(Store::Blobs, self.inner.list(prefix, after, limit)).await.map_err(BlobError::Store)?
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.ask(Store::Blobs, self.inner.delete(key)).await.map_err(BlobError::Store)?
    }
}

struct Writing {
    inner: Box<dyn BlobWriter>,
    host: usize,
    network: Arc<Network>,
}

#[async_trait]
impl BlobWriter for Writing {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.inner.write(bytes).await
    }

    async fn commit(self: Box<Self>) -> Result<(), BlobError> {
        let Self { inner, host, network } = *self;
        let reached = Reached { inner: Arc::new(()), host, network };
        reached.ask(Store::Blobs, inner.commit()).await.map_err(BlobError::Store)?
    }
}
