//! The queue against its port's suite, and what only SQS can break, on a stand-in.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::QueueAttributeName,
};
use bytes::Bytes;
use ports::{Queue, QueueError, testing::queue_suite};
use services::{FixedAnswer, Ministack};
use sqs::{SqsError, SqsQueue};

const REGION: &str = "eu-central-1";
const WAIT: Duration = Duration::from_secs(2);

fn queue(endpoint: &str, url: &str) -> SqsQueue {
    SqsQueue::local(endpoint, REGION, "AKIDLOCAL", "secret", url)
}

fn client(ministack: &Ministack) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(ministack.endpoint())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"));
    Client::from_conf(config.build())
}

async fn make(ministack: &Ministack, name: &str, settings: &[(QueueAttributeName, &str)]) -> SqsQueue {
    let mut create = client(ministack).create_queue().queue_name(name);
    if name.ends_with(".fifo") {
        create = create.attributes(QueueAttributeName::FifoQueue, "true");
    }
    for (name, value) in settings {
        create = create.attributes(name.clone(), *value);
    }
    let url = create.send().await.expect("the queue is made").queue_url.expect("it has an address");
    queue(&ministack.endpoint(), &url)
}

async fn receive_one(queue: &SqsQueue) -> ports::QueueMessage {
    queue.receive(1, WAIT).await.expect("receive").pop().expect("a message comes")
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

async fn suite(suffix: &str) {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let count = AtomicUsize::new(0);
    queue_suite(async || {
        let name = format!("triggers-{}{suffix}", count.fetch_add(1, Ordering::Relaxed));
        let queue = make(&ministack, &name, &[(QueueAttributeName::VisibilityTimeout, "600")]).await;
        [queue.clone(), queue]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordered_queue_conforms() {
    suite(".fifo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standard_queue_conforms() {
    suite("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_sent_again_comes_once_from_an_ordered_queue() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let queue = make(&ministack, "triggers.fifo", &[]).await;
    for group in ["contact-1", "contact-1", "contact-2"] {
        queue.send(group, Bytes::from_static(b"same")).await.unwrap();
    }
    let mut received = 0;
    loop {
        let some = queue.receive(10, Duration::ZERO).await.unwrap();
        if some.is_empty() {
            break;
        }
        for message in some {
            queue.delete(&message).await.unwrap();
            received += 1;
        }
    }
    assert_eq!(received, 2, "one for each group");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_came_too_often_goes_to_the_dead_letters() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let dead = make(&ministack, "dead.fifo", &[]).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:000000000000:dead.fifo","maxReceiveCount":2}}"#
    );
    let queue = make(&ministack, "triggers.fifo", &[(QueueAttributeName::RedrivePolicy, &policy)]).await;
    queue.send("contact", Bytes::from_static(b"poison")).await.unwrap();
    for attempt in 1..=2 {
        let message = receive_one(&queue).await;
        assert_eq!(message.attempts, attempt);
        queue.put_back(&message, Duration::ZERO).await.unwrap();
    }
    assert!(queue.receive(1, Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(receive_one(&dead).await.body, "poison");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_text_come_as_they_went() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let queue = make(&ministack, "triggers.fifo", &[]).await;
    for body in [&b"\x00\xFF"[..], b"", b"plain"] {
        queue.send("contact", Bytes::from_static(body)).await.unwrap();
        let message = receive_one(&queue).await;
        assert_eq!(message.body, body);
        queue.delete(&message).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_put_into_the_queue_is_read_as_it_is() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let queue = make(&ministack, "events", &[]).await;
    let url =
        client(&ministack).get_queue_url().queue_name("events").send().await.unwrap().queue_url.unwrap();
    let event = r#"{"detail-type":"Amazon Connect Contact Event"}"#;
    client(&ministack).send_message().queue_url(url).message_body(event).send().await.unwrap();
    assert_eq!(receive_one(&queue).await.body, event);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_is_refused_before_it_is_sent() {
    let nobody = queue("http://127.0.0.1:9", "http://127.0.0.1:9/000000000000/triggers");
    let refused = nobody.send("contact", Bytes::from(vec![b'x'; 300_000])).await.unwrap_err();
    assert!(matches!(refused, QueueError::TooLarge { bytes: 300_000 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_tells_how_it_is_set_and_what_is_in_it() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let plain = make(&ministack, "plain", &[(QueueAttributeName::VisibilityTimeout, "60")]).await;
    plain.send("contact", Bytes::from_static(b"1")).await.unwrap();
    let facts = plain.facts().await.unwrap();
    assert_eq!((facts.visibility, facts.max_receives, facts.waiting), (Duration::from_secs(60), None, 1));

    let policy = format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:000000000000:plain","maxReceiveCount":10}}"#
    );
    let redriven = make(&ministack, "redriven", &[(QueueAttributeName::RedrivePolicy, &policy)]).await;
    assert_eq!(redriven.facts().await.unwrap().max_receives, Some(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_not_there_is_named() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let none = queue(&ministack.endpoint(), &format!("{}/000000000000/nowhere", ministack.endpoint()));
    assert!(matches!(none.facts().await, Err(SqsError::NoQueue { .. })));
    let error = none.send("contact", Bytes::from_static(b"x")).await.unwrap_err();
    assert!(
        text(&error).contains("there is no SQS queue") && text(&error).contains("nowhere"),
        "{}",
        text(&error)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_refused_are_told_with_the_queue() {
    let body = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not authorized"}"#;
    let refuses = FixedAnswer::start("403 Forbidden", "application/x-amz-json-1.0", body);
    let queue = queue(&refuses.endpoint(), "https://sqs.eu-central-1.amazonaws.com/111122223333/triggers");
    let error = queue.receive(1, Duration::ZERO).await.unwrap_err();
    let text = text(&error);
    assert!(text.contains("may not use the SQS queue") && text.contains("111122223333/triggers"), "{text}");
    assert_eq!(refuses.requests(), 1, "a refusal is not tried again at once");
}
