//! Failures on demand.

use aws_sdk_kinesisvideo::types::ApiName;
use aws_sdk_kinesisvideomedia::types::StartSelectorType;
use kvs_server::Fault;
use mkv::tag;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::support::{Local, Producer, code, fragment, header, places, start};

async fn with(fault: &str) -> Local {
    let idle = Some(std::time::Duration::from_millis(300));
    let local = Local::with(|config| config.limits.get_media_idle_close = idle).await;
    local.filled("calls", 24, 4).await;
    local.server.faults().add(fault.parse::<Fault>().unwrap()).unwrap();
    local
}

#[tokio::test]
async fn close_ends_the_body_cleanly_after_so_many_fragments() {
    let local = with("close:after_fragments=2,times=1").await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(places(&reader.rest().await), [0, 1]);
    assert!(!reader.broken);
    assert_eq!(local.earliest("calls").await.take(4).await.len(), 4, "used up by one call");
}

#[tokio::test]
async fn close_ends_the_body_cleanly_after_so_long() {
    let local = with("close:after_seconds=0.2").await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(reader.rest().await.len(), 4);
    assert!(!reader.broken);
}

#[tokio::test]
async fn reset_breaks_in_the_middle_of_a_block() {
    let local = with("reset:after_fragments=1").await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(places(&reader.take(1).await), [0]);
    reader.rest().await;
    assert!(reader.broken);
}

#[tokio::test]
async fn stall_keeps_the_connection_open_and_silent() {
    let local = with("stall:after_fragments=2").await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(reader.take(2).await.len(), 2);
    let silence = tokio::time::timeout(std::time::Duration::from_millis(100), reader.next()).await;
    assert!(silence.is_err());
}

#[tokio::test]
async fn throttle_and_reject_refuse_the_call() {
    let local = with("throttle:times=1").await;
    let earliest = || local.get("calls", start(StartSelectorType::Earliest));
    assert_eq!(earliest().await.err().as_deref(), Some("ClientLimitExceededException"));
    local.server.faults().add("reject:exception=InvalidEndpointException,times=1".parse().unwrap()).unwrap();
    assert_eq!(earliest().await.err().as_deref(), Some("InvalidEndpointException"));
    assert!(earliest().await.is_ok());
    local.server.faults().add("throttle:operation=get_data_endpoint".parse().unwrap()).unwrap();
    let refused =
        local.control.get_data_endpoint().stream_name("calls").api_name(ApiName::GetMedia).send().await;
    assert_eq!(refused.map_err(code).unwrap_err(), "ClientLimitExceededException");
}

#[tokio::test]
async fn key_errors_come_in_the_body_and_end_it() {
    for (id, name) in [("4500", "KMS_KEY_ACCESS_DENIED"), ("4506", "KMS_KEY_NOT_FOUND")] {
        let local = with(&format!("kms:code={id},after_fragments=1")).await;
        let mut reader = local.earliest("calls").await;
        let fragments = reader.rest().await;
        assert_eq!(places(&fragments), [0, -1]);
        assert_eq!(fragments[1].tag(tag::ERROR_ID), Some(id));
        assert_eq!(fragments[1].tag(tag::ERROR_CODE), Some(name));
        assert!(!reader.broken);
    }
}

#[tokio::test]
async fn other_errors_come_in_the_body_too() {
    for id in ["3000", "3002", "4000", "5000"] {
        let local = with(&format!("error:code={id}")).await;
        assert_eq!(local.earliest("calls").await.rest().await[0].tag(tag::ERROR_ID), Some(id));
    }
}

#[tokio::test]
async fn a_producer_is_told_of_errors_by_acknowledgement() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    local
        .server
        .faults()
        .add("kms:code=4501,operation=put_media,after_fragments=1".parse().unwrap())
        .unwrap();
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(&header()).await;
    producer.send(&fragment(0)).await;
    producer.send(&fragment(1)).await;
    let last = producer.acks().await.pop().unwrap();
    assert_eq!(
        (last["ErrorId"].as_u64(), last["ErrorCode"].as_str()),
        (Some(4501), Some("KMS_KEY_DISABLED"))
    );
}

#[tokio::test]
async fn corrupt_changes_bytes_of_clusters_the_same_way_each_time() {
    let local = with("corrupt:seed=3,every=2,bytes=40").await;
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let mut reader = local.earliest("calls").await;
        while reader.raw.len() < 4 * 33_000 && reader.next().await.is_some() {}
        reader.raw.truncate(2 * 33_000);
        bodies.push(reader.raw);
    }
    assert_eq!(bodies[0], bodies[1]);
    let own = fragment(0);
    assert!(bodies[0].windows(own.len()).any(|window| window == own), "the first fragment is whole");
    let own = fragment(1);
    assert!(!bodies[0].windows(own.len()).any(|window| window == own));
}

#[tokio::test]
async fn drop_leaves_fragments_out() {
    let local = with("drop:every=2").await;
    assert_eq!(places(&local.earliest("calls").await.take(2).await), [0, 2]);
}

#[tokio::test]
async fn slow_sends_everything_in_small_pieces() {
    let local = with("slow:bytes_per_second=400000").await;
    assert_eq!(places(&local.earliest("calls").await.take(4).await), [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_fault_on_one_stream_leaves_others_alone() {
    let local = with("close:after_fragments=0,stream=other").await;
    assert_eq!(local.earliest("calls").await.take(4).await.len(), 4);
}

async fn admin(local: &Local, method: &str, path: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(local.server.local_addr()).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn faults_are_ordered_over_http_too() {
    let local = Local::start().await;
    let added = admin(&local, "POST", "/_trunkline/faults", r#"{"kind":"throttle","times":2}"#).await;
    assert_eq!(added, r#"{"id":1}"#);
    let listed = admin(&local, "GET", "/_trunkline/faults", "").await;
    assert!(listed.contains(r#""kind":"throttle""#) && listed.contains(r#""times":2"#), "{listed}");
    assert!(admin(&local, "POST", "/_trunkline/faults", r#"{"kind":"burn"}"#).await.contains("not a fault"));
    assert_eq!(admin(&local, "DELETE", "/_trunkline/faults/1", "").await, r#"{"faults":[]}"#);
    assert!(local.server.faults().list().is_empty());
    assert!(admin(&local, "GET", "/_trunkline/counts", "").await.contains("fragments_received"));
}
