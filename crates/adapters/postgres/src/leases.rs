//! Leases: rows of the control database, which begin and run out by its clock.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use model::{CallId, CallKey, Epoch, TenantId, WorkerId};
use ports::{Lease, LeaseCounts, LeaseError, Leases, Offered, Renewal};
use tokio_postgres::Row;

use crate::{
    PostgresError, PostgresStore,
    connections::{Client, Param},
    read::{column, signed, unsigned},
};

/// How often a statement is tried that got into another host's way.
const MAX_TRIES: u32 = 3;

const OFFER: &str =
    "INSERT INTO leases (tenant, call_id, plan) VALUES ($1, $2, $3) ON CONFLICT (tenant, call_id) DO NOTHING";
const TAKE: &str = "UPDATE leases SET owner = $3, epoch = epoch + 1, state = 1, \
     free_at = clock_timestamp() + $4::bigint * interval '1 microsecond' \
     WHERE tenant = $1 AND call_id = $2 AND (state = 0 OR state = 1 AND free_at <= clock_timestamp()) \
     RETURNING tenant, call_id, epoch, plan, checkpoint";
/// Rows that another worker is taking are passed over. The clock is read once, not for each row.
const TAKE_WAITING: &str = "WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now), free AS MATERIALIZED ( \
     SELECT tenant, call_id, free_at FROM leases \
     WHERE state <> 2 AND (state = 0 OR \
     free_at <= (SELECT now FROM clock) - $4::bigint * interval '1 microsecond') \
     ORDER BY free_at LIMIT $2 FOR UPDATE SKIP LOCKED), \
     taken AS (UPDATE leases AS l SET owner = $1, epoch = l.epoch + 1, state = 1, \
     free_at = clock_timestamp() + $3::bigint * interval '1 microsecond' FROM free \
     WHERE l.tenant = free.tenant AND l.call_id = free.call_id \
     RETURNING l.tenant, l.call_id, l.epoch, l.plan, l.checkpoint, free.free_at AS since) \
     SELECT tenant, call_id, epoch, plan, checkpoint FROM taken ORDER BY since";
const RENEW: &str = "UPDATE leases AS l SET free_at = clock_timestamp() + $2::bigint * interval '1 microsecond', \
     checkpoint = coalesce(r.checkpoint, l.checkpoint) \
     FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[]) AS r (tenant, call_id, epoch, checkpoint) \
     WHERE l.tenant = r.tenant AND l.call_id = r.call_id AND l.owner = $1 AND l.epoch = r.epoch AND l.state = 1 \
     RETURNING l.tenant, l.call_id";
const HAND_OVER: &str = "UPDATE leases AS l SET free_at = clock_timestamp(), owner = NULL, state = 0, \
     checkpoint = coalesce(r.checkpoint, l.checkpoint) \
     FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) AS r (tenant, call_id, epoch, checkpoint) \
     WHERE l.tenant = r.tenant AND l.call_id = r.call_id AND l.owner = $1 AND l.epoch = r.epoch AND l.state = 1";
/// The row stays, so that the call is not begun again; what it held of the call goes.
const FINISH: &str = "UPDATE leases SET state = 2, plan = '', checkpoint = NULL, \
     over_at = coalesce(over_at, clock_timestamp()) \
     WHERE tenant = $1 AND call_id = $2 AND owner = $3 AND epoch = $4 AND state <> 0";
const COUNTS: &str = "SELECT count(*) FILTER (WHERE state = 0 OR free_at <= clock.now), \
     count(*) FILTER (WHERE state = 1 AND free_at > clock.now) \
     FROM leases, (SELECT clock_timestamp() AS now) AS clock WHERE state <> 2";

#[async_trait]
impl Leases for PostgresStore {
    async fn offer(&self, key: &CallKey, plan: &str) -> Result<Offered, LeaseError> {
        let client = self.leases.client().await?;
        let made = client.execute(OFFER, &[&key.tenant.as_str(), &key.call.as_str(), &plan]).await?;
        Ok(if made == 1 { Offered::New } else { Offered::Known })
    }

