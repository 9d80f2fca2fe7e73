//! Recordings.

use std::time::Duration;

use blob::S3BlobStore;
use bytes::Bytes;
use config::BlobEngine;
use doctor::{Finding, checks};
use ports::{BlobError, BlobStore, ByteRange};
use tokio::time::timeout;

use super::{PATIENCE, Scope, chain, reach, unanswered};
use crate::parts;

/// The store itself tries for minutes; somebody who asks is told sooner.
const WRITE_PATIENCE: Duration = Duration::from_secs(15);
const PROBE: &[u8] = b"written by trunkline doctor, and removed again";

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let config = &scope.config.blobs;
    let mut out = Vec::new();
    let (subject, found) = match config.engine {
        BlobEngine::Folder => {
            let folder = scope.config.storage.folder.join("blobs");
            let subject = folder.display().to_string();
            if !folder.is_dir() {
                let what = "it is not there yet, and is made at the first start";
                return vec![checks::BLOBS_CONNECT.ok(what).about(subject)];
            }
            (subject, vec![write(scope).await])
        }
        BlobEngine::S3 => (config.bucket.clone().unwrap_or_default(), s3(scope).await),
    };
    out.extend(found.into_iter().map(|finding| finding.about(&subject)));
    out
}

async fn s3(scope: &Scope) -> Vec<Finding> {
    let check = &checks::BLOBS_CONNECT;
    let config = &scope.config.blobs;
    // The store tries for minutes what does not answer, so that is found out before.
    let region = config.region.as_deref().unwrap_or(&scope.config.kvs.region);
    let endpoint = config.endpoint.clone().unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    if let Err(unreached) = reach::http(&endpoint).await {
        return vec![unreached.finding(check)];
    }
    let store = match S3BlobStore::from_environment(parts::s3(&scope.config)).await {
        Ok(store) => store,
        Err(error) => return vec![check.error(chain(&error))],
    };
    match timeout(PATIENCE, store.check()).await {
        Ok(Ok(())) => vec![check.ok("it is there, and lets us in"), write(scope).await],
        Ok(Err(error)) => vec![check.error(chain(&error))],
        Err(_) => vec![unanswered(check, PATIENCE)],
    }
}

/// Writes a small blob, reads it and removes it.
async fn write(scope: &Scope) -> Finding {
    let check = &checks::BLOBS_WRITE;
    let store = match parts::blobs(&scope.config).await {
        Ok(store) => store,
        Err(failure) => return checks::BLOBS_CONNECT.error(failure.to_string()),
    };
    let key = format!("doctor/{}", uuid::Uuid::new_v4());
    match timeout(WRITE_PATIENCE, put_and_read(store.as_ref(), &key)).await {
        Ok(Ok(true)) => check.ok("a recording can be written, read and removed"),
        Ok(Ok(false)) => check.error("what was written is read as something else"),
        Ok(Err(error)) => check.error(chain(&error)),
        Err(_) => unanswered(check, WRITE_PATIENCE),
    }
}

async fn put_and_read(store: &dyn BlobStore, key: &str) -> Result<bool, BlobError> {
    let mut writer = store.create(key).await?;
    writer.write(Bytes::from_static(PROBE)).await?;
    writer.commit().await?;
    let read = store.read(key, ByteRange { start: 0, end: PROBE.len() as u64 }).await;
    // It is removed also when it cannot be read.
    store.delete(key).await?;
    Ok(read? == PROBE)
}
