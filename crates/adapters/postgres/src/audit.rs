//! The audit log, in the tenant's database.

use async_trait::async_trait;
use model::{TenantId, Timestamp};
use ports::{AuditEntry, AuditError, AuditLog, NewAuditEntry};
use tokio_postgres::Row;

use crate::{
    PostgresError, PostgresStore,
    connections::{Database, Param},
    read::{column, signed, unsigned},
};

const COLUMNS: &str = "seq, at_us, by, act, subject, detail, previous, hash";
/// The most entries that are read at once.
const MAX_PAGE: u32 = 1_000;
/// Held by who adds or removes entries: "audit" on a telephone's keys.
const LOCK: &str = "SELECT pg_advisory_xact_lock(28348)";
/// The first entry that has to stay; the newest always has to.
const FIRST_KEPT: &str =
    "SELECT coalesce((SELECT min(seq) FROM audit WHERE at_us >= $1), (SELECT max(seq) FROM audit), 0)";

#[async_trait]
impl AuditLog for PostgresStore {
    async fn record(&self, tenant: &TenantId, entry: NewAuditEntry) -> Result<AuditEntry, AuditError> {
        entry.check()?;
        self.record_entry(tenant, entry).await.map_err(store)
    }

    async fn entries(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, AuditError> {
        self.read_entries(tenant, after, limit.min(MAX_PAGE)).await.map_err(store)
    }

    async fn prune(&self, tenant: &TenantId, before: Timestamp) -> Result<u64, AuditError> {
        self.prune_entries(tenant, before).await.map_err(store)
    }
}

impl PostgresStore {
    async fn record_entry(
        &self,
        tenant: &TenantId,
        entry: NewAuditEntry,
    ) -> Result<AuditEntry, PostgresError> {
        let open = self.tenant(tenant).await?;
        let client = open.database.client().await?;
        client.begin();
        client.watch(client.raw()?.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED")).await?;
        client.row(LOCK, &[]).await?;
        let last = client.row(&format!("SELECT {COLUMNS} FROM audit ORDER BY seq DESC LIMIT 1"), &[]).await?;
        let last = last.map(|row| entry_of(&open.database, &row)).transpose()?;
        let entry = entry.after(tenant, last.as_ref());
        let insert = format!("INSERT INTO audit ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
        let (seq, at) = (signed(entry.seq), entry.at.as_micros());
        let params: [Param<'_>; 8] =
            [&seq, &at, &entry.by, &entry.act, &entry.subject, &entry.detail, &entry.previous, &entry.hash];
        client.execute(&insert, &params).await?;
        client.watch(client.raw()?.batch_execute("COMMIT")).await?;
        client.end();
        Ok(entry)
    }

    async fn read_entries(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, PostgresError> {
        let Some(open) = self.existing(tenant).await? else { return Ok(Vec::new()) };
        let client = open.database.client().await?;
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2");
        let rows = client.rows(&sql, &[&signed(after), &i64::from(limit)]).await?;
        rows.iter().map(|row| entry_of(&open.database, row)).collect()
    }

    async fn prune_entries(&self, tenant: &TenantId, before: Timestamp) -> Result<u64, PostgresError> {
        let Some(open) = self.existing(tenant).await? else { return Ok(0) };
        let client = open.database.client().await?;
        client.begin();
        client.watch(client.raw()?.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED")).await?;
        client.row(LOCK, &[]).await?;
        let first_kept = client.row(FIRST_KEPT, &[&before.as_micros()]).await?;
        let first_kept = first_kept.map_or(Ok(0), |row| column::<i64>(&open.database, "audit", &row, 0))?;
        let up_to: Param<'_> = &(first_kept - 1);
        client.execute("UPDATE audit_pruned SET up_to = greatest(up_to, $1)", &[up_to]).await?;
        let pruned = client.execute("DELETE FROM audit WHERE seq <= $1", &[up_to]).await?;
        client.watch(client.raw()?.batch_execute("COMMIT")).await?;
        client.end();
        Ok(pruned)
    }
}

fn store(error: PostgresError) -> AuditError {
    AuditError::Store(Box::new(error))
}

fn entry_of(database: &Database, row: &Row) -> Result<AuditEntry, PostgresError> {
    let text = |n| column::<String>(database, "audit", row, n);
    let number = |n| column::<i64>(database, "audit", row, n);
    Ok(AuditEntry {
        seq: unsigned(number(0)?),
        at: Timestamp::from_micros(number(1)?),
        by: text(2)?,
        act: text(3)?,
        subject: text(4)?,
        detail: text(5)?,
        previous: text(6)?,
        hash: text(7)?,
    })
}