    async fn take(
        &self,
        key: &CallKey,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Lease>, LeaseError> {
        let client = self.leases.client().await?;
        let (tenant, call) = (key.tenant.as_str(), key.call.as_str());
        let row = client.row(TAKE, &[&tenant, &call, &worker.as_str(), &micros(ttl)]).await?;
        Ok(row.map(|row| self.lease(&row)).transpose()?)
    }

    async fn take_waiting(
        &self,
        worker: &WorkerId,
        limit: u32,
        ttl: Duration,
        grace: Duration,
    ) -> Result<Vec<Lease>, LeaseError> {
        let (limit, ttl, grace) = (i64::from(limit), micros(ttl), micros(grace));
        let params: [Param<'_>; 4] = [&worker.as_str(), &limit, &ttl, &grace];
        let rows = self.again(TAKE_WAITING, &params).await?;
        let leases: Result<_, PostgresError> = rows.iter().map(|row| self.lease(row)).collect();
        Ok(leases?)
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
        let of = Columns::of(renewals);
        let ttl = micros(ttl);
        let params: [Param<'_>; 6] =
            [&worker.as_str(), &ttl, &of.tenants, &of.calls, &of.epochs, &of.checkpoints];
        let rows = self.again(RENEW, &params).await?;
        let kept: Result<BTreeSet<CallKey>, PostgresError> = rows.iter().map(|row| self.key(row)).collect();
        let kept = kept?;
        let lost = renewals.iter().filter(|renewal| !kept.contains(&renewal.key));
        Ok(lost.map(|renewal| renewal.key.clone()).collect())
    }

    async fn hand_over(&self, worker: &WorkerId, held: &[Renewal]) -> Result<(), LeaseError> {
        if held.is_empty() {
            return Ok(());
        }
        let of = Columns::of(held);
        let params: [Param<'_>; 5] = [&worker.as_str(), &of.tenants, &of.calls, &of.epochs, &of.checkpoints];
        Ok(self.again(HAND_OVER, &params).await.map(drop)?)
    }

    async fn finish(&self, worker: &WorkerId, key: &CallKey, epoch: Epoch) -> Result<bool, LeaseError> {
        let (tenant, call, epoch) = (key.tenant.as_str(), key.call.as_str(), signed(epoch.get()));
        let client = self.leases.client().await?;
        Ok(client.execute(FINISH, &[&tenant, &call, &worker.as_str(), &epoch]).await? == 1)
    }

    async fn counts(&self) -> Result<LeaseCounts, LeaseError> {
        let row = self.leases.client().await?.row(COUNTS, &[]).await?;
        let Some(row) = row else { return Ok(LeaseCounts::default()) };
        let count = |n| column::<i64>(&self.leases, "leases", &row, n).map(unsigned);
        Ok(LeaseCounts { waiting: count(0)?, owned: count(1)? })
    }
}

impl PostgresStore {
    /// The rows that a statement over many leases gives. Two such may wait for each other, of which the server ends one.
    async fn again(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, PostgresError> {
        let mut tries = 1;
        loop {
            let client: Client = self.leases.client().await?;
            match client.rows(sql, params).await {
                Err(error) if error.is_conflict() && tries < MAX_TRIES => tries += 1,
                rows => return rows,
            }
        }
    }

    fn lease(&self, row: &Row) -> Result<Lease, PostgresError> {
        Ok(Lease {
            key: self.key(row)?,
            epoch: Epoch::new(unsigned(column(&self.leases, "leases", row, 2)?)),
            plan: column(&self.leases, "leases", row, 3)?,
            checkpoint: column(&self.leases, "leases", row, 4)?,
        })
    }

    fn key(&self, row: &Row) -> Result<CallKey, PostgresError> {
        let text = |n| column::<String>(&self.leases, "leases", row, n);
        let unreadable = |_| PostgresError::Row { database: self.leases.name().to_owned(), table: "leases" };
        let tenant = TenantId::new(text(0)?).map_err(unreadable)?;
        Ok(CallKey::new(tenant, CallId::new(text(1)?).map_err(unreadable)?))
    }
}

/// Renewals by column.
struct Columns<'r> {
    tenants: Vec<&'r str>,
    calls: Vec<&'r str>,
    epochs: Vec<i64>,
    checkpoints: Vec<Option<&'r str>>,
}

impl<'r> Columns<'r> {
    fn of(renewals: &'r [Renewal]) -> Self {
        Self {
            tenants: renewals.iter().map(|renewal| renewal.key.tenant.as_str()).collect(),
            calls: renewals.iter().map(|renewal| renewal.key.call.as_str()).collect(),
            epochs: renewals.iter().map(|renewal| signed(renewal.epoch.get())).collect(),
            checkpoints: renewals.iter().map(|renewal| renewal.checkpoint.as_deref()).collect(),
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
