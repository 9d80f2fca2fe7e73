//! Leases in memory.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use model::{CallKey, Epoch, Timestamp, WorkerId};

use crate::{Lease, LeaseCounts, LeaseError, Leases, Offered, Renewal};

/// The store's clock.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Leases that live as long as they are held.
#[derive(Clone)]
pub struct MemoryLeases {
    rows: Arc<Mutex<BTreeMap<CallKey, Row>>>,
    clock: Clock,
}

#[derive(Clone, Debug)]
struct Row {
    plan: String,
    checkpoint: Option<String>,
    epoch: Epoch,
    held: Held,
    offered_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    /// By nobody: offered, or handed over.
    Waiting,
    By(WorkerId, Timestamp),
    Done,
}

impl fmt::Debug for MemoryLeases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryLeases")
    }
}

impl MemoryLeases {
    /// Leases by this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { rows: Arc::default(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CallKey, Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn is_free(&self, now: Timestamp, grace: Duration) -> bool {
        match &self.held {
            Held::Waiting => true,
            Held::By(_, until) => *until + grace <= now,
            Held::Done => false,
        }
    }

    fn is_of(&self, worker: &WorkerId, epoch: Epoch) -> bool {
        matches!(&self.held, Held::By(owner, _) if owner == worker) && self.epoch == epoch
    }

    fn keep(&mut self, checkpoint: Option<&String>) {
        if let Some(checkpoint) = checkpoint {
            self.checkpoint = Some(checkpoint.clone());
        }
    }

    fn take(&mut self, key: &CallKey, worker: &WorkerId, until: Timestamp) -> Lease {
        self.epoch = self.epoch.next();
        self.held = Held::By(worker.clone(), until);
        let (plan, checkpoint) = (self.plan.clone(), self.checkpoint.clone());
        Lease { key: key.clone(), epoch: self.epoch, plan, checkpoint }
    }
}

#[async_trait]
impl Leases for MemoryLeases {
    async fn offer(&self, key: &CallKey, plan: &str) -> Result<Offered, LeaseError> {
        let mut rows = self.lock();
        if rows.contains_key(key) {
            return Ok(Offered::Known);
        }
        let row = Row {
            plan: plan.to_owned(),
            checkpoint: None,
            epoch: Epoch::default(),
            held: Held::Waiting,
            offered_at: (self.clock)(),
        };
        rows.insert(key.clone(), row);
        Ok(Offered::New)
    }

    async fn take(
        &self,
        key: &CallKey,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Lease>, LeaseError> {
        let now = (self.clock)();
        let mut rows = self.lock();
        let free = rows.get_mut(key).filter(|row| row.is_free(now, Duration::ZERO));
        Ok(free.map(|row| row.take(key, worker, now + ttl)))
    }

    async fn take_waiting(
        &self,
        worker: &WorkerId,
        limit: u32,
        ttl: Duration,
        grace: Duration,
    ) -> Result<Vec<Lease>, LeaseError> {
        let now = (self.clock)();
        let mut rows = self.lock();
        let free = rows.iter_mut().filter(|(_, row)| row.is_free(now, grace));
        let mut free: Vec<(&CallKey, &mut Row)> = free.collect();
        free.sort_by_key(|(_, row)| row.offered_at);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(free.into_iter().take(limit).map(|(key, row)| row.take(key, worker, now + ttl)).collect())
    }

    async fn renew(
        &self,
        worker: &WorkerId,
        renewals: &[Renewal],
        ttl: Duration,
    ) -> Result<Vec<CallKey>, LeaseError> {
        let until = (self.clock)() + ttl;
        let mut rows = self.lock();
        let mut lost = Vec::new();
        for renewal in renewals {
            match rows.get_mut(&renewal.key).filter(|row| row.is_of(worker, renewal.epoch)) {
                Some(row) => {
                    row.held = Held::By(worker.clone(), until);
                    row.keep(renewal.checkpoint.as_ref());
                }
                None => lost.push(renewal.key.clone()),
            }
        }
        Ok(lost)
    }

    async fn hand_over(&self, worker: &WorkerId, held: &[Renewal]) -> Result<(), LeaseError> {
        let mut rows = self.lock();
        for given in held {
            if let Some(row) = rows.get_mut(&given.key).filter(|row| row.is_of(worker, given.epoch)) {
                row.held = Held::Waiting;
                row.keep(given.checkpoint.as_ref());
            }
        }
        Ok(())
    }

    async fn finish(&self, worker: &WorkerId, key: &CallKey, epoch: Epoch) -> Result<bool, LeaseError> {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(key) else { return Ok(false) };
        if row.held == Held::Done {
            return Ok(row.epoch == epoch);
        }
        let is_of = row.is_of(worker, epoch);
        if is_of {
            row.held = Held::Done;
        }
        Ok(is_of)
    }

    async fn counts(&self) -> Result<LeaseCounts, LeaseError> {
        let now = (self.clock)();
        let rows = self.lock();
        let open = rows.values().filter(|row| row.held != Held::Done).count();
        let waiting = rows.values().filter(|row| row.is_free(now, Duration::ZERO)).count();
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(LeaseCounts { waiting: number(waiting), owned: number(open - waiting) })
    }
}
