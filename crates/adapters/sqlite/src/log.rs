//! The event log of all tenants.

use std::{
    collections::HashMap,
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use events::{Envelope, VERSION};
use model::{CallId, CallKey, Epoch, TenantId};
use ports::{
    Append, Appended, CallFilter, CallPage, CallSummary, EventLog, EventLogError, Remains, TranscriptView,
};
use rusqlite::TransactionBehavior;
use tokio::{sync::Mutex, task::spawn_blocking};

use crate::{
    CallCheck, SqliteError,
    name::file_name,
    projections::{read_summary, read_transcript},
    read::{call_events, check_call, empty_page, last_seq, page, rebuild, tenant_events},
    schema::make_folder,
    scrub::write_anew,
    tenant::Tenant,
};

/// How many tenants' files are open at once. For one more, one that nobody uses is closed; when all are in
/// use, the newcomer is refused.
const MAX_OPEN_TENANTS: usize = 256;

/// The event log in a folder of SQLite files, one per tenant, each opened when first used.
///
/// Needs a tokio runtime: files are opened and read on its blocking threads. An append that is no longer
/// waited for may still be in the log.
pub struct SqliteEventLog {
    folder: PathBuf,
    tenants: Mutex<HashMap<TenantId, Arc<Tenant>>>,
    skipped: Arc<AtomicU64>,
}

impl SqliteEventLog {
    /// Opens a folder, and makes it if need be. A tenant's file is opened with the tenant's first use.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, SqliteError> {
        let folder = folder.into();
        make_folder(&folder)?;
        Ok(Self { folder, tenants: Mutex::default(), skipped: Arc::default() })
    }

    /// Opens one tenant's file now, so that a file that cannot be used is known at the start.
    ///
    /// # Errors
    /// When the file is damaged, another tenant's, or of a newer version.
    pub async fn open_tenant(&self, tenant: &TenantId) -> Result<(), SqliteError> {
        self.tenant(tenant).await.map(drop)
    }

    /// Makes all of a tenant's projections anew from its events; says how many calls there are.
    /// Appends wait meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read or written; the projections are then as they were.
    pub async fn rebuild_projections(&self, tenant: &TenantId) -> Result<u64, SqliteError> {
        let tenant = self.tenant(tenant).await?;
        let rebuilt = tenant.run(|writer| {
            writer.forget();
            let of = |error| SqliteError::of(&writer.path, error);
            let transaction =
                writer.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
            let calls = rebuild(&transaction, &writer.path)?;
            transaction.commit().map_err(of)?;
            Ok(calls)
        });
        rebuilt.await?
    }

    async fn scrub_tenant(&self, tenant: &TenantId) -> Result<(), SqliteError> {
        let Some(tenant) = self.existing(tenant).await? else { return Ok(()) };
        tenant.run(|writer| write_anew(&writer.connection, &writer.path)).await?
    }

    /// Folds a call's events again and compares the result with what is stored.
    ///
    /// # Errors
    /// [`SqliteError::NoSuchCall`] when the call has no event, others when the file cannot be read.
    pub async fn verify_call(&self, tenant: &TenantId, call: &CallId) -> Result<CallCheck, SqliteError> {
        let found = match self.existing(tenant).await? {
            Some(open) => {
                let call = call.clone();
                open.readers.read(move |connection, path| check_call(connection, path, &call)).await?
            }
            None => None,
        };
        found.ok_or_else(|| SqliteError::NoSuchCall(call.clone()))
    }

    /// How many events of unknown types were passed over while reading: a newer version wrote them.
    #[must_use]
    pub fn skipped_events(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    pub(crate) async fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, SqliteError> {
        // Held while the file is opened, so that it is opened once.
        let mut tenants = self.tenants.lock().await;
        if let Some(tenant) = tenants.get(id).filter(|tenant| tenant.is_open()) {
            return Ok(Arc::clone(tenant));
        }
        let closed = if tenants.len() >= MAX_OPEN_TENANTS && !tenants.contains_key(id) {
            Some(evict(&mut tenants)?)
        } else {
            None
        };
        let (path, name) = (self.folder.join(file_name(id)), id.clone());
        let opened = spawn_blocking(move || {
            drop(closed);
            Tenant::open(path, name)
        });
        let tenant = Arc::new(opened.await.map_err(|_| SqliteError::ShuttingDown)??);
        tenants.insert(id.clone(), Arc::clone(&tenant));
        Ok(tenant)
    }

    /// The tenant, if it has a file: reading makes none.
    pub(crate) async fn existing(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, SqliteError> {
        if let Some(tenant) = self.tenants.lock().await.get(id) {
            return Ok(Some(Arc::clone(tenant)));
        }
        let path = self.folder.join(file_name(id));
        let exists = spawn_blocking(move || path.exists());
        if exists.await.map_err(|_| SqliteError::ShuttingDown)? {
            self.tenant(id).await.map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Takes a tenant out that nobody uses.
fn evict(tenants: &mut HashMap<TenantId, Arc<Tenant>>) -> Result<Arc<Tenant>, SqliteError> {
    let idle = tenants.iter().find(|(_, tenant)| Arc::strong_count(tenant) == 1);
    let idle = idle.map(|(id, _)| id.clone());
    idle.and_then(|id| tenants.remove(&id)).ok_or(SqliteError::TooManyTenants)
}

#[async_trait]
impl EventLog for SqliteEventLog {
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError> {
        let call = key.call.clone();
        let claimed = self.tenant(&key.tenant).await?.run(move |writer| writer.claim(&call, epoch)).await?;
        Ok(claimed?)
    }

    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError> {
        let call = key.call.clone();
        Ok(self.tenant(&key.tenant).await?.run(move |writer| writer.claim_next(&call)).await??)
    }

    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError> {
        let call = key.call.clone();
        Ok(self.tenant(&key.tenant).await?.run(move |writer| writer.erase(&call)).await??)
    }

    async fn scrub(&self, tenant: &TenantId) -> Result<Remains, EventLogError> {
        self.scrub_tenant(tenant).await?;
        Ok(Remains::Nothing)
    }

    async fn append(&self, append: Append) -> Result<Appended, EventLogError> {
        let Append { key: CallKey { tenant, call }, epoch, after, now, events } = append;
        debug_assert!(events.iter().all(|new| new.event.is_logged()), "a partial has no place in the log");
        let logged = events.into_iter().filter(|new| new.event.is_logged());
        let envelopes: Vec<Envelope> = logged
            .map(|new| Envelope {
                v: VERSION,
                tenant: tenant.clone(),
                call_id: call.clone(),
                seq: 0,
                position: 0,
                stages: new.stages,
                event: new.event,
            })
            .collect();
        if envelopes.is_empty() {
            return Ok(envelopes);
        }
        Ok(self.tenant(&tenant).await?.append((call, epoch, after), now, envelopes).await?)
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
        let (wanted, skipped) = (call.clone(), Arc::clone(&self.skipped));
        let read = open
            .readers
            .read(move |connection, path| call_events(connection, path, &wanted, after, limit, &skipped));
        read.await?.ok_or_else(no_such)
    }

    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        let Some(open) = self.existing(tenant).await? else { return Ok(Vec::new()) };
        let skipped = Arc::clone(&self.skipped);
        let read = open
            .readers
            .read(move |connection, path| tenant_events(connection, path, after, limit, &skipped));
        Ok(read.await?)
    }

    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        let wanted = filter.clone();
        let found = match self.existing(tenant).await? {
            Some(open) => open.readers.read(move |connection, path| page(connection, path, &wanted)).await?,
            None => empty_page(filter),
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
        let wanted = call.clone();
        let read = open.readers.read(move |connection, path| {
            read_summary(connection, &wanted).map_err(|error| SqliteError::of(path, error))
        });
        read.await?.ok_or_else(no_such)
    }

    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError> {
        let no_such = || EventLogError::NoSuchCall(call.clone());
        let open = self.existing(tenant).await?.ok_or_else(no_such)?;
        let wanted = call.clone();
        let read = open.readers.read(move |connection, path| match last_seq(connection, path, &wanted)? {
            0 => Ok(None),
            seq => read_transcript(connection, path, &wanted, seq).map(Some),
        });
        read.await?.ok_or_else(no_such)
    }
}

impl fmt::Debug for SqliteEventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteEventLog").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
