//! Whose credentials read a tenant's streams, and for how long.

use std::{
    sync::{Arc, Mutex as SyncMutex, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::sync::Mutex;

use crate::{
    pace::Pace,
    role::RoleConfig,
    wire::{Clients, Own, WireError},
};

/// A session is renewed this long before it ends; a short one when a quarter of it is left.
const RENEW_BEFORE: Duration = Duration::from_secs(10 * 60);
/// A renewal that failed is tried again no sooner, as long as the session lasts.
const RENEW_PAUSE: Duration = Duration::from_secs(15);
/// `GetDataEndpoint` of one account: the service allows three hundred a second, for all who ask.
const ENDPOINT_INTERVAL: Duration = Duration::from_millis(5);
/// How many of them may come at once after a pause.
const ENDPOINT_BURST: u32 = 20;
/// How long one of them waits for its turn before the caller is told to come back.
const ENDPOINT_PATIENCE: Duration = Duration::from_secs(10);

/// A tenant's account: its role, and the session that is in use.
#[derive(Debug)]
pub(crate) struct Account {
    own: Own,
    role: Option<RoleConfig>,
    session: SyncMutex<Option<Arc<Session>>>,
    /// Held by the one who renews.
    renewing: Mutex<()>,
    /// Holds `GetDataEndpoint` to the account's quota.
    pub(crate) endpoints: Pace,
}

/// Credentials in use.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) clients: Clients,
    life: Option<Life>,
}

#[derive(Debug)]
struct Life {
    renew_at: SystemTime,
    expires: SystemTime,
    /// When a renewal last failed.
    failed: SyncMutex<Option<SystemTime>>,
}

impl Account {
    pub(crate) const fn new(own: Own, role: Option<RoleConfig>) -> Self {
        Self {
            own,
            role,
            session: SyncMutex::new(None),
            renewing: Mutex::const_new(()),
            endpoints: Pace::new(ENDPOINT_INTERVAL, ENDPOINT_BURST, ENDPOINT_PATIENCE),
        }
    }

    /// The region of streams whose address does not say.
    pub(crate) fn region(&self) -> Option<&str> {
        self.role.as_ref().and_then(|role| role.region.as_deref()).or_else(|| self.own.region())
    }

    /// Whether other credentials can be had when the service refuses these.
    pub(crate) const fn is_renewable(&self) -> bool {
        self.role.is_some() || self.own.renewable
    }

    /// Credentials that are good for a while.
    pub(crate) async fn session(&self) -> Result<Arc<Session>, WireError> {
        let now = SystemTime::now();
        if let Some(session) = self.known().filter(|session| session.is_fresh(now)) {
            return Ok(session);
        }
        let _turn = self.renewing.lock().await;
        // Another one may have renewed it meanwhile.
        let known = self.known();
        if let Some(session) = known.clone().filter(|session| session.is_fresh(now)) {
            return Ok(session);
        }
        match (self.begin().await, known) {
            (Ok(session), _) => {
                *self.lock() = Some(Arc::clone(&session));
                Ok(session)
            }
            (Err(error), Some(session)) if session.outlives(now) => {
                tracing::warn!(?error, "a session cannot be renewed yet; the old one is used");
                Ok(session)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Credentials that are asked for now, whatever is known.
    pub(crate) async fn new_session(&self) -> Result<Arc<Session>, WireError> {
        let session = self.begin().await?;
        *self.lock() = Some(Arc::clone(&session));
        Ok(session)
    }

    /// Other credentials than `refused`, which the service does not take any more.
    pub(crate) async fn session_after(&self, refused: &Arc<Session>) -> Result<Arc<Session>, WireError> {
        {
            let mut session = self.lock();
            if session.as_ref().is_some_and(|session| Arc::ptr_eq(session, refused)) {
                *session = None;
            }
        }
        self.session().await
    }

    async fn begin(&self) -> Result<Arc<Session>, WireError> {
        let Some(role) = &self.role else {
            return Ok(Arc::new(Session { clients: self.own.clients(), life: None }));
        };
        let assumed = self.own.assume(role).await?;
        tracing::debug!(role.arn = role.role_arn, "assumed a role");
        let life = Life::until(assumed.expires, SystemTime::now());
        Ok(Arc::new(Session { clients: self.own.clients_of(&assumed), life: Some(life) }))
    }

    fn known(&self) -> Option<Arc<Session>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Session>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Whether it need not be renewed yet.
    fn is_fresh(&self, now: SystemTime) -> bool {
        self.life.as_ref().is_none_or(|life| life.is_fresh(now))
    }

    /// Whether it can be used a little longer although it could not be renewed; it is tried again later.
    fn outlives(&self, now: SystemTime) -> bool {
        self.life.as_ref().is_none_or(|life| {
            *life.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
            now < life.expires
        })
    }
}

impl Life {
    fn until(expires: SystemTime, now: SystemTime) -> Self {
        let left = expires.duration_since(now).unwrap_or_default();
        let renew_at = expires - RENEW_BEFORE.min(left / 4);
        Self { renew_at, expires, failed: SyncMutex::new(None) }
    }

    fn is_fresh(&self, now: SystemTime) -> bool {
        let failed = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = failed.is_some_and(|failed| now < failed + RENEW_PAUSE) && now < self.expires;
        now < self.renew_at || waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn at(seconds: u64) -> SystemTime {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn an_hours_session_is_renewed_ten_minutes_before_its_end_and_a_short_one_in_its_last_quarter() {
        for (lasts, fresh, stale) in [(3_600, 2_999, 3_000), (900, 674, 675), (4, 2, 3)] {
            let life = Life::until(at(lasts), START);
            assert!(life.is_fresh(at(fresh)), "{lasts}");
            assert!(!life.is_fresh(at(stale)), "{lasts}");
        }
    }

    #[test]
    fn a_session_that_is_over_when_it_comes_is_never_fresh() {
        assert!(!Life::until(at(10), at(20)).is_fresh(at(20)));
    }

    #[test]
    fn a_failed_renewal_is_tried_again_after_a_pause_and_not_past_the_end() {
        let life = Life::until(at(3_600), START);
        *life.failed.lock().unwrap() = Some(at(3_100));
        assert!(life.is_fresh(at(3_110)));
        assert!(!life.is_fresh(at(3_115)));
        *life.failed.lock().unwrap() = Some(at(3_599));
        assert!(!life.is_fresh(at(3_600)));
    }
}
