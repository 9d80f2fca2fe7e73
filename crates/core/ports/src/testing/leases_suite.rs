//! What every lease store does.

use std::time::Duration;

use model::{CallKey, Epoch, WorkerId};

use super::fixtures::ids;
use crate::{Lease, LeaseCounts, Leases, Offered, Renewal};

const TTL: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(60);
/// A lease that has run out as soon as it was taken.
const NONE: Duration = Duration::ZERO;

/// Proves a lease store against its contract. `make` gives an empty store each time. The suite needs no clock: a
/// lease of no time has run out at once, one of a minute has not.
///
/// # Panics
/// At the first rule that the store breaks.
pub async fn leases_suite<L: Leases>(make: impl AsyncFn() -> L) {
    a_call_is_offered_once(&make().await).await;
    one_worker_holds_a_call(&make().await).await;
    a_lease_that_ran_out_goes_to_the_next_with_its_checkpoint(&make().await).await;
    a_zombie_changes_nothing(&make().await).await;
    an_owner_that_was_away_keeps_what_nobody_took(&make().await).await;
    what_is_handed_over_is_free_at_once(&make().await).await;
    a_call_that_is_over_is_never_taken(&make().await).await;
    who_waits_longest_is_taken_first(&make().await).await;
    grace_keeps_others_off_leases_that_just_ran_out(&make().await).await;
}

fn key(call: &str) -> CallKey {
    let (tenant, call) = ids("acme", call);
    CallKey::new(tenant, call)
}

fn worker(name: &str) -> WorkerId {
    WorkerId::new(name).expect("the name is valid")
}

fn renewal(lease: &Lease, checkpoint: Option<&str>) -> Renewal {
    Renewal { key: lease.key.clone(), epoch: lease.epoch, checkpoint: checkpoint.map(str::to_owned) }
}

async fn take<L: Leases>(leases: &L, call: &str, name: &str, ttl: Duration) -> Option<Lease> {
    leases.take(&key(call), &worker(name), ttl).await.expect("take")
}

async fn counts<L: Leases>(leases: &L) -> (u64, u64) {
    let LeaseCounts { waiting, owned } = leases.counts().await.expect("counts");
    (waiting, owned)
}

async fn a_call_is_offered_once<L: Leases>(leases: &L) {
    assert_eq!(take(leases, "one", "a", TTL).await, None, "nobody offered it");
    assert_eq!(leases.offer(&key("one"), "plan").await.expect("offer"), Offered::New);
    assert_eq!(leases.offer(&key("one"), "other").await.expect("offer"), Offered::Known);
    assert_eq!(counts(leases).await, (1, 0));
    let lease = take(leases, "one", "a", TTL).await.expect("it is free");
    assert_eq!((lease.epoch, lease.plan.as_str(), lease.checkpoint), (Epoch::FIRST, "plan", None));
    assert_eq!(leases.offer(&key("one"), "other").await.expect("offer"), Offered::Known);
    assert_eq!(counts(leases).await, (0, 1));
}

async fn one_worker_holds_a_call<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    assert!(take(leases, "one", "a", TTL).await.is_some());
    assert_eq!(take(leases, "one", "b", TTL).await, None);
    assert_eq!(take(leases, "one", "a", TTL).await, None, "not even the same worker takes it twice");
    assert_eq!(leases.take_waiting(&worker("b"), 10, TTL, NONE).await.expect("take"), []);
}

async fn a_lease_that_ran_out_goes_to_the_next_with_its_checkpoint<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    let first = take(leases, "one", "a", TTL).await.expect("free");
    let lost = leases.renew(&worker("a"), &[renewal(&first, Some("here"))], TTL).await.expect("renew");
    assert_eq!(lost, []);
    let lost = leases.renew(&worker("a"), &[renewal(&first, None)], NONE).await.expect("renew");
    assert_eq!(lost, []);
    assert_eq!(counts(leases).await, (1, 0));
    let second = take(leases, "one", "b", TTL).await.expect("it has run out");
    assert_eq!((second.epoch, second.plan.as_str()), (first.epoch.next(), "plan"));
    assert_eq!(second.checkpoint.as_deref(), Some("here"), "a renewal without one leaves the checkpoint");
}

