//! From an address to an open socket.

use std::sync::Arc;

use http::{HeaderValue, header::AUTHORIZATION};
use ports::TranscriberError;
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName},
    },
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, client::IntoClientRequest, handshake::client::Request, http::Response,
        protocol::WebSocketConfig,
    },
};

use crate::{
    config::{ConfigError, DeepgramConfig},
    listen::Endpoint,
    refusal::{StreamError, of_status},
};

/// The largest message that is read: a result covers seconds of speech. A larger one breaks the stream.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Small, for every call has one: a message is as a rule below a kilobyte.
const READ_BUFFER_BYTES: usize = 4 << 10;
const WRITE_BUFFER_BYTES: usize = 8 << 10;

/// A connection, with TLS or without.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

pub(crate) type Socket = WebSocketStream<Box<dyn Connection>>;

/// Opens streams.
pub(crate) struct Connector {
    endpoint: Endpoint,
    tls: Option<TlsConnector>,
    authorization: HeaderValue,
}

impl Connector {
    pub(crate) fn new(config: &DeepgramConfig) -> Result<Self, ConfigError> {
        let endpoint = Endpoint::parse(&config.endpoint)?;
        let tls = endpoint.secure.then(|| tls(&config.extra_roots)).transpose()?;
        let mut authorization = HeaderValue::try_from(format!("Token {}", config.api_key.expose()))
            .map_err(|_| ConfigError::ApiKey)?;
        authorization.set_sensitive(true);
        Ok(Self { endpoint, tls, authorization })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Opens the stream at `url`, which is of this endpoint.
    pub(crate) async fn open(&self, url: &str, config: &DeepgramConfig) -> Result<Socket, TranscriberError> {
        let opening = self.connect_and_upgrade(url, config);
        tokio::time::timeout(config.connect_timeout, opening)
            .await
            .map_err(|_| StreamError::ConnectTimeout(config.connect_timeout.as_secs()))?
    }

    async fn connect_and_upgrade(
        &self,
        url: &str,
        config: &DeepgramConfig,
    ) -> Result<Socket, TranscriberError> {
        let request = self.request(url)?;
        let connection = self.connect().await.map_err(StreamError::Connect)?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES))
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES);
        match client_async_with_config(request, connection, Some(limits)).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(refused(&response, config)),
            Err(Error::Io(error)) => Err(StreamError::Connect(error).into()),
            Err(_) => Err(StreamError::Upgrade("it is no WebSocket upgrade").into()),
        }
    }

    fn request(&self, url: &str) -> Result<Request, TranscriberError> {
        // The endpoint was checked, and the query is encoded: only its length can be wrong.
        let mut request = url.into_client_request().map_err(|_| {
            TranscriberError::Unavailable("the address is not one; shorten the vocabulary".to_owned())
        })?;
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        Ok(request)
    }

    async fn connect(&self) -> std::io::Result<Box<dyn Connection>> {
        let Endpoint { host, port, .. } = &self.endpoint;
        let tcp = TcpStream::connect((host.as_str(), *port)).await?;
        // Audio is live: a small message does not wait for the next one.
        tcp.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(tcp)) };
        let name = ServerName::try_from(host.clone()).map_err(std::io::Error::other)?;
        Ok(Box::new(tls.connect(name, tcp).await?))
    }
}

fn refused(response: &Response<Option<Vec<u8>>>, config: &DeepgramConfig) -> TranscriberError {
    let header = response.headers().get("dg-error").and_then(|value| value.to_str().ok());
    let body = response.body().as_deref().unwrap_or_default();
    of_status(response.status().as_u16(), body, header, config.api_key.expose())
}

/// Trusts what the operating system trusts, and `extra_roots`.
fn tls(extra_roots: &[Vec<u8>]) -> Result<TlsConnector, ConfigError> {
    let unusable = |error: tokio_rustls::rustls::Error| ConfigError::Certificates(Box::new(error));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = extra_roots.iter().cloned().map(CertificateDer::from);
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(unusable)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
