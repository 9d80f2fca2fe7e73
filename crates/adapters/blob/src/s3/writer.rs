//! One object while it is written.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, PutPayload, path::Path};
use ports::{BlobError, BlobWriter};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{bucket::Bucket, error::S3Error};

/// The size of all parts but the last: the least that S3 takes, as each blob that is being written holds one.
pub(super) const PART_BYTES: usize = 5 * 1024 * 1024;
/// The most parts of one object. A blob that needs more is refused.
const MAX_PARTS: u64 = 10_000;

/// An object that is written whole when it fits one part, and else in parts, one after the other. Dropping it leaves
/// nothing.
#[derive(Debug)]
pub(super) struct S3Writer {
    /// Away while a request is under way; gone for good after a failure.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    bucket: Arc<Bucket>,
    key: String,
    path: Path,
    /// Tells this writer's object from another's.
    id: String,
    part: BytesMut,
    parts: u64,
    upload: Option<Upload>,
}

/// An upload in parts. Dropping it tells the service to forget the parts.
struct Upload(Option<Box<dyn MultipartUpload>>);

impl S3Writer {
    pub(super) fn new(bucket: Arc<Bucket>, key: &str, path: Path) -> Self {
        let id = Uuid::new_v4().simple().to_string();
        let open =
            Open { bucket, key: key.to_owned(), path, id, part: BytesMut::new(), parts: 0, upload: None };
        Self { open: Some(open) }
    }

    fn take(&mut self) -> Result<Open, BlobError> {
        self.open.take().ok_or_else(|| S3Error::GivenUp.into())
    }
}

#[async_trait]
impl BlobWriter for S3Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let mut open = self.take()?;
        open.add(bytes).await?;
        self.open = Some(open);
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), BlobError> {
        self.take()?.commit().await
    }
}

impl Open {
    async fn add(&mut self, mut bytes: Bytes) -> Result<(), BlobError> {
        while !bytes.is_empty() {
            let room = PART_BYTES.saturating_sub(self.part.len());
            let some = bytes.split_to(bytes.len().min(room));
            self.part.extend_from_slice(&some);
            if self.part.len() >= PART_BYTES {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    async fn send_part(&mut self) -> Result<(), BlobError> {
        if self.parts >= MAX_PARTS {
            let max_bytes = MAX_PARTS * u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
            return Err(S3Error::TooLarge { bucket: self.bucket.name().to_owned(), max_bytes }.into());
        }
        if self.upload.is_none() {
            self.upload = Some(Upload(Some(self.bucket.begin(&self.path, &self.id).await?)));
        }
        let Some(upload) = self.upload.as_mut().and_then(|upload| upload.0.as_mut()) else {
            return Err(S3Error::GivenUp.into());
        };
        let part = upload.put_part(PutPayload::from_bytes(self.part.split().freeze()));
        part.await.map_err(|error| self.bucket.failure(error))?;
        self.parts += 1;
        Ok(())
    }

    async fn commit(mut self) -> Result<(), BlobError> {
        if self.upload.is_none() {
            let bytes = self.part.split().freeze();
            return self.bucket.put(&self.key, &self.path, &self.id, bytes).await;
        }
        if !self.part.is_empty() {
            self.send_part().await?;
        }
        let Some(upload) = self.upload.as_mut() else { return Err(S3Error::GivenUp.into()) };
        let completed = match upload.0.as_mut() {
            Some(upload) => upload.complete().await,
            None => return Err(S3Error::GivenUp.into()),
        };
        let settled = match completed {
            Ok(_) => Ok(()),
            Err(error) => self.bucket.settle(&self.key, &self.path, &self.id, error).await,
        };
        if settled.is_ok() {
            // Its parts are the object now.
            upload.0 = None;
        }
        settled
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upload")
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut upload) = self.0.take() else { return };
        // Without a runtime, as after a kill, the bucket's lifecycle rule forgets the parts.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "the parts of a blob that was given up could not be removed");
            }
        });
    }
}
