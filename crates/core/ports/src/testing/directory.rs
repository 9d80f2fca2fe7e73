//! A contact directory in memory.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use contacts::ContactRecord;
use model::{ContactId, StreamName, TenantId};

use crate::{ContactDirectory, DirectoryError, Put};

/// A directory that lives as long as it is held.
#[derive(Debug, Default)]
pub struct MemoryContacts(Mutex<BTreeMap<(TenantId, ContactId), ContactRecord>>);

impl MemoryContacts {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(TenantId, ContactId), ContactRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ContactDirectory for MemoryContacts {
    async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Put, DirectoryError> {
        let mut contacts = self.lock();
        let key = (tenant.clone(), record.contact_id.clone());
        let Some(known) = contacts.get_mut(&key) else {
            contacts.insert(key, record.clone());
            return Ok(Put { record, is_news: true });
        };
        let is_news = known.merge(record);
        Ok(Put { record: known.clone(), is_news })
    }

    async fn find(
        &self,
        tenant: &TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactRecord>, DirectoryError> {
        let known = self.lock();
        let find = |contact: &ContactId| known.get(&(tenant.clone(), contact.clone())).cloned();
        Ok(contacts.iter().filter_map(find).collect())
    }

    async fn latest_on_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError> {
        let known = self.lock();
        let on_stream = known.iter().filter(|((of, _), record)| {
            of == tenant && record.stream.as_ref().is_some_and(|address| address.name == *stream)
        });
        Ok(on_stream.map(|(_, record)| record).max_by_key(|record| record.started_at).cloned())
    }

    async fn erase(&self, tenant: &TenantId, contact: &ContactId) -> Result<bool, DirectoryError> {
        Ok(self.lock().remove(&(tenant.clone(), contact.clone())).is_some())
    }

    async fn waiting_for_stream(&self, limit: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError> {
        let known = self.lock();
        let waiting = known.iter().filter(|(_, record)| record.waits_for_stream());
        let mut waiting: Vec<(TenantId, ContactRecord)> =
            waiting.map(|((tenant, _), record)| (tenant.clone(), record.clone())).collect();
        waiting.sort_by_key(|(_, record)| record.updated_at);
        waiting.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(waiting)
    }
}
