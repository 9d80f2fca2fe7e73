use ports::testing::{audit_log_suite, contact_directory_suite, event_log_suite, leases_suite};

use crate::rig::{server, store};

#[tokio::test]
async fn it_is_an_event_log() {
    let Some(server) = server() else { return };
    event_log_suite(async || store(server).await).await;
}

#[tokio::test]
async fn it_is_an_audit_log() {
    let Some(server) = server() else { return };
    audit_log_suite(async || store(server).await).await;
}

#[tokio::test]
async fn it_is_a_lease_store() {
    let Some(server) = server() else { return };
    leases_suite(async || store(server).await).await;
}

#[tokio::test]
async fn it_is_a_contact_directory() {
    let Some(server) = server() else { return };
    contact_directory_suite(async || store(server).await).await;
}
