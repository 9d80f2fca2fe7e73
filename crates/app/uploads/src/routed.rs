//! Streams of every origin, each from its own source.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use model::{MediaOrigin, TenantId};
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};

use crate::Uploads;

/// Opens each stream at the source of its origin.
#[derive(Clone)]
pub struct RoutedMediaSource {
    /// Kinesis Video Streams, Amazon's or the local one.
    pub kvs: Arc<dyn MediaSource>,
    /// What clients upload to this process.
    pub uploads: Uploads,
}

impl fmt::Debug for RoutedMediaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoutedMediaSource")
    }
}

impl RoutedMediaSource {
    fn of(&self, stream: &MediaStream) -> &dyn MediaSource {
        match stream.address.origin {
            MediaOrigin::Kvs => self.kvs.as_ref(),
            // Of segments there is no stream, which no upload is called like either.
            MediaOrigin::Upload | MediaOrigin::Segments => &self.uploads,
        }
    }
}

#[async_trait]
impl MediaSource for RoutedMediaSource {
    async fn open(
        &self,
        stream: &MediaStream,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        self.of(stream).open(stream, start).await
    }

    async fn open_archive(
        &self,
        stream: &MediaStream,
        range: TimeRange,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        self.of(stream).open_archive(stream, range).await
    }

    async fn streams(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<MediaStream>, MediaSourceError> {
        self.kvs.streams(tenant, prefix, limit).await
    }
}
