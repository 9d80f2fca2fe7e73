//! The S3 store against its port's suite, and what only S3 can break, on a stand-in.

mod lossy;

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
};

use blob::{S3BlobStore, S3Config, S3Error};
use bytes::Bytes;
use ports::{BlobError, BlobStore, BlobWriter, ByteRange, testing::blob_store_suite};
use services::{FixedAnswer, Ministack};

use lossy::Lossy;

/// Where the stand-in makes a bucket that is asked for without a signature.
const REGION: &str = "us-east-1";
const PART: usize = 5 * 1024 * 1024;

fn store(endpoint: &str, config: S3Config) -> S3BlobStore {
    S3BlobStore::local(endpoint, REGION, "AKIDLOCAL", "secret", config).expect("the configuration is good")
}

/// One request without a signature, which the stand-in does not ask for; gives its answer.
fn request(endpoint: &str, method: &str, path: &str) -> String {
    let address = endpoint.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("the stand-in is there");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

fn with_bucket(ministack: &Ministack, bucket: &str) -> S3BlobStore {
    let answer = request(&ministack.endpoint(), "PUT", &format!("/{bucket}"));
    assert!(answer.contains(" 200 "), "{answer}");
    store(&ministack.endpoint(), S3Config::new(bucket))
}

/// The uploads in parts that were begun and neither completed nor aborted.
fn uploads(ministack: &Ministack, bucket: &str) -> usize {
    let answer = request(&ministack.endpoint(), "GET", &format!("/{bucket}?uploads"));
    assert!(answer.contains(" 200 "), "{answer}");
    answer.matches("<UploadId>").count()
}

async fn begin(store: &S3BlobStore, key: &str, parts: &[Vec<u8>]) -> Box<dyn BlobWriter> {
    let mut writer = store.create(key).await.expect("create");
    for part in parts {
        writer.write(Bytes::copy_from_slice(part)).await.expect("write");
    }
    writer
}

/// Bytes that tell where they are.
fn pattern(len: usize) -> Vec<u8> {
    (0_u32..).map(|n| u8::try_from((n * 31 + (n >> 8)) % 251).expect("less than 251")).take(len).collect()
}

fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_s3_store_conforms() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let count = AtomicUsize::new(0);
    blob_store_suite(async || {
        with_bucket(&ministack, &format!("recordings-{}", count.fetch_add(1, Ordering::Relaxed)))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_s3_store_conforms_below_a_prefix() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let _whole = with_bucket(&ministack, "recordings");
    let count = AtomicUsize::new(0);
    blob_store_suite(async || {
        let prefix = format!("tenants/t-{}", count.fetch_add(1, Ordering::Relaxed));
        store(&ministack.endpoint(), S3Config { prefix, ..S3Config::new("recordings") })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_of_several_parts_reads_back_whatever_the_writes_were() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let store = with_bucket(&ministack, "recordings");
    let whole = pattern(2 * PART + 12_345);
    for (key, cut) in [("small-writes", 700_001), ("one-write", whole.len())] {
        let parts: Vec<Vec<u8>> = whole.chunks(cut).map(<[u8]>::to_vec).collect();
        begin(&store, key, &parts).await.commit().await.unwrap();

        assert_eq!(store.size(key).await.unwrap(), u64::try_from(whole.len()).unwrap());
        let read = store.read(key, ByteRange { start: 0, end: u64::MAX }).await.unwrap();
        assert!(read == whole, "{key} reads back differently");
        let (start, end) = (PART - 3, PART + 4);
        let range = ByteRange { start: u64::try_from(start).unwrap(), end: u64::try_from(end).unwrap() };
        assert_eq!(store.read(key, range).await.unwrap(), &whole[start..end]);
    }
    let exact = pattern(2 * PART);
    begin(&store, "exact", std::slice::from_ref(&exact)).await.commit().await.unwrap();
    assert!(store.read("exact", ByteRange { start: 0, end: u64::MAX }).await.unwrap() == exact);
    assert_eq!(uploads(&ministack, "recordings"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_of_a_large_blob_the_second_loses_and_leaves_nothing() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let store = with_bucket(&ministack, "recordings");
    let late = begin(&store, "k", &[pattern(PART + 1)]).await;
    begin(&store, "k", &[b"first".to_vec()]).await.commit().await.unwrap();

    assert!(matches!(late.commit().await, Err(BlobError::Exists(key)) if key == "k"));

    assert_eq!(store.read("k", ByteRange { start: 0, end: 99 }).await.unwrap(), "first");
    gone(&ministack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_on_its_way_is_known_as_ones_own() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let _direct = with_bucket(&ministack, "recordings");
    let puts: fn(&str) -> bool = |line| line.starts_with("PUT /recordings/k ");
    let completes: fn(&str) -> bool = |line| line.starts_with("POST /recordings/k?uploadId=");
    for (loses, bytes) in [(puts, pattern(10)), (completes, pattern(PART + 1))] {
        let network = Lossy::before(&ministack.endpoint(), loses);
        let store = store(&network.endpoint(), S3Config::new("recordings"));
        let writer = begin(&store, "k", std::slice::from_ref(&bytes)).await;

        writer.commit().await.unwrap();

        assert_eq!(network.lost(), 1);
        assert!(store.read("k", ByteRange { start: 0, end: u64::MAX }).await.unwrap() == bytes);
        assert!(matches!(store.create("k").await, Err(BlobError::Exists(_))));
        store.delete("k").await.unwrap();
    }
    assert_eq!(uploads(&ministack, "recordings"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_is_aborted() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let store = with_bucket(&ministack, "recordings");
    let writer = begin(&store, "k", &[pattern(PART + 1)]).await;
    assert_eq!(uploads(&ministack, "recordings"), 1);

    drop(writer);

    gone(&ministack).await;
    assert!(matches!(store.size("k").await, Err(BlobError::NotFound(_))));
}

/// Waits until no upload is left: a writer that is dropped has them removed by a task of its own.
async fn gone(ministack: &Ministack) {
    for _ in 0..5_000 {
        if uploads(ministack, "recordings") == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("an upload is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_encrypted_by_the_configured_key() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let _plain = with_bucket(&ministack, "recordings");
    let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let config = S3Config { kms_key: Some(key.to_owned()), ..S3Config::new("recordings") };
    let store = store(&ministack.endpoint(), config);
    begin(&store, "small", &[b"x".to_vec()]).await.commit().await.unwrap();
    begin(&store, "large", &[pattern(PART + 1)]).await.commit().await.unwrap();
    for name in ["small", "large"] {
        let head = request(&ministack.endpoint(), "HEAD", &format!("/recordings/{name}")).to_lowercase();
        assert!(
            head.contains("x-amz-server-side-encryption: aws:kms") && head.contains(key),
            "{name}: {head}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_named() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let store = store(&ministack.endpoint(), S3Config::new("nowhere"));
    let writer = begin(&store, "k", &[b"x".to_vec()]).await;

    let error = writer.commit().await.unwrap_err();

    assert!(text(&error).contains("there is no S3 bucket nowhere: create it"), "{}", text(&error));
    assert!(matches!(store.check().await, Err(S3Error::NoBucket { .. })));
    with_bucket(&ministack, "somewhere").check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_another_region_is_told() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let _here = with_bucket(&ministack, "recordings");
    let config = S3Config { region: Some("eu-central-1".to_owned()), ..S3Config::new("recordings") };
    let elsewhere = store(&ministack.endpoint(), config);
    assert!(matches!(elsewhere.check().await, Err(S3Error::OtherRegion { .. })));
    let error = elsewhere.size("k").await.unwrap_err();
    assert!(text(&error).contains("recordings is in another region: name its region"), "{}", text(&error));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_to_allow_and_keeps_secrets_out() {
    let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let refuses = FixedAnswer::start("403 Forbidden", "application/xml", body);
    let denied = store(&refuses.endpoint(), S3Config::new("recordings"));
    let error = denied.read("k", ByteRange { start: 0, end: 9 }).await.unwrap_err();
    assert!(text(&error).contains("S3 bucket recordings is denied: allow s3:ListBucket"), "{}", text(&error));
    let Err(error) = denied.create("k").await else { panic!("a blob was begun") };
    assert!(text(&error).contains("s3:PutObject"), "{}", text(&error));

    let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>The signature is wrong</Message>\
                <CanonicalRequest>x-amz-security-token:SESSION</CanonicalRequest></Error>";
    let refuses = FixedAnswer::start("403 Forbidden", "application/xml", body);
    let wrong = store(&refuses.endpoint(), S3Config::new("recordings"));
    let error = wrong.read("k", ByteRange { start: 0, end: 9 }).await.unwrap_err();
    let text = text(&error);
    assert!(text.contains("credentials for the S3 bucket recordings are not valid"), "{text}");
    assert!(text.contains("The signature is wrong") && !text.contains("SESSION"), "{text}");
}

#[test]
fn a_configuration_that_cannot_be_used_is_told() {
    let of =
        |config| S3BlobStore::local("http://127.0.0.1:9", REGION, "a", "b", config).unwrap_err().to_string();
    let bad_prefix = of(S3Config { prefix: "/calls/".to_owned(), ..S3Config::new("recordings") });
    assert!(bad_prefix.contains("recordings") && bad_prefix.contains("prefix"), "{bad_prefix}");
    let nothing = blob::SdkConfig::builder().build();
    let error = S3BlobStore::from_aws_config(&nothing, S3Config::new("recordings")).unwrap_err();
    assert!(error.to_string().contains("no region"), "{error}");
}
