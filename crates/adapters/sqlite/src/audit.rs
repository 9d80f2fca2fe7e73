//! The audit log, in the tenant's file.

use async_trait::async_trait;
use model::{TenantId, Timestamp};
use ports::{AuditEntry, AuditError, AuditLog, NewAuditEntry};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::{
    SqliteError, SqliteEventLog,
    projections::{signed, unsigned},
};

const COLUMNS: &str = "seq, at_us, by, act, subject, detail, previous, hash";
/// The most entries that are read at once.
const MAX_PAGE: u32 = 1_000;

#[async_trait]
impl AuditLog for SqliteEventLog {
    async fn record(&self, tenant: &TenantId, entry: NewAuditEntry) -> Result<AuditEntry, AuditError> {
        entry.check()?;
        let open = self.tenant(tenant).await.map_err(store)?;
        let tenant = tenant.clone();
        let recorded = open.run(move |writer| {
            let of = |error| SqliteError::of(&writer.path, error);
            record(&mut writer.connection, &tenant, entry).map_err(of)
        });
        recorded.await.map_err(store)?.map_err(store)
    }

    async fn entries(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, AuditError> {
        let Some(open) = self.existing(tenant).await.map_err(store)? else { return Ok(Vec::new()) };
        let read = open.readers.read(move |connection, path| {
            read(connection, after, limit.min(MAX_PAGE)).map_err(|error| SqliteError::of(path, error))
        });
        read.await.map_err(store)
    }

    async fn prune(&self, tenant: &TenantId, before: Timestamp) -> Result<u64, AuditError> {
        let Some(open) = self.existing(tenant).await.map_err(store)? else { return Ok(0) };
        let pruned = open.run(move |writer| {
            let of = |error| SqliteError::of(&writer.path, error);
            prune(&mut writer.connection, before).map_err(of)
        });
        pruned.await.map_err(store)?.map_err(store)
    }
}

fn store(error: SqliteError) -> AuditError {
    AuditError::Store(Box::new(error))
}

fn record(
    connection: &mut Connection,
    tenant: &TenantId,
    entry: NewAuditEntry,
) -> rusqlite::Result<AuditEntry> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let last = format!("SELECT {COLUMNS} FROM audit ORDER BY seq DESC LIMIT 1");
    let last = transaction.prepare_cached(&last)?.query_row([], entry_of).optional()?;
    let entry = entry.after(tenant, last.as_ref());
    let insert = format!("INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    transaction.prepare_cached(&insert)?.execute(params![
        signed(entry.seq),
        entry.at.as_micros(),
        entry.by,
        entry.act,
        entry.subject,
        entry.detail,
        entry.previous,
        entry.hash,
    ])?;
    transaction.commit()?;
    Ok(entry)
}

fn read(connection: &Connection, after: u64, limit: u32) -> rusqlite::Result<Vec<AuditEntry>> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    connection.prepare_cached(&sql)?.query_map(params![signed(after), limit], entry_of)?.collect()
}

/// Removes what is before the first entry that has to stay; the newest always has to.
fn prune(connection: &mut Connection, before: Timestamp) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first_kept = "SELECT coalesce((SELECT min(seq) FROM audit WHERE at_us >= ?1), \
         (SELECT max(seq) FROM audit), 0)";
    let first_kept: i64 = transaction.query_row(first_kept, [before.as_micros()], |row| row.get(0))?;
    transaction.execute("UPDATE audit_pruned SET up_to = max(up_to, ?1 - 1)", [first_kept])?;
    let pruned = transaction.execute("DELETE FROM audit WHERE seq < ?1", [first_kept])?;
    transaction.commit()?;
    Ok(u64::try_from(pruned).unwrap_or(u64::MAX))
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        seq: unsigned(row.get(0)?),
        at: Timestamp::from_micros(row.get(1)?),
        by: row.get(2)?,
        act: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
        previous: row.get(6)?,
        hash: row.get(7)?,
    })
}
