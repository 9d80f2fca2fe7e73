//! Reading a stream as a call would: its live media, then its archive.

use std::time::Duration;

use config::Tenant;
use doctor::{Finding, Severity, checks};
use kvs::{KvsMediaSource, StreamFacts};
use mkv::{Fragment, FragmentReader, Item, Limits, tag};
use model::Timestamp;
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};
use tokio::time::timeout;

use super::{super::PATIENCE, refused};
use crate::node::now;

/// How long media is waited for: a stream that has any gives it at once.
const FIRST_MEDIA: Duration = Duration::from_secs(3);
/// How far the archive is looked back.
const BACK: Duration = Duration::from_secs(24 * 60 * 60);

/// Opens the stream and its archive.
pub(super) async fn look(
    source: &KvsMediaSource,
    stream: &MediaStream,
    facts: &StreamFacts,
    tenant: &Tenant,
) -> Vec<Finding> {
    let subject = format!("{} {}", stream.tenant, stream.address.name);
    let mut out = Vec::new();
    match timeout(PATIENCE, source.open(stream, &StartAt::Earliest)).await {
        Ok(Ok(body)) => {
            out.push(checks::STREAMS_READ.ok("its media can be opened"));
            out.push(key(body, facts).await);
        }
        Ok(Err(error)) => out.push(refused(&checks::STREAMS_READ, Severity::Error, &error, tenant)),
        Err(_) => out.push(super::super::unanswered(&checks::STREAMS_READ, PATIENCE)),
    }
    if facts.retention_hours > 0 {
        out.push(archive(source, stream, tenant).await);
    }
    out.into_iter().map(|finding| finding.about(&subject)).collect()
}

/// Whether the media can be decrypted: where it cannot, the body says so in its first tags.
async fn key(mut body: Box<dyn MediaBody>, facts: &StreamFacts) -> Finding {
    let check = &checks::STREAMS_KEY;
    let key = facts.kms_key.as_deref().unwrap_or("the service's own key");
    match timeout(FIRST_MEDIA, first_fragment(&mut body)).await {
        Ok(Ok(First::Media)) => check.ok(format!("its media is decrypted with {key}")),
        Ok(Ok(First::Error(said))) if said.starts_with("45") => {
            check.error(format!("its media cannot be decrypted with {key}: error {said}"))
        }
        Ok(Ok(First::Error(said))) => checks::STREAMS_READ.note(format!("it answered with error {said}")),
        Ok(Err(error)) => checks::STREAMS_READ.warning(super::chain(&error)),
        // A call would bring some.
        Ok(Ok(First::Nothing)) | Err(_) => {
            check.ok(format!("it has no media now to try {key} with, which encrypts it"))
        }
    }
}

/// What a body begins with.
enum First {
    Media,
    /// The service's error, in tags.
    Error(String),
    Nothing,
}

impl First {
    fn of(fragment: &Fragment) -> Self {
        let id = fragment.tag(tag::ERROR_ID).or_else(|| fragment.tag(tag::ERROR_CODE));
        id.map_or(Self::Media, |id| Self::Error(id.to_owned()))
    }
}

async fn first_fragment(body: &mut Box<dyn MediaBody>) -> Result<First, MediaSourceError> {
    let mut reader = FragmentReader::new(Limits::default());
    while let Some(bytes) = body.next().await? {
        reader.push(&bytes);
        while let Some(item) = reader.next() {
            if let Item::Fragment(fragment) = item {
                return Ok(First::of(&fragment));
            }
        }
    }
    // An error comes last in a body, and nothing closes it.
    let open = reader.open_fragment().map(First::of);
    Ok(open.filter(|first| matches!(first, First::Error(_))).unwrap_or(First::Nothing))
}

async fn archive(source: &KvsMediaSource, stream: &MediaStream, tenant: &Tenant) -> Finding {
    let to = now();
    let range = TimeRange { from: Timestamp::from_micros(to.as_micros()) - BACK, to };
    let reading = async {
        let mut body = source.open_archive(stream, range).await?;
        // Listing is one permission, reading another.
        body.next().await.map(drop)
    };
    match timeout(PATIENCE, reading).await {
        Ok(Ok(())) => checks::STREAMS_ARCHIVE.ok("its archive can be listed and read"),
        Ok(Err(error)) => refused(&checks::STREAMS_ARCHIVE, Severity::Warning, &error, tenant),
        Err(_) => super::super::unanswered(&checks::STREAMS_ARCHIVE, PATIENCE),
    }
}
