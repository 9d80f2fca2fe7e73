//! Who owns which call: leases with a fencing epoch and a checkpoint.

use std::time::Duration;

use async_trait::async_trait;
use model::{CallKey, Epoch, WorkerId};
use thiserror::Error;

/// Why leases could not be read or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// The store failed, or was not reached. Whether the change happened is not known: a change that is tried again is
    /// safe.
    #[error("the lease store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// The call is new and waits for an owner.
    New,
    /// The call is known: it waits, has an owner, or is over.
    Known,
}

/// A call that one worker owns until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The call.
    pub key: CallKey,
    /// Which ownership this is.
    pub epoch: Epoch,
    /// How the call is to be carried, as it was offered.
    pub plan: String,
    /// Where the last owner stood, as it was stored.
    pub checkpoint: Option<String>,
}

/// A lease that its owner wants to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// The call.
    pub key: CallKey,
    /// The owner's epoch.
    pub epoch: Epoch,
    /// Where the owner stands; none leaves what is stored.
    pub checkpoint: Option<String>,
}

/// How many calls are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeaseCounts {
    /// Calls that wait for an owner: never owned, handed over, or their lease has run out.
    pub waiting: u64,
    /// Calls that have an owner.
    pub owned: u64,
}

/// The leases of all tenants' calls.
///
/// A lease runs out by the store's own clock, never by a worker's. A worker that is not sure to hold a lease stops by
/// its own monotonic clock before the store would give it to another.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Makes a call known, to be owned by whoever takes it first. A call that is known stays as it is: plans are
    /// never changed, and a call that is over is never begun again.
    async fn offer(&self, key: &CallKey, plan: &str) -> Result<Offered, LeaseError>;

    /// Takes one call, if it waits for an owner.
    async fn take(
        &self,
        key: &CallKey,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Lease>, LeaseError>;

    /// Takes up to `limit` calls that wait for an owner, those that wait longest first. Calls that were never owned
    /// or were handed over are free at once; others from `grace` after their lease ran out.
    async fn take_waiting(
        &self,
        worker: &WorkerId,
        limit: u32,
        ttl: Duration,
        grace: Duration,
    ) -> Result<Vec<Lease>, LeaseError>;

    /// Keeps leases for another `ttl` and stores their checkpoints; gives those that are not the worker's any more. A
    /// lease that has run out and that nobody took is kept, too.
    async fn renew(
        &self,
        worker: &WorkerId,
        renewals: &[Renewal],
        ttl: Duration,
    ) -> Result<Vec<CallKey>, LeaseError>;

    /// Gives leases up with their checkpoints: the calls wait for an owner from now on. Those that are not the
    /// worker's any more are passed over.
    async fn hand_over(&self, worker: &WorkerId, held: &[Renewal]) -> Result<(), LeaseError>;

    /// Says that a call is over; false when it is not the worker's any more. Saying it again is no error.
    async fn finish(&self, worker: &WorkerId, key: &CallKey, epoch: Epoch) -> Result<bool, LeaseError>;

    /// How many calls are where.
    async fn counts(&self) -> Result<LeaseCounts, LeaseError>;
}
