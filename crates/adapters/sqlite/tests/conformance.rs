//! The stores against their ports' suites.

use std::cell::Cell;

use ports::testing::{audit_log_suite, contact_directory_suite, event_log_suite, leases_suite};
use sqlite::{SqliteControl, SqliteEventLog};
use tempfile::TempDir;

#[tokio::test]
async fn the_sqlite_log_conforms() {
    let folder = TempDir::new().unwrap();
    let count = Cell::new(0);
    event_log_suite(async || {
        count.set(count.get() + 1);
        SqliteEventLog::open(folder.path().join(count.get().to_string())).unwrap()
    })
    .await;
}

#[tokio::test]
async fn the_sqlite_audit_log_conforms() {
    let folder = TempDir::new().unwrap();
    let count = Cell::new(0);
    audit_log_suite(async || {
        count.set(count.get() + 1);
        SqliteEventLog::open(folder.path().join(count.get().to_string())).unwrap()
    })
    .await;
}

#[tokio::test]
async fn the_sqlite_leases_conform() {
    let folder = TempDir::new().unwrap();
    let count = Cell::new(0);
    leases_suite(async || {
        count.set(count.get() + 1);
        SqliteControl::open(folder.path().join(count.get().to_string())).unwrap().leases()
    })
    .await;
}

#[tokio::test]
async fn the_sqlite_contact_directory_conforms() {
    let folder = TempDir::new().unwrap();
    let count = Cell::new(0);
    contact_directory_suite(async || {
        count.set(count.get() + 1);
        SqliteControl::open(folder.path().join(count.get().to_string())).unwrap().contacts()
    })
    .await;
}
