//! `PutMedia` in, `GetMedia` out.

use aws_sdk_kinesisvideomedia::types::StartSelectorType;
use mkv::tag;

use super::support::{
    FRAGMENT_MS, Local, Producer, T0_MS, fragment, fragment_at, header, kinds, payload, places, start, tracks,
};

#[tokio::test]
async fn a_fragment_comes_out_as_it_went_in_between_the_services_tags() {
    let local = Local::start().await;
    let numbers = local.filled("calls", 24, 2).await;
    let mut reader = local.earliest("calls").await;
    let first = reader.next().await.unwrap();
    assert_eq!(first.tracks, tracks());
    assert_eq!(first.timecode_ms, Some(T0_MS as u64));
    assert_eq!(first.blocks.len(), 32);
    for (index, block) in first.blocks.iter().enumerate() {
        let index = index as i64;
        assert_eq!(block.timecode_ms, T0_MS + index / 2 * 64);
        assert_eq!(first.data(block), payload(0, index / 2, block.track));
    }
    let seconds = format!("{}.000", T0_MS / 1_000);
    let tags: Vec<_> = first.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(
        tags,
        [
            (tag::FRAGMENT_NUMBER, numbers[0].as_str()),
            (tag::SERVER_TIMESTAMP, &seconds),
            (tag::PRODUCER_TIMESTAMP, &seconds),
            ("ContactId", "contact-1"),
            ("Events", "[]"),
            (tag::MILLIS_BEHIND_NOW, "1024"),
            (tag::CONTINUATION_TOKEN, &numbers[0]),
        ]
    );
    let second = reader.next().await.unwrap();
    assert_eq!(second.tag(tag::MILLIS_BEHIND_NOW), Some("0"));
    // Every document is a producer's head, tags, its cluster and tags, tags: its own bytes all in one piece each.
    let own = fragment(0);
    assert!(reader.raw.starts_with(&header()));
    assert!(reader.raw.windows(own.len()).any(|window| window == own));
}

#[tokio::test]
async fn acknowledgements_come_when_they_are_due() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    let mut producer = Producer::open(&local.server, "calls").await;
    let (first, second) = (fragment(0), fragment(1));
    producer.send(&header()).await;
    producer.send(&first[..100]).await;
    let buffering = producer.next_ack().await.unwrap();
    assert_eq!(buffering["EventType"], "BUFFERING");
    assert_eq!(buffering["FragmentTimecode"], T0_MS);
    assert_eq!(buffering["FragmentNumber"].as_str().unwrap().len(), 47);
    producer.send(&first[100..]).await;
    producer.send(&second[..100]).await;
    let mut acks = Vec::new();
    for _ in 0..3 {
        acks.push(producer.next_ack().await.unwrap());
    }
    assert_eq!(kinds(&acks), ["RECEIVED", "PERSISTED", "BUFFERING"]);
    assert_eq!(acks[0]["FragmentNumber"], buffering["FragmentNumber"]);
    assert!(acks[2]["FragmentNumber"].as_str() > buffering["FragmentNumber"].as_str());
    producer.send(&second[100..]).await;
    assert_eq!(kinds(&producer.finish().await), ["RECEIVED", "PERSISTED"]);
}

#[tokio::test]
async fn a_live_reader_gets_each_fragment_once_it_is_complete() {
    let local = Local::start().await;
    local.create("calls", 0).await;
    let mut reader = local.get("calls", start(StartSelectorType::Now)).await.unwrap();
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(&header()).await;
    producer.send(&fragment(0)).await;
    for n in 1..5 {
        producer.send(&fragment(n)).await;
        assert_eq!(places(&reader.take(1).await), [n - 1]);
    }
}

#[tokio::test]
async fn a_producer_that_drops_loses_only_its_open_fragment() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(&header()).await;
    producer.send(&fragment(0)).await;
    producer.send(&fragment(1)).await;
    let third = fragment(2);
    producer.send(&third[..third.len() / 2]).await;
    producer.ack("PERSISTED").await;
    producer.ack("PERSISTED").await;
    drop(producer);
    local.append_when_free("calls", 3).await;
    assert_eq!(places(&local.earliest("calls").await.take(3).await), [0, 1, 3]);
}

