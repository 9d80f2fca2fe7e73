//! One process: the API, the worker, or both, over the engines that the configuration names. The embedded profile is the
//! one in which all of them are files of this host.

use std::{
    net::SocketAddr,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, anyhow};
use api::{ApiState, Keeping, Reviewers, RouterOptions};
use axum::serve::ListenerExt as _;
use config::{Config, Role, StoreEngine};
use engine::{Clock, Engine, EngineOptions, EngineParts, LeaseTiming, SpoolFolder};
use futures_util::future::OptionFuture;
use housekeeping::{Housekeeper, Kept};
use jobs::JobHost;
use metrics_exporter_prometheus::PrometheusHandle;
use model::{TenantId, Timestamp, WorkerId};
use ports::{CallFilter, EventLog, JobHandlers, Jobs};
use tokio::{net::TcpListener, task::JoinHandle};
use uploads::{RoutedMediaSource, Uploads};

use crate::{
    entry,
    failure::Failure,
    guiding::Guiding,
    keeping,
    keyring::Keyring,
    load::Load,
    parts::{self, Stores},
    probe,
    recognisers::{self, Hearing},
    verification,
};

/// How long a process that stops waits for its jobs. Those that take longer are begun again.
const JOBS_PATIENCE: Duration = Duration::from_secs(1);

/// A running server with all its parts.
pub(crate) struct Node {
    pub(crate) tenant: TenantId,
    pub(crate) engine: Arc<Engine>,
    pub(crate) address: SocketAddr,
    /// Where streams are written and read.
    pub(crate) kvs_endpoint: String,
    pub(crate) log: Arc<dyn EventLog>,
    local_kvs: Option<kvs_server::ServerHandle>,
    jobs: Option<JobHost>,
    /// Looks for calls that are to be verified.
    sweep: Option<JoinHandle<()>>,
    api: JoinHandle<std::io::Result<()>>,
    /// Removes what was kept long enough, on workers.
    housekeeping: Option<JoinHandle<()>>,
    guiding: Option<Guiding>,
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

impl Node {
    /// Starts every part, and takes up the calls that have no owner.
    pub(crate) async fn start(
        config: &Config,
        addresses: Addresses,
        hearing: Hearing,
        metrics: Option<PrometheusHandle>,
    ) -> Result<Self, Failure> {
        Self::start_with(config, addresses, hearing, metrics, None).await
    }

    /// The same, with a desk of one's own in place of the one that guidance has.
    pub(crate) async fn start_with(
        config: &Config,
        addresses: Addresses,
        hearing: Hearing,
        metrics: Option<PrometheusHandle>,
        desk: Option<api::Desk>,
    ) -> Result<Self, Failure> {
        // What a whole server is made of is too large for the stack of whoever waits for it.
        Box::pin(Self::assemble(config, addresses, hearing, metrics, desk)).await
    }

