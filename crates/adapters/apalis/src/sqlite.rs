//! Jobs in a file.

use std::{
    fmt,
    fs::OpenOptions,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use apalis_core::{
    backend::TaskSink,
    task::{builder::TaskBuilder, task_id::TaskId},
};
use apalis_sqlite::{Config, SqliteStorage};
use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use model::TenantId;
use ports::{Enqueued, JobCounts, JobHandler, JobKey, JobRules, JobStatus, Jobs, JobsError, NewJob};
use serde_json::Value;
use sqlx::{
    ConnectOptions, Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use ulid::Ulid;

use crate::{
    JobStoreError,
    row::{Columns, QUEUE, StoredJob, counts, prefix, whole_second},
    service::{Attempts, Postpone},
    worker::{self, KEEP_DONE_SECONDS, KEEP_FAILED_SECONDS, KEEP_WORKERS_SECONDS, one_worker},
};

/// How many connections are open at once; one writes at a time.
const MAX_CONNECTIONS: u32 = 4;
/// How long a connection waits for another that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const ID: &str = "SELECT id FROM Jobs WHERE job_type = ?1 AND idempotency_key = ?2";
const STATUS: &str = "SELECT idempotency_key, status, attempts, max_attempts, last_result FROM Jobs \
     WHERE job_type = ?1 AND idempotency_key = ?2";
const FAILED: &str = "SELECT idempotency_key, status, attempts, max_attempts, last_result FROM Jobs \
     WHERE job_type = ?1 AND (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts) \
     AND substr(idempotency_key, 1, length(?2)) = ?2 ORDER BY done_at DESC, id DESC LIMIT ?3";
const COUNTS: &str = "WITH open AS (SELECT status, attempts < max_attempts AS again, \
     substr(idempotency_key, instr(idempotency_key, ' ') + 1) AS rest \
     FROM Jobs WHERE job_type = ?1 AND status <> 'Done') \
     SELECT substr(rest, 1, instr(rest, ' ') - 1) AS kind, \
     count(*) FILTER (WHERE status IN ('Pending', 'Queued') OR status = 'Failed' AND again), \
     count(*) FILTER (WHERE status = 'Running'), \
     count(*) FILTER (WHERE status = 'Killed' OR status = 'Failed' AND NOT again) \
     FROM open GROUP BY kind";
/// A job that fails now is due again at its `run_at`.
const POSTPONE: &str = "UPDATE Jobs SET run_at = ?2 WHERE id = ?1";
const FORGET_JOBS: &str = "DELETE FROM Jobs WHERE job_type = ?1 AND \
     (status = 'Done' AND done_at < unixepoch() - ?2 OR \
     (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts) AND done_at < unixepoch() - ?3)";
const FORGET_WORKERS: &str = "DELETE FROM Workers WHERE last_seen < unixepoch() - ?1 \
     AND id NOT IN (SELECT lock_by FROM Jobs WHERE lock_by IS NOT NULL)";

/// Jobs in a file of SQLite, which the processes of one host may share.
#[derive(Clone)]
pub struct SqliteJobs {
    path: PathBuf,
    pool: SqlitePool,
    rules: JobRules,
}

impl SqliteJobs {
    /// Opens the file, and makes it if need be.
    ///
    /// # Errors
    /// When it cannot be used, is damaged, or a newer version wrote it.
    pub async fn open(path: impl AsRef<Path>, rules: JobRules) -> Result<Self, JobStoreError> {
        let path = path.as_ref().to_owned();
        create_private(&path).map_err(|source| JobStoreError::File { path: path.clone(), source })?;
        // What is acknowledged survives the process; a power loss may take the newest, and never damages the rest.
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(MAX_CONNECTIONS).connect_with(options).await?;
        // Not `setup`, which would turn synchronous writes off.
        SqliteStorage::migrations().run(&pool).await.map_err(JobStoreError::Schema)?;
        Ok(Self { path, pool, rules })
    }

    fn storage(&self) -> SqliteStorage<Value> {
        let (interval, beats) = worker::heartbeat(&self.rules);
        let config = Config::default()
            .queue(QUEUE)
            .batch_size(1)
            .heartbeat_interval(interval)
            .missed_heartbeats(beats);
        SqliteStorage::new(&self.pool).with_config(config)
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
        let pushed = self.storage().push_task(task.build()).await;
        pushed.map_err(|error| JobStoreError::Push(error.into()))?;
        let found: String = sqlx::query_scalar(ID).bind(QUEUE).bind(key).fetch_one(&self.pool).await?;
        Ok(if found == id.to_string() { Enqueued::New } else { Enqueued::Known })
    }

    fn postpone(&self) -> Postpone {
        let pool = self.pool.clone();
        Arc::new(move |id, delay| {
            let pool = pool.clone();
            Box::pin(async move {
                let at = whole_second(worker::now() + delay);
                let at = i64::try_from(at).unwrap_or(i64::MAX);
                sqlx::query(POSTPONE).bind(id).bind(at).execute(&pool).await?;
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

impl fmt::Debug for SqliteJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJobs").field("path", &self.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl Jobs for SqliteJobs {
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
        let query = sqlx::query(FAILED).bind(QUEUE).bind(prefix(tenant)).bind(limit);
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

fn read(row: &SqliteRow) -> Result<JobStatus, JobStoreError> {
    let columns = Columns {
        key: row.try_get(0)?,
        status: row.try_get(1)?,
        attempts: row.try_get(2)?,
        max_attempts: row.try_get(3)?,
        result: row.try_get(4)?,
    };
    columns.read()
}

/// The file is for its owner alone; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
