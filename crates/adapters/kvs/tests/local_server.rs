//! The adapter against the local server.
#![expect(clippy::unwrap_used, reason = "what fails to be set up fails the test")]

use aws_sdk_kinesisvideo::config::{BehaviorVersion, Credentials, Region};
use kvs::KvsMediaSource;
use kvs_server::{Config, Fault, Server, ServerHandle};
use mkv::{
    Block, Fragment, FragmentReader, Item, Limits, Track, tag,
    write::{self, Info, Tracks},
};
use model::{FragmentNumber, StreamName, Timestamp};
use ports::{MediaBody, MediaSource, MediaSourceError, StartAt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const T0_MS: i64 = 1_785_585_600_000;

struct Local {
    server: ServerHandle,
    source: KvsMediaSource,
    stream: StreamName,
}

impl Local {
    /// A server with a stream of four fragments of a second each.
    async fn start() -> Self {
        let server = Server::bind(Config::default()).await.unwrap().spawn();
        let source = KvsMediaSource::local(&server.endpoint(), "us-east-1", "AKIDLOCAL", "secret");
        let stream = StreamName::new("calls").unwrap();
        create(&server, stream.as_str()).await;
        put(&server, stream.as_str(), 4).await;
        Self { server, source, stream }
    }

    fn fault(&self, fault: &str) {
        self.server.faults().add(fault.parse::<Fault>().unwrap()).unwrap();
    }

    async fn open(&self, start: &StartAt) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        self.source.open(&self.stream, start).await
    }
}

async fn create(server: &ServerHandle, name: &str) {
    let config = aws_sdk_kinesisvideo::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(server.endpoint())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"))
        .build();
    let client = aws_sdk_kinesisvideo::Client::from_conf(config);
    client.create_stream().stream_name(name).data_retention_in_hours(24).send().await.unwrap();
}

async fn put(server: &ServerHandle, name: &str, fragments: i64) {
    let track = |number| Track { number, uid: number, name: format!("track {number}"), ..Track::default() };
    let mut body = Vec::new();
    write::producer_header(&mut body, Info::Connect { segment_uuid: [7; 16] }, Tracks::Entries(&[track(1)]));
    for n in 0..fragments {
        let timecode_ms = T0_MS + n * 1_000;
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

async fn read(body: &mut Box<dyn MediaBody>, count: usize) -> Vec<Fragment> {
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

fn places(fragments: &[Fragment]) -> Vec<i64> {
    fragments.iter().map(|one| (i64::try_from(one.timecode_ms.unwrap()).unwrap() - T0_MS) / 1_000).collect()
}

#[tokio::test]
async fn each_start_begins_where_it_says() {
    let local = Local::start().await;
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    let all = read(&mut body, 4).await;
    assert_eq!(places(&all), [0, 1, 2, 3]);
    let number = FragmentNumber::new(all[1].tag(tag::FRAGMENT_NUMBER).unwrap()).unwrap();
    let mut body = local.open(&StartAt::AfterFragment(number)).await.unwrap();
    assert_eq!(places(&read(&mut body, 2).await), [2, 3]);
    let time = Timestamp::from_millis(T0_MS + 1_700);
    let mut body = local.open(&StartAt::ProducerTime(time)).await.unwrap();
    assert_eq!(places(&read(&mut body, 3).await), [1, 2, 3]);
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_gone() {
    let local = Local::start().await;
    let stream = StreamName::new("none").unwrap();
    let error = local.source.open(&stream, &StartAt::Earliest).await.err().unwrap();
    assert!(
        matches!(&error, MediaSourceError::Gone { stream, .. } if stream.as_str() == "none"),
        "{error:?}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_denied_reading_is_tried_again_and_succeeds() {
    let local = Local::start().await;
    local.fault("reject:exception=NotAuthorizedException,times=1");
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(
        matches!(&error, MediaSourceError::Unauthorized { stream, .. } if *stream == local.stream),
        "{error:?}"
    );
    assert!(error.is_retryable());
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    assert_eq!(places(&read(&mut body, 4).await), [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_denied_data_endpoint_is_tried_again_and_succeeds() {
    let local = Local::start().await;
    local.fault("reject:operation=get_data_endpoint,exception=NotAuthorizedException,times=1");
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Unauthorized { .. }), "{error:?}");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
}

#[tokio::test]
async fn a_refused_start_leaves_the_stream_to_be_opened_elsewhere() {
    let local = Local::start().await;
    local.fault("reject:exception=InvalidArgumentException,times=1");
    let time = Timestamp::from_millis(T0_MS);
    let error = local.open(&StartAt::ProducerTime(time)).await.err().unwrap();
    assert!(error.is_retryable(), "{error:?}");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
}

#[tokio::test]
async fn refusals_to_wait_are_throttling() {
    let local = Local::start().await;
    for exception in ["ClientLimitExceededException", "ConnectionLimitExceededException"] {
        local.fault(&format!("reject:exception={exception},times=1"));
        let error = local.open(&StartAt::Earliest).await.err().unwrap();
        assert!(matches!(error, MediaSourceError::Throttled { .. }), "{error:?}");
    }
    local.fault("throttle:operation=get_data_endpoint,times=1");
    let fresh = KvsMediaSource::local(&local.server.endpoint(), "us-east-1", "AKIDLOCAL", "secret");
    let error = fresh.open(&local.stream, &StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Throttled { .. }), "{error:?}");
}

#[tokio::test]
async fn a_stale_endpoint_is_asked_for_again() {
    let local = Local::start().await;
    local.fault("reject:exception=InvalidEndpointException,times=1");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
    local.fault("reject:exception=InvalidEndpointException,times=2");
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Connection { .. }), "{error:?}");
}

#[tokio::test]
async fn the_endpoint_of_a_stream_is_asked_for_once() {
    let local = Local::start().await;
    drop(local.open(&StartAt::Earliest).await.unwrap());
    local.fault("throttle:operation=get_data_endpoint");
    assert!(local.open(&StartAt::Earliest).await.is_ok());
}

#[tokio::test]
async fn a_clean_end_is_none_and_a_break_is_a_lost_connection() {
    let local = Local::start().await;
    local.fault("close:after_fragments=2,times=1");
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    while body.next().await.unwrap().is_some() {}
    local.fault("reset:after_fragments=1,times=1");
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    let error = loop {
        match body.next().await {
            Ok(bytes) => assert!(bytes.is_some(), "a break is not an end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, MediaSourceError::Connection { .. }), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_quiet_stream_stays_open() {
    let local = Local::start().await;
    local.fault("stall:after_fragments=1,seconds=7");
    let mut body = local.open(&StartAt::Earliest).await.unwrap();
    // Longer than the five seconds after which the client's stalled-stream protection would give up.
    assert_eq!(places(&read(&mut body, 2).await), [0, 1]);
}

#[tokio::test]
async fn dropping_a_body_frees_its_place_at_the_service() {
    let local = Local::start().await;
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let mut body = local.open(&StartAt::Earliest).await.unwrap();
        read(&mut body, 1).await;
        bodies.push(body);
    }
    drop(bodies);
    // The server notices in its own time; a refusal until then asks to wait.
    loop {
        match local.open(&StartAt::Earliest).await {
            Ok(_) => return,
            Err(MediaSourceError::Throttled { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_lost_connection() {
    let local = Local::start().await;
    local.server.shutdown().await;
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Connection { .. }), "{error:?}");
}
