//! Owns calls: takes leases, keeps them, and gives them up.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge};
use model::{CallKey, ContactId, MediaOrigin, TenantId};
use ports::{BusMessage, CallState, EventLogError, Lease, LeaseError, Renewal};
use tokio::{
    task::JoinSet,
    time::{self, Instant, MissedTickBehavior},
};

use crate::{
    aside,
    call_task::{CallTask, Outcome},
    engine::Shared,
    journal, lens, names,
    ownership::Ownership,
    plan::{CallPlan, Standing},
};

/// The most calls that one scan takes, so that a host that starts does not take a fleet's worth at once.
const MAX_TAKEN_AT_ONCE: u32 = 64;
/// Contacts that are asked after at once.
const CONTACTS_PER_QUESTION: usize = 100;
/// The first and the longest wait before a store is asked again.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How long leases may take to be given up when the process stops.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(1);

/// Owns calls for one process. Clones are the same worker.
#[derive(Clone)]
pub(crate) struct Worker(pub(crate) Arc<Shared>);

impl Worker {
    /// Starts keeping leases, taking calls and asking after contacts.
    pub(crate) fn start(&self, tasks: &mut JoinSet<()>) {
        let timing = self.0.options.leases;
        let (renew, scan, ask) = (self.clone(), self.clone(), self.clone());
        tasks.spawn(async move { every(timing.renew_every, || renew.renew()).await });
        tasks.spawn(async move { scan.scan_for_ever().await });
        tasks.spawn(async move { every(timing.contacts_every, || ask.ask_after_contacts()).await });
    }

    /// Looks for calls without an owner. After the store was away, owners get a lease's time to renew first, or every
    /// call would change hands.
    async fn scan_for_ever(&self) {
        let timing = self.0.options.leases;
        let mut grace_until = None;
        loop {
            let in_grace = grace_until.is_some_and(|until| Instant::now() < until);
            let grace = if in_grace { timing.ttl } else { Duration::ZERO };
            if self.take_waiting(grace).await.is_err() {
                grace_until = Some(Instant::now() + timing.ttl);
            }
            let jitter = timing.scan_every.mul_f64(self.0.jitter() / 4.0);
            let mut wake = self.0.scan_now.subscribe();
            drop(time::timeout(timing.scan_every + jitter, wake.changed()).await);
        }
    }

    async fn take_waiting(&self, grace: Duration) -> Result<(), LeaseError> {
        let shared = &self.0;
        let room = u32::try_from(shared.room()).unwrap_or(u32::MAX);
        let leases = &shared.parts.leases;
        match leases.counts().await {
            Ok(counts) => gauge!(names::CALLS_WAITING).set(counts.waiting as f64),
            Err(error) => return Err(self.store_failed(error)),
        }
        if room == 0 || *shared.stopping.borrow() {
            return Ok(());
        }
        let asked = Instant::now();
        let limit = room.min(MAX_TAKEN_AT_ONCE);
        let ttl = shared.options.leases.ttl;
        let taken = leases.take_waiting(&shared.options.worker, limit, ttl, grace).await;
        for lease in taken.map_err(|error| self.store_failed(error))? {
            self.carry(lease, asked);
        }
        Ok(())
    }

    /// Takes one call, if it waits and there is room; true when it is carried here.
    pub(crate) async fn take(&self, key: &CallKey) -> Result<bool, LeaseError> {
        let shared = &self.0;
        if shared.carried.is_carried(key) {
            return Ok(true);
        }
        if shared.room() == 0 || *shared.stopping.borrow() {
            return Ok(false);
        }
        let asked = Instant::now();
        let ttl = shared.options.leases.ttl;
        match shared.parts.leases.take(key, &shared.options.worker, ttl).await? {
            Some(lease) => {
                self.carry(lease, asked);
                Ok(true)
            }
            None => Ok(shared.carried.is_carried(key)),
        }
    }

