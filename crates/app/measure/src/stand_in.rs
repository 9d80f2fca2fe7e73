//! A stand-in for a recogniser in load tests: speaks Deepgram's live streaming protocol over TLS, and says the same
//! harmless words whatever it hears, at fixed places of the audio.
//!
//! It costs next to nothing and answers at once, so that what is measured is everything around recognition. It has
//! none of the service's rules: it serves this program and its peers, with two channels of 16-bit samples at 8 kHz.

mod script;
mod stream;
mod tls;

use std::net::SocketAddr;

use anyhow::Context;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

/// How a stand-in is reached.
#[derive(Clone, Debug)]
pub struct StandInOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for StandInOptions {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }
}

/// A running stand-in; it stops when it is dropped.
#[derive(Debug)]
pub struct StandIn {
    /// Where it is, such as `wss://127.0.0.1:40123`.
    pub url: String,
    /// The certificate that clients have to trust, in PEM.
    pub certificate: String,
    task: JoinHandle<()>,
}

impl StandIn {
    /// Starts one.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub async fn start(options: StandInOptions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen).await.context("the stand-in cannot listen")?;
        let address = listener.local_addr().context("the stand-in's address is not known")?;
        let (certificate, acceptor) = tls::self_signed().context("a certificate cannot be made")?;
        let task = tokio::spawn(accept(listener, acceptor));
        Ok(Self { url: format!("wss://{address}"), certificate, task })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor) {
    loop {
        // An error is of one connection: the next one may do.
        let Ok((tcp, _)) = listener.accept().await else { continue };
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // Only a hint: a connection without it is slower.
            drop(tcp.set_nodelay(true));
            if let Ok(connection) = acceptor.accept(tcp).await {
                stream::serve(connection).await;
            }
        });
    }
}

#[cfg(test)]
mod tests;
