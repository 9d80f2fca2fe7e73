//! Jobs in a PostgreSQL that many hosts share.

use std::{fmt, num::NonZeroUsize, str::FromStr, sync::Arc, time::Duration};

use apalis_core::{
    backend::{TaskSink, TaskSinkError},
    task::{builder::TaskBuilder, task_id::TaskId},
};
use apalis_postgres::{Config, Error as PushError, PostgresStorage};
use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use model::TenantId;
use ports::{Enqueued, JobCounts, JobHandler, JobKey, JobRules, JobStatus, Jobs, JobsError, NewJob};
use serde_json::Value;
use sqlx::{
    ConnectOptions, PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow, PgSslMode},
};
use ulid::Ulid;

use crate::{
    JobStoreError,
    row::{Columns, QUEUE, StoredJob, counts, prefix, whole_second},
    service::{Attempts, Postpone},
    worker::{self, KEEP_DONE_SECONDS, KEEP_FAILED_SECONDS, KEEP_WORKERS_SECONDS, one_worker},
};

/// How many connections a process holds for its jobs at the most.
const MAX_CONNECTIONS: u32 = 4;
/// How long one is waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

const ID: &str = "SELECT id FROM apalis.jobs WHERE job_type = $1 AND idempotency_key = $2";
const STATUS: &str = "SELECT idempotency_key, status, attempts::bigint, max_attempts::bigint, last_result::text \
     FROM apalis.jobs WHERE job_type = $1 AND idempotency_key = $2";
const FAILED: &str = "SELECT idempotency_key, status, attempts::bigint, max_attempts::bigint, last_result::text \
     FROM apalis.jobs \
     WHERE job_type = $1 AND (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts) \
     AND starts_with(idempotency_key, $2) ORDER BY done_at DESC, id DESC LIMIT $3";
const COUNTS: &str = "SELECT split_part(idempotency_key, ' ', 2) AS kind, \
     count(*) FILTER (WHERE status IN ('Pending', 'Queued') OR status = 'Failed' AND attempts < max_attempts), \
     count(*) FILTER (WHERE status = 'Running'), \
     count(*) FILTER (WHERE status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts) \
     FROM apalis.jobs WHERE job_type = $1 AND status <> 'Done' GROUP BY kind";
/// A job that fails now is due again at its `run_at`.
const POSTPONE: &str =
    "UPDATE apalis.jobs SET run_at = clock_timestamp() + $2 * interval '1 second' WHERE id = $1";
const FORGET_JOBS: &str = "DELETE FROM apalis.jobs WHERE job_type = $1 AND \
     (status = 'Done' AND done_at < now() - $2 * interval '1 second' OR \
     (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts) \
     AND done_at < now() - $3 * interval '1 second')";
const FORGET_WORKERS: &str = "DELETE FROM apalis.workers AS w \
     WHERE last_seen < now() - $1 * interval '1 second' \
     AND NOT EXISTS (SELECT FROM apalis.jobs AS j WHERE j.lock_by = w.id)";

/// Jobs in a database, which many hosts share.
#[derive(Clone)]
pub struct PostgresJobs {
    pool: PgPool,
    rules: JobRules,
}

impl PostgresJobs {
    /// Connects, and brings the tables up to date. The address is as the event log's: a server's certificate is always
    /// verified, and `sslmode=disable` is for one without TLS.
    ///
    /// # Errors
    /// When the server cannot be reached, the tables cannot be made, or a newer version made them.
    pub async fn connect(url: &str, rules: JobRules) -> Result<Self, JobStoreError> {
        let options = connect_options(url).await?;
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        PostgresStorage::migrations().run(&pool).await.map_err(JobStoreError::Schema)?;
        Ok(Self { pool, rules })
    }

    fn storage(&self) -> PostgresStorage<Value> {
        let (interval, beats) = worker::heartbeat(&self.rules);
        let config = Config::default()
            .queue(QUEUE)
            .batch_size(1)
            .heartbeat_interval(interval)
            .missed_heartbeats(beats);
        PostgresStorage::new(&self.pool).with_config(config)
    }

    async fn push(&self, job: NewJob) -> Result<Enqueued, JobStoreError> {
        let (key, id) = (job.key.as_text(), Ulid::generate());
        let stored = StoredJob::of(&job.key, job.payload);
        let stored = serde_json::to_value(stored).map_err(|error| JobStoreError::Push(error.into()))?;
        let mut task = TaskBuilder::new(stored)
            .task_id(TaskId::from_ulid(id))
            .idempotency_key(key.clone())
            .max_attempts(usize::try_from(self.rules.max_attempts).unwrap_or(usize::MAX));
        if let Some(at) = job.not_before {
            task = task.run_at_timestamp(whole_second(at));
        }
        match self.storage().push_task(task.build()).await {
            Ok(()) => {}
            Err(error) if is_known(&error) => return Ok(Enqueued::Known),
            Err(error) => return Err(JobStoreError::Push(error.into())),
        }
        let found: String = sqlx::query_scalar(ID).bind(QUEUE).bind(key).fetch_one(&self.pool).await?;
        Ok(if found == id.to_string() { Enqueued::New } else { Enqueued::Known })
    }