    async fn assemble(
        config: &Config,
        addresses: Addresses,
        hearing: Hearing,
        metrics: Option<PrometheusHandle>,
        desk: Option<api::Desk>,
    ) -> Result<Self, Failure> {
        let listener = addresses.api;
        let address = listener.local_addr().context("the API's address is not known")?;
        let worker = worker_id()?;
        let Stores { log, leases, contacts, audit } = parts::stores(config, &worker).await?;
        let keyring = Keyring::open(config)?;
        let blobs = parts::blobs(config).await?;
        let local_kvs = addresses.local_kvs.map(kvs_server::Server::spawn);
        let kvs_endpoint = match (&local_kvs, &config.kvs.endpoint) {
            (Some(server), _) => server.endpoint(),
            (None, Some(endpoint)) => endpoint.to_string(),
            (None, None) => return Err(anyhow!("there is no Kinesis Video Streams to read").into()),
        };
        let local_endpoint = local_kvs.is_some().then_some(kvs_endpoint.as_str());
        let (transcriber, absent) = recognisers::transcriber(&hearing);
        let kvs = parts::media_source(config, local_endpoint).await?;
        let uploads = Uploads::new(clock());
        let kept = Kept {
            log: Arc::clone(&log),
            blobs: Arc::clone(&blobs),
            contacts: Arc::clone(&contacts),
            audit: Arc::clone(&audit),
        };
        let housekeeper = keeping::housekeeper(config, kept, &keyring, local_endpoint).await?;
        let housekeeping = housekeeping(config, &housekeeper)?;
        let parts = EngineParts {
            media: Arc::new(RoutedMediaSource { kvs, uploads: uploads.clone() }),
            transcriber,
            absent,
            log: Arc::clone(&log),
            blobs: Arc::clone(&blobs),
            leases,
            contacts,
            bus: parts::bus(config)?,
            queue: parts::queue(config).await?,
            clock: clock(),
        };
        let tenants = recognisers::tenants(config).map_err(Failure::config)?;
        let engine = Arc::new_cyclic(|engine: &std::sync::Weak<Engine>| {
            let calls = engine.clone();
            let options = options(config, worker, tenants, &hearing, move || {
                calls.upgrade().map_or(0, |engine| engine.status().live_calls)
            });
            Engine::new(parts, EngineOptions { customers: keyring.customers.clone(), ..options })
        });
        let guiding = Guiding::start(config, &engine, &log).await?;
        engine.start();
        let store = parts::jobs(config).await?;
        let verifier =
            verification::verifier(config, &engine, &log, &blobs, &hearing, keyring.signing.clone());
        let jobs = do_jobs(config, Arc::clone(&store), verification::handlers(verifier.clone())?);
        let sweep = verification::sweep(config, &log, &store);
        let state = ApiState {
            tenant: config.tenant.clone(),
            engine: Arc::clone(&engine),
            log: Arc::clone(&log),
            blobs,
            keeping: Some(Keeping {
                housekeeper,
                audit: Arc::clone(&audit),
                retentions: keeping::retentions(config)?,
            }),
            verifier,
            audit,
            reviewers: reviewers(config)?,
            entry: entry::entry(config, &keyring)?,
            desk: desk.or_else(|| guiding.as_ref().map(Guiding::desk)).unwrap_or_default(),
            guiding: guiding.as_ref().map(Guiding::playbooks),
            metrics,
            probes: vec![("storage", probe::writable(config.storage.folder.clone()))],
        };
        let options = RouterOptions {
            allowed_hosts: config.server.allowed_hosts.clone(),
            allowed_origins: config.server.allowed_origins.clone(),
            max_sockets: config.server.max_subscribers,
            uploads: Some(uploads),
        };
        // An event does not wait until the one before it is acknowledged, which takes a browser up to 40 ms.
        let listener = listener.tap_io(|tcp| {
            let _slower = tcp.set_nodelay(true);
        });
        let api = tokio::spawn(axum::serve(listener, api::router_for(state, options)).into_future());
        Ok(Self {
            tenant: config.tenant.clone(),
            engine,
            address,
            kvs_endpoint,
            log,
            local_kvs,
            jobs,
            sweep,
            api,
            housekeeping,
            guiding,
        })
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

    /// Stops every part; calls go on elsewhere, or at the next start.
    pub(crate) async fn stop(self) {
        if let Some(housekeeping) = self.housekeeping {
            housekeeping.abort();
        }
        if let Some(sweep) = self.sweep {
            sweep.abort();
        }
        if let Some(guiding) = self.guiding {
            guiding.stop();
        }
        let jobs = self.jobs.map(|jobs| jobs.shutdown(JOBS_PATIENCE));
        tokio::join!(self.engine.shutdown(), OptionFuture::from(jobs));
        // Sockets that are still open do not hold the process back.
        self.api.abort();
        if let Some(server) = self.local_kvs {
            server.shutdown().await;
        }
    }
}

/// Does jobs where calls are carried.
fn do_jobs(config: &Config, jobs: Arc<dyn Jobs>, handlers: JobHandlers) -> Option<JobHost> {
    let at_once = NonZeroUsize::new(config.jobs.at_once)?;
    let does = config.server.roles.contains(&Role::Worker) && handlers.kinds().next().is_some();
    does.then(|| JobHost::start(jobs, handlers, at_once))
}

/// Removes from time to time what was kept long enough, on workers, where something is not kept for good.
fn housekeeping(config: &Config, housekeeper: &Housekeeper) -> Result<Option<JoinHandle<()>>, Failure> {
    let retentions = keeping::retentions(config)?;
    if retentions.is_empty() || !config.server.roles.contains(&Role::Worker) {
        return Ok(None);
    }
    let sweeping = housekeeping::run_periodically(housekeeper.clone(), retentions, keeping::SWEEP_EVERY);
    Ok(Some(tokio::spawn(sweeping)))
}

/// Who sees calls that are hidden.
fn reviewers(config: &Config) -> Result<Reviewers, Failure> {
    let named = config.review.reviewers.iter();
    let known: Result<Vec<_>, _> =
        named.map(|reviewer| Ok((reviewer.name.clone(), reviewer.digest()?))).collect();
    known.map(Reviewers::new).map_err(|error: config::ConfigError| Failure::config(anyhow::Error::new(error)))
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

/// A name that no other process has, now or later.
fn worker_id() -> Result<WorkerId, Failure> {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host: String =
        host.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect();
    let host = if host.is_empty() { "host".to_owned() } else { host };
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let unique: String = unique.chars().take(8).collect();
    Ok(WorkerId::new(format!("{host}-{}-{unique}", std::process::id())).context("the worker's name")?)
}

fn options(
    config: &Config,
    worker: WorkerId,
    tenants: engine::Tenants,
    hearing: &Hearing,
    calls: impl Fn() -> usize + Send + Sync + 'static,
) -> EngineOptions {
    let ttl = Duration::from_secs(config.engine.lease_seconds);
    let carries = config.server.roles.contains(&Role::Worker);
    let pool = hearing.as_ref().ok().cloned();
    // Alone, a host takes every call: nobody else would, and one that is late is better than one that waits.
    let load = (carries && config.store.engine != StoreEngine::Sqlite)
        .then(|| Load::measure(config.engine.max_load_percent as f64 / 100.0, calls));
    let capacity = move || {
        let by_load = load.as_ref().map_or(usize::MAX, Load::room);
        let by_quota = pool.as_ref().and_then(|pool| pool.room()).unwrap_or(usize::MAX);
        by_load.min(by_quota)
    };
    EngineOptions {
        carries,
        spool: SpoolFolder::open(config.storage.folder.join("spool")).ok(),
        max_calls: config.engine.max_calls,
        capacity: Some(Arc::new(capacity)),
        idle_timeout: Duration::from_secs(config.engine.idle_seconds),
        leases: LeaseTiming { ttl, renew_every: ttl.mul_f64(0.3), ..LeaseTiming::default() },
        tenants: Arc::new(tenants),
        ..EngineOptions::new(worker, config.tenant.clone())
    }
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
