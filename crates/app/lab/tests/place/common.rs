//! A server to place calls on, a consumer to read them back, and a platform that is told of them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use contacts::SignalKind;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kvs_server::{Config, Server, ServerHandle};
use mkv::{Fragment, FragmentReader, Item, Limits};
use model::Timestamp;
use tokio::net::{TcpListener, TcpStream};

pub(crate) async fn server() -> ServerHandle {
    server_with(Config::default()).await
}

pub(crate) async fn server_with(mut config: Config) -> ServerHandle {
    config.limits.get_media_idle_close = Some(Duration::ZERO);
    Server::bind(config).await.unwrap().spawn()
}

/// Everything on a stream, as `GetMedia` gives it from the earliest fragment on.
pub(crate) async fn fragments(server: &ServerHandle, stream: &str) -> Vec<Fragment> {
    let io = TokioIo::new(TcpStream::connect(server.local_addr()).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    let connection = tokio::spawn(connection);
    let asked = format!(r#"{{"StreamName":"{stream}","StartSelector":{{"StartSelectorType":"EARLIEST"}}}}"#);
    let request =
        Request::post("/getMedia").header("host", "localhost").body(Full::new(Bytes::from(asked))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let mut reader = FragmentReader::new(Limits::default());
    reader.push(&body);
    reader.finish();
    let mut read = Vec::new();
    while let Some(item) = reader.next() {
        match item {
            Item::Fragment(fragment) => read.push(fragment),
            Item::Damaged { .. } => panic!("{item:?}"),
        }
    }
    connection.abort();
    read
}

/// A channel put together by track name and timecode.
pub(crate) fn channel(fragments: &[Fragment], name: &str, base_ms: u64, samples: usize) -> Vec<i16> {
    let mut out = vec![0; samples];
    for fragment in fragments {
        let track = fragment.tracks.iter().find(|track| track.name == name).unwrap();
        for block in fragment.blocks.iter().filter(|block| block.track == track.number) {
            let mut heard = Vec::new();
            audio::pcm_from_bytes(fragment.data(block), &mut heard);
            let at_ms = block.timecode_ms - i64::try_from(base_ms).unwrap();
            let at = usize::try_from(at_ms).unwrap() * 8;
            out[at..at + heard.len()].copy_from_slice(&heard);
        }
    }
    out
}

/// Path and body of requests, in order.
type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// Takes what Connect would say. Its first answers are errors.
pub(crate) struct Platform {
    address: std::net::SocketAddr,
    heard: Heard,
}

impl Platform {
    pub(crate) async fn start(errors_first: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Heard::default();
        let left = Arc::new(Mutex::new(errors_first));
        let taken = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, left) = (Arc::clone(&taken), Arc::clone(&left));
                let service =
                    service_fn(move |request| answer(request, Arc::clone(&heard), Arc::clone(&left)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, heard }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn heard(&self) -> Vec<(String, String)> {
        self.heard.lock().unwrap().clone()
    }

    /// What the events say, with times.
    pub(crate) fn signals(&self) -> Vec<(String, Timestamp)> {
        let read = |(path, body): (String, String)| match path.as_str() {
            "/v1/events/contact" => contacts::read_contact_event(body.as_bytes()).unwrap(),
            "/v1/events/agent" => contacts::read_agent_event(body.as_bytes()).unwrap(),
            _ => Vec::new(),
        };
        let name = |kind: &SignalKind| match kind {
            SignalKind::AgentConnected(_) => "agent+",
            SignalKind::AgentDisconnected(_) => "agent-",
            SignalKind::HoldStarted => "hold+",
            SignalKind::HoldEnded => "hold-",
            SignalKind::Disconnected => "end",
            SignalKind::Transferred(_) => "next",
        };
        self.heard()
            .into_iter()
            .flat_map(read)
            .map(|signal| (name(&signal.kind).to_owned(), signal.at))
            .collect()
    }
}

async fn answer(
    request: Request<Incoming>,
    heard: Heard,
    left: Arc<Mutex<usize>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    let mut left = left.lock().unwrap();
    if *left > 0 {
        *left -= 1;
        let mut response = Response::new(Full::default());
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        return Ok(response);
    }
    heard.lock().unwrap().push((path, String::from_utf8(body.to_vec()).unwrap()));
    Ok(Response::new(Full::new(Bytes::from_static(br#"{"status":"accepted","callId":"call-7"}"#))))
}