    fn postpone(&self) -> Postpone {
        let pool = self.pool.clone();
        Arc::new(move |id, delay| {
            let pool = pool.clone();
            Box::pin(async move {
                let seconds = delay.as_secs_f64();
                sqlx::query(POSTPONE).bind(id).bind(seconds).execute(&pool).await?;
                Ok(())
            })
        })
    }

    async fn forget(&self) -> Result<(), JobStoreError> {
        let forget = sqlx::query(FORGET_JOBS).bind(QUEUE).bind(KEEP_DONE_SECONDS).bind(KEEP_FAILED_SECONDS);
        forget.execute(&self.pool).await?;
        sqlx::query(FORGET_WORKERS).bind(KEEP_WORKERS_SECONDS).execute(&self.pool).await?;
        Ok(())
    }
}

impl fmt::Debug for PostgresJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresJobs")
    }
}

#[async_trait]
impl Jobs for PostgresJobs {
    async fn enqueue(&self, job: NewJob) -> Result<Enqueued, JobsError> {
        Ok(self.push(job).await?)
    }

    async fn run(
        &self,
        handler: Arc<dyn JobHandler>,
        at_once: NonZeroUsize,
        stop: BoxFuture<'static, ()>,
    ) -> Result<(), JobsError> {
        let stop = stop.shared();
        let attempts = Attempts { handler, rules: self.rules, postpone: self.postpone() };
        let (storage, told) = (self.storage(), stop.clone());
        let one = move |name| one_worker!(name, storage.clone(), attempts.clone(), at_once, told);
        let jobs = self.clone();
        let forget = move || {
            let jobs = jobs.clone();
            async move { jobs.forget().await }.boxed()
        };
        worker::run(stop, one, forget).await;
        Ok(())
    }

    async fn status(&self, key: &JobKey) -> Result<Option<JobStatus>, JobsError> {
        let row = sqlx::query(STATUS).bind(QUEUE).bind(key.as_text()).fetch_optional(&self.pool).await;
        let row = row.map_err(JobStoreError::from)?;
        Ok(row.map(|row| read(&row)).transpose()?)
    }

    async fn failed(&self, tenant: &TenantId, limit: u32) -> Result<Vec<JobStatus>, JobsError> {
        let query = sqlx::query(FAILED).bind(QUEUE).bind(prefix(tenant)).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.map_err(JobStoreError::from)?;
        let failed: Result<_, JobStoreError> = rows.iter().map(read).collect();
        Ok(failed?)
    }

    async fn counts(&self) -> Result<Vec<JobCounts>, JobsError> {
        let rows = sqlx::query_as(COUNTS).bind(QUEUE).fetch_all(&self.pool).await;
        let all: Result<_, JobStoreError> =
            rows.map_err(JobStoreError::from)?.into_iter().map(counts).collect();
        Ok(all?)
    }
}

fn read(row: &PgRow) -> Result<JobStatus, JobStoreError> {
    let columns = Columns {
        key: row.try_get(0)?,
        status: row.try_get(1)?,
        attempts: row.try_get(2)?,
        max_attempts: row.try_get(3)?,
        result: row.try_get(4)?,
    };
    columns.read()
}

/// Whether there is a job of the key already.
fn is_known(error: &TaskSinkError<PushError>) -> bool {
    let TaskSinkError::PushError(PushError::Database(sqlx::Error::Database(error))) = error else {
        return false;
    };
    error.is_unique_violation()
}

/// An address as the event log's. The library would take any certificate where none is asked to be verified.
async fn connect_options(url: &str) -> Result<PgConnectOptions, JobStoreError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(JobStoreError::Url);
    }
    // What the parser says could quote the password.
    let options = PgConnectOptions::from_str(url).map_err(|_| JobStoreError::Url)?;
    let options = options.application_name("trunkline-jobs").disable_statement_logging();
    let verified = options.clone().ssl_mode(PgSslMode::VerifyFull);
    match options.get_ssl_mode() {
        PgSslMode::Disable => Ok(options),
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => Ok(verified),
        PgSslMode::Allow | PgSslMode::Prefer => match verified.connect().await {
            // A server without TLS, which the address allows.
            Err(sqlx::Error::Tls(error)) if error.to_string().contains("does not support TLS") => {
                Ok(options.ssl_mode(PgSslMode::Disable))
            }
            _ => Ok(verified),
        },
    }
}