    /// Carries a call whose lease was asked for at `asked`.
    fn carry(&self, lease: Lease, asked: Instant) {
        let shared = Arc::clone(&self.0);
        let sure_until = shared.options.leases.sure_until(asked);
        let ownership = Arc::new(Ownership::new(lease.key.clone(), lease.epoch, sure_until));
        let plan: CallPlan = match serde_json::from_str(&lease.plan) {
            Ok(plan) => plan,
            Err(error) => {
                counter!(names::UNREADABLE_PLANS).increment(1);
                tracing::error!(call.id = %lease.key.call, error = &error as &dyn std::error::Error,
                    "a call's plan cannot be read: was it offered by a newer version?");
                return;
            }
        };
        let contacts: Vec<ContactId> =
            [&plan.contact].into_iter().chain(&plan.also_accepted).cloned().collect();
        let Some((place, records)) = shared.carried.enter(&ownership, &contacts) else {
            if let Some(held) = shared.carried.ownership(&lease.key) {
                held.take_again(lease.epoch, sure_until);
            }
            return;
        };
        counter!(names::CALLS_TAKEN, "again" => if lease.epoch.get() > 1 { "yes" } else { "no" })
            .increment(1);
        let standing = lease.checkpoint.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let worker = self.clone();
        let key = lease.key;
        let task = tokio::spawn(async move {
            let _place = place;
            Box::pin(worker.carry_to_its_end(plan, standing, ownership, records)).await;
        });
        self.0.carried.keep(&key, task);
    }

    async fn carry_to_its_end(
        &self,
        plan: CallPlan,
        standing: Option<Standing>,
        ownership: Arc<Ownership>,
        records: tokio::sync::mpsc::Receiver<contacts::ContactRecord>,
    ) {
        let key = ownership.key.clone();
        let outcome = if plan.stream.origin == MediaOrigin::Segments {
            lens::watch(&self.0, &plan, &ownership, records).await
        } else {
            match self.claim(&ownership).await {
                None => return,
                Some(Claimed::Over) => self.over(&ownership),
                Some(Claimed::Ours(already)) if already.is_ended() => self.over(&ownership),
                Some(Claimed::Ours(already)) => {
                    let (shared, own) = (Arc::clone(&self.0), Arc::clone(&ownership));
                    let task = Box::new(CallTask::new(shared, plan, already, standing, own, records));
                    Box::pin(task.run()).await
                }
            }
        };
        match outcome {
            Outcome::Ended => self.finish(&ownership).await,
            Outcome::Stopped => {}
            Outcome::Lost => {
                counter!(names::CALLS_LOST).increment(1);
                tracing::warn!(call.id = %key.call, "another worker owns the call now");
            }
        }
    }

    /// The call's owner died when its end was in the log, perhaps before all was said of it.
    fn over(&self, ownership: &Arc<Ownership>) -> Outcome {
        aside::tell_over(&self.0, ownership);
        Outcome::Ended
    }

    /// Makes the epoch the call's in its log, and reads what earlier owners logged. Waits while the log is away.
    async fn claim(&self, ownership: &Ownership) -> Option<Claimed> {
        let log = self.0.parts.log.as_ref();
        let mut wait = RETRY_FIRST;
        loop {
            let claimed = async {
                let last = log.claim(&ownership.key, ownership.epoch()).await?;
                journal::Logged::read(log, &ownership.key, last).await
            };
            match claimed.await {
                Ok(logged) => return Some(Claimed::Ours(logged)),
                Err(EventLogError::Fenced(_)) => match self.is_over(&ownership.key).await {
                    Ok(true) => return Some(Claimed::Over),
                    Ok(false) => {
                        ownership.lose();
                        return None;
                    }
                    Err(error) => unreadable(&ownership.key, &error),
                },
                Err(error) => unreadable(&ownership.key, &error),
            }
            if !self.wait_out(ownership, &mut wait).await {
                return None;
            }
        }
    }

