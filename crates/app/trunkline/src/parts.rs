//! Opens the engines that a configuration names. Nothing else knows which adapter stands behind a port.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use apalis_jobs::{PostgresJobs, SqliteJobs};
use blob::{FolderBlobStore, S3BlobStore, S3Config};
use config::{
    BlobEngine, BusEngine, Config, ContactsEngine, JobsEngine, KvsEndpoint, QueueEngine, StoreEngine,
};
use dynamodb::{DirectoryConfig, DynamoDbDirectory};
use housekeeping::Kept;
use kvs::{KvsMediaSource, RoleConfig, Roles};
use model::WorkerId;
use ports::{
    AuditLog, BlobStore, Bus, ContactDirectory, EventLog, JobRules, Jobs, Leases, MediaSource, Queue,
};
use postgres::{PostgresConfig, PostgresError, PostgresStore, PostgresUrl};
use redis_bus::{QueueConfig, RedisBus, RedisConfig, RedisQueue};
use sqlite::{SqliteControl, SqliteEventLog};
use sqs::SqsQueue;

use crate::{extras, failure::Failure};

/// How long a store that is away at the start is waited for, and between two tries.
const STORE_PATIENCE: Duration = Duration::from_secs(60);
const STORE_RETRY: Duration = Duration::from_secs(2);
/// How often old leases and contacts are removed.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);

/// Event logs, leases and contacts.
pub(crate) struct Stores {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) leases: Arc<dyn Leases>,
    pub(crate) contacts: Arc<dyn ContactDirectory>,
    pub(crate) audit: Arc<dyn AuditLog>,
}

/// Opens event logs, leases and contacts.
pub(crate) async fn stores(config: &Config, worker: &WorkerId) -> Result<Stores, Failure> {
    let mut stores = match config.store.engine {
        StoreEngine::Sqlite => sqlite_stores(config, worker).await?,
        StoreEngine::Postgres => {
            let store = Arc::new(postgres(config).await?);
            tokio::spawn(purge(Arc::clone(&store)));
            Stores {
                log: Arc::clone(&store) as _,
                leases: Arc::clone(&store) as _,
                contacts: Arc::clone(&store) as _,
                audit: store,
            }
        }
    };
    if config.contacts.engine == ContactsEngine::Dynamodb {
        stores.contacts = Arc::new(dynamodb(config).await);
    }
    Ok(stores)
}

/// The contact directory in DynamoDB.
pub(crate) async fn dynamodb(config: &Config) -> DynamoDbDirectory {
    let table = DirectoryConfig::new(config.contacts.table.as_deref().unwrap_or_default());
    match &config.contacts.endpoint {
        Some(endpoint) => {
            let (access, secret) = environment_keys();
            DynamoDbDirectory::local(endpoint, &config.kvs.region, &access, &secret, table)
        }
        None => DynamoDbDirectory::from_environment(table).await,
    }
}

/// Forgets from time to time what no one asks for any more. Any host may.
async fn purge(store: Arc<PostgresStore>) {
    loop {
        tokio::time::sleep(PURGE_EVERY).await;
        if let Err(error) = store.purge().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old leases and contacts are not removed"
            );
        }
    }
}

/// The process is alone with its folder: what its predecessor held is free at once.
async fn sqlite_stores(config: &Config, worker: &WorkerId) -> Result<Stores, Failure> {
    let folder = config.storage.folder.join("events");
    let shown = folder.display();
    let log = SqliteEventLog::open(&folder)
        .with_context(|| format!("the event log in {shown} cannot be opened"))?;
    let control =
        SqliteControl::open(&folder).with_context(|| format!("the leases in {shown} cannot be opened"))?;
    let leases = control.leases();
    leases.release_all(worker).await.with_context(|| format!("the leases in {shown} cannot be read"))?;
    let log = Arc::new(log);
    Ok(Stores {
        log: Arc::clone(&log) as _,
        leases: Arc::new(leases),
        contacts: Arc::new(control.contacts()),
        audit: log,
    })
}

