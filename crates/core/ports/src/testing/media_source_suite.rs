//! What every media source does.

use model::{StreamName, TenantId, Timestamp};

use crate::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};

/// The first bytes of every Matroska stream.
const EBML_MAGIC: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
const PREFIX_BYTES: usize = 64;
/// More streams than a fixture has.
const LIMIT: u32 = 100;
/// A time of which nothing is kept: 2001.
const LONG_AGO_MS: i64 = 1_000_000_000_000;

/// A source to prove.
#[derive(Debug)]
pub struct MediaFixture<S> {
    /// The source.
    pub source: S,
    /// A stream that holds at least one fragment, and can be opened twice.
    pub stream: StreamName,
    /// A stream that does not exist.
    pub absent: StreamName,
}

/// Proves a media source against its contract.
///
/// # Panics
/// At the first rule that the source breaks.
pub async fn media_source_suite<S: MediaSource>(make: impl AsyncFn() -> MediaFixture<S>) {
    let fixture = make().await;
    let absent = fixture.source.open(&stream(&fixture.absent), &StartAt::Earliest).await.err();
    let absent = absent.expect("a stream that does not exist cannot be opened");
    assert!(matches!(absent, MediaSourceError::Gone { .. }), "an absent stream is gone, not {absent:?}");
    assert!(!absent.is_retryable());

    let first = prefix(&fixture).await;
    assert!(first.starts_with(&EBML_MAGIC), "a body begins with an EBML header");
    assert_eq!(first, prefix(&fixture).await, "the earliest fragment is the same for every reader");

    finds_streams(&fixture).await;
    ends_archives(&fixture).await;
}

/// Streams are found by the beginning of their names, no more than wanted.
async fn finds_streams<S: MediaSource>(fixture: &MediaFixture<S>) {
    let name = fixture.stream.as_str();
    for prefix in ["", name] {
        let found = fixture.source.streams(&tenant(), prefix, LIMIT).await.expect("streams");
        assert!(found.iter().any(|it| it.address.name == fixture.stream), "{name} begins with {prefix:?}");
        assert!(found.iter().all(|it| it.tenant == tenant() && it.address.name.as_str().starts_with(prefix)));
    }
    let longer = format!("{name}-and-more");
    let found = fixture.source.streams(&tenant(), &longer, LIMIT).await.expect("streams");
    assert_eq!(found, [], "no stream begins with {longer}");
    let found = fixture.source.streams(&tenant(), name, 1).await.expect("streams");
    assert_eq!(found.len(), 1, "no more than wanted");
}

/// A stretch of time that no stream keeps ends at once, and is no error.
async fn ends_archives<S: MediaSource>(fixture: &MediaFixture<S>) {
    let long_ago =
        TimeRange { from: Timestamp::from_millis(LONG_AGO_MS), to: Timestamp::from_millis(LONG_AGO_MS + 1) };
    let body = fixture.source.open_archive(&stream(&fixture.stream), long_ago).await;
    let mut body = body.expect("a stretch without fragments can be opened");
    assert_eq!(next(body.as_mut()).await, None, "it ends at once");
    assert_eq!(next(body.as_mut()).await, None, "and stays so");
}

fn tenant() -> TenantId {
    TenantId::new("suite").expect("the name is valid")
}

fn stream(name: &StreamName) -> MediaStream {
    MediaStream::named(tenant(), name.clone())
}

async fn prefix<S: MediaSource>(fixture: &MediaFixture<S>) -> Vec<u8> {
    let mut body = fixture.source.open(&stream(&fixture.stream), &StartAt::Earliest).await.expect("open");
    let mut read = Vec::new();
    while read.len() < PREFIX_BYTES {
        let Some(bytes) = next(body.as_mut()).await else { break };
        read.extend_from_slice(&bytes);
    }
    read.truncate(PREFIX_BYTES);
    read
}

async fn next(body: &mut dyn MediaBody) -> Option<bytes::Bytes> {
    body.next().await.expect("the body's bytes")
}
