//! What every media source does.

use model::{StreamName, TenantId};

use crate::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt};

/// The first bytes of every Matroska stream.
const EBML_MAGIC: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
const PREFIX_BYTES: usize = 64;

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
}

fn stream(name: &StreamName) -> MediaStream {
    MediaStream::named(TenantId::new("suite").expect("the name is valid"), name.clone())
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
