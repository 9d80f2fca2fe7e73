//! Uploads as a source of media.

use std::sync::Arc;

use async_trait::async_trait;
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};

use crate::{UploadId, Uploads, body::UploadBody};

#[async_trait]
impl MediaSource for Uploads {
    /// Opens an upload. One that is not known here is made known: its client is told to go on where this body begins.
    async fn open(
        &self,
        stream: &MediaStream,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let name = stream.address.name.clone();
        let Some(id) = UploadId::parse(name.as_str()) else {
            return Err(MediaSourceError::Gone { stream: name, source: None });
        };
        let position = match start {
            StartAt::Earliest => 0,
            StartAt::ProducerTime(at) => id.position(*at),
            StartAt::AfterFragment(number) => id.end_of(number).unwrap_or(0),
        };
        let shared = self
            .enter(&stream.tenant, id, position)
            .map_err(|error| MediaSourceError::Throttled { stream: name, source: Some(Box::new(error)) })?;
        Ok(Box::new(UploadBody::open(shared, Arc::clone(self.clock()), position)))
    }

    /// Uploads have no archive.
    async fn open_archive(
        &self,
        stream: &MediaStream,
        _: TimeRange,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        Err(MediaSourceError::Gone { stream: stream.address.name.clone(), source: None })
    }

    /// Uploads are told, never looked for.
    async fn streams(
        &self,
        _: &model::TenantId,
        _: &str,
        _: u32,
    ) -> Result<Vec<MediaStream>, MediaSourceError> {
        Ok(Vec::new())
    }
}
