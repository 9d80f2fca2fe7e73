//! Forgetting what is kept long enough.

use std::time::Duration;

use crate::{PostgresError, PostgresStore, connections::Param};

/// How many rows one statement removes, so that none takes long.
const MAX_ROWS: i64 = 5_000;

const PURGE_LEASES: &str = "DELETE FROM leases WHERE ctid = ANY(ARRAY(SELECT ctid FROM leases \
     WHERE state = 2 AND over_at < clock_timestamp() - $1::bigint * interval '1 second' LIMIT $2))";
const PURGE_CONTACTS: &str = "DELETE FROM contacts WHERE ctid = ANY(ARRAY(SELECT ctid FROM contacts \
     WHERE updated_at < clock_timestamp() - $1::bigint * interval '1 second' LIMIT $2))";

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Calls that were over.
    pub leases: u64,
    /// Contacts.
    pub contacts: u64,
}

impl PostgresStore {
    /// Forgets calls that were over and contacts that nobody touched for as long as the configuration says. Any host may
    /// do it at any time.
    ///
    /// # Errors
    /// When the control database cannot be written; it may be tried again.
    pub async fn purge(&self) -> Result<Purged, PostgresError> {
        Ok(Purged {
            leases: self.purge_older(PURGE_LEASES, self.config.lease_retention).await?,
            contacts: self.purge_older(PURGE_CONTACTS, self.config.contact_retention).await?,
        })
    }

    async fn purge_older(&self, sql: &str, retention: Duration) -> Result<u64, PostgresError> {
        let seconds = i64::try_from(retention.as_secs()).unwrap_or(i64::MAX);
        let params: [Param<'_>; 2] = [&seconds, &MAX_ROWS];
        let mut purged = 0;
        loop {
            let removed = self.control.client().await?.execute(sql, &params).await?;
            purged += removed;
            if removed < u64::try_from(MAX_ROWS).unwrap_or(0) {
                return Ok(purged);
            }
        }
    }
}
