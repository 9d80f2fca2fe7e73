//! An audit log in memory.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::{TenantId, Timestamp};

use crate::{AuditEntry, AuditError, AuditLog, NewAuditEntry};

/// An audit log that lives as long as it is held.
#[derive(Debug, Default)]
pub struct MemoryAuditLog {
    tenants: Mutex<BTreeMap<TenantId, Vec<AuditEntry>>>,
}

impl MemoryAuditLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes a tenant's entries past all rules, to see whether that is found.
    pub fn tamper(&self, tenant: &TenantId, change: impl FnOnce(&mut Vec<AuditEntry>)) {
        change(self.lock().entry(tenant.clone()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TenantId, Vec<AuditEntry>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AuditLog for MemoryAuditLog {
    async fn record(&self, tenant: &TenantId, entry: NewAuditEntry) -> Result<AuditEntry, AuditError> {
        entry.check()?;
        let mut tenants = self.lock();
        let entries = tenants.entry(tenant.clone()).or_default();
        let entry = entry.after(tenant, entries.last());
        entries.push(entry.clone());
        Ok(entry)
    }

    async fn entries(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, AuditError> {
        let tenants = self.lock();
        let entries = tenants.get(tenant).map_or(&[][..], Vec::as_slice);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(entries.iter().filter(|entry| entry.seq > after).take(limit).cloned().collect())
    }

    async fn prune(&self, tenant: &TenantId, before: Timestamp) -> Result<u64, AuditError> {
        let mut tenants = self.lock();
        let Some(entries) = tenants.get_mut(tenant) else { return Ok(0) };
        let old = entries.iter().take_while(|entry| entry.at < before).count();
        let old = old.min(entries.len().saturating_sub(1));
        entries.drain(..old);
        Ok(u64::try_from(old).unwrap_or(u64::MAX))
    }
}
