//! Addresses of servers, and small JSON requests to them.

use std::{fmt, str::FromStr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

/// How long a small request may take before it counts as unanswered.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read; a longer one is an error.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// A server reached by plain HTTP: the lab places calls on local servers only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    authority: String,
    path: String,
}

/// A URL that is no address of a local server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a URL like http://127.0.0.1:9000")]
pub struct InvalidEndpoint(String);

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(url: &str) -> Result<Self, InvalidEndpoint> {
        let invalid = || InvalidEndpoint(url.to_owned());
        let uri: http::Uri = url.parse().map_err(|_| invalid())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(invalid)?;
        if authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(invalid());
        }
        let port = authority.port_u16().unwrap_or(80);
        let path = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
        Ok(Self {
            authority: format!("{}:{port}", authority.host()),
            path: path.trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

/// A request that got no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing listens there.
    #[error("connect to {url}")]
    Connect {
        /// Where.
        url: String,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// The connection broke, or the answer is no HTTP or too long.
    #[error("talk to {url}")]
    Broken {
        /// With whom.
        url: String,
        /// What happened.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer came in time.
    #[error("get an answer from {url} within {} s", REQUEST_TIMEOUT.as_secs())]
    TimedOut {
        /// From whom.
        url: String,
    },
}

impl Endpoint {
    /// `host:port`, as the `Host` header has it.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The path of the URL itself, before any that is asked for.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The same server with another path.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        Self { authority: self.authority.clone(), path: path.to_owned() }
    }

    pub(crate) fn broken(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RequestError {
        RequestError::Broken { url: self.to_string(), cause: cause.into() }
    }

    /// Opens a connection of its own for one request.
    pub(crate) async fn connect(&self) -> Result<TokioIo<TcpStream>, RequestError> {
        let stream = TcpStream::connect(&self.authority)
            .await
            .map_err(|cause| RequestError::Connect { url: self.to_string(), cause })?;
        // Blocks are small and each is awaited on the other side.
        stream.set_nodelay(true).map_err(|cause| self.broken(cause))?;
        Ok(TokioIo::new(stream))
    }

    /// Posts JSON to this URL.
    pub(crate) async fn post_json(
        &self,
        body: Vec<u8>,
        mut headers: HeaderMap,
    ) -> Result<Answer, RequestError> {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let exchange = self.exchange(Bytes::from(body), headers);
        let timed_out = |_| RequestError::TimedOut { url: self.to_string() };
        tokio::time::timeout(REQUEST_TIMEOUT, exchange).await.map_err(timed_out)?
    }

    async fn exchange(&self, body: Bytes, headers: HeaderMap) -> Result<Answer, RequestError> {
        let io = self.connect().await?;
        let (mut sender, connection) = http1::handshake(io).await.map_err(|error| self.broken(error))?;
        let request = self.request(headers, Full::new(body)).map_err(|error| self.broken(error))?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(|error| self.broken(error))?;
            Answer::read(response).await.map_err(|error| self.broken(error))
        };
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            // The answer may have come with the last bytes before the close; otherwise waiting for it tells why not.
            _closed = connection => answer.await,
        }
    }

    pub(crate) fn request<B>(&self, headers: HeaderMap, body: B) -> Result<Request<B>, http::Error> {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        let mut request = Request::builder().method(Method::POST).uri(path).body(body)?;
        *request.headers_mut() = headers;
        let host = HeaderValue::from_str(&self.authority)?;
        request.headers_mut().insert(header::HOST, host);
        Ok(request)
    }
}

/// An answer to a small request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `x-amzn-ErrorType`.
    pub(crate) error_type: Option<String>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn read(
        response: Response<Incoming>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let status = response.status();
        let error_type = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let error_type = error_type.map(str::to_owned);
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await?.to_bytes();
        Ok(Self { status, error_type, body })
    }

    /// The start of the body on one line, for an error message.
    pub(crate) fn excerpt(&self) -> String {
        const MAX_CHARS: usize = 300;
        let text = String::from_utf8_lossy(&self.body);
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_CHARS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_local_servers_are_taken_and_others_named() {
        let endpoint: Endpoint = "http://localhost:9000/".parse().unwrap();
        assert_eq!((endpoint.authority(), endpoint.path()), ("localhost:9000", ""));
        let endpoint: Endpoint = "http://127.0.0.1/v1/triggers/connect".parse().unwrap();
        assert_eq!(endpoint.to_string(), "http://127.0.0.1:80/v1/triggers/connect");
        for wrong in ["https://kinesisvideo.us-east-1.amazonaws.com", "127.0.0.1:9000", "http://", "nonsense"]
        {
            assert!(wrong.parse::<Endpoint>().unwrap_err().to_string().contains(wrong));
        }
    }
}
