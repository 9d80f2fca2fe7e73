//! The store of all tenants: the control database, and the tenants' databases as they are needed.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use model::{CallId, TenantId};
use tokio::sync::OnceCell;
use tokio_postgres::Config;

use crate::{
    CallCheck, PostgresConfig, PostgresError,
    connections::{Connections, Database},
    name::database_name,
    projections::{CallRows, KeptCall, UPSERT_CALLS, fold},
    read::{check_call, column},
    schema::{CONTROL, TENANT, migrate},
    tenant::Tenant,
};

/// How many tenants are open at once. For one more, the one that was used longest ago is closed; when all are in use, the
/// newcomer is refused.
const MAX_OPEN_TENANTS: usize = 256;
/// How many databases are migrated at once.
const MAX_MIGRATIONS: usize = 4;
/// How long making a database may take.
const MAX_CREATION: Duration = Duration::from_secs(60);
/// Locks out another process that makes a database, as the server makes them from the same template.
const CREATION_LOCK: i64 = 878_655_464;

/// The event log, the leases and the contact directory in PostgreSQL.
///
/// Needs a tokio runtime. An append that is no longer waited for may still be in the log.
pub struct PostgresStore {
    pub(crate) config: PostgresConfig,
    connections: Arc<Connections>,
    pub(crate) control: Arc<Database>,
    /// The control database again, so that leases never wait behind anything else.
    pub(crate) leases: Arc<Database>,
    tenants: Mutex<HashMap<TenantId, Arc<Slot>>>,
    uses: AtomicU64,
    pub(crate) skipped: AtomicU64,
}

/// A tenant that is open, or is being opened.
#[derive(Default)]
struct Slot {
    tenant: OnceCell<Arc<Tenant>>,
    used: AtomicU64,
}

/// What became of one tenant's database.
#[derive(Debug)]
pub struct Migrated {
    /// Whose it is.
    pub tenant: TenantId,
    /// How many steps were taken; 0 when it was up to date.
    pub steps: Result<usize, PostgresError>,
}

impl PostgresStore {
    /// Connects to the control database and brings it up to date. Tenants' databases are opened when they are first used.
    ///
    /// # Errors
    /// When it cannot be reached, or a newer version made its tables.
    pub async fn connect(config: PostgresConfig) -> Result<Self, PostgresError> {
        let connections = Connections::new(&config)?;
        let control = config.control.with_database(config.control.database(), None);
        let leases = connections.database(control.clone(), false);
        let control = connections.database(control, false);
        migrate(&control, CONTROL, None).await?;
        Ok(Self {
            config,
            connections,
            control,
            leases,
            tenants: Mutex::default(),
            uses: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
        })
    }

