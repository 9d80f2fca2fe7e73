//! Whether a call is still ours.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{CallKey, Epoch};
use tokio::{sync::Notify, time::Instant};

/// One ownership of a call: its epoch, and until when this process may be sure of it.
///
/// The time is this process's own monotonic one: a worker that was paused, or cannot reach the lease store, finds that
/// it is not sure any more before the store would give the call to another.
#[derive(Debug)]
pub(crate) struct Ownership {
    pub(crate) key: CallKey,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    epoch: Epoch,
    sure_until: Instant,
    lost: bool,
    only_watches: bool,
    standing: Option<String>,
}

impl Ownership {
    /// An ownership that is sure until then.
    pub(crate) fn new(key: CallKey, epoch: Epoch, sure_until: Instant) -> Self {
        let state = Mutex::new(State { epoch, sure_until, lost: false, only_watches: false, standing: None });
        Self { key, state, changed: Notify::new() }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.lock().epoch
    }

    /// The lease had run out, and this same worker took it again before another did.
    pub(crate) fn take_again(&self, epoch: Epoch, sure_until: Instant) {
        self.lock().epoch = epoch;
        self.confirm(sure_until);
    }

    /// The store confirmed it until then.
    pub(crate) fn confirm(&self, sure_until: Instant) {
        let mut state = self.lock();
        state.sure_until = state.sure_until.max(sure_until);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Another one owns the call.
    pub(crate) fn lose(&self) {
        self.lock().lost = true;
        self.changed.notify_waiters();
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lock().lost
    }

    /// The owner waits for the call's end alone: its other events come from any host.
    pub(crate) fn only_watch(&self) {
        self.lock().only_watches = true;
    }

    pub(crate) fn only_watches(&self) -> bool {
        self.lock().only_watches
    }

    /// Whether the call is ours at this moment, for all that can be known.
    pub(crate) fn is_sure(&self) -> bool {
        let state = self.lock();
        !state.lost && Instant::now() < state.sure_until
    }

    /// Waits until the call is ours for sure, or lost for sure; true when it is ours.
    pub(crate) async fn sure(&self) -> bool {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_sure() {
                return true;
            }
            if self.is_lost() {
                return false;
            }
            changed.await;
        }
    }

    /// Waits until the call is lost.
    pub(crate) async fn lost(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_lost() {
                return;
            }
            changed.await;
        }
    }

    /// Where the call stands, to be stored with the next renewal.
    pub(crate) fn stand(&self, standing: String) {
        self.lock().standing = Some(standing);
    }

    /// A standing that was not stored after all; a newer one counts.
    pub(crate) fn stand_again(&self, standing: String) {
        self.lock().standing.get_or_insert(standing);
    }

    /// Where the call stands, when that is news.
    pub(crate) fn take_standing(&self) -> Option<String> {
        self.lock().standing.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How leases are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTiming {
    /// How long a lease holds without being renewed.
    pub ttl: Duration,
    /// How often leases are renewed.
    pub renew_every: Duration,
    /// How long before its end a worker takes its own lease for lost.
    pub margin: Duration,
    /// How often calls without an owner are looked for.
    pub scan_every: Duration,
    /// How often the directory is asked for what the bus may have missed.
    pub contacts_every: Duration,
}

impl Default for LeaseTiming {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(10),
            renew_every: Duration::from_secs(3),
            margin: Duration::from_secs(2),
            scan_every: Duration::from_secs(2),
            contacts_every: Duration::from_secs(15),
        }
    }
}

impl LeaseTiming {
    /// Until when a lease is sure that was asked for at `asked`.
    pub(crate) fn sure_until(&self, asked: Instant) -> Instant {
        asked + self.ttl.saturating_sub(self.margin)
    }
}

#[cfg(test)]
mod tests {
    use model::{CallId, TenantId};

    use super::*;

    fn ownership(sure_for: Duration) -> Ownership {
        let key = CallKey::new(TenantId::new("acme").unwrap(), CallId::new("call").unwrap());
        Ownership::new(key, Epoch::FIRST, Instant::now() + sure_for)
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_is_sure_until_its_time_and_again_when_confirmed() {
        let own = ownership(Duration::from_secs(8));
        assert!(own.is_sure());
        tokio::time::advance(Duration::from_secs(8)).await;
        assert!(!own.is_sure() && !own.is_lost());
        let waited = tokio::join!(own.sure(), async { own.confirm(Instant::now() + Duration::from_secs(8)) });
        assert!(waited.0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_lost_stays_lost() {
        let own = ownership(Duration::ZERO);
        let waited = tokio::join!(own.sure(), own.lost(), async { own.lose() });
        assert!(!waited.0);
        own.confirm(Instant::now() + Duration::from_secs(8));
        assert!(!own.is_sure() && !own.sure().await);
    }
}