/// Opens what is kept of calls, beside a server that may run.
pub(crate) async fn kept(config: &Config) -> Result<Kept, Failure> {
    let blobs = blobs(config).await?;
    let mut kept = match config.store.engine {
        StoreEngine::Sqlite => {
            let folder = config.storage.folder.join("events");
            let shown = folder.display();
            if !folder.is_dir() {
                return Err(Failure::input(anyhow!(
                    "there is no event log in {shown}: name the server's folder with --data"
                )));
            }
            let log = SqliteEventLog::open(&folder)
                .with_context(|| format!("the event log in {shown} cannot be opened"))?;
            let control = SqliteControl::open(&folder)
                .with_context(|| format!("the contact directory in {shown} cannot be opened"))?;
            let log = Arc::new(log);
            Kept { log: Arc::clone(&log) as _, blobs, contacts: Arc::new(control.contacts()), audit: log }
        }
        StoreEngine::Postgres => {
            let store = Arc::new(postgres(config).await?);
            Kept { log: Arc::clone(&store) as _, blobs, contacts: Arc::clone(&store) as _, audit: store }
        }
    };
    if config.contacts.engine == ContactsEngine::Dynamodb {
        kept.contacts = Arc::new(dynamodb(config).await);
    }
    Ok(kept)
}

/// Connects to PostgreSQL; a server that is away is waited for.
pub(crate) async fn postgres(config: &Config) -> Result<PostgresStore, Failure> {
    let url = config.store.url.as_ref().map(config::Secret::expose).unwrap_or_default();
    let url: PostgresUrl =
        url.parse().map_err(|error| Failure::config(anyhow::Error::new(error).context("store.url")))?;
    let began = tokio::time::Instant::now();
    loop {
        match PostgresStore::connect(PostgresConfig::new(url.clone())).await {
            Ok(store) => return Ok(store),
            Err(error) if is_away(&error) && began.elapsed() < STORE_PATIENCE => {
                tracing::warn!(error = &error as &dyn std::error::Error, "PostgreSQL is not there yet");
                tokio::time::sleep(STORE_RETRY).await;
            }
            Err(error) => {
                return Err(anyhow::Error::new(error)
                    .context("the store of store.url cannot be opened")
                    .into());
            }
        }
    }
}

const fn is_away(error: &PostgresError) -> bool {
    matches!(error, PostgresError::Connect { .. } | PostgresError::Timeout(_) | PostgresError::Failed { .. })
}

/// Jobs that survive restarts and dead workers.
pub(crate) async fn jobs(config: &Config) -> Result<Arc<dyn Jobs>, Failure> {
    let rules = JobRules::default();
    if config.jobs.engine == JobsEngine::Temporal {
        let Some(open) = extras::get().temporal else {
            let why = "jobs.engine is temporal, which this program is built without: see docs/fleet.md";
            return Err(Failure::config(anyhow!(why)));
        };
        let jobs = open(config.jobs.clone(), rules).await;
        return Ok(jobs.context("the jobs of jobs.url cannot be opened")?);
    }
    match config.store.engine {
        StoreEngine::Sqlite => {
            let file = config.storage.folder.join("jobs.sqlite");
            let jobs = SqliteJobs::open(&file, rules)
                .await
                .with_context(|| format!("the jobs in {} cannot be opened", file.display()))?;
            Ok(Arc::new(jobs))
        }
        StoreEngine::Postgres => Ok(Arc::new(postgres_jobs(config, rules).await?)),
    }
}

/// The jobs' tables in the control database, which are brought up to date.
pub(crate) async fn postgres_jobs(config: &Config, rules: JobRules) -> Result<PostgresJobs, Failure> {
    let url = config.store.url.as_ref().map(config::Secret::expose).unwrap_or_default();
    let jobs = PostgresJobs::connect(url, rules).await;
    Ok(jobs.context("the jobs in the database of store.url cannot be opened")?)
}

/// What hosts tell each other over.
pub(crate) fn bus(config: &Config) -> Result<Option<Arc<dyn Bus>>, Failure> {
    match config.bus.engine {
        BusEngine::None => Ok(None),
        BusEngine::Redis => {
            let url = config.bus.url.as_ref().map(config::Secret::expose).unwrap_or_default();
            let bus = RedisBus::connect(&redis(config, url))
                .map_err(|error| Failure::config(anyhow::Error::new(error).context("bus.url")))?;
            Ok(Some(Arc::new(bus)))
        }
    }
}