    /// Whether a call that another has claimed is over: whoever adds to its log after its end shuts all owners out, and
    /// so does who erases it.
    async fn is_over(&self, key: &CallKey) -> Result<bool, EventLogError> {
        match self.0.parts.log.call(&key.tenant, &key.call).await {
            Ok(row) => Ok(row.state == CallState::Ended),
            Err(EventLogError::NoSuchCall(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Says that the call is over, until the store has taken it.
    async fn finish(&self, ownership: &Ownership) {
        let mut wait = RETRY_FIRST;
        loop {
            let (key, epoch) = (&ownership.key, ownership.epoch());
            match self.0.parts.leases.finish(&self.0.options.worker, key, epoch).await {
                Ok(_) => return,
                Err(error) => drop(self.store_failed(error)),
            }
            if !self.wait_out(ownership, &mut wait).await {
                return;
            }
        }
    }

    /// Waits before the next try; false when the call is lost or the process stops instead.
    async fn wait_out(&self, ownership: &Ownership, wait: &mut Duration) -> bool {
        let mut stopping = self.0.stopping.clone();
        let goes_on = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => false,
            () = ownership.lost() => false,
            () = time::sleep(*wait) => true,
        };
        *wait = (*wait * 2).min(RETRY_MAX);
        goes_on
    }

    /// Keeps all leases, with where their calls stand.
    async fn renew(&self) {
        let held = self.0.carried.ownerships();
        if held.is_empty() {
            return;
        }
        let renewals: Vec<Renewal> = held.iter().map(renewal).collect();
        let timing = self.0.options.leases;
        let asked = Instant::now();
        let renewed = self.0.parts.leases.renew(&self.0.options.worker, &renewals, timing.ttl);
        match time::timeout(timing.ttl, renewed).await {
            Ok(Ok(lost)) => {
                for (own, renewal) in held.iter().zip(&renewals) {
                    if lost.contains(&own.key) {
                        // Unless it was taken again in the meantime.
                        if own.epoch() == renewal.epoch {
                            own.lose();
                        }
                    } else {
                        own.confirm(timing.sure_until(asked));
                    }
                }
            }
            Ok(Err(error)) => {
                drop(self.store_failed(error));
                keep_standings(&held, renewals);
            }
            Err(_) => keep_standings(&held, renewals),
        }
        let unsure = held.iter().filter(|own| !own.is_sure()).count();
        gauge!(names::CALLS_UNSURE).set(unsure as f64);
    }

    /// Asks the directory for what the bus may have missed.
    async fn ask_after_contacts(&self) {
        for (tenant, contacts) in self.0.carried.contacts() {
            for some in contacts.chunks(CONTACTS_PER_QUESTION) {
                self.ask_after(&tenant, some).await;
            }
        }
    }

    /// Hands what the directory knows of contacts to their calls.
    pub(crate) async fn ask_after(&self, tenant: &TenantId, contacts: &[ContactId]) {
        match self.0.parts.contacts.find(tenant, contacts).await {
            Ok(records) => {
                for record in records {
                    self.0.carried.tell(tenant, record);
                }
            }
            Err(error) => {
                counter!(names::STORE_FAILURES, "store" => "contacts").increment(1);
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the contact directory is not there"
                );
            }
        }
    }

    /// Gives all leases up, so that others take the calls at once.
    pub(crate) async fn hand_over(&self, held: &[Arc<Ownership>]) {
        let held: Vec<Renewal> = held.iter().filter(|own| !own.is_lost()).map(renewal).collect();
        if held.is_empty() {
            return;
        }
        let handed = self.0.parts.leases.hand_over(&self.0.options.worker, &held);
        match time::timeout(HAND_OVER_WITHIN, handed).await {
            Ok(Ok(())) => {
                tracing::info!(calls = held.len(), "handed over");
                // Others look from time to time; told, they look at once.
                for given in &held {
                    self.0.relay.send(BusMessage::Offered(given.key.clone()));
                }
            }
            Ok(Err(error)) => drop(self.store_failed(error)),
            Err(_) => {
                tracing::warn!("the leases could not be handed over in time; they run out by themselves")
            }
        }
    }

    fn store_failed(&self, error: LeaseError) -> LeaseError {
        counter!(names::STORE_FAILURES, "store" => "leases").increment(1);
        tracing::warn!(error = &error as &dyn std::error::Error, "the lease store is not there; calls go on");
        error
    }
}

/// What became of claiming a call in its log.
enum Claimed {
    /// It is ours; what earlier owners logged.
    Ours(journal::Logged),
    /// It is over, and nobody carries it any more.
    Over,
}

fn unreadable(key: &CallKey, error: &EventLogError) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(call.id = %key.call, error, "a call's log cannot be read; it is tried again");
}

fn renewal(own: &Arc<Ownership>) -> Renewal {
    Renewal { key: own.key.clone(), epoch: own.epoch(), checkpoint: own.take_standing() }
}

/// Puts standings back that were not stored.
fn keep_standings(held: &[Arc<Ownership>], renewals: Vec<Renewal>) {
    for (own, renewal) in held.iter().zip(renewals) {
        if let Some(standing) = renewal.checkpoint {
            own.stand_again(standing);
        }
    }
}

/// Does something again and again, from now on.
async fn every<F: Future<Output = ()>>(period: Duration, mut act: impl FnMut() -> F) {
    let mut ticks = time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        act().await;
    }
}
