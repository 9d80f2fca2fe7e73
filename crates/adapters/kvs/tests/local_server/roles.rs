//! Streams in a tenant's own account, read with a role of its.

use std::time::Duration;

use kvs::{KvsMediaSource, RoleConfig, Roles};
use kvs_server::{Config, Role};
use model::{TenantId, Timestamp};
use ports::{MediaSource, MediaSourceError, StartAt, TimeRange};

use crate::support::{Local, places, read, source, stream, t0_ms, tenant};

const ARN: &str = "arn:aws:iam::000000000000:role/trunkline-reader";

fn account() -> Config {
    let role = Role { arn: ARN.to_owned(), external_id: Some("acme-7".to_owned()) };
    Config { roles: vec![role], ..Config::default() }
}

fn with_role(local: &Local, role: RoleConfig) -> KvsMediaSource {
    source(&local.server).with_roles(Roles::from([(tenant(), role)]))
}

/// A server whose media is read with the role, and a source that knows it.
async fn trusted(config: Config) -> Local {
    let mut local = Local::with(config, 4).await;
    local.source = with_role(&local, RoleConfig::new(ARN).with_external_id("acme-7"));
    local
}

#[tokio::test]
async fn media_is_read_with_the_role_and_with_nothing_else() {
    let local = trusted(account()).await;
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    assert_eq!(places(&read(&mut body, 4).await), [0, 1, 2, 3]);
    let without = source(&local.server).open(&local.stream, &StartAt::Earliest).await.err().unwrap();
    assert!(matches!(without, MediaSourceError::Unauthorized { .. }), "{without:?}");
    let mut others = stream("calls");
    others.tenant = TenantId::new("other").unwrap();
    let without = local.source.open(&others, &StartAt::Earliest).await.err().unwrap();
    assert!(matches!(without, MediaSourceError::Unauthorized { .. }), "{without:?}");
}

#[tokio::test]
async fn archive_streams_and_descriptions_are_read_with_it_too() {
    let local = trusted(account()).await;
    let range =
        TimeRange { from: Timestamp::from_millis(t0_ms()), to: Timestamp::from_millis(t0_ms() + 4_000) };
    let mut body = local.source.open_archive(&local.stream, range).await.unwrap();
    assert_eq!(places(&read(&mut body, 3).await), [0, 1, 2]);
    assert_eq!(local.source.streams(&tenant(), "calls", 5).await.unwrap().len(), 1);
    assert_eq!(local.source.describe(&local.stream).await.unwrap().retention_hours, 24);
    local.source.check_access(&tenant()).await.unwrap();
}

#[tokio::test]
async fn a_wrong_or_missing_external_id_is_a_refused_role() {
    let local = Local::with(account(), 1).await;
    for role in [
        RoleConfig::new(ARN).with_external_id("acme-8"),
        RoleConfig::new(ARN),
        RoleConfig::new("arn:aws:iam::000000000000:role/other").with_external_id("acme-7"),
        RoleConfig::new("no arn").with_external_id("acme-7"),
    ] {
        let source = with_role(&local, role);
        let error = source.open(&local.stream, &StartAt::Earliest).await.err().unwrap();
        assert!(matches!(error, MediaSourceError::RoleRefused { .. }), "{error:?}");
        assert!(error.is_retryable(), "its audio waits");
        let error = source.check_access(&tenant()).await.unwrap_err();
        assert!(matches!(error, MediaSourceError::RoleRefused { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_session_that_ends_in_mid_call_is_renewed_and_the_call_goes_on() {
    let local = trusted(account()).await;
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    assert_eq!(places(&read(&mut body, 2).await), [0, 1]);
    local.server.expire_sessions();
    drop(body);
    // The service says that the token is over before we would have renewed it.
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    assert_eq!(places(&read(&mut body, 4).await), [0, 1, 2, 3]);
    local.server.expire_sessions();
    assert_eq!(local.source.streams(&tenant(), "calls", 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn sessions_that_are_over_when_they_come_are_refused_after_one_more_try() {
    let config = Config { session_lifetime: Some(Duration::ZERO), ..account() };
    let local = trusted(config).await;
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_denial_is_asked_once_more_with_other_credentials_and_then_told() {
    let local = trusted(account()).await;
    local.fault("reject:exception=NotAuthorizedException,times=1");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
    local.fault("reject:exception=NotAuthorizedException,times=2");
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Unauthorized { .. }), "{error:?}");
    assert!(local.open(&StartAt::Earliest).await.is_ok(), "both were used up: it was asked twice");
}

#[tokio::test]
async fn a_check_asks_for_a_session_of_its_own() {
    let local = trusted(account()).await;
    local.open(&StartAt::Earliest).await.map(drop).unwrap();
    local.fault("throttle:operation=assume_role");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
    let error = local.source.check_access(&tenant()).await.unwrap_err();
    assert!(matches!(error, MediaSourceError::Throttled { .. }), "{error:?}");
}

#[tokio::test]
async fn a_session_is_used_for_as_long_as_it_holds() {
    let local = trusted(account()).await;
    drop(local.open(&StartAt::Earliest).await.unwrap());
    local.fault("throttle:operation=assume_role");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
    local.server.expire_sessions();
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Throttled { .. }), "{error:?}");
}
