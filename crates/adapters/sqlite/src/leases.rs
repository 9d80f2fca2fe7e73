//! Who owns which call.

use std::time::Duration;

use async_trait::async_trait;
use model::{CallId, CallKey, Epoch, TenantId, Timestamp, WorkerId};
use ports::{Lease, LeaseCounts, LeaseError, Leases, Offered, Renewal};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::{
    SqliteControl, SqliteError,
    control::remove_before,
    projections::{signed, unreadable, unsigned},
};

/// How long a call that is over stays known, so that a late offer does not begin it again.
const DONE_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The leases in a folder's control file. Their clock is the host's.
#[derive(Clone, Debug)]
pub struct SqliteLeases {
    control: SqliteControl,
}

impl SqliteLeases {
    pub(crate) const fn new(control: SqliteControl) -> Self {
        Self { control }
    }

    /// Frees all leases of other workers, and says how many: what a process that died left is not waited for.
    ///
    /// Only for a process that is alone with its folder, when it starts. Nothing here keeps others out: a worker that
    /// is alive after all loses its calls to whoever takes them, and the event log fences it off.
    ///
    /// # Errors
    /// When the file fails.
    pub async fn release_all(&self, worker: &WorkerId) -> Result<u64, SqliteError> {
        let worker = worker.clone();
        self.control
            .write(move |transaction, now| {
                let sql = "UPDATE leases SET owner = NULL, free_at_us = ?1 \
                     WHERE done = 0 AND owner IS NOT NULL AND owner <> ?2";
                let freed =
                    transaction.prepare_cached(sql)?.execute(params![now.as_micros(), worker.as_str()])?;
                Ok(u64::try_from(freed).unwrap_or(u64::MAX))
            })
            .await
    }
}

#[async_trait]
impl Leases for SqliteLeases {
    async fn offer(&self, key: &CallKey, plan: &str) -> Result<Offered, LeaseError> {
        let (key, plan) = (key.clone(), plan.to_owned());
        let offered = self.control.write(move |transaction, now| {
            let sql = "INSERT INTO leases (tenant, call_id, plan, epoch, free_at_us, done) \
                 VALUES (?1, ?2, ?3, 0, ?4, 0) ON CONFLICT DO NOTHING";
            let values = params![key.tenant.as_str(), key.call.as_str(), plan, now.as_micros()];
            let inserted = transaction.prepare_cached(sql)?.execute(values)?;
            Ok(if inserted == 1 { Offered::New } else { Offered::Known })
        });
        Ok(offered.await?)
    }

