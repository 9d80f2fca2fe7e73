//! A local server with one stream, and what reads it.

use std::{
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_kinesisvideo::config::{BehaviorVersion, Credentials, Region};
use kvs::KvsMediaSource;
use kvs_server::{Config, Fault, Server, ServerHandle};
use mkv::{
    Block, Fragment, FragmentReader, Item, Limits, Track,
    write::{self, Info, Tracks},
};
use model::{StreamName, TenantId};
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// When the first fragment begins: a while ago, so that the archive has it and signatures are of now.
pub(crate) fn t0_ms() -> i64 {
    static T0_MS: LazyLock<i64> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(since.as_secs()).unwrap() * 1_000 - 600_000
    });
    *T0_MS
}

pub(crate) struct Local {
    pub(crate) server: ServerHandle,
    pub(crate) source: KvsMediaSource,
    pub(crate) stream: MediaStream,
}

impl Local {
    /// A server with a stream of four fragments of a second each.
    pub(crate) async fn start() -> Self {
        Self::with(Config::default(), 4).await
    }

    /// A server with a stream of so many fragments.
    pub(crate) async fn with(config: Config, fragments: i64) -> Self {
        let server = Server::bind(config).await.unwrap().spawn();
        let source = source(&server);
        let stream = stream("calls");
        create(&server, "calls", 24).await;
        put(&server, "calls", fragments).await;
        Self { server, source, stream }
    }

    pub(crate) fn fault(&self, fault: &str) {
        self.server.faults().add(fault.parse::<Fault>().unwrap()).unwrap();
    }

    pub(crate) async fn open(&self, start: &StartAt) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        self.source.open(&self.stream, start).await
    }
}

pub(crate) fn source(server: &ServerHandle) -> KvsMediaSource {
    KvsMediaSource::local(&server.endpoint(), "us-east-1", "AKIDLOCAL", "secret")
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn stream(name: &str) -> MediaStream {
    MediaStream::named(tenant(), StreamName::new(name).unwrap())
}

pub(crate) async fn create(server: &ServerHandle, name: &str, hours: i32) {
    let config = aws_sdk_kinesisvideo::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(server.endpoint())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"))
        .build();
    let client = aws_sdk_kinesisvideo::Client::from_conf(config);
    client.create_stream().stream_name(name).data_retention_in_hours(hours).send().await.unwrap();
}

pub(crate) async fn put(server: &ServerHandle, name: &str, fragments: i64) {
    let track = |number| Track { number, uid: number, name: format!("track {number}"), ..Track::default() };
    let mut body = Vec::new();
    write::producer_header(&mut body, Info::Connect { segment_uuid: [7; 16] }, Tracks::Entries(&[track(1)]));
    for n in 0..fragments {
        let timecode_ms = t0_ms() + n * 1_000;
        let block = |at| Block { track: 1, timecode_ms: timecode_ms + at, bytes: 0..4 };
        let blocks = [block(0), block(500)];
        let timecode = u64::try_from(timecode_ms).unwrap();
        write::cluster(&mut body, timecode, blocks.iter().map(|block| (block, &b"pcm!"[..])));
    }
    let head = format!(
        "POST /putMedia HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-amzn-stream-name: {name}\r\n\
         x-amzn-fragment-timecode-type: ABSOLUTE\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(server.local_addr()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&body).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer.matches("RECEIVED").count(), usize::try_from(fragments).unwrap(), "{answer}");
}

pub(crate) async fn read(body: &mut Box<dyn MediaBody>, count: usize) -> Vec<Fragment> {
    let mut reader = FragmentReader::new(Limits::default());
    let mut fragments = Vec::new();
    while fragments.len() < count {
        match reader.next() {
            Some(Item::Fragment(fragment)) => fragments.push(fragment),
            Some(damaged) => panic!("{damaged:?}"),
            None => reader.push(&body.next().await.unwrap().expect("more fragments")),
        }
    }
    fragments
}

pub(crate) fn places(fragments: &[Fragment]) -> Vec<i64> {
    fragments.iter().map(|one| (i64::try_from(one.timecode_ms.unwrap()).unwrap() - t0_ms()) / 1_000).collect()
}
