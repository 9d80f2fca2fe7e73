//! An upload's fragments as the engine reads them.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use ports::{MediaBody, MediaSourceError};

use crate::uploads::{Clock, Shared};

/// The fragments after a position. It stays open after the last one: that an upload is finished is told by the contact.
pub(crate) struct UploadBody {
    shared: Arc<Shared>,
    clock: Clock,
    position: u64,
}

impl UploadBody {
    pub(crate) fn open(shared: Arc<Shared>, clock: Clock, position: u64) -> Self {
        shared.lock().opened();
        Self { shared, clock, position }
    }

    fn read(&mut self) -> Option<Bytes> {
        let next = self.shared.lock().read_after(self.position)?;
        self.position = next.end;
        // There may be room again.
        self.shared.changed.notify_waiters();
        Some(next.bytes)
    }
}

#[async_trait]
impl MediaBody for UploadBody {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        loop {
            let shared = Arc::clone(&self.shared);
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(bytes) = self.read() {
                return Ok(Some(bytes));
            }
            changed.await;
        }
    }
}

impl Drop for UploadBody {
    fn drop(&mut self) {
        let now = (self.clock)();
        self.shared.lock().closed(now);
    }
}
