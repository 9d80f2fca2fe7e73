//! Listening, serving, ending.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Config,
    counters::Counts,
    faults::{Faults, ParseFaultError},
    registry::{Registry, StorageError},
    router::{self, App},
    sts::Sessions,
};

/// How often old fragments of quiet streams are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// What one connection may buffer in each direction.
const MAX_CONNECTION_BUFFER: usize = 64 * 1024;
/// How long an open connection may take to end with the server.
const CLOSING_GRACE: Duration = Duration::from_secs(3);
/// How long to wait after a failed accept (out of file handles) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why a server cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindError {
    /// Another program listens there.
    #[error("port {} of {} is in use", .0.port(), .0.ip())]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Anyone on the network could read and write streams.
    #[error(
        "{0} can be reached from other machines: set an access key and a secret key, or listen on loopback"
    )]
    Exposed(SocketAddr),
    /// The data folder cannot be used.
    #[error("cannot use the data folder {path}")]
    Data {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A configured fault makes no sense.
    #[error("cannot arm a fault")]
    Fault(#[from] ParseFaultError),
}

/// A local Kinesis Video Streams server that listens, but does not yet serve.
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("local_addr", &self.app.local_addr).finish_non_exhaustive()
    }
}

impl Server {
    /// Opens the data folder and the listening socket.
    ///
    /// # Errors
    /// When the address is in use or exposed without credentials, or the data folder cannot be used.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        let addr = config.listen;
        if !addr.ip().to_canonical().is_loopback() && config.credentials.is_none() {
            return Err(BindError::Exposed(addr));
        }
        let listener = TcpListener::bind(addr).await.map_err(|source| {
            let in_use = source.kind() == io::ErrorKind::AddrInUse;
            if in_use { BindError::InUse(addr) } else { BindError::Listen { addr, source } }
        })?;
        let local_addr = listener.local_addr().map_err(|source| BindError::Listen { addr, source })?;
        let faults = Faults::default();
        for fault in &config.faults {
            faults.add(fault.clone())?;
        }
        let registry = open_registry(&config).await?;
        let closing = CancellationToken::new();
        let (sessions, tasks) = (Sessions::default(), TaskTracker::new());
        let app = App { config, registry, faults, sessions, local_addr, closing, tasks };
        Ok(Self { listener, app: Arc::new(app) })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.app.local_addr
    }

    /// The endpoint for clients: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.app.data_endpoint(None)
    }

    /// A handle that stays valid while the server runs.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        ServerHandle { app: Arc::clone(&self.app) }
    }

    /// Serves in a task of its own and gives the handle.
    #[must_use]
    pub fn spawn(self) -> ServerHandle {
        let handle = self.handle();
        handle.app.tasks.clone().spawn(self.serve());
        handle
    }

    /// Serves until [`ServerHandle::shutdown`]; open bodies end at their next fragment boundary.
    pub async fn run(self) {
        let app = Arc::clone(&self.app);
        self.serve().await;
        app.tasks.close();
        app.tasks.wait().await;
    }

    async fn serve(self) {
        let Self { listener, app } = self;
        let places = Arc::new(Semaphore::new(app.config.limits.connections));
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = app.closing.cancelled() => return,
                _ = sweep.tick() => {
                    let registry = Arc::clone(&app.registry);
                    app.tasks.spawn_blocking(move || registry.sweep());
                }
                accepted = accept(&listener, &places) => match accepted {
                    Ok((stream, peer, place)) => {
                        app.tasks.spawn(connection(Arc::clone(&app), stream, peer, place));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection cannot be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }
}

/// Commands a running server.
#[derive(Clone)]
pub struct ServerHandle {
    app: Arc<App>,
}

impl std::fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerHandle").field("local_addr", &self.app.local_addr).finish_non_exhaustive()
    }
}

impl ServerHandle {
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.app.local_addr
    }

    /// The endpoint for clients: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.app.data_endpoint(None)
    }

    /// The faults of this server, to arm and disarm.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.app.faults
    }

    /// Ends all sessions of roles that were begun so far, whatever their lifetime.
    pub fn expire_sessions(&self) {
        self.app.sessions.expire_all();
    }

    /// What passed and what was dropped.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.app.registry.counters.read()
    }

    /// Asks the server to end; does not wait.
    pub fn close(&self) {
        self.app.closing.cancel();
    }

    /// Ends the server and waits until every connection is closed and every received fragment is stored.
    pub async fn shutdown(&self) {
        self.close();
        self.app.tasks.close();
        self.app.tasks.wait().await;
    }
}

async fn open_registry(config: &Config) -> Result<Arc<Registry>, BindError> {
    let (data, limits, clock) = (config.data.clone(), config.limits.clone(), Arc::clone(&config.clock));
    let path = config.data.clone().unwrap_or_default();
    let opened = tokio::task::spawn_blocking(move || Registry::open(data, limits, clock)).await;
    match opened {
        Ok(Ok(registry)) => Ok(Arc::new(registry)),
        Ok(Err(source)) => Err(BindError::Data { path, source: Box::<StorageError>::new(source) }),
        Err(source) => Err(BindError::Data { path, source: Box::new(source) }),
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

async fn connection(app: Arc<App>, stream: TcpStream, peer: SocketAddr, _place: OwnedSemaphorePermit) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no delay cannot be set");
    }
    let closing = app.closing.clone();
    let service = service_fn(move |request| {
        let app = Arc::clone(&app);
        async move { Ok::<_, std::convert::Infallible>(router::answer(app, peer, request).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_CONNECTION_BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let outcome = tokio::select! {
        outcome = served.as_mut() => outcome,
        () = closing.cancelled() => {
            served.as_mut().graceful_shutdown();
            // A client that does not read would hold the server for ever.
            tokio::time::timeout(CLOSING_GRACE, served).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %peer, "a connection broke off");
    }
}
