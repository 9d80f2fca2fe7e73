//! What every audit log does.

use model::{TenantId, Timestamp};

use super::ids;
use crate::{AuditEntry, AuditError, AuditLog, NewAuditEntry, act};

const ALL: u32 = 10_000;

/// Proves an audit log against its contract. `make` gives an empty log each time.
///
/// # Panics
/// At the first rule that the log breaks.
pub async fn audit_log_suite<L: AuditLog>(make: impl AsyncFn() -> L) {
    entries_form_a_chain(&make().await).await;
    tenants_have_chains_of_their_own(&make().await).await;
    entries_are_read_in_pages(&make().await).await;
    the_oldest_are_pruned_and_the_chain_goes_on(&make().await).await;
    what_is_empty_or_too_long_is_refused(&make().await).await;
}

fn looked(at_ms: i64, subject: &str) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp::from_millis(at_ms),
        by: "ann".to_owned(),
        act: act::LOOKED.to_owned(),
        subject: subject.to_owned(),
        detail: "transcript, \"ü\"".to_owned(),
    }
}

fn acme() -> TenantId {
    ids("acme", "x").0
}

async fn entries_form_a_chain<L: AuditLog>(log: &L) {
    let tenant = acme();
    assert_eq!(log.verify(&tenant).await.expect("verify").entries, 0, "no entry, nothing broken");
    let mut kept: Vec<AuditEntry> = Vec::new();
    for n in 0..5 {
        let entry = log.record(&tenant, looked(n, "call-1")).await.expect("record");
        assert_eq!(entry, looked(n, "call-1").after(&tenant, kept.last()));
        kept.push(entry);
    }
    assert_eq!(log.entries(&tenant, 0, ALL).await.expect("entries"), kept);
    let check = log.verify(&tenant).await.expect("verify");
    assert_eq!((check.entries, check.first, check.broken_at), (5, Some(1), None));
    assert_eq!(check.head.as_ref(), kept.last().map(|entry| &entry.hash));
}

async fn tenants_have_chains_of_their_own<L: AuditLog>(log: &L) {
    let other = ids("other", "x").0;
    log.record(&acme(), looked(1, "call-1")).await.expect("record");
    assert!(log.entries(&other, 0, ALL).await.expect("entries").is_empty());
    let first = log.record(&other, looked(1, "call-1")).await.expect("record");
    assert_eq!(first.seq, 1);
    let ours = log.entries(&acme(), 0, ALL).await.expect("entries");
    assert_ne!(ours.first().map(|entry| &entry.hash), Some(&first.hash), "the tenant is in the hash");
}

async fn entries_are_read_in_pages<L: AuditLog>(log: &L) {
    for n in 0..7 {
        log.record(&acme(), looked(n, "call-1")).await.expect("record");
    }
    let page = log.entries(&acme(), 2, 3).await.expect("entries");
    assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3, 4, 5]);
    assert!(log.entries(&acme(), 7, 3).await.expect("entries").is_empty());
    assert!(log.entries(&acme(), u64::MAX, 3).await.expect("entries").is_empty());
    assert!(log.entries(&acme(), 0, 0).await.expect("entries").is_empty());
}

async fn the_oldest_are_pruned_and_the_chain_goes_on<L: AuditLog>(log: &L) {
    let tenant = acme();
    assert_eq!(log.prune(&tenant, Timestamp::from_millis(9)).await.expect("prune"), 0);
    // The fourth is older than the third: what is behind one that has to stay, stays.
    for at in [1, 2, 5, 3, 9] {
        log.record(&tenant, looked(at, "call-1")).await.expect("record");
    }
    assert_eq!(log.prune(&tenant, Timestamp::from_millis(5)).await.expect("prune"), 2);
    let check = log.verify(&tenant).await.expect("verify");
    assert_eq!((check.entries, check.first, check.broken_at), (3, Some(3), None));
    assert_eq!(log.prune(&tenant, Timestamp::from_millis(100)).await.expect("prune"), 2, "the newest stays");
    let next = log.record(&tenant, looked(10, "call-2")).await.expect("record");
    assert_eq!(next.seq, 6);
    let check = log.verify(&tenant).await.expect("verify");
    assert_eq!((check.entries, check.first, check.broken_at), (2, Some(5), None));
}

async fn what_is_empty_or_too_long_is_refused<L: AuditLog>(log: &L) {
    let long = "x".repeat(5_000);
    let bad = [
        NewAuditEntry { by: String::new(), ..looked(1, "call-1") },
        NewAuditEntry { act: String::new(), ..looked(1, "call-1") },
        NewAuditEntry { detail: long.clone(), ..looked(1, "call-1") },
        looked(1, ""),
        looked(1, &long),
    ];
    for entry in bad {
        assert!(matches!(log.record(&acme(), entry).await, Err(AuditError::Field(_))));
    }
    assert!(log.entries(&acme(), 0, ALL).await.expect("entries").is_empty());
}
