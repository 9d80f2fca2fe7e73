//! `open`.

use mkv::tag;
use model::{FragmentNumber, Timestamp};
use ports::{
    MediaSource, MediaSourceError, StartAt,
    testing::{MediaFixture, media_source_suite},
};

use crate::support::{Local, places, read, source, stream, t0_ms};

#[tokio::test]
async fn it_conforms_to_its_port() {
    media_source_suite(async || {
        let local = Local::start().await;
        let absent = stream("absent").address.name;
        MediaFixture { source: local.source, stream: local.stream.address.name, absent }
    })
    .await;
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
    let time = Timestamp::from_millis(t0_ms() + 1_700);
    let mut body = local.open(&StartAt::ProducerTime(time)).await.unwrap();
    assert_eq!(places(&read(&mut body, 3).await), [1, 2, 3]);
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_gone() {
    let local = Local::start().await;
    let error = local.source.open(&stream("none"), &StartAt::Earliest).await.err().unwrap();
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
        matches!(&error, MediaSourceError::Unauthorized { stream, .. } if *stream == local.stream.address.name),
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
    let time = Timestamp::from_millis(t0_ms());
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
    let fresh = source(&local.server);
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
async fn three_bodies_of_a_stream_may_be_open_and_dropping_one_frees_its_place() {
    let local = Local::start().await;
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let mut body = local.open(&StartAt::Earliest).await.unwrap();
        read(&mut body, 1).await;
        bodies.push(body);
    }
    // A fourth is refused without asking the service.
    let error = local.open(&StartAt::Earliest).await.err().unwrap();
    assert!(matches!(error, MediaSourceError::Throttled { .. }), "{error:?}");
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