    async fn take(
        &self,
        key: &CallKey,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Lease>, LeaseError> {
        let (key, worker) = (key.clone(), worker.clone());
        let taken =
            self.control.write(move |transaction, now| take(transaction, key, &worker, now, now + ttl));
        Ok(taken.await?)
    }

    async fn take_waiting(
        &self,
        worker: &WorkerId,
        limit: u32,
        ttl: Duration,
        grace: Duration,
    ) -> Result<Vec<Lease>, LeaseError> {
        let worker = worker.clone();
        let taken = self.control.write(move |transaction, now| {
            let mut taken = Vec::new();
            for key in waiting(transaction, now - grace, limit)? {
                taken.extend(take(transaction, key, &worker, now, now + ttl)?);
            }
            Ok(taken)
        });
        Ok(taken.await?)
    }

    async fn renew(
        &self,
        worker: &WorkerId,
        renewals: &[Renewal],
        ttl: Duration,
    ) -> Result<Vec<CallKey>, LeaseError> {
        if renewals.is_empty() {
            return Ok(Vec::new());
        }
        let (worker, renewals) = (worker.clone(), renewals.to_vec());
        let lost = self.control.write(move |transaction, now| {
            let mut lost = Vec::new();
            for renewal in renewals {
                if !hold(transaction, &worker, &renewal, now + ttl, Some(&worker))? {
                    lost.push(renewal.key);
                }
            }
            Ok(lost)
        });
        Ok(lost.await?)
    }

    async fn hand_over(&self, worker: &WorkerId, held: &[Renewal]) -> Result<(), LeaseError> {
        let (worker, held) = (worker.clone(), held.to_vec());
        let handed_over = self.control.write(move |transaction, now| {
            for given in &held {
                hold(transaction, &worker, given, now, None)?;
            }
            Ok(())
        });
        Ok(handed_over.await?)
    }

    async fn finish(&self, worker: &WorkerId, key: &CallKey, epoch: Epoch) -> Result<bool, LeaseError> {
        let (worker, key) = (worker.clone(), key.clone());
        let finished = self.control.write(move |transaction, now| {
            // Nobody needs the plan and the checkpoint any more.
            let sql = "UPDATE leases SET done = 1, free_at_us = ?1, plan = '', checkpoint = NULL \
                 WHERE tenant = ?2 AND call_id = ?3 AND owner = ?4 AND epoch = ?5";
            let values = params![
                now.as_micros(),
                key.tenant.as_str(),
                key.call.as_str(),
                worker.as_str(),
                signed(epoch.get())
            ];
            Ok(transaction.prepare_cached(sql)?.execute(values)? == 1)
        });
        Ok(finished.await?)
    }

    async fn counts(&self) -> Result<LeaseCounts, LeaseError> {
        let counts = self.control.read(|transaction, now| {
            let sql = "SELECT count(*) FILTER (WHERE owner IS NULL OR free_at_us <= ?1), count(*) \
                 FROM leases WHERE done = 0";
            let (waiting, open): (i64, i64) = transaction
                .prepare_cached(sql)?
                .query_row([now.as_micros()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(LeaseCounts { waiting: unsigned(waiting), owned: unsigned(open - waiting) })
        });
        Ok(counts.await?)
    }
}

impl From<SqliteError> for LeaseError {
    fn from(error: SqliteError) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Forgets calls that have long been over.
pub(crate) fn purge(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "DELETE FROM leases WHERE done = 1 AND free_at_us < ?1";
    remove_before(transaction, sql, now - DONE_RETENTION)?;
    Ok(())
}

/// Calls that wait for an owner, or whose lease ran out at `ran_out` or before; those that wait longest first.
fn waiting(transaction: &Transaction<'_>, ran_out: Timestamp, limit: u32) -> rusqlite::Result<Vec<CallKey>> {
    let sql = "SELECT tenant, call_id FROM leases WHERE done = 0 AND (owner IS NULL OR free_at_us <= ?1) \
         ORDER BY free_at_us LIMIT ?2";
    let key = |row: &Row<'_>| {
        let tenant = TenantId::new(row.get::<_, String>(0)?).map_err(|error| unreadable(0, error))?;
        let call = CallId::new(row.get::<_, String>(1)?).map_err(|error| unreadable(1, error))?;
        Ok(CallKey::new(tenant, call))
    };
    transaction.prepare_cached(sql)?.query_map(params![ran_out.as_micros(), limit], key)?.collect()
}

/// Gives a call to a worker, if it waits for an owner.
fn take(
    transaction: &Transaction<'_>,
    key: CallKey,
    worker: &WorkerId,
    now: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<Option<Lease>> {
    let sql = "UPDATE leases SET owner = ?1, epoch = epoch + 1, free_at_us = ?2 \
         WHERE tenant = ?3 AND call_id = ?4 AND done = 0 AND (owner IS NULL OR free_at_us <= ?5) \
         RETURNING epoch, plan, checkpoint";
    let values =
        params![worker.as_str(), until.as_micros(), key.tenant.as_str(), key.call.as_str(), now.as_micros()];
    let columns = |row: &Row<'_>| Ok((unsigned(row.get(0)?), row.get(1)?, row.get(2)?));
    let taken = transaction.prepare_cached(sql)?.query_row(values, columns).optional()?;
    Ok(taken.map(|(epoch, plan, checkpoint)| Lease { key, epoch: Epoch::new(epoch), plan, checkpoint }))
}

/// Stores a checkpoint and who has the call from now on; false when it is not the worker's.
fn hold(
    transaction: &Transaction<'_>,
    worker: &WorkerId,
    held: &Renewal,
    free_at: Timestamp,
    owner: Option<&WorkerId>,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE leases SET owner = ?1, free_at_us = ?2, checkpoint = coalesce(?3, checkpoint) \
         WHERE tenant = ?4 AND call_id = ?5 AND owner = ?6 AND epoch = ?7 AND done = 0";
    let values = params![
        owner.map(WorkerId::as_str),
        free_at.as_micros(),
        held.checkpoint,
        held.key.tenant.as_str(),
        held.key.call.as_str(),
        worker.as_str(),
        signed(held.epoch.get()),
    ];
    Ok(transaction.prepare_cached(sql)?.execute(values)? == 1)
}
