//! How long the inputs keep raw audio.

use async_trait::async_trait;
use model::{StreamName, TenantId};

/// Asks how long streams keep what they were given.
#[async_trait]
pub trait StreamRetention: Send + Sync {
    /// For how many hours a stream keeps raw audio; none when it cannot be told.
    async fn hours(&self, tenant: &TenantId, stream: &StreamName) -> Option<u32>;
}
