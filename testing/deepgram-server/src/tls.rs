//! Connections, with TLS or without.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Connections that may wait to be served; more wait with the operating system.
const MAX_WAITING: usize = 1_024;

/// A connection of either kind.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

type Accepted = (Box<dyn Connection>, SocketAddr);

/// Makes a certificate for this host; gives it, and what serves it.
pub(crate) fn self_signed() -> io::Result<(Vec<u8>, TlsAcceptor)> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .map_err(io::Error::other)?;
    Ok((certificate.to_vec(), TlsAcceptor::from(Arc::new(config))))
}

/// Accepts connections. A handshake holds up no other one.
pub(crate) struct Listener {
    address: io::Result<SocketAddr>,
    accepted: mpsc::Receiver<Accepted>,
}

impl Listener {
    pub(crate) fn new(tcp: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        let address = tcp.local_addr();
        let (sender, accepted) = mpsc::channel(MAX_WAITING);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = sender.closed() => return,
                    // An error is of one connection: the next one may do.
                    connection = tcp.accept() => if let Ok((connection, from)) = connection {
                        tokio::spawn(shake_hands(connection, from, tls.clone(), sender.clone()));
                    },
                }
            }
        });
        Self { address, accepted }
    }
}

async fn shake_hands(
    tcp: TcpStream,
    from: SocketAddr,
    tls: Option<TlsAcceptor>,
    accepted: mpsc::Sender<Accepted>,
) {
    // Only a hint: a connection without it is slower.
    tcp.set_nodelay(true).ok();
    let connection: Box<dyn Connection> = match tls {
        None => Box::new(tcp),
        Some(tls) => match tls.accept(tcp).await {
            Ok(connection) => Box::new(connection),
            Err(_) => return,
        },
    };
    // A server that stopped serves nobody.
    accepted.send((connection, from)).await.ok();
}

impl axum::serve::Listener for Listener {
    type Io = Box<dyn Connection>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match &self.address {
            Ok(address) => Ok(*address),
            Err(error) => Err(io::Error::from(error.kind())),
        }
    }
}
