//! A server with a clock that stands still, AWS's clients, and a producer.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws_sdk_kinesisvideo as control;
use aws_sdk_kinesisvideoarchivedmedia as archive;
use aws_sdk_kinesisvideomedia::{
    self as media,
    config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
    types::{StartSelector, StartSelectorType},
};
use kvs_server::{Config, Server, ServerHandle};
use mkv::{
    Block, Fragment, FragmentReader, Item, Limits, Track,
    write::{self, Info, Tracks},
};
use model::Timestamp;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Where the tests' time begins.
pub(crate) const T0_MS: i64 = 1_785_585_600_000;
/// The length of a fragment, as Connect makes them.
pub(crate) const FRAGMENT_MS: i64 = 1_024;

pub(crate) struct Local {
    pub(crate) server: ServerHandle,
    pub(crate) control: control::Client,
    pub(crate) media: media::Client,
    pub(crate) archive: archive::Client,
    now_ms: Arc<AtomicI64>,
}

impl Local {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let now_ms = Arc::new(AtomicI64::new(T0_MS));
        let clock = Arc::clone(&now_ms);
        let mut config = Config {
            clock: Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))),
            ..Config::default()
        };
        change(&mut config);
        let server = Server::bind(config).await.unwrap().spawn();
        Self::clients(server, now_ms, "AKIDLOCAL", "secret")
    }

    pub(crate) fn clients(server: ServerHandle, now_ms: Arc<AtomicI64>, key: &str, secret: &str) -> Self {
        let endpoint = server.endpoint();
        let credentials = Credentials::new(key, secret, None, None, "test");
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version(BehaviorVersion::latest())
                        .endpoint_url(&endpoint)
                        .region(Region::new("us-east-1"))
                        .credentials_provider(credentials.clone())
                        .retry_config(RetryConfig::disabled())
                        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                        .build(),
                )
            };
        }
        Self { control: client!(control), media: client!(media), archive: client!(archive), server, now_ms }
    }

    pub(crate) fn set_time(&self, ms: i64) {
        self.now_ms.store(ms, Ordering::Relaxed);
    }

    pub(crate) async fn create(&self, name: &str, hours: i32) -> String {
        let created =
            self.control.create_stream().stream_name(name).data_retention_in_hours(hours).send().await;
        created.unwrap().stream_arn.unwrap()
    }

    /// A stream with this many fragments, one after the other, from [`T0_MS`]; gives their numbers.
    pub(crate) async fn filled(&self, name: &str, hours: i32, count: i64) -> Vec<String> {
        self.create(name, hours).await;
        self.append(name, 0..count).await
    }

    pub(crate) async fn append(&self, name: &str, fragments: std::ops::Range<i64>) -> Vec<String> {
        let mut producer = Producer::open(&self.server, name).await;
        producer.send(&header()).await;
        let mut numbers = Vec::new();
        for n in fragments {
            self.set_time(T0_MS + n * FRAGMENT_MS);
            producer.send(&fragment(n)).await;
            numbers.push(producer.ack("BUFFERING").await["FragmentNumber"].as_str().unwrap().to_owned());
        }
        producer.finish().await;
        numbers
    }

    pub(crate) async fn get(&self, name: &str, selector: StartSelector) -> Result<Reader, String> {
        let answer = self.media.get_media().stream_name(name).start_selector(selector).send().await;
        answer.map(|answer| Reader::new(answer.payload)).map_err(code)
    }

    pub(crate) async fn earliest(&self, name: &str) -> Reader {
        self.get(name, start(StartSelectorType::Earliest)).await.unwrap()
    }
}

/// The name of the service's error.
pub(crate) fn code<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> String {
    let SdkError::ServiceError(service) = error else { return "no answer".to_owned() };
    service.err().code().unwrap_or("no code").to_owned()
}

pub(crate) fn start(kind: StartSelectorType) -> StartSelector {
    StartSelector::builder().start_selector_type(kind).build().unwrap()
}

/// Reads a body fragment by fragment.
pub(crate) struct Reader {
    payload: ByteStream,
    parser: FragmentReader,
    pub(crate) raw: Vec<u8>,
    pub(crate) broken: bool,
    pub(crate) damaged: usize,
    ended: bool,
}

impl Reader {
    pub(crate) fn new(payload: ByteStream) -> Self {
        let parser = FragmentReader::new(Limits::default());
        Self { payload, parser, raw: Vec::new(), broken: false, damaged: 0, ended: false }
    }

