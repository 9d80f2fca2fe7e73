//! Quotas.

use std::time::Duration;

use aws_sdk_kinesisvideomedia::types::StartSelectorType;

use super::support::{Local, Producer, T0_MS, fragment, header, places, start};

#[tokio::test]
async fn the_fourth_reader_of_a_stream_is_rejected_and_a_closed_one_makes_room() {
    let local = Local::start().await;
    local.filled("calls", 24, 1).await;
    let mut readers = Vec::new();
    for _ in 0..3 {
        let mut reader = local.earliest("calls").await;
        reader.take(1).await;
        readers.push(reader);
    }
    let fourth = local.get("calls", start(StartSelectorType::Earliest)).await.err();
    assert_eq!(fourth.as_deref(), Some("ConnectionLimitExceededException"));
    readers.pop();
    for second in 1.. {
        local.set_time(T0_MS + second * 2_000);
        if local.get("calls", start(StartSelectorType::Earliest)).await.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(readers.len(), 2);
}

#[tokio::test]
async fn the_sixth_call_of_a_second_is_throttled() {
    let local = Local::with(|config| config.limits.get_media_connections = 100).await;
    local.filled("calls", 24, 1).await;
    for _ in 0..5 {
        local.earliest("calls").await;
    }
    let sixth = local.get("calls", start(StartSelectorType::Earliest)).await.err();
    assert_eq!(sixth.as_deref(), Some("ClientLimitExceededException"));
    local.set_time(T0_MS + 5_000);
    assert!(local.get("calls", start(StartSelectorType::Earliest)).await.is_ok());
}

#[tokio::test]
async fn a_connection_that_lasted_long_enough_ends_cleanly_between_fragments() {
    let local = Local::with(|config| {
        config.limits.max_connection = Duration::from_millis(300);
        config.limits.get_media_idle_close = None;
    })
    .await;
    local.filled("calls", 24, 3).await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(places(&reader.rest().await), [0, 1, 2]);
    assert!(!reader.broken);
}

#[tokio::test]
async fn a_producer_that_lasted_long_enough_is_told_so() {
    let local = Local::with(|config| config.limits.max_connection = Duration::from_millis(100)).await;
    local.create("calls", 24).await;
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(&header()).await;
    producer.send(&fragment(0)).await;
    let last = producer.acks().await.pop().unwrap();
    assert_eq!(
        (last["ErrorId"].as_u64(), last["ErrorCode"].as_str()),
        (Some(4003), Some("MAX_CONNECTION_DURATION_REACHED"))
    );
}

#[tokio::test]
async fn an_account_has_only_so_many_streams() {
    let local = Local::with(|config| config.limits.streams = 1).await;
    local.create("calls", 0).await;
    let second = local.control.create_stream().stream_name("more").send().await.map_err(super::support::code);
    assert_eq!(second.unwrap_err(), "AccountStreamLimitExceededException");
}