    /// Asks the control database for nothing, so that it is known whether it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), PostgresError> {
        self.control.client().await?.row("SELECT 1", &[]).await.map(drop)
    }

    /// Opens one tenant's database now, and makes it if need be.
    ///
    /// # Errors
    /// When it cannot be reached or made, is another tenant's, or of a newer version.
    pub async fn open_tenant(&self, tenant: &TenantId) -> Result<(), PostgresError> {
        self.tenant(tenant).await.map(drop)
    }

    /// All tenants that have a database.
    ///
    /// # Errors
    /// When the control database cannot be read.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, PostgresError> {
        let rows =
            self.control.client().await?.rows("SELECT tenant FROM tenants ORDER BY tenant", &[]).await?;
        let tenant = |row| {
            let text: String = column(&self.control, "tenants", row, 0)?;
            TenantId::new(text).map_err(|_| self.unreadable())
        };
        rows.iter().map(tenant).collect()
    }

    /// Brings all tenants' databases up to date, a few at once. One that fails does not keep the others from it, and all
    /// may be tried again.
    ///
    /// # Errors
    /// When the control database cannot be read.
    pub async fn migrate(&self) -> Result<Vec<Migrated>, PostgresError> {
        let tenants = self.tenants().await?;
        let migrations = stream::iter(tenants).map(async |tenant| {
            let steps = self.migrate_tenant(&tenant).await;
            Migrated { tenant, steps }
        });
        Ok(migrations.buffered(MAX_MIGRATIONS).collect().await)
    }

    async fn migrate_tenant(&self, tenant: &TenantId) -> Result<usize, PostgresError> {
        let place = self.place(tenant).await?.ok_or_else(|| self.unreadable())?;
        migrate(&self.connections.database(place, true), TENANT, Some(tenant)).await
    }

    /// Folds a call's events again and compares the result with what is stored.
    ///
    /// # Errors
    /// [`PostgresError::NoSuchCall`] when the call has no event, others when the database cannot be read.
    pub async fn verify_call(&self, tenant: &TenantId, call: &CallId) -> Result<CallCheck, PostgresError> {
        let found = match self.existing(tenant).await? {
            Some(open) => check_call(&open.database, call).await?,
            None => None,
        };
        found.ok_or_else(|| PostgresError::NoSuchCall(call.clone()))
    }

    /// Makes all of a tenant's rows of calls anew from its events; says how many calls there are. Appends wait while a
    /// call is looked at.
    ///
    /// # Errors
    /// When the database cannot be read or written; it may be tried again.
    pub async fn rebuild_projections(&self, tenant: &TenantId) -> Result<u64, PostgresError> {
        let Some(open) = self.existing(tenant).await? else { return Ok(0) };
        let client = open.database.client().await?;
        let (mut calls, mut last) = (0, String::new());
        loop {
            let next = client.row("SELECT min(call_id) FROM events WHERE call_id > $1", &[&last]).await?;
            let next =
                next.map(|row| column::<Option<String>>(&open.database, "events", &row, 0)).transpose()?;
            let Some(next) = next.flatten() else { return Ok(calls) };
            let call = CallId::new(next.as_str()).map_err(|_| self.unreadable())?;
            let (mut kept, mut rows) = (KeptCall::default(), CallRows::default());
            client.begin();
            client.watch(client.raw()?.batch_execute("BEGIN")).await?;
            client.row("SELECT position FROM log FOR UPDATE", &[]).await?;
            fold(&client, &open.database, &call, &mut kept).await?;
            rows.push(&kept)?;
            client.execute(UPSERT_CALLS, &rows.params()).await?;
            client.watch(client.raw()?.batch_execute("COMMIT")).await?;
            client.end();
            calls += 1;
            last = next;
        }
    }

    /// How many events of unknown types were passed over while reading: a newer version wrote them.
    #[must_use]
    pub fn skipped_events(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    /// How many tenants are open.
    #[must_use]
    pub fn open_tenants(&self) -> usize {
        self.slots().values().filter(|slot| slot.tenant.initialized()).count()
    }

    /// The tenant; its database is made if need be.
    pub(crate) async fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, PostgresError> {
        let slot = self.slot(id)?;
        slot.tenant.get_or_try_init(async || self.open(id, self.make_place(id).await?).await).await.cloned()
    }

    /// The tenant, if it has a database: reading makes none.
    pub(crate) async fn existing(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, PostgresError> {
        let slot = self.slot(id)?;
        if let Some(tenant) = slot.tenant.get() {
            return Ok(Some(Arc::clone(tenant)));
        }
        let Some(place) = self.place(id).await? else { return Ok(None) };
        slot.tenant.get_or_try_init(async || self.open(id, place).await).await.cloned().map(Some)
    }

    async fn open(&self, id: &TenantId, place: Config) -> Result<Arc<Tenant>, PostgresError> {
        let database = self.connections.database(place, true);
        migrate(&database, TENANT, Some(id)).await?;
        Ok(Arc::new(Tenant::new(id.clone(), database)))
    }

    /// A tenant's place among those that are open; another one's, if need be.
    fn slot(&self, id: &TenantId) -> Result<Arc<Slot>, PostgresError> {
        let mut slots = self.slots();
        if slots.get(id).is_some_and(|slot| slot.tenant.get().is_some_and(|tenant| !tenant.is_open())) {
            slots.remove(id);
        }
        if slots.len() >= MAX_OPEN_TENANTS && !slots.contains_key(id) {
            let unused = slots.iter().filter(|(_, slot)| slot.is_unused());
            let oldest =
                unused.min_by_key(|(_, slot)| slot.used.load(Ordering::Relaxed)).map(|(id, _)| id.clone());
            drop(slots.remove(&oldest.ok_or(PostgresError::TooManyTenants)?));
        }
        let slot = slots.entry(id.clone()).or_default();
        slot.used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Ok(Arc::clone(slot))
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<Slot>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a tenant's database is, if it has one.
    async fn place(&self, id: &TenantId) -> Result<Option<Config>, PostgresError> {
        let sql = "SELECT database, host, port FROM tenants WHERE tenant = $1";
        let Some(row) = self.control.client().await?.row(sql, &[&id.as_str()]).await? else {
            return Ok(None);
        };
        let database: String = column(&self.control, "tenants", &row, 0)?;
        let host: Option<String> = column(&self.control, "tenants", &row, 1)?;
        let port: Option<i32> = column(&self.control, "tenants", &row, 2)?;
        let port = port.map(u16::try_from).transpose().map_err(|_| self.unreadable())?.unwrap_or(5_432);
        Ok(Some(self.config.control.with_database(&database, host.as_deref().map(|host| (host, port)))))
    }

    /// Where a tenant's database is; one that has none gets it.
    async fn make_place(&self, id: &TenantId) -> Result<Config, PostgresError> {
        if let Some(place) = self.place(id).await? {
            return Ok(place);
        }
        let name = database_name(self.config.control.database(), id);
        let client = self.control.client().await?;
        // The lock and the longer time are the session's, which is closed at the end.
        client.begin();
        let opening = format!("SET statement_timeout = {}", MAX_CREATION.as_millis());
        client.script(&opening, MAX_CREATION).await?;
        client.script(&format!("SELECT pg_advisory_lock({CREATION_LOCK})"), MAX_CREATION).await?;
        if client.row("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await?.is_none() {
            // The name is made of letters, digits and underscores.
            let create = format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
            client.script(&create, MAX_CREATION).await?;
            tracing::info!(tenant = %id, database = name, "made a tenant's database");
        }
        let insert = "INSERT INTO tenants (tenant, database) VALUES ($1, $2) ON CONFLICT (tenant) DO NOTHING";
        client.execute(insert, &[&id.as_str(), &name]).await?;
        drop(client);
        self.place(id).await?.ok_or_else(|| self.unreadable())
    }

    fn unreadable(&self) -> PostgresError {
        PostgresError::Row { database: self.control.name().to_owned(), table: "tenants" }
    }
}

impl Slot {
    /// Whether nobody holds it or its tenant.
    fn is_unused(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && self.tenant.get().is_none_or(|tenant| Arc::strong_count(tenant) == 1)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("control", &self.config.control).finish_non_exhaustive()
    }
}
