//! What the archive holds of a stretch of time, as one body.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use model::{FragmentNumber, StreamName};
use ports::{MediaBody, MediaSourceError, TimeRange};

use crate::{
    endpoints::Stream,
    wire::{Api, ArchiveClient, Body, Refusal, WireError},
};

/// Fragments that are read of one stretch, an hour and a half of Connect's. When it holds more, the oldest are read.
const MAX_FRAGMENTS: usize = 5_000;
/// Pages that are listed of one stretch; the service gives up to a thousand fragments on each. What more there is, is
/// passed over.
const MAX_PAGES: usize = 50;
/// Fragments that are asked for at once: the service reads five hundred a second of a stream, for all who ask.
const FRAGMENTS_PER_REQUEST: usize = 100;
/// The longest fragment that the service takes: one that begins this long before a stretch may reach into it.
const MAX_FRAGMENT: Duration = Duration::from_secs(20);

type Opening = Pin<Box<dyn Future<Output = Result<Body, WireError>> + Send>>;

/// The fragments that have audio in `range`, in order.
pub(crate) async fn list(
    client: &ArchiveClient,
    stream: &StreamName,
    range: TimeRange,
) -> Result<Vec<FragmentNumber>, WireError> {
    // Ordered and each once, although the service lists them as it likes, also across pages.
    let mut found = BTreeMap::new();
    let wide = TimeRange { from: range.from - MAX_FRAGMENT, to: range.to };
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let page = match client.list(stream, wide, token.take()).await {
            Err(error) if error.refusal == Refusal::NotKept => return Ok(Vec::new()),
            page => page?,
        };
        let inside = page.fragments.into_iter().filter(|it| it.end > range.from && it.start < range.to);
        found.extend(inside.map(|listed| (listed.number, ())));
        while found.len() > MAX_FRAGMENTS {
            found.pop_last();
        }
        token = page.next;
        if token.is_none() {
            return Ok(found.into_keys().collect());
        }
    }
    tracing::warn!(stream.name = %stream, "the archive lists more pages than are read");
    Ok(found.into_keys().collect())
}

/// The media of listed fragments, batch by batch.
pub(crate) struct ArchivedStream {
    stream: StreamName,
    client: ArchiveClient,
    /// Where its data endpoint is known.
    known: Arc<Stream>,
    batches: VecDeque<Vec<FragmentNumber>>,
    body: Option<Body>,
    /// Kept over calls of `next` that are given up.
    opening: Option<Opening>,
}

impl ArchivedStream {
    pub(crate) fn new(
        stream: StreamName,
        client: ArchiveClient,
        known: Arc<Stream>,
        numbers: &[FragmentNumber],
    ) -> Self {
        let batches = numbers.chunks(FRAGMENTS_PER_REQUEST).map(<[_]>::to_vec).collect();
        Self { stream, client, known, batches, body: None, opening: None }
    }

    async fn advance(&mut self) -> Result<Option<Bytes>, WireError> {
        loop {
            if let Some(body) = &mut self.body {
                if let Some(bytes) = body.next().await? {
                    return Ok(Some(bytes));
                }
                self.body = None;
            }
            if self.opening.is_none() {
                let Some(numbers) = self.batches.pop_front() else { return Ok(None) };
                let (client, stream) = (self.client.clone(), self.stream.clone());
                self.opening = Some(Box::pin(async move { client.media(stream, numbers).await }));
            }
            if let Some(opening) = &mut self.opening {
                let opened = opening.await;
                self.opening = None;
                self.known.note(Api::GetMediaForFragmentList, opened.as_ref().err());
                self.body = Some(opened?);
            }
        }
    }
}

#[async_trait]
impl MediaBody for ArchivedStream {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        self.advance().await.map_err(|error| error.of(&self.stream))
    }
}
