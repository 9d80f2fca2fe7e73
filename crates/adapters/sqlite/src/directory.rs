//! What is known of contacts.

use std::time::Duration;

use async_trait::async_trait;
use contacts::ContactRecord;
use model::{ContactId, FragmentNumber, StreamName, TenantId, Timestamp};
use ports::{ContactDirectory, DirectoryError, Put};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::{
    SqliteControl, SqliteError,
    control::remove_before,
    projections::{unreadable, unwritable},
};

/// How long a contact is known that nobody touches. No call lasts nearly as long.
const RETENTION: Duration = Duration::from_secs(48 * 60 * 60);

/// The contact directory in a folder's control file.
#[derive(Clone, Debug)]
pub struct SqliteContacts {
    control: SqliteControl,
}

impl SqliteContacts {
    pub(crate) const fn new(control: SqliteControl) -> Self {
        Self { control }
    }
}

#[async_trait]
impl ContactDirectory for SqliteContacts {
    async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Put, DirectoryError> {
        let tenant = tenant.clone();
        let put = self.control.write(move |transaction, now| {
            let known = find(transaction, &tenant, &record.contact_id, now)?;
            let is_new = known.is_none();
            // Merged into nothing, a new record comes under the same rules and bounds as a known one.
            let mut merged =
                known.unwrap_or_else(|| ContactRecord::new(record.contact_id.clone(), record.updated_at));
            let is_news = merged.merge(record) || is_new;
            store(transaction, &tenant, &merged, now)?;
            Ok(Put { record: merged, is_news })
        });
        Ok(put.await?)
    }

    async fn find(
        &self,
        tenant: &TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactRecord>, DirectoryError> {
        let (tenant, contacts) = (tenant.clone(), contacts.to_vec());
        let found = self.control.read(move |transaction, now| {
            let mut found = Vec::new();
            for contact in &contacts {
                found.extend(find(transaction, &tenant, contact, now)?);
            }
            Ok(found)
        });
        Ok(found.await?)
    }

    async fn latest_on_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError> {
        let (tenant, stream) = (tenant.clone(), stream.clone());
        let found = self.control.read(move |transaction, now| {
            // Of two that began at the same time the later fragment settles it: the longer number is the larger one.
            let sql = "SELECT json FROM contacts WHERE tenant = ?1 AND stream = ?2 AND touched_at_us > ?3 \
                 ORDER BY started_at_us DESC, length(start_fragment) DESC, start_fragment DESC LIMIT 1";
            let values = params![tenant.as_str(), stream.as_str(), oldest(now)];
            transaction.prepare_cached(sql)?.query_row(values, |row| record(0, row)).optional()
        });
        Ok(found.await?.flatten())
    }

    async fn erase(&self, tenant: &TenantId, contact: &ContactId) -> Result<bool, DirectoryError> {
        let (tenant, contact) = (tenant.clone(), contact.clone());
        let erased = self.control.write(move |transaction, _| {
            let sql = "DELETE FROM contacts WHERE tenant = ?1 AND contact_id = ?2";
            transaction.prepare_cached(sql)?.execute(params![tenant.as_str(), contact.as_str()])
        });
        let erased = erased.await? > 0;
        self.control.empty_wal().await?;
        Ok(erased)
    }

    async fn waiting_for_stream(&self, limit: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError> {
        let waiting = self.control.read(move |transaction, now| {
            let sql = "SELECT tenant, json FROM contacts WHERE waits = 1 AND touched_at_us > ?1 \
                 ORDER BY heard_at_us LIMIT ?2";
            let row = |row: &Row<'_>| {
                let tenant = TenantId::new(row.get::<_, String>(0)?).map_err(|error| unreadable(0, error))?;
                Ok(record(1, row)?.map(|record| (tenant, record)))
            };
            let waiting: Vec<_> = transaction
                .prepare_cached(sql)?
                .query_map(params![oldest(now), limit], row)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(waiting.into_iter().flatten().collect())
        });
        Ok(waiting.await?)
    }
}

impl From<SqliteError> for DirectoryError {
    fn from(error: SqliteError) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Forgets contacts that nobody has touched for long.
pub(crate) fn purge(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    remove_before(transaction, "DELETE FROM contacts WHERE touched_at_us <= ?1", now - RETENTION)?;
    Ok(())
}

/// Rows that were touched then or before are forgotten, though they may not have been removed yet.
fn oldest(now: Timestamp) -> i64 {
    (now - RETENTION).as_micros()
}

fn find(
    connection: &Connection,
    tenant: &TenantId,
    contact: &ContactId,
    now: Timestamp,
) -> rusqlite::Result<Option<ContactRecord>> {
    let sql = "SELECT json FROM contacts WHERE tenant = ?1 AND contact_id = ?2 AND touched_at_us > ?3";
    let values = params![tenant.as_str(), contact.as_str(), oldest(now)];
    let found = connection.prepare_cached(sql)?.query_row(values, |row| record(0, row)).optional()?;
    Ok(found.flatten())
}

/// Writes all of a row but when it was first heard of, which stays unless the row was forgotten.
fn store(
    connection: &Connection,
    tenant: &TenantId,
    record: &ContactRecord,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO contacts \
         (tenant, contact_id, stream, started_at_us, start_fragment, waits, heard_at_us, touched_at_us, json) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8) \
         ON CONFLICT (tenant, contact_id) DO UPDATE SET stream = excluded.stream, \
         started_at_us = excluded.started_at_us, start_fragment = excluded.start_fragment, \
         waits = excluded.waits, json = excluded.json, touched_at_us = excluded.touched_at_us, \
         heard_at_us = CASE WHEN contacts.touched_at_us > ?9 THEN contacts.heard_at_us ELSE ?7 END";
    let json = serde_json::to_string(record).map_err(unwritable)?;
    connection.prepare_cached(sql)?.execute(params![
        tenant.as_str(),
        record.contact_id.as_str(),
        record.stream.as_ref().map(|stream| stream.name.as_str()),
        record.started_at.map(Timestamp::as_micros),
        record.start_fragment.as_ref().map(FragmentNumber::as_str),
        record.waits_for_stream(),
        now.as_micros(),
        json,
        oldest(now),
    ])?;
    Ok(())
}

/// A row's record. One that cannot be read is as good as unknown: what is put next replaces it.
fn record(column: usize, row: &Row<'_>) -> rusqlite::Result<Option<ContactRecord>> {
    let json: String = row.get(column)?;
    let read = serde_json::from_str(&json);
    if let Err(error) = &read {
        // The parser's own words could hold a name.
        tracing::warn!(column = error.column(), "a contact's row cannot be read and is passed over");
    }
    Ok(read.ok())
}
