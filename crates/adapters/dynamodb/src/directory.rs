//! The port's implementation.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use contacts::ContactRecord;
use model::{ContactId, StreamName, TenantId, Timestamp};
use ports::{ContactDirectory, DirectoryError, Put};

use crate::{
    backoff::wait_after,
    config::DirectoryConfig,
    error::DynamoDbError,
    record::{
        ContactItem, StreamItem, Unreadable, contact_key, expiry, is_forgotten, seconds, stream_key,
        tenant_of,
    },
    wire::{SdkConfig, Table, Written},
};

/// How often a put that loses against other writers is tried before it is [`DirectoryError::Contended`].
const MAX_ATTEMPTS: u32 = 12;
/// The most contacts that one request names.
const MAX_KEYS: usize = 100;

/// The contacts of all tenants in one table.
#[derive(Clone, Debug)]
pub struct DynamoDbDirectory {
    pub(crate) table: Table,
    config: DirectoryConfig,
}

impl DynamoDbDirectory {
    /// Uses a stand-in at `endpoint_url` with a fixed key pair.
    #[must_use]
    pub fn local(
        endpoint_url: &str,
        region: &str,
        access_key: &str,
        secret_key: &str,
        config: DirectoryConfig,
    ) -> Self {
        Self::of(Table::local(endpoint_url, region, access_key, secret_key, &config), config)
    }

    /// Uses the real service as `sdk` says: region, credentials (of an assumed role, say), proxies.
    #[must_use]
    pub fn from_aws_config(sdk: &SdkConfig, config: DirectoryConfig) -> Self {
        Self::of(Table::from_aws_config(sdk, &config), config)
    }

    /// Uses the real service as the environment says: the AWS variables, profiles and instance roles.
    pub async fn from_environment(config: DirectoryConfig) -> Self {
        Self::of(Table::from_environment(&config).await, config)
    }

    const fn of(table: Table, config: DirectoryConfig) -> Self {
        Self { table, config }
    }

    fn ttl(&self) -> i64 {
        expiry(now(), self.config.retention)
    }

    fn unreadable(&self, key: &str) -> impl FnOnce(Unreadable) -> DynamoDbError {
        let (table, key) = (self.config.table.clone(), key.to_owned());
        move |Unreadable| DynamoDbError::Item { table, key }
    }

    fn read(&self, item: &ContactItem) -> Result<Option<ContactRecord>, DynamoDbError> {
        item.record(now()).map_err(self.unreadable(&item.key))
    }

    /// Merges a record into what is known, and again into what is known then while others write first.
    async fn merge(&self, tenant: &TenantId, record: &ContactRecord) -> Result<Put, DirectoryError> {
        let key = contact_key(tenant, &record.contact_id);
        let mut known = self.table.contact(&key).await?;
        for attempt in 0..MAX_ATTEMPTS {
            let put = match known.as_ref().map(|item| self.read(item)).transpose()?.flatten() {
                None => Put { record: record.clone(), is_news: true },
                Some(mut merged) => {
                    let is_news = merged.merge(record.clone());
                    Put { record: merged, is_news }
                }
            };
            if !put.is_news {
                return Ok(put);
            }
            let next = ContactItem::next(key.clone(), known.as_ref(), &put.record, self.ttl())
                .map_err(self.unreadable(&key))?;
            match self.table.put_contact(&next).await? {
                Written::Yes => return Ok(put),
                Written::Lost => {}
            }
            wait_after(attempt).await;
            known = self.table.contact(&key).await?;
        }
        Err(DirectoryError::Contended)
    }

    /// The items of these keys, whole requests at a time.
    async fn contacts(&self, keys: &[String]) -> Result<Vec<ContactItem>, DynamoDbError> {
        let mut found = Vec::with_capacity(keys.len());
        for some in keys.chunks(MAX_KEYS) {
            found.extend(self.table.contacts(some).await?);
        }
        Ok(found)
    }
}

#[async_trait]
impl ContactDirectory for DynamoDbDirectory {
    async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Put, DirectoryError> {
        let put = self.merge(tenant, &record).await?;
        // Also when nothing is new: an earlier writer may have died before it came here.
        if record.stream.is_some()
            && let Some(item) = StreamItem::of(tenant, &put.record, self.ttl())
        {
            self.table.put_stream(&item).await?;
        }
        Ok(put)
    }

    async fn find(
        &self,
        tenant: &TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactRecord>, DirectoryError> {
        let mut keys: Vec<String> = contacts.iter().map(|contact| contact_key(tenant, contact)).collect();
        // One request must not name a key twice.
        keys.sort();
        keys.dedup();
        let mut found = Vec::with_capacity(keys.len());
        for item in self.contacts(&keys).await? {
            found.extend(self.read(&item)?);
        }
        Ok(found)
    }

    async fn latest_on_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError> {
        let Some(latest) = self.table.stream(&stream_key(tenant, stream)).await? else { return Ok(None) };
        let Ok(contact) = ContactId::new(latest.contact) else {
            return Err(self.unreadable(&latest.key)(Unreadable).into());
        };
        if is_forgotten(latest.ttl, now()) {
            return Ok(None);
        }
        let Some(item) = self.table.contact(&contact_key(tenant, &contact)).await? else { return Ok(None) };
        // A contact whose streaming was started anew may be on another stream by now.
        let is_still =
            |record: &ContactRecord| record.stream.as_ref().is_some_and(|address| address.name == *stream);
        Ok(self.read(&item)?.filter(is_still))
    }

    async fn erase(&self, tenant: &TenantId, contact: &ContactId) -> Result<bool, DirectoryError> {
        let key = contact_key(tenant, contact);
        let Some(item) = self.table.contact(&key).await? else { return Ok(false) };
        let known = self.read(&item)?;
        // The stream's item names only its last contact, which may be another one by now.
        if let Some(address) = known.as_ref().and_then(|record| record.stream.as_ref()) {
            self.table.delete_stream(&stream_key(tenant, &address.name), contact.as_str()).await?;
        }
        self.table.delete(&key).await?;
        Ok(known.is_some())
    }

    async fn waiting_for_stream(&self, limit: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError> {
        let keys = self.table.waiting(limit, seconds(now())).await?;
        // The index lags behind the items, and says only who may wait.
        let mut items: BTreeMap<String, ContactItem> =
            self.contacts(&keys).await?.into_iter().map(|item| (item.key.clone(), item)).collect();
        let mut waiting = Vec::with_capacity(keys.len());
        for key in &keys {
            let Some(item) = items.remove(key) else { continue };
            let record = match self.read(&item) {
                Ok(record) => record.filter(ContactRecord::waits_for_stream),
                // One tenant's broken item must not keep the others waiting.
                Err(error) => {
                    tracing::warn!(%error, "a contact that may wait for its stream is passed over");
                    continue;
                }
            };
            waiting.extend(tenant_of(key).zip(record));
        }
        Ok(waiting)
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
