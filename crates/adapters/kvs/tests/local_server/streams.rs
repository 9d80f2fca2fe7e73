//! Which streams there are, and what they are like.

use kvs::StreamStatus;
use ports::{MediaSource, MediaSourceError};

use crate::support::{Local, create, stream, tenant};

#[tokio::test]
async fn streams_are_found_by_the_beginning_of_their_names() {
    let local = Local::start().await;
    for n in 0..5 {
        create(&local.server, &format!("acme-connect-{n}"), 24).await;
    }
    let found = local.source.streams(&tenant(), "acme-connect-", 10).await.unwrap();
    let names: Vec<_> = found.iter().map(|stream| stream.address.name.as_str()).collect();
    assert_eq!(
        names,
        ["acme-connect-0", "acme-connect-1", "acme-connect-2", "acme-connect-3", "acme-connect-4"]
    );
    assert!(found.iter().all(|stream| stream.tenant == tenant()));
    assert_eq!(found[0].address.region.as_deref(), Some("us-east-1"));
    assert_eq!(found[0].address.account.as_deref(), Some("000000000000"));
    assert_eq!(local.source.streams(&tenant(), "acme-connect-", 3).await.unwrap().len(), 3);
    assert_eq!(local.source.streams(&tenant(), "other-", 3).await.unwrap(), []);
}

#[tokio::test]
async fn a_streams_retention_key_and_state_are_told() {
    let local = Local::start().await;
    create(&local.server, "short", 0).await;
    let calls = local.source.describe(&local.stream).await.unwrap();
    assert_eq!((calls.retention_hours, calls.status), (24, StreamStatus::Active));
    assert!(calls.kms_key.unwrap().contains("alias/aws/kinesisvideo"));
    let all = local.source.describe_all(&tenant(), "", 10).await.unwrap();
    let retentions: Vec<_> = all.iter().map(|facts| facts.retention_hours).collect();
    assert_eq!(retentions, [24, 0]);
    let absent = local.source.describe(&stream("none")).await.unwrap_err();
    assert!(matches!(absent, MediaSourceError::Gone { .. }), "{absent:?}");
}

#[tokio::test]
async fn access_is_checked_without_any_stream() {
    let local = Local::start().await;
    local.source.check_access(&tenant()).await.unwrap();
}
