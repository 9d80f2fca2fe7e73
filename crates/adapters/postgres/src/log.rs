//! The event log.

use async_trait::async_trait;
use events::{Envelope, VERSION};
use model::{CallId, CallKey, Epoch, TenantId};
use ports::{
    Append, Appended, CallFilter, CallPage, CallSummary, EventLog, EventLogError, Remains, TranscriptView,
};

use crate::{
    PostgresStore,
    erase::{erase, vacuum},
    read::{events, page, summary, transcript},
};

#[async_trait]
impl EventLog for PostgresStore {
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError> {
        Ok(self.tenant(&key.tenant).await?.claim(key.call.clone(), epoch).await?)
    }

    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError> {
        Ok(self.tenant(&key.tenant).await?.claim_next(key.call.clone()).await?)
    }

    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError> {
        let open = self.tenant(&key.tenant).await?;
        let events = erase(&open.database, &key.call).await?;
        // Refused, which makes this host's writer forget what it kept of the call.
        drop(open.claim(key.call.clone(), Epoch::FIRST).await);
        Ok(events)
    }

    async fn scrub(&self, tenant: &TenantId) -> Result<Remains, EventLogError> {
        if let Some(open) = self.existing(tenant).await? {
            vacuum(&open.database).await?;
        }
        Ok(Remains::UnusedSpace)
    }

    async fn append(&self, append: Append) -> Result<Appended, EventLogError> {
        let Append { key, epoch, after, now, events } = append;
        debug_assert!(events.iter().all(|new| new.event.is_logged()), "a partial has no place in the log");
        let logged = events.into_iter().filter(|new| new.event.is_logged());
        let envelopes: Vec<Envelope> = logged
            .map(|new| Envelope {
                v: VERSION,
                tenant: key.tenant.clone(),
                call_id: key.call.clone(),
                seq: 0,
                position: 0,
                stages: new.stages,
                event: new.event,
            })
            .collect();
        if envelopes.is_empty() {
            return Ok(envelopes);
        }
        Ok(self.tenant(&key.tenant).await?.append(key.call, epoch, after, now, envelopes).await?)
    }

    async fn read_call(
        &self,
        tenant: &TenantId,
        call: &CallId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let no_such = || EventLogError::NoSuchCall(call.clone());
        let open = self.existing(tenant).await?.ok_or_else(no_such)?;
        let read = events(&open.database, Some(call), after, limit, &self.skipped).await?;
        read.ok_or_else(no_such)
    }

    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let Some(open) = self.existing(tenant).await? else { return Ok(Vec::new()) };
        Ok(events(&open.database, None, after, limit, &self.skipped).await?.unwrap_or_default())
    }

    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        let found = match self.existing(tenant).await? {
            Some(open) => page(&open.database, filter).await?,
            None => None,
        };
        match (found, &filter.after) {
            (Some(page), _) => Ok(page),
            (None, Some(call)) => Err(EventLogError::NoSuchCall(call.clone())),
            (None, None) => Ok(CallPage { calls: Vec::new(), next: None, position: 0 }),
        }
    }

    async fn call(&self, tenant: &TenantId, call: &CallId) -> Result<CallSummary, EventLogError> {
        let no_such = || EventLogError::NoSuchCall(call.clone());
        let open = self.existing(tenant).await?.ok_or_else(no_such)?;
        let client = open.database.client().await?;
        summary(&client, &open.database, call).await?.ok_or_else(no_such)
    }

    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError> {
        let no_such = || EventLogError::NoSuchCall(call.clone());
        let open = self.existing(tenant).await?.ok_or_else(no_such)?;
        transcript(&open.database, call).await?.ok_or_else(no_such)
    }
}
