//! Whatever step a store fails at, verifying again comes to the same.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use events::{Envelope, Verdict};
use model::{CallId, CallKey, Channel::Customer, Epoch, TenantId};
use ports::{
    Append, Appended, BlobError, BlobStore, BlobWriter, ByteRange, CallFilter, CallPage, CallSummary,
    EventLog, EventLogError, Remains, TranscriptView,
};

use crate::{calls::said, outcomes::clean};

/// Counts changes down to the one that fails: half of the time it has happened all the same.
#[derive(Clone)]
struct Fuse {
    left: Arc<AtomicU32>,
    after: bool,
}

impl Fuse {
    /// Whether this change fails.
    fn burns(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) == Ok(1)
    }
}

struct Log(Arc<dyn EventLog>, Fuse);
struct Blobs(Arc<dyn BlobStore>, Fuse);

fn log_failed() -> EventLogError {
    EventLogError::Store("it died".into())
}

fn blob_failed() -> BlobError {
    BlobError::Store("it died".into())
}

#[async_trait]
impl EventLog for Log {
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError> {
        self.0.claim(key, epoch).await
    }

    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError> {
        self.0.claim_next(key).await
    }

    async fn append(&self, append: Append) -> Result<Appended, EventLogError> {
        if !self.1.burns() {
            return self.0.append(append).await;
        }
        if self.1.after {
            self.0.append(append).await?;
        }
        Err(log_failed())
    }

    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError> {
        self.0.erase(key).await
    }

    async fn scrub(&self, tenant: &TenantId) -> Result<Remains, EventLogError> {
        self.0.scrub(tenant).await
    }

    async fn read_call(
        &self,
        tenant: &TenantId,
        call: &CallId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        self.0.read_call(tenant, call, after, limit).await
    }

    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        self.0.read_tenant(tenant, after, limit).await
    }

    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        self.0.calls(tenant, filter).await
    }

    async fn call(&self, tenant: &TenantId, call: &CallId) -> Result<CallSummary, EventLogError> {
        self.0.call(tenant, call).await
    }

    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError> {
        self.0.transcript(tenant, call).await
    }
}

#[async_trait]
impl BlobStore for Blobs {
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        Ok(Box::new(Writer(self.0.create(key).await?, self.1.clone())))
    }

    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        self.0.size(key).await
    }

    async fn read(&self, key: &str, range: ByteRange) -> Result<Bytes, BlobError> {
        self.0.read(key, range).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, BlobError> {
        self.0.list(prefix, after, limit).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        if !self.1.burns() {
            return self.0.delete(key).await;
        }
        if self.1.after {
            self.0.delete(key).await?;
        }
        Err(blob_failed())
    }
}

struct Writer(Box<dyn BlobWriter>, Fuse);

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        if self.1.burns() { Err(blob_failed()) } else { self.0.write(bytes).await }
    }

    async fn commit(self: Box<Self>) -> Result<(), BlobError> {
        if !self.1.burns() {
            return self.0.commit().await;
        }
        if self.1.after {
            self.0.commit().await?;
        }
        Err(blob_failed())
    }
}

#[tokio::test]
async fn a_store_that_fails_at_any_step_changes_nothing_in_the_end() {
    let mut call = clean();
    call.said.push(said(Customer, 10_000, "again four one one one one one one one okay"));
    let mut steps = 0;
    for n in 1.. {
        let mut failed = false;
        for after in [false, true] {
            let stored = call.store().await;
            let fuse = Fuse { left: Arc::new(AtomicU32::new(n)), after };
            let log = Arc::new(Log(Arc::clone(&stored.log) as _, fuse.clone()));
            let verifier = call.verifier(log, Arc::new(Blobs(Arc::clone(&stored.blobs) as _, fuse.clone())));
            drop(verifier.verify(&stored.key).await);
            failed |= fuse.left.load(Ordering::Relaxed) == 0;
            // Another worker takes the job, with stores that work.
            let verified = stored.verifier.verify(&stored.key).await.unwrap();
            assert_eq!(verified.verdict, Verdict::Repaired, "step {n}");
            assert_eq!(stored.shown().await[2], "again [number] okay");
            let recordings = stored.blobs.list("acme/recordings/", None, 100).await.unwrap();
            let current = stored.recording().await.key;
            assert_eq!(recordings, [current.clone(), format!("{current}.peaks.json")], "step {n}");
            assert_eq!(stored.report()["verdict"], "repaired");
        }
        if !failed {
            break;
        }
        steps = n;
    }
    assert!(steps > 10, "only {steps} steps");
}
