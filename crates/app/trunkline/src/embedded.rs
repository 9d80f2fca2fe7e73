//! The embedded profile: every part in this process, on this machine, with no account.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, anyhow};
use api::{ApiState, RouterOptions};
use blob::FolderBlobStore;
use config::{Config, KvsEndpoint};
use engine::{Clock, Engine, EngineOptions, EngineParts, SpoolFolder};
use kvs::KvsMediaSource;
use metrics_exporter_prometheus::PrometheusHandle;
use model::{TenantId, Timestamp};
use ports::{BlobStore, CallFilter, EventLog, MediaSource, Transcriber};
use sqlite::SqliteEventLog;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{failure::Failure, probe};

/// What recognises, or why nothing does and what to do about it.
pub(crate) type Recogniser = Result<Arc<dyn Transcriber>, String>;

/// A running server with all its parts.
pub(crate) struct Embedded {
    pub(crate) tenant: TenantId,
    pub(crate) engine: Arc<Engine>,
    pub(crate) address: SocketAddr,
    /// Where streams are written and read.
    pub(crate) kvs_endpoint: String,
    log: Arc<dyn EventLog>,
    local_kvs: Option<kvs_server::ServerHandle>,
    api: JoinHandle<std::io::Result<()>>,
}

/// The addresses of a server that is about to start. They are taken before models are fetched or loaded, so that a
/// port in use fails at once.
pub(crate) struct Addresses {
    api: TcpListener,
    local_kvs: Option<kvs_server::Server>,
}

impl Addresses {
    pub(crate) async fn take(config: &Config) -> Result<Self, Failure> {
        Ok(Self { api: listen(config.server.listen).await?, local_kvs: bind_kvs(config).await? })
    }
}

impl Embedded {
    /// Starts every part and takes up the calls that have no end yet.
    pub(crate) async fn start(
        config: &Config,
        addresses: Addresses,
        recogniser: Recogniser,
        metrics: Option<PrometheusHandle>,
    ) -> Result<Self, Failure> {
        let folder = &config.storage.folder;
        let listener = addresses.api;
        let address = listener.local_addr().context("the API's address is not known")?;
        let log = open_log(folder.join("events"))?;
        let blobs = open_blobs(folder.join("blobs"))?;
        let local_kvs = addresses.local_kvs.map(kvs_server::Server::spawn);
        let kvs_endpoint = match (&local_kvs, &config.kvs.endpoint) {
            (Some(server), _) => server.endpoint(),
            (None, Some(endpoint)) => endpoint.to_string(),
            (None, None) => return Err(anyhow!("there is no Kinesis Video Streams to read").into()),
        };
        let engine = Arc::new(Engine::new(
            parts(media_source(config, &kvs_endpoint).await, recogniser, &log, &blobs),
            EngineOptions {
                spool: Some(SpoolFolder::open(folder.join("spool")).map_err(anyhow::Error::from)?),
                max_calls: config.engine.max_calls,
                idle_timeout: std::time::Duration::from_secs(config.engine.idle_seconds),
            },
        ));
        let taken = engine.recover(&config.tenant).await.context("the event log cannot be read")?;
        if taken > 0 {
            tracing::info!(calls = taken, "took up calls without an end");
        }
        let state = ApiState {
            tenant: config.tenant.clone(),
            engine: Arc::clone(&engine),
            log: Arc::clone(&log),
            blobs,
            metrics,
            probes: vec![("storage", probe::writable(folder.clone()))],
        };
        let options =
            RouterOptions { allowed_hosts: config.server.allowed_hosts.clone(), ..RouterOptions::default() };
        let api = tokio::spawn(axum::serve(listener, api::router_for(state, options)).into_future());
        Ok(Self { tenant: config.tenant.clone(), engine, address, kvs_endpoint, log, local_kvs, api })
    }

    /// Where the event log is now: what comes after it is new. `GET /v1/calls` says the same.
    pub(crate) async fn position(&self) -> Result<u64, Failure> {
        let newest = CallFilter { limit: 1, ..CallFilter::default() };
        Ok(self.log.calls(&self.tenant, &newest).await.context("the event log cannot be read")?.position)
    }

    /// The address of the API and the console.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops every part; calls that have no end are taken up at the next start.
    pub(crate) async fn stop(self) {
        self.engine.shutdown().await;
        // Sockets that are still open do not hold the process back.
        self.api.abort();
        if let Some(server) = self.local_kvs {
            server.shutdown().await;
        }
    }
}

/// The system's clock.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// The system's time.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn parts(
    media: Arc<dyn MediaSource>,
    recogniser: Recogniser,
    log: &Arc<dyn EventLog>,
    blobs: &Arc<dyn BlobStore>,
) -> EngineParts {
    let (transcriber, absent) = match recogniser {
        Ok(transcriber) => (Some(transcriber), String::new()),
        Err(why) => (None, why),
    };
    EngineParts { media, transcriber, absent, log: Arc::clone(log), blobs: Arc::clone(blobs), clock: clock() }
}

/// Amazon's service is asked with the credentials, profile or role of the environment; another one with the
/// environment's keys, or with any, which is all that a local one asks for.
async fn media_source(config: &Config, endpoint: &str) -> Arc<dyn MediaSource> {
    if config.kvs.endpoint == Some(KvsEndpoint::Aws) {
        return Arc::new(KvsMediaSource::from_environment().await);
    }
    let key = |name| std::env::var(name).unwrap_or_else(|_| "local".to_owned());
    let (access, secret) = (key("AWS_ACCESS_KEY_ID"), key("AWS_SECRET_ACCESS_KEY"));
    Arc::new(KvsMediaSource::local(endpoint, &config.kvs.region, &access, &secret))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            return port_in_use(address, "--listen");
        }
        Failure::input(anyhow::Error::from(error).context(format!("cannot listen on {address}")))
    })
}

fn port_in_use(address: SocketAddr, flag: &str) -> Failure {
    let (ip, port) = (address.ip(), address.port());
    let fix = format!("choose another with {flag} {ip}:PORT, or port 0 for any free one");
    Failure::input(anyhow!("port {port} of {ip} is in use: {fix}"))
}

async fn bind_kvs(config: &Config) -> Result<Option<kvs_server::Server>, Failure> {
    if config.kvs.endpoint.is_some() {
        return Ok(None);
    }
    let settings = kvs_server::Config {
        listen: config.kvs.listen,
        data: config.kvs.keep_on_disk.then(|| config.storage.folder.join("kvs")),
        region: config.kvs.region.clone(),
        default_retention_hours: config.kvs.retention_hours,
        ..kvs_server::Config::default()
    };
    let server = kvs_server::Server::bind(settings).await.map_err(|error| {
        let kvs_server::BindError::InUse(address) = error else { return Failure::input(error) };
        port_in_use(address, "--kvs-listen")
    })?;
    Ok(Some(server))
}

fn open_log(folder: PathBuf) -> Result<Arc<dyn EventLog>, Failure> {
    let log = SqliteEventLog::open(&folder)
        .with_context(|| format!("the event log in {} cannot be opened", folder.display()))?;
    Ok(Arc::new(log))
}

fn open_blobs(folder: PathBuf) -> Result<Arc<dyn BlobStore>, Failure> {
    let blobs = FolderBlobStore::open(&folder)
        .with_context(|| format!("the blob store in {} cannot be opened", folder.display()))?;
    Ok(Arc::new(blobs))
}
