//! The contact directory: rows of the control database.

use async_trait::async_trait;
use contacts::ContactRecord;
use model::{ContactId, StreamName, TenantId, Timestamp};
use ports::{ContactDirectory, DirectoryError, Put};
use tokio_postgres::Row;

use crate::{PostgresError, PostgresStore, connections::Client, read::column};

/// How often a record is merged again because another writer came first. One of them comes through each time.
const MAX_TRIES: u32 = 64;

const FIND: &str = "SELECT json, version FROM contacts WHERE tenant = $1 AND contact_id = $2";
const FIND_MANY: &str = "SELECT json FROM contacts WHERE tenant = $1 AND contact_id = ANY($2)";
const LATEST: &str = "SELECT json FROM contacts WHERE tenant = $1 AND stream_name = $2 \
     ORDER BY started_at_us DESC NULLS LAST, updated_at DESC LIMIT 1";
const WAITING: &str = "SELECT tenant, json FROM contacts WHERE waiting ORDER BY made_at LIMIT $1";
const INSERT: &str = "INSERT INTO contacts (tenant, contact_id, version, json, stream_name, started_at_us, waiting) \
     VALUES ($1, $2, 1, $3, $4, $5, $6) ON CONFLICT (tenant, contact_id) DO NOTHING";
const UPDATE: &str = "UPDATE contacts SET version = version + 1, json = $3, stream_name = $4, started_at_us = $5, \
     waiting = $6, updated_at = clock_timestamp() WHERE tenant = $1 AND contact_id = $2 AND version = $7";
const ERASE: &str = "DELETE FROM contacts WHERE tenant = $1 AND contact_id = $2";
/// A contact of which is heard is touched, but not written again and again.
const TOUCH: &str = "UPDATE contacts SET updated_at = clock_timestamp() WHERE tenant = $1 AND contact_id = $2 \
     AND updated_at < clock_timestamp() - interval '1 hour'";

#[async_trait]
impl ContactDirectory for PostgresStore {
    async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Put, DirectoryError> {
        let client = self.control.client().await?;
        for _ in 0..MAX_TRIES {
            if let Some(put) = self.try_put(&client, tenant, &record).await? {
                return Ok(put);
            }
        }
        Err(PostgresError::Contended.into())
    }

    async fn find(
        &self,
        tenant: &TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactRecord>, DirectoryError> {
        let names: Vec<&str> = contacts.iter().map(ContactId::as_str).collect();
        let client = self.control.client().await?;
        let rows = client.rows(FIND_MANY, &[&tenant.as_str(), &names]).await?;
        let records: Result<_, PostgresError> = rows.iter().map(|row| self.record(row, 0)).collect();
        Ok(records?)
    }

    async fn latest_on_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError> {
        let client = self.control.client().await?;
        let row = client.row(LATEST, &[&tenant.as_str(), &stream.as_str()]).await?;
        Ok(row.map(|row| self.record(&row, 0)).transpose()?)
    }

    async fn erase(&self, tenant: &TenantId, contact: &ContactId) -> Result<bool, DirectoryError> {
        let client = self.control.client().await?;
        Ok(client.execute(ERASE, &[&tenant.as_str(), &contact.as_str()]).await? > 0)
    }

    async fn waiting_for_stream(&self, limit: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError> {
        let client = self.control.client().await?;
        let rows = client.rows(WAITING, &[&i64::from(limit)]).await?;
        let waiting = |row: &Row| {
            let tenant: String = column(&self.control, "contacts", row, 0)?;
            let tenant = TenantId::new(tenant).map_err(|_| self.unreadable_contact())?;
            Ok((tenant, self.record(row, 1)?))
        };
        let read: Vec<Result<_, PostgresError>> = rows.iter().map(waiting).collect();
        let unreadable = read.iter().filter(|record| record.is_err()).count();
        if unreadable > 0 {
            // They must not keep the others waiting.
            tracing::warn!(contacts = unreadable, "contacts that wait for their stream cannot be read");
        }
        Ok(read.into_iter().flatten().collect())
    }
}

impl PostgresStore {
    /// Merges and writes, unless another writer comes first.
    async fn try_put(
        &self,
        client: &Client,
        tenant: &TenantId,
        record: &ContactRecord,
    ) -> Result<Option<Put>, PostgresError> {
        let (tenant, contact) = (tenant.as_str(), record.contact_id.as_str());
        let Some(row) = client.row(FIND, &[&tenant, &contact]).await? else {
            let of = Columns::of(record)?;
            let made = client
                .execute(INSERT, &[&tenant, &contact, &of.json, &of.stream, &of.started_at, &of.waiting])
                .await?;
            return Ok((made == 1).then(|| Put { record: record.clone(), is_news: true }));
        };
        let mut known = self.record(&row, 0)?;
        let version: i64 = column(&self.control, "contacts", &row, 1)?;
        if !known.merge(record.clone()) {
            client.execute(TOUCH, &[&tenant, &contact]).await?;
            return Ok(Some(Put { record: known, is_news: false }));
        }
        let of = Columns::of(&known)?;
        let written = client
            .execute(
                UPDATE,
                &[&tenant, &contact, &of.json, &of.stream, &of.started_at, &of.waiting, &version],
            )
            .await?;
        Ok((written == 1).then_some(Put { record: known, is_news: true }))
    }

    fn record(&self, row: &Row, n: usize) -> Result<ContactRecord, PostgresError> {
        let json: String = column(&self.control, "contacts", row, n)?;
        serde_json::from_str(&json).map_err(|_| self.unreadable_contact())
    }

    fn unreadable_contact(&self) -> PostgresError {
        PostgresError::Row { database: self.control.name().to_owned(), table: "contacts" }
    }
}

/// What is looked for, beside the record.
struct Columns<'r> {
    json: String,
    stream: Option<&'r str>,
    started_at: Option<i64>,
    waiting: bool,
}

impl<'r> Columns<'r> {
    fn of(record: &'r ContactRecord) -> Result<Self, PostgresError> {
        Ok(Self {
            json: serde_json::to_string(record).map_err(|_| PostgresError::Unwritable)?,
            stream: record.stream.as_ref().map(|stream| stream.name.as_str()),
            started_at: record.started_at.map(Timestamp::as_micros),
            waiting: record.waits_for_stream(),
        })
    }
}
