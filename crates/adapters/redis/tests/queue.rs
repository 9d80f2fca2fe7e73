//! The queue under consumers that die, messages that cannot be handled, and a server that stops.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use ports::{Queue, QueueError, QueueMessage};
use redis_bus::{QueueConfig, RedisConfig, RedisFailure, RedisQueue};
use services::Redis;

/// What a test waits for at the most.
const PATIENCE: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(60);
const NEVER: Duration = Duration::from_secs(3_600);

fn queue(redis: &Redis, change: impl Fn(&mut QueueConfig)) -> RedisQueue {
    let mut config = QueueConfig::new("work");
    config.visibility = NEVER;
    change(&mut config);
    RedisQueue::connect(&RedisConfig::new(redis.url()), config).expect("the configuration is good")
}

fn body(text: impl ToString) -> Bytes {
    Bytes::from(text.to_string())
}

async fn one(queue: &RedisQueue) -> QueueMessage {
    queue.receive(1, PATIENCE).await.expect("receive").pop().expect("a message comes")
}

async fn nothing(queue: &RedisQueue, within: Duration) -> bool {
    queue.receive(10, within).await.expect("receive").is_empty()
}

/// Sends until the queue takes it.
async fn send(queue: &RedisQueue, group: &str, text: impl ToString) {
    let body = body(text);
    let taken = async {
        while queue.send(group, body.clone()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the queue takes it");
}

fn failure(error: QueueError) -> RedisFailure {
    let QueueError::Failed(cause) = error else { panic!("{error}") };
    *cause.downcast().expect("a failure of Redis")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_consumer_had_in_hand_comes_to_another() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let [dies, lives] = [(); 2].map(|()| queue(&redis, |config| config.visibility = SOON));
    for n in 0..20 {
        send(&dies, &format!("contact-{n}"), n).await;
    }
    let mut in_hand = 0;
    while in_hand < 20 {
        in_hand += dies.receive(7, PATIENCE).await.unwrap().len();
    }
    drop(dies);
    let mut bodies = BTreeSet::new();
    while bodies.len() < 20 {
        for message in lives.receive(10, PATIENCE).await.unwrap() {
            assert!(message.attempts >= 2);
            lives.delete(&message).await.unwrap();
            bodies.insert(message.body);
        }
    }
    assert!(nothing(&lives, 2 * SOON).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_nobody_can_handle_goes_to_the_dead_letters_and_can_be_replayed() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let queue = queue(&redis, |config| (config.visibility, config.max_attempts) = (SOON, 3));
    send(&queue, "contact", "poison").await;
    for attempt in 1..=3 {
        let message = one(&queue).await;
        assert_eq!(message.attempts, attempt);
        if attempt == 2 {
            queue.put_back(&message, Duration::ZERO).await.unwrap();
        }
    }
    while queue.dead_letters(10).await.unwrap().is_empty() {
        assert!(nothing(&queue, SOON).await);
    }
    let letters = queue.dead_letters(10).await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(
        (letter.group.as_str(), letter.attempts, letter.body.as_ref()),
        ("contact", 3, b"poison".as_slice())
    );
    assert_eq!(letter.cause, "received 3 times and never deleted");
    assert!(!format!("{letter:?}").contains("poison"));
    assert!(queue.replay(&letter.id).await.unwrap());
    assert!(!queue.replay(&letter.id).await.unwrap(), "it is no dead letter any more");
    let again = one(&queue).await;
    assert_eq!((again.attempts, again.body.as_ref()), (1, b"poison".as_slice()));
    queue.delete(&again).await.unwrap();
    assert!(queue.dead_letters(10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_back_survives_its_consumer_and_the_server() {
    let Some(mut redis) = Redis::start_or_skip() else { return };
    let [dies, lives] = [(); 2].map(|()| queue(&redis, |_| ()));
    send(&dies, "contact", "later").await;
    let message = one(&dies).await;
    dies.put_back(&message, SOON).await.unwrap();
    drop(dies);
    redis.kill();
    redis.start_again();
    let again = loop {
        if let Ok(mut received) = lives.receive(1, PATIENCE).await {
            break received.pop().expect("it comes");
        }
    };
    assert_eq!((again.body.as_ref(), again.attempts), (b"later".as_slice(), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_may_be_longer_than_the_visibility_timeout() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let queue = queue(&redis, |config| config.visibility = SOON);
    send(&queue, "contact", "later").await;
    let message = one(&queue).await;
    queue.put_back(&message, NEVER).await.unwrap();
    assert!(nothing(&queue, 3 * SOON).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_was_too_slow_cannot_take_the_message_from_the_next() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let [slow, next] = [(); 2].map(|()| queue(&redis, |config| config.visibility = SOON));
    send(&slow, "contact", "work").await;
    let stale = one(&slow).await;
    let held = one(&next).await;
    assert_eq!(held.attempts, 2);
    slow.put_back(&stale, NEVER).await.unwrap();
    assert_eq!(one(&next).await.attempts, 3, "putting back with a stale receipt does nothing");
    slow.delete(&stale).await.unwrap();
    assert!(nothing(&next, 3 * SOON).await, "but what was handled was handled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consumers_share_the_work_and_groups_stay_in_order() {
    const GROUPS: u32 = 12;
    const EACH: u32 = 40;
    let Some(redis) = Redis::start_or_skip() else { return };
    let consumers = [(); 3].map(|()| queue(&redis, |_| ()));
    for n in 0..EACH {
        for group in 0..GROUPS {
            send(&consumers[0], &format!("contact-{group}"), format!("{group}:{n}")).await;
        }
    }
    let mut next: BTreeMap<String, u32> = BTreeMap::new();
    for turn in 0.. {
        let consumer = &consumers[turn % consumers.len()];
        let received = consumer.receive(7, Duration::ZERO).await.unwrap();
        if received.is_empty() {
            break;
        }
        for message in received {
            let text = String::from_utf8(message.body.to_vec()).unwrap();
            let (group, n) = text.split_once(':').unwrap();
            let expected = next.entry(group.to_owned()).or_default();
            assert_eq!(n.parse::<u32>().unwrap(), *expected);
            *expected += 1;
            consumer.delete(&message).await.unwrap();
        }
    }
    assert!(next.len() == GROUPS as usize && next.values().all(|&count| count == EACH));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_taken_is_lost_when_the_server_is_killed() {
    const ALL: u32 = 300;
    let Some(mut redis) = Redis::start_or_skip() else { return };
    let [sender, receiver] = [(); 2].map(|()| queue(&redis, |config| config.visibility = 4 * SOON));
    let sending = tokio::spawn(async move {
        for n in 0..ALL {
            send(&sender, &format!("contact-{}", n % 5), n).await;
        }
    });
    let mut handled = BTreeSet::new();
    let handle = async {
        while handled.len() < ALL as usize {
            let Ok(received) = receiver.receive(10, SOON).await else { continue };
            for message in received {
                handled.insert(message.body.clone());
                // What cannot be deleted now comes again.
                drop(receiver.delete(&message).await);
            }
            if handled.len() == 50 || handled.len() == 51 {
                redis.kill();
                redis.start_again();
            }
        }
    };
    tokio::time::timeout(PATIENCE, handle).await.expect("all come");
    sending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_consumer_goes_on_when_the_server_came_back_empty() {
    if Redis::start_or_skip().is_none() {
        return;
    }
    let mut redis = Redis::start_forgetful();
    let [sender, receiver] = [(); 2].map(|()| queue(&redis, |_| ()));
    send(&sender, "contact", "before").await;
    let before = one(&receiver).await;
    redis.kill();
    let away = failure(sender.send("contact", body("lost")).await.unwrap_err());
    assert!(away.is_retryable(), "{away:?}");
    redis.start_again();
    send(&sender, "contact", "after").await;
    while receiver.delete(&before).await.is_err() {}
    assert_eq!(one(&receiver).await.body.as_ref(), b"after");
}

#[tokio::test]
async fn a_full_queue_and_what_is_too_large_are_refused() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let queue = queue(&redis, |config| config.max_backlog = 2);
    for n in 0..2 {
        queue.send("contact", body(n)).await.unwrap();
    }
    let full = failure(queue.send("contact", body("3")).await.unwrap_err());
    assert!(matches!(full, RedisFailure::Full(2)) && full.is_retryable());
    let large = queue.send("contact", Bytes::from(vec![0; 256 * 1024])).await.unwrap_err();
    assert!(matches!(large, QueueError::TooLarge { bytes } if bytes > 256 * 1024));
    let foreign = QueueMessage { body: body(""), attempts: 1, receipt: "of/another/queue".to_owned() };
    assert!(matches!(failure(queue.delete(&foreign).await.unwrap_err()), RedisFailure::Receipt));
    let beyond = QueueMessage { receipt: "99/1-1/1/1".to_owned(), ..foreign };
    assert!(matches!(failure(queue.put_back(&beyond, SOON).await.unwrap_err()), RedisFailure::Receipt));
}
