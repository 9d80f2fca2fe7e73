//! Connections and requests.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::{
    body::{Body, Frame, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, mpsc},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::{
    auth::Chain,
    config::ServerConfig,
    faults::{Fault, Faults},
    request::{self, Refusal},
    stream::{Stream, quota_reached},
    tls,
};

/// Events on their way to the connection; beyond it the stream waits.
const MAX_EVENTS_AHEAD: usize = 16;
/// The largest description of a fault.
const MAX_FAULT_BYTES: usize = 4 * 1_024;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    root_pem: String,
    faults: Faults,
    counters: Arc<Counters>,
    task: JoinHandle<()>,
}

/// Why a server does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, say.
    #[error("listen on 127.0.0.1")]
    Listen(#[source] io::Error),
    /// The certificate could not be made.
    #[error("make a certificate")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What has happened so far.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) opened: AtomicU64,
    pub(crate) running: AtomicU64,
    pub(crate) audio_ms: AtomicU64,
    pub(crate) changed: Notify,
}

impl Counters {
    /// Streams that were begun.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Streams that run.
    #[must_use]
    pub fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// Waits until they are as wanted.
    pub async fn until(&self, wanted: impl Fn(&Self) -> bool + Send) {
        loop {
            let changed = self.changed.notified();
            if wanted(self) {
                return;
            }
            changed.await;
        }
    }

    /// How much audio all streams have carried together.
    #[must_use]
    pub fn audio_ms(&self) -> u64 {
        self.audio_ms.load(Ordering::Relaxed)
    }
}

impl Server {
    /// Listens, and serves from a task of its own.
    pub async fn start(config: ServerConfig) -> Result<Self, StartError> {
        let (acceptor, root_pem) = tls::acceptor()?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let (faults, counters) = (Faults::default(), Arc::new(Counters::default()));
        let shared = Shared {
            places: Arc::new(Semaphore::new(config.max_streams)),
            config: Arc::new(config),
            faults: faults.clone(),
            counters: Arc::clone(&counters),
        };
        let task = tokio::spawn(accept(listener, acceptor, Arc::new(shared)));
        Ok(Self { address, root_pem, faults, counters, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as clients want it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate that clients must trust, in PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// What it is to do wrong.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What has happened so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    config: Arc<ServerConfig>,
    places: Arc<Semaphore>,
    faults: Faults,
    counters: Arc<Counters>,
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    // Ends the connections with the server.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((socket, _)) = accepted {
                    connections.spawn(connection(socket, acceptor.clone(), Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(socket: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(socket) = acceptor.accept(socket).await else { return };
    let (cut, streams) = (Arc::new(Notify::new()), AtomicU64::new(0));
    let service = service_fn(|request| {
        let is_first = request.uri().path() == "/faults" || streams.fetch_add(1, Ordering::Relaxed) == 0;
        let (shared, cut) = (Arc::clone(&shared), Arc::clone(&cut));
        async move { Ok::<_, io::Error>(answer(request, is_first, &shared, cut).await) }
    });
    let serving = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        served = serving => if let Err(error) = served {
            tracing::debug!(error = &error as &dyn std::error::Error, "a connection broke");
        },
        () = cut.notified() => tracing::debug!("a connection is cut, as asked for"),
    }
}

async fn answer(
    request: Request<Incoming>,
    is_first: bool,
    shared: &Shared,
    cut: Arc<Notify>,
) -> Response<Answer> {
    let path = request.uri().path();
    let answered = match (request.method(), path) {
        (&Method::POST, "/stream-transcription") => stream(request, is_first, shared, cut),
        (&Method::POST, "/faults") => add_fault(request, &shared.faults).await,
        _ => {
            Err(Refusal { status: 404, code: "UnknownOperationException".to_owned(), message: String::new() })
        }
    };
    answered.unwrap_or_else(|refusal| refused(&refusal))
}

fn stream(
    request: Request<Incoming>,
    is_first: bool,
    shared: &Shared,
    cut: Arc<Notify>,
) -> Result<Response<Answer>, Refusal> {
    let chain = Chain::begin(&request, &shared.config.credentials, SystemTime::now())?;
    if !is_first {
        return Err(Refusal::bad("one HTTP/2 session carries one stream"));
    }
    let asked = request::read(request.headers(), &shared.config)?;
    let fault = shared.faults.take();
    if let Fault::Refuse { status, code } = fault {
        return Err(Refusal { status, code, message: "as asked for".to_owned() });
    }
    let (events, body) = mpsc::channel(MAX_EVENTS_AHEAD);
    let mut response = Response::new(Answer::Events(body));
    let headers = response.headers_mut();
    for (name, value) in request.headers() {
        if name.as_str().starts_with("x-amzn-transcribe-") {
            headers.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in [
        ("content-type", "application/vnd.amazon.eventstream".to_owned()),
        ("x-amzn-request-id", Uuid::new_v4().to_string()),
        ("x-amzn-transcribe-session-id", Uuid::new_v4().to_string()),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    // The service answers first, and tells of the quota in the stream.
    match Arc::clone(&shared.places).try_acquire_owned() {
        Ok(place) => {
            let (config, counters) = (Arc::clone(&shared.config), Arc::clone(&shared.counters));
            let stream = Stream::new(asked, chain, config, fault, counters, events, cut);
            tokio::spawn(async move {
                stream.run(request.into_body()).await;
                drop(place);
            });
        }
        Err(_full) => {
            tokio::spawn(quota_reached(shared.config.max_streams, events, request.into_body()));
        }
    }
    Ok(response)
}

async fn add_fault(request: Request<Incoming>, faults: &Faults) -> Result<Response<Answer>, Refusal> {
    let body = Limited::new(request.into_body(), MAX_FAULT_BYTES).collect().await;
    let body = body.map_err(|_| Refusal::bad("the description of the fault cannot be read"))?.to_bytes();
    let fault = serde_json::from_slice(&body).map_err(|error| Refusal::bad(error.to_string()))?;
    if faults.add(fault) {
        Ok(Response::new(Answer::Whole(Some(Bytes::from_static(b"{}\n")))))
    } else {
        Err(Refusal::bad("too many faults wait"))
    }
}

fn refused(refusal: &Refusal) -> Response<Answer> {
    let body = serde_json::json!({"Message": refusal.message}).to_string();
    let mut response = Response::new(Answer::Whole(Some(Bytes::from(body))));
    *response.status_mut() = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static("application/json"));
    if let Ok(code) = refusal.code.parse() {
        headers.insert("x-amzn-errortype", code);
    }
    response
}

/// The body of an answer.
enum Answer {
    Whole(Option<Bytes>),
    Events(mpsc::Receiver<Bytes>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let data = match &mut *self {
            Self::Whole(data) => Poll::Ready(data.take()),
            Self::Events(events) => events.poll_recv(cx),
        };
        data.map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}