async fn a_zombie_changes_nothing<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    let first = take(leases, "one", "a", NONE).await.expect("free");
    let second = take(leases, "one", "b", TTL).await.expect("it has run out");
    let zombie = worker("a");
    let lost = leases.renew(&zombie, &[renewal(&first, Some("old"))], TTL).await.expect("renew");
    assert_eq!(lost, [key("one")]);
    leases.hand_over(&zombie, &[renewal(&first, Some("old"))]).await.expect("hand over");
    assert!(!leases.finish(&zombie, &key("one"), first.epoch).await.expect("finish"));
    assert_eq!(take(leases, "one", "c", TTL).await, None, "it is the second owner's still");
    let lost = leases.renew(&worker("b"), &[renewal(&second, None)], NONE).await.expect("renew");
    assert_eq!(lost, []);
    assert_eq!(take(leases, "one", "c", TTL).await.expect("free").checkpoint, None);
}

async fn an_owner_that_was_away_keeps_what_nobody_took<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    let lease = take(leases, "one", "a", NONE).await.expect("free");
    let lost = leases.renew(&worker("a"), &[renewal(&lease, None)], TTL).await.expect("renew");
    assert_eq!(lost, []);
    assert_eq!(take(leases, "one", "b", TTL).await, None);
}

async fn what_is_handed_over_is_free_at_once<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    let lease = take(leases, "one", "a", TTL).await.expect("free");
    leases.hand_over(&worker("a"), &[renewal(&lease, Some("there"))]).await.expect("hand over");
    let taken = leases.take_waiting(&worker("b"), 10, TTL, GRACE).await.expect("take");
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].epoch, taken[0].checkpoint.as_deref()), (lease.epoch.next(), Some("there")));
    let lost = leases.renew(&worker("a"), &[renewal(&lease, None)], TTL).await.expect("renew");
    assert_eq!(lost, [key("one")]);
}

async fn a_call_that_is_over_is_never_taken<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    let lease = take(leases, "one", "a", NONE).await.expect("free");
    assert!(leases.finish(&worker("a"), &key("one"), lease.epoch).await.expect("finish"));
    assert!(leases.finish(&worker("a"), &key("one"), lease.epoch).await.expect("once more is no error"));
    assert_eq!(take(leases, "one", "b", TTL).await, None);
    assert_eq!(leases.take_waiting(&worker("b"), 10, TTL, NONE).await.expect("take"), []);
    assert_eq!(leases.offer(&key("one"), "plan").await.expect("offer"), Offered::Known);
    let lost = leases.renew(&worker("a"), &[renewal(&lease, None)], TTL).await.expect("renew");
    assert_eq!(lost, [key("one")]);
    assert_eq!(counts(leases).await, (0, 0));
}

async fn who_waits_longest_is_taken_first<L: Leases>(leases: &L) {
    for call in ["b", "a", "c"] {
        leases.offer(&key(call), "plan").await.expect("offer");
    }
    let taken = leases.take_waiting(&worker("w"), 2, TTL, NONE).await.expect("take");
    let mut taken: Vec<&str> = taken.iter().map(|lease| lease.key.call.as_str()).collect();
    taken.sort_unstable();
    assert!(taken.len() == 2, "no more than the limit: {taken:?}");
    let rest = leases.take_waiting(&worker("w"), 2, TTL, NONE).await.expect("take");
    assert_eq!(rest.len(), 1);
    assert_eq!(counts(leases).await, (0, 3));
}

async fn grace_keeps_others_off_leases_that_just_ran_out<L: Leases>(leases: &L) {
    leases.offer(&key("one"), "plan").await.expect("offer");
    assert!(take(leases, "one", "a", NONE).await.is_some());
    assert_eq!(leases.take_waiting(&worker("b"), 10, TTL, GRACE).await.expect("take"), []);
    assert_eq!(leases.take_waiting(&worker("b"), 10, TTL, NONE).await.expect("take").len(), 1);
}