    /// The next fragment; `None` at the end of the body.
    pub(crate) async fn next(&mut self) -> Option<Fragment> {
        loop {
            match self.parser.next() {
                Some(Item::Fragment(fragment)) => return Some(fragment),
                Some(Item::Damaged { .. }) => {
                    self.damaged += 1;
                    continue;
                }
                None if self.ended => return None,
                None => {}
            }
            match self.payload.next().await {
                Some(Ok(bytes)) => {
                    self.raw.extend_from_slice(&bytes);
                    self.parser.push(&bytes);
                }
                end => {
                    self.broken = end.is_some();
                    self.ended = true;
                    self.parser.finish();
                }
            }
        }
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<Fragment> {
        let mut fragments = Vec::new();
        for _ in 0..count {
            fragments.push(self.next().await.expect("a fragment"));
        }
        fragments
    }

    pub(crate) async fn rest(&mut self) -> Vec<Fragment> {
        let mut fragments = Vec::new();
        while let Some(fragment) = self.next().await {
            fragments.push(fragment);
        }
        fragments
    }
}

/// Which of the tests' fragments these are.
pub(crate) fn places(fragments: &[Fragment]) -> Vec<i64> {
    let place = |fragment: &Fragment| {
        fragment.timecode_ms.map_or(-1, |ms| (i64::try_from(ms).unwrap() - T0_MS) / FRAGMENT_MS)
    };
    fragments.iter().map(place).collect()
}

/// A `PutMedia` client over plain TCP.
pub(crate) struct Producer {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    pub(crate) status: u16,
}

impl Producer {
    pub(crate) async fn open(server: &ServerHandle, stream: &str) -> Self {
        Self::open_with(
            server,
            &format!("x-amzn-stream-name: {stream}\r\nx-amzn-fragment-timecode-type: ABSOLUTE"),
        )
        .await
    }

    pub(crate) async fn open_with(server: &ServerHandle, headers: &str) -> Self {
        let (read, mut write) = TcpStream::connect(server.local_addr()).await.unwrap().into_split();
        let head = format!(
            "POST /putMedia HTTP/1.1\r\nhost: {}\r\n{headers}\r\nx-amzn-producer-start-timestamp: {}.000\r\n\
             transfer-encoding: chunked\r\n\r\n",
            server.local_addr(),
            T0_MS / 1_000
        );
        write.write_all(head.as_bytes()).await.unwrap();
        let mut read = BufReader::new(read);
        let mut status = String::new();
        read.read_line(&mut status).await.unwrap();
        let status = status.split(' ').nth(1).unwrap().parse().unwrap();
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            read.read_line(&mut line).await.unwrap();
        }
        Self { read, write, status }
    }

    /// Sends bytes; a server that closed is noticed by what it acknowledges.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        drop(self.write.write_all(&chunk).await);
    }

    /// The next acknowledgement; `None` at the end of the body.
    pub(crate) async fn next_ack(&mut self) -> Option<Value> {
        let mut size = String::new();
        self.read.read_line(&mut size).await.ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok().filter(|&size| size > 0)?;
        let mut chunk = vec![0; size + 2];
        self.read.read_exact(&mut chunk).await.ok()?;
        Some(serde_json::from_slice(&chunk).expect("one acknowledgement in each chunk"))
    }

    /// The next acknowledgement of this kind.
    pub(crate) async fn ack(&mut self, kind: &str) -> Value {
        loop {
            let ack = self.next_ack().await.expect("an acknowledgement");
            if ack["EventType"] == kind {
                return ack;
            }
        }
    }

    /// Ends the stream and gives the acknowledgements that were left.
    pub(crate) async fn finish(mut self) -> Vec<Value> {
        drop(self.write.write_all(b"0\r\n\r\n").await);
        self.acks().await
    }

    /// All acknowledgements until the server ends them.
    pub(crate) async fn acks(&mut self) -> Vec<Value> {
        let mut acks = Vec::new();
        while let Some(ack) = self.next_ack().await {
            acks.push(ack);
        }
        acks
    }
}

pub(crate) fn kinds(acks: &[Value]) -> Vec<&str> {
    acks.iter().map(|ack| ack["EventType"].as_str().unwrap()).collect()
}

pub(crate) fn tracks() -> Vec<Track> {
    let track = |number, name: &str| Track {
        number,
        uid: number,
        name: name.to_owned(),
        codec_id: "A_AAC".to_owned(),
        track_type: 2,
        codec_private: vec![0x11, 0x90],
    };
    vec![track(1, "AUDIO_TO_CUSTOMER"), track(2, "AUDIO_FROM_CUSTOMER")]
}

/// What a producer begins with.
pub(crate) fn header() -> Vec<u8> {
    let mut out = Vec::new();
    write::producer_header(&mut out, Info::Connect { segment_uuid: [7; 16] }, Tracks::Entries(&tracks()));
    out
}

/// The payload of a block, which tells fragments, tracks and blocks apart.
pub(crate) fn payload(n: i64, block: i64, track: u64) -> Vec<u8> {
    (0..1024_u64).map(|at| ((n as u64 * 31 + block as u64 * 7 + track * 3 + at) % 251) as u8).collect()
}

/// Fragment number `n`: its cluster and its producer's tags.
pub(crate) fn fragment(n: i64) -> Vec<u8> {
    fragment_at(T0_MS + n * FRAGMENT_MS, n)
}

pub(crate) fn fragment_at(timecode_ms: i64, n: i64) -> Vec<u8> {
    let mut out = Vec::new();
    let blocks = (0..16).flat_map(|block| [1, 2].map(|track| (block, track)));
    let data: Vec<_> = blocks
        .map(|(block, track)| {
            let at = Block { track, timecode_ms: timecode_ms + block * 64, bytes: 0..1024 };
            (at, payload(n, block, track))
        })
        .collect();
    let timecode = u64::try_from(timecode_ms).unwrap();
    write::cluster(&mut out, timecode, data.iter().map(|(block, data)| (block, data.as_slice())));
    write::producer_tags(&mut out, &[("ContactId", "contact-1"), ("Events", "[]")]);
    out
}
