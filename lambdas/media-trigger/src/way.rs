//! The ways on which an event reaches those who carry calls.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use model::ContactId;
use ports::Queue;
use tokio::time::Instant;

use crate::error::HandOverError;

/// One way.
#[async_trait]
pub(crate) trait Way: fmt::Debug + Send + Sync {
    /// Its name in the log and in the configuration.
    fn name(&self) -> &'static str;

    /// Hands an event over as it is. `until` bounds its own trying again; the caller waits no longer, either.
    async fn hand_over(
        &self,
        contact: &ContactId,
        event: &Bytes,
        until: Instant,
    ) -> Result<(), HandOverError>;
}

/// Through a queue: the event waits there until a worker owns the call.
pub(crate) struct QueueWay(Arc<dyn Queue>);

impl QueueWay {
    pub(crate) fn new(queue: Arc<dyn Queue>) -> Self {
        Self(queue)
    }
}

impl fmt::Debug for QueueWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueueWay")
    }
}

#[async_trait]
impl Way for QueueWay {
    fn name(&self) -> &'static str {
        "queue"
    }

    async fn hand_over(
        &self,
        contact: &ContactId,
        event: &Bytes,
        _until: Instant,
    ) -> Result<(), HandOverError> {
        self.0.send(contact.as_str(), event.clone()).await.map_err(HandOverError::Queue)
    }
}
