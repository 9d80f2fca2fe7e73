//! Keeps indexes up to date while a server runs.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use model::TenantId;

use super::{Index, RefreshError, Refreshed};

/// Looks at each tenant's folder again and again, and tells what came of it. Looking costs little while nothing
/// changed. Never ends: drop it, or abort its task.
pub async fn watch(
    index: &Index,
    folders: &BTreeMap<TenantId, PathBuf>,
    every: Duration,
    mut tell: impl FnMut(&TenantId, Result<Refreshed, RefreshError>) + Send,
) {
    loop {
        for (tenant, folder) in folders {
            tell(tenant, index.refresh(tenant, folder).await);
        }
        tokio::time::sleep(every).await;
    }
}
