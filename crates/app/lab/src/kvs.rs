//! The parts of Kinesis Video Streams that a producer needs: a stream, its endpoint, `PutMedia`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::{body::Frame, client::conn::http1};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    acks::{AckCounts, AckReader},
    clock,
    endpoint::{Answer, Endpoint, InvalidEndpoint, RequestError},
    sigv4::{Credentials, Signer},
};

/// Pieces of a body that wait to be sent; the sender of media waits when there are as many.
const MAX_PENDING_PIECES: usize = 64;
/// Retention of streams made here: what Connect's own streams should have.
const RETENTION_HOURS: u32 = 24;

/// How long the service may take to acknowledge the end of a call.
const LAST_ACKS: Duration = Duration::from_secs(30);

/// Where streams are, and whose.
#[derive(Clone, Debug)]
pub(crate) struct Kvs {
    pub(crate) endpoint: Endpoint,
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
}

/// A stream that can be put to.
#[derive(Clone, Debug)]
pub(crate) struct OpenStream {
    pub(crate) name: String,
    pub(crate) arn: String,
    data: Endpoint,
}

/// Why a stream cannot be put to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KvsError {
    /// No answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The answer is an error.
    #[error("{operation} was refused with {status}: {detail}")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The HTTP status.
        status: StatusCode,
        /// The exception's name, when the service says it.
        exception: Option<String>,
        /// What the service says.
        detail: String,
    },
    /// The answer cannot be read.
    #[error("the answer to {0} is not what the service sends")]
    Unreadable(&'static str),
    /// The endpoint that the service names is no local one.
    #[error("the service names a data endpoint that cannot be used")]
    DataEndpoint(#[from] InvalidEndpoint),
    /// The media ended and its last acknowledgements never came.
    #[error("the service did not acknowledge the end of the media within {} s", LAST_ACKS.as_secs())]
    Silent,
    /// A name or key has characters that no HTTP header can hold.
    #[error("a name or key cannot be sent in an HTTP header")]
    Header(#[from] http::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    #[serde(rename = "StreamARN")]
    stream_arn: String,
}

impl KvsError {
    /// Whether the same may succeed a moment later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Request(_) | Self::Silent => true,
            Self::Refused { status, exception, .. } => {
                let throttled = exception.as_deref().is_some_and(|name| name.contains("LimitExceeded"));
                throttled || status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreadable(_) | Self::DataEndpoint(_) | Self::Header(_) => false,
        }
    }
}

impl Kvs {
    /// The stream of this name, made if there is none.
    pub(crate) async fn open_stream(&self, name: &str) -> Result<OpenStream, KvsError> {
        let arn = self.ensure_stream(name).await?;
        let asked = json!({"StreamName": name, "APIName": "PUT_MEDIA"});
        let answer = self.call("GetDataEndpoint", "/getDataEndpoint", &asked).await?;
        let value: Value = parse("GetDataEndpoint", &accepted("GetDataEndpoint", answer)?)?;
        let url = value
            .get("DataEndpoint")
            .and_then(Value::as_str)
            .ok_or(KvsError::Unreadable("GetDataEndpoint"))?;
        Ok(OpenStream { name: name.to_owned(), arn, data: url.parse()? })
    }

    async fn ensure_stream(&self, name: &str) -> Result<String, KvsError> {
        let wanted = json!({"StreamName": name, "DataRetentionInHours": RETENTION_HOURS});
        let created = self.call("CreateStream", "/createStream", &wanted).await?;
        if !is_taken(&created) {
            let created: Created = parse("CreateStream", &accepted("CreateStream", created)?)?;
            return Ok(created.stream_arn);
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Described {
            stream_info: Created,
        }
        let answer = self.call("DescribeStream", "/describeStream", &json!({"StreamName": name})).await?;
        let described: Described = parse("DescribeStream", &accepted("DescribeStream", answer)?)?;
        Ok(described.stream_info.stream_arn)
    }

    async fn call(&self, operation: &'static str, path: &str, body: &Value) -> Result<Answer, KvsError> {
        let body = body.to_string().into_bytes();
        let endpoint = self.endpoint.with_path(path);
        let headers = self.signed(&endpoint, HeaderMap::new(), &body)?;
        tracing::trace!(operation, "calling the video service");
        Ok(endpoint.post_json(body, headers).await?)
    }

    fn signed(
        &self,
        endpoint: &Endpoint,
        mut headers: HeaderMap,
        body: &[u8],
    ) -> Result<HeaderMap, http::Error> {
        headers.insert(header::HOST, HeaderValue::from_str(endpoint.authority())?);
        let signer = Signer { credentials: &self.credentials, region: &self.region, now: clock::now() };
        signer.sign(endpoint.path(), &mut headers, body)?;
        Ok(headers)
    }

    /// Begins a `PutMedia`. Timecodes in it are absolute.
    pub(crate) async fn put_media(&self, stream: &OpenStream, start_ms: u64) -> Result<PutMedia, KvsError> {
        let endpoint = stream.data.with_path("/putMedia");
        let mut headers = HeaderMap::new();
        let start = format!("{}.{:03}", start_ms / 1_000, start_ms % 1_000);
        for (name, value) in [
            ("x-amzn-stream-name", stream.name.as_str()),
            ("x-amzn-fragment-timecode-type", "ABSOLUTE"),
            ("x-amzn-producer-start-timestamp", &start),
            ("x-amzn-fragment-acknowledgment-required", "1"),
        ] {
            let value = HeaderValue::from_str(value).map_err(http::Error::from)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        // The producer library signs the hash of an empty body: the real one is not known yet.
        let headers = self.signed(&endpoint, headers, b"")?;
        let io = endpoint.connect().await?;
        let (sender, connection) = http1::handshake(io).await.map_err(|error| endpoint.broken(error))?;
        let (body, pieces) = mpsc::channel(MAX_PENDING_PIECES);
        let pieces =
            ReceiverStream::new(pieces).map(|bytes: Bytes| Ok::<_, std::io::Error>(Frame::data(bytes)));
        let request = endpoint.request(headers, StreamBody::new(pieces))?;
        let (first, first_fragment) = watch::channel(None);
        let (received, received_to_ms) = watch::channel(None);
        let exchange = tokio::spawn(exchange(endpoint, sender, request, first, received));
        tokio::spawn(async move {
            // The exchange itself learns of every failure of its connection.
            connection.await.unwrap_or_else(|error| tracing::debug!(%error, "the media connection ended"));
        });
        Ok(PutMedia { body, first_fragment, received_to_ms, exchange })
    }
}

/// `ResourceInUseException` travels in a header.
fn is_taken(answer: &Answer) -> bool {
    answer.error_type.as_deref().is_some_and(|kind| kind.starts_with("ResourceInUse"))
}

fn accepted(operation: &'static str, answer: Answer) -> Result<Answer, KvsError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    Err(refused(operation, &answer))
}

fn refused(operation: &'static str, answer: &Answer) -> KvsError {
    let (status, exception, detail) = (answer.status, answer.error_type.clone(), answer.excerpt());
    KvsError::Refused { operation, status, exception, detail }
}

fn parse<T: serde::de::DeserializeOwned>(operation: &'static str, answer: &Answer) -> Result<T, KvsError> {
    serde_json::from_slice(&answer.body).map_err(|_| KvsError::Unreadable(operation))
}

/// A running `PutMedia`.
#[derive(Debug)]
pub(crate) struct PutMedia {
    body: mpsc::Sender<Bytes>,
    first_fragment: watch::Receiver<Option<String>>,
    received_to_ms: watch::Receiver<Option<i64>>,
    exchange: JoinHandle<Ended>,
}

/// How a `PutMedia` ended, with everything that it acknowledged until then.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) acks: AckCounts,
    pub(crate) failure: Option<KvsError>,
    /// Timecode of a fragment that would be refused again; the connection ended with it.
    pub(crate) refused_ms: Option<i64>,
}

impl PutMedia {
    /// Sends bytes, waiting while the service is slower; false when it takes no more.
    pub(crate) async fn send(&self, bytes: Vec<u8>) -> bool {
        self.body.send(Bytes::from(bytes)).await.is_ok()
    }

    /// The number that the service gave to the first fragment, as soon as it is known.
    pub(crate) fn first_fragment(&self) -> watch::Receiver<Option<String>> {
        self.first_fragment.clone()
    }

    /// Timecodes of the fragments that the service has whole: all up to this one. Ends with the exchange.
    pub(crate) fn received_to_ms(&self) -> watch::Receiver<Option<i64>> {
        self.received_to_ms.clone()
    }

    /// Ends the body and waits until all is acknowledged, within [`LAST_ACKS`].
    pub(crate) async fn finish(mut self) -> Ended {
        drop(self.body);
        match tokio::time::timeout(LAST_ACKS, &mut self.exchange).await {
            Ok(ended) => ended.unwrap_or_default(),
            Err(_) => {
                self.exchange.abort();
                Ended { failure: Some(KvsError::Silent), ..Ended::default() }
            }
        }
    }
}

/// Sends the request and reads the acknowledgements, which come while the body is still being sent.
async fn exchange<B>(
    endpoint: Endpoint,
    mut sender: http1::SendRequest<B>,
    request: http::Request<B>,
    first: watch::Sender<Option<String>>,
    received: watch::Sender<Option<i64>>,
) -> Ended
where
    B: hyper::body::Body + 'static,
{
    let mut ended = Ended::default();
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        Err(error) => return Ended { failure: Some(endpoint.broken(error).into()), ..ended },
    };
    if !response.status().is_success() {
        ended.failure = Some(match Answer::read(response).await {
            Ok(answer) => refused("PutMedia", &answer),
            Err(error) => endpoint.broken(error).into(),
        });
        return ended;
    }
    let mut reader = AckReader::default();
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let bytes = match frame {
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) => {
                ended.failure = Some(endpoint.broken(error).into());
                break;
            }
        };
        for ack in reader.push(&bytes) {
            ended.acks.add(&ack);
            if matches!(ack.event_type.as_str(), "RECEIVED" | "PERSISTED") {
                received.send_if_modified(|to| raise(to, ack.fragment_timecode));
            }
            if ack.refuses_fragment() {
                ended.refused_ms = ack.fragment_timecode;
            }
            if let Some(number) = ack.fragment_number {
                first.send_if_modified(|known| known.is_none().then(|| *known = Some(number)).is_some());
            }
        }
    }
    ended
}

/// Sets the larger of the two, and says whether that changed anything.
fn raise(to: &mut Option<i64>, ms: Option<i64>) -> bool {
    let before = *to;
    *to = before.max(ms);
    *to != before
}