impl Local {
    /// Appends a fragment as soon as the server has noticed that the last producer is gone.
    async fn append_when_free(&self, name: &str, n: i64) {
        loop {
            let mut producer = Producer::open(&self.server, name).await;
            if producer.status == 200 {
                producer.send(&header()).await;
                producer.send(&fragment(n)).await;
                producer.finish().await;
                return;
            }
            // Past the calls of this second.
            self.set_time(T0_MS + n * FRAGMENT_MS + i64::from(producer.status) * 1_000);
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_stream_has_one_producer_at_a_time() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    let first = Producer::open(&local.server, "calls").await;
    assert_eq!(first.status, 200);
    assert_eq!(Producer::open(&local.server, "calls").await.status, 400);
    first.finish().await;
}

#[tokio::test]
async fn an_error_is_acknowledged_with_its_fragment_and_ends_the_connection() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(&header()).await;
    producer.send(&fragment(5)).await;
    producer.send(&fragment(4)).await;
    let acks = producer.acks().await;
    assert_eq!(kinds(&acks), ["BUFFERING", "RECEIVED", "PERSISTED", "ERROR"]);
    assert_eq!(acks[3]["ErrorId"], 4004);
    assert_eq!(acks[3]["ErrorCode"], "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS");
    assert_eq!(acks[3]["FragmentTimecode"], T0_MS + 4 * FRAGMENT_MS);
}

#[tokio::test]
async fn bytes_that_are_no_matroska_are_refused_as_such() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(b"RIFF....WAVEfmt ").await;
    let acks = producer.acks().await;
    assert_eq!(acks[0]["ErrorId"], 4006);
}

#[tokio::test]
async fn relative_timecodes_count_from_the_producers_start() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    let headers = "x-amzn-stream-name: calls\r\nx-amzn-fragment-timecode-type: RELATIVE";
    let mut producer = Producer::open_with(&local.server, headers).await;
    producer.send(&header()).await;
    producer.send(&fragment_at(2_500, 0)).await;
    assert_eq!(producer.ack("BUFFERING").await["FragmentTimecode"], 2_500);
    producer.finish().await;
    let fragment = local.earliest("calls").await.next().await.unwrap();
    let producer_time = format!("{}.500", T0_MS / 1_000 + 2);
    assert_eq!(fragment.tag(tag::PRODUCER_TIMESTAMP), Some(producer_time.as_str()));
}

#[tokio::test]
async fn headers_that_put_media_needs_are_checked() {
    let local = Local::start().await;
    local.create("calls", 24).await;
    for headers in [
        "x-amzn-fragment-timecode-type: ABSOLUTE",
        "x-amzn-stream-name: none\r\nx-amzn-fragment-timecode-type: ABSOLUTE",
        "x-amzn-stream-name: calls",
        "x-amzn-stream-name: calls\r\nx-amzn-fragment-timecode-type: SOMETIMES",
    ] {
        assert!(Producer::open_with(&local.server, headers).await.status >= 400, "{headers}");
    }
}

#[tokio::test]
async fn deleting_a_stream_ends_its_readers_and_its_producer() {
    let local = Local::start().await;
    let arn = local.create("calls", 24).await;
    let mut producer = Producer::open(&local.server, "calls").await;
    producer.send(&header()).await;
    producer.send(&fragment(0)).await;
    producer.send(&fragment(1)).await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(places(&reader.take(1).await), [0]);
    local.control.delete_stream().stream_arn(arn).send().await.unwrap();
    assert_eq!(reader.next().await, None);
    assert!(!reader.broken);
    assert_eq!(producer.acks().await.last().unwrap()["ErrorId"], 4008);
}

#[tokio::test]
async fn a_silent_producer_hears_idle_and_is_then_closed() {
    let local = Local::with(|config| {
        config.limits.put_media_idle_ack = std::time::Duration::from_millis(20);
        config.limits.put_media_idle_close = std::time::Duration::from_millis(200);
    })
    .await;
    local.create("calls", 24).await;
    let acks = Producer::open(&local.server, "calls").await.acks().await;
    assert_eq!(acks[0]["EventType"], "IDLE");
    assert_eq!(acks.last().unwrap()["ErrorId"], 4000);
}

#[tokio::test]
async fn a_reader_of_a_stream_without_a_producer_ends_when_told_so() {
    let local =
        Local::with(|config| config.limits.get_media_idle_close = Some(std::time::Duration::from_millis(20)))
            .await;
    local.filled("calls", 24, 2).await;
    let mut reader = local.earliest("calls").await;
    assert_eq!(reader.rest().await.len(), 2);
    assert!(!reader.broken);
}
