//! `open_archive`.

use kvs_server::Config;
use mkv::{Fragment, FragmentReader, Item, Limits};
use model::Timestamp;
use ports::{MediaSource, MediaSourceError, TimeRange};

use crate::support::{Local, create, places, stream, t0_ms};

/// Milliseconds after the first fragment's beginning.
fn range(from_ms: i64, to_ms: i64) -> TimeRange {
    TimeRange { from: Timestamp::from_millis(t0_ms() + from_ms), to: Timestamp::from_millis(t0_ms() + to_ms) }
}

async fn archived(local: &Local, range: TimeRange) -> Vec<Fragment> {
    let mut body = local.source.open_archive(&local.stream, range).await.unwrap();
    let mut reader = FragmentReader::new(Limits::default());
    while let Some(bytes) = body.next().await.unwrap() {
        reader.push(&bytes);
    }
    reader.finish();
    std::iter::from_fn(|| reader.next())
        .map(|item| match item {
            Item::Fragment(fragment) => fragment,
            damaged @ Item::Damaged { .. } => panic!("{damaged:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_stretch_is_read_in_the_order_of_its_fragments() {
    let local = Local::with(Config::default(), 40).await;
    assert_eq!(places(&archived(&local, range(5_000, 20_000)).await), (5..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_fragment_that_reaches_into_the_stretch_is_part_of_it() {
    let local = Local::start().await;
    assert_eq!(places(&archived(&local, range(1_400, 2_100)).await), [1, 2]);
}

#[tokio::test]
async fn more_than_one_request_takes_is_read_in_several() {
    let local = Local::with(Config::default(), 250).await;
    assert_eq!(places(&archived(&local, range(0, 400_000)).await), (0..250).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stretch_without_fragments_ends_at_once() {
    let local = Local::start().await;
    assert_eq!(archived(&local, range(60_000, 90_000)).await, []);
}

#[tokio::test]
async fn a_stretch_that_the_stream_keeps_no_more_or_never_kept_ends_at_once() {
    let mut local = Local::start().await;
    assert_eq!(archived(&local, range(-3 * 86_400_000, -2 * 86_400_000)).await, []);
    create(&local.server, "short", 0).await;
    local.stream = stream("short");
    assert_eq!(archived(&local, range(0, 1_000)).await, []);
}

#[tokio::test]
async fn what_the_service_refuses_is_told_as_with_live_media() {
    let local = Local::start().await;
    let open = async || local.source.open_archive(&local.stream, range(0, 5_000)).await.err().unwrap();
    local.fault("throttle:operation=list_fragments,times=1");
    assert!(matches!(open().await, MediaSourceError::Throttled { .. }));
    local.fault("reject:operation=list_fragments,exception=AccessDeniedException,times=1");
    assert!(matches!(open().await, MediaSourceError::Unauthorized { .. }));
    local.fault("reject:operation=list_fragments,exception=InvalidEndpointException,times=1");
    assert_eq!(archived(&local, range(0, 5_000)).await.len(), 4);
    let absent = local.source.open_archive(&stream("none"), range(0, 1)).await.err().unwrap();
    assert!(matches!(absent, MediaSourceError::Gone { .. }), "{absent:?}");
}

#[tokio::test]
async fn media_that_breaks_off_is_a_lost_connection() {
    let local = Local::start().await;
    local.fault("reset:operation=get_media_for_fragment_list,after_fragments=2,times=1");
    let mut body = local.source.open_archive(&local.stream, range(0, 5_000)).await.unwrap();
    let error = loop {
        match body.next().await {
            Ok(bytes) => assert!(bytes.is_some(), "a break is not an end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, MediaSourceError::Connection { .. }), "{error:?}");
}