/// The Redis of a bus or queue.
pub(crate) fn redis(config: &Config, url: &str) -> RedisConfig {
    let mut redis = RedisConfig::new(url);
    redis.prefix.clone_from(&config.bus.prefix);
    redis.partitions = u32::from(config.bus.partitions);
    redis
}

/// Where triggers wait for a worker.
pub(crate) async fn queue(config: &Config) -> Result<Option<Arc<dyn Queue>>, Failure> {
    let url = config.queue.url.as_ref().or(config.bus.url.as_ref());
    let url = url.map(config::Secret::expose).unwrap_or_default();
    match config.queue.engine {
        QueueEngine::None => Ok(None),
        QueueEngine::Redis => {
            let queue =
                RedisQueue::connect(&redis(config, url), QueueConfig::new(config.queue.name.as_str()))
                    .map_err(|error| Failure::config(anyhow::Error::new(error).context("queue.url")))?;
            Ok(Some(Arc::new(queue)))
        }
        QueueEngine::Sqs => Ok(Some(Arc::new(SqsQueue::from_environment(url).await))),
    }
}

/// Where recordings are kept.
pub(crate) async fn blobs(config: &Config) -> Result<Arc<dyn BlobStore>, Failure> {
    match config.blobs.engine {
        BlobEngine::Folder => {
            let folder = config.storage.folder.join("blobs");
            let blobs = FolderBlobStore::open(&folder)
                .with_context(|| format!("the blob store in {} cannot be opened", folder.display()))?;
            Ok(Arc::new(blobs))
        }
        BlobEngine::S3 => {
            let store = S3BlobStore::from_environment(s3(config)).await;
            Ok(Arc::new(store.map_err(|error| Failure::config(anyhow::Error::new(error).context("blobs")))?))
        }
    }
}

/// The bucket of recordings.
pub(crate) fn s3(config: &Config) -> S3Config {
    let mut s3 = S3Config::new(config.blobs.bucket.as_deref().unwrap_or_default());
    s3.region.clone_from(&config.blobs.region);
    s3.prefix = config.blobs.prefix.clone().unwrap_or_default();
    s3.kms_key.clone_from(&config.blobs.kms_key_id);
    s3.endpoint.clone_from(&config.blobs.endpoint);
    s3
}

/// Amazon's streams are read with the credentials, profile or role of the environment, or a tenant's own role; others
/// with the environment's keys, or with any, which is all that a local one asks for.
pub(crate) async fn media(config: &Config, local_endpoint: Option<&str>) -> Result<KvsMediaSource, Failure> {
    let source = match (local_endpoint, &config.kvs.endpoint) {
        (Some(endpoint), _) => local_media(config, endpoint),
        (None, Some(KvsEndpoint::Aws)) => KvsMediaSource::from_environment().await,
        (None, Some(KvsEndpoint::Url(endpoint))) => local_media(config, endpoint),
        (None, None) => return Err(anyhow!("there is no Kinesis Video Streams to read").into()),
    };
    Ok(source.with_roles(roles(config)))
}

fn local_media(config: &Config, endpoint: &str) -> KvsMediaSource {
    let (access, secret) = environment_keys();
    KvsMediaSource::local(endpoint, &config.kvs.region, &access, &secret)
}

fn environment_keys() -> (String, String) {
    let key = |name| std::env::var(name).unwrap_or_else(|_| "local".to_owned());
    (key("AWS_ACCESS_KEY_ID"), key("AWS_SECRET_ACCESS_KEY"))
}

/// The tenants' roles.
pub(crate) fn roles(config: &Config) -> Roles {
    let of = |tenant: &config::Tenant| {
        let mut role = RoleConfig::new(tenant.role_arn.as_deref()?);
        if let Some(id) = &tenant.external_id {
            role = role.with_external_id(id.expose());
        }
        if let Some(region) = &tenant.region {
            role = role.with_region(region);
        }
        Some(role)
    };
    config.tenants.iter().filter_map(|(id, tenant)| Some((id.clone(), of(tenant)?))).collect()
}

/// The media source behind its port.
pub(crate) async fn media_source(
    config: &Config,
    local_endpoint: Option<&str>,
) -> Result<Arc<dyn MediaSource>, Failure> {
    Ok(Arc::new(media(config, local_endpoint).await?))
}
