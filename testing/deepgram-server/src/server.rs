//! The running server.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

use crate::{
    api,
    fault::{Fault, FaultKind, Faults},
    stream::StreamReport,
    tls,
};

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key that it knows.
    pub api_key: String,
    /// How many streams may run at once.
    pub max_streams: usize,
    /// After how long without audio or `KeepAlive` a stream is closed.
    pub audio_timeout: Duration,
    /// Speaks TLS with a certificate of its own for `localhost` and `127.0.0.1`.
    pub tls: bool,
    /// The language that a multilingual stream hears.
    pub language: String,
}

impl Default for Options {
    /// A free port of this host, the key `test-key`, Deepgram's own limits.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_key: "test-key".to_owned(),
            max_streams: 150,
            audio_timeout: Duration::from_secs(10),
            tls: false,
            language: "en".to_owned(),
        }
    }
}

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct DeepgramServer {
    shared: Arc<Shared>,
    url: String,
    certificate: Option<Vec<u8>>,
}

/// What all streams share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) slots: Arc<Semaphore>,
    faults: Mutex<Faults>,
    streams: watch::Sender<Vec<StreamReport>>,
    stopped: watch::Sender<bool>,
}

impl DeepgramServer {
    /// Starts a server.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let tcp = tokio::net::TcpListener::bind(options.listen).await?;
        let address = tcp.local_addr()?;
        let identity = options.tls.then(tls::self_signed).transpose()?;
        let scheme = if options.tls { "wss" } else { "ws" };
        let shared = Arc::new(Shared {
            slots: Arc::new(Semaphore::new(options.max_streams)),
            options,
            faults: Mutex::default(),
            streams: watch::Sender::default(),
            stopped: watch::Sender::new(false),
        });
        let (certificate, acceptor) = identity.unzip();
        let listener = tls::Listener::new(tcp, acceptor);
        let router = api::router(Arc::clone(&shared));
        let stopping = Arc::clone(&shared);
        tokio::spawn(async move {
            tokio::select! {
                // It ends with an error only if the listener does, and ours does not.
                _ = axum::serve(listener, router) => {}
                () = stopping.stopped() => {}
            }
        });
        Ok(Self { shared, url: format!("{scheme}://{address}"), certificate })
    }

    /// Where it is, such as `ws://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its certificate, in DER, when it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Lets something go wrong with the streams that are opened from here on.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().add(fault);
    }

    /// Lets nothing more go wrong.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// What each stream did, in the order in which they were opened.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamReport> {
        self.shared.streams.borrow().clone()
    }

    /// Waits until what the streams did is as wanted.
    pub async fn wait_for(&self, wanted: impl FnMut(&Vec<StreamReport>) -> bool) {
        // The sender lives as long as this server.
        self.shared.streams.subscribe().wait_for(wanted).await.ok();
    }

    /// Drops every connection and listens no more.
    pub fn stop(&self) {
        self.shared.stopped.send_replace(true);
    }
}

impl Drop for DeepgramServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The faults of the next stream.
    pub(crate) fn take_faults(&self) -> Vec<FaultKind> {
        self.faults().take()
    }

    /// Adds a stream; gives its place.
    pub(crate) fn add_stream(&self, report: StreamReport) -> usize {
        let mut place = 0;
        self.streams.send_modify(|streams| {
            place = streams.len();
            streams.push(report);
        });
        place
    }

    pub(crate) fn report(&self, place: usize, change: impl FnOnce(&mut StreamReport)) {
        self.streams.send_modify(|streams| {
            if let Some(report) = streams.get_mut(place) {
                change(report);
            }
        });
    }

    pub(crate) fn reports(&self) -> Vec<StreamReport> {
        self.streams.borrow().clone()
    }

    pub(crate) async fn stopped(&self) {
        // The sender lives in this very struct.
        self.stopped.subscribe().wait_for(|stopped| *stopped).await.ok();
    }
}
