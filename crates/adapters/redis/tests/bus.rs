//! The bus on a server that stops, stands still, forgets and trims.

use std::{collections::BTreeMap, time::Duration};

use events::{Envelope, Stages, VERSION};
use model::Channel;
use ports::{
    Bus, BusError, BusMessage, BusSubscription, Received,
    testing::{ids, utterance},
};
use redis_bus::{RedisBus, RedisConfig, RedisFailure};
use services::Redis;

/// What a test waits for at the most.
const PATIENCE: Duration = Duration::from_secs(30);

fn bus(redis: &Redis) -> RedisBus {
    RedisBus::connect(&RedisConfig::new(redis.url())).expect("the configuration is good")
}

fn event(call: &str, seq: u64) -> BusMessage {
    let (tenant, call_id) = ids("acme", call);
    let event = utterance(Channel::Customer, seq * 1_000, "hello").event;
    BusMessage::Event(Envelope {
        v: VERSION,
        tenant,
        call_id,
        seq,
        position: seq,
        stages: Stages::default(),
        event,
    })
}

/// Publishes until the bus takes it.
async fn publish(bus: &RedisBus, message: BusMessage) {
    let taken = async {
        while bus.publish(std::slice::from_ref(&message)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the bus takes it");
}

/// What is received up to a message, the holes as none.
async fn receive_until(from: &mut dyn BusSubscription, last: &BusMessage) -> Vec<Option<BusMessage>> {
    let mut received = Vec::new();
    let receive = async {
        loop {
            for one in from.next().await {
                let message = match one {
                    Received::Message(message) => Some(message),
                    Received::Lost => None,
                };
                let is_last = message.as_ref() == Some(last);
                received.push(message);
                if is_last {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, receive).await.expect("the last message comes");
    received
}

#[tokio::test]
async fn what_was_published_is_gone_when_nothing_follows_it() {
    let Some(redis) = Redis::start_or_skip() else { return };
    publish(&bus(&redis), event("call-1", 1)).await;
    let client = redis::Client::open(redis.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let keys: Vec<String> =
        redis::cmd("KEYS").arg("*:bus:[0-9]*").query_async(&mut connection).await.expect("keys");
    assert_eq!(keys.len(), 1);
    let ttl: i64 = redis::cmd("TTL").arg(&keys[0]).query_async(&mut connection).await.expect("a time");
    assert!((1..=900).contains(&ttl), "{ttl}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_outlives_a_restart_and_says_that_it_may_have_lost_something() {
    let Some(mut redis) = Redis::start_or_skip() else { return };
    let [bus, other] = [bus(&redis), bus(&redis)];
    let mut from = other.subscribe().await.unwrap();
    publish(&bus, event("c", 1)).await;
    assert_eq!(receive_until(from.as_mut(), &event("c", 1)).await, [Some(event("c", 1))]);
    redis.kill();
    let failure = bus.publish(&[event("c", 2)]).await.unwrap_err();
    let BusError::Failed(cause) = failure else { panic!("{failure}") };
    assert!(cause.downcast_ref::<RedisFailure>().unwrap().is_retryable());
    redis.start_again();
    publish(&bus, event("c", 2)).await;
    assert_eq!(receive_until(from.as_mut(), &event("c", 2)).await, [None, Some(event("c", 2))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgot_everything_is_followed_as_before() {
    if Redis::start_or_skip().is_none() {
        return;
    }
    let mut redis = Redis::start_forgetful();
    let bus = bus(&redis);
    let mut from = bus.subscribe().await.unwrap();
    for seq in 1..=20 {
        publish(&bus, event("c", seq)).await;
    }
    receive_until(from.as_mut(), &event("c", 20)).await;
    redis.kill();
    redis.start_again();
    publish(&bus, event("c", 21)).await;
    let received = receive_until(from.as_mut(), &event("c", 21)).await;
    assert_eq!(received.first(), Some(&None));
    assert!(received.into_iter().flatten().eq([event("c", 21)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_stands_still_publishing_fails_and_does_not_hang() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let bus = bus(&redis);
    let mut from = bus.subscribe().await.unwrap();
    publish(&bus, event("c", 1)).await;
    redis.pause();
    let all = futures_util::future::join_all((0..50).map(|n| {
        let bus = bus.clone();
        async move { bus.publish(&[event(&format!("lost-{n}"), 1)]).await }
    }));
    let all = tokio::time::timeout(PATIENCE, all).await.expect("none hangs");
    assert!(all.iter().all(Result::is_err));
    redis.resume();
    publish(&bus, event("c", 2)).await;
    let received = receive_until(from.as_mut(), &event("c", 2)).await;
    let of_c = received.into_iter().flatten().filter(|message| message.order_key() == "acme/c");
    assert!(of_c.eq([event("c", 1), event("c", 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_too_slow_is_told_where_messages_are_missing() {
    const ALL: u64 = 5_000;
    let Some(redis) = Redis::start_or_skip() else { return };
    let config = RedisConfig { partitions: 1, maxlen: 200, ..RedisConfig::new(redis.url()) };
    let bus = RedisBus::connect(&config).unwrap();
    let mut from = bus.subscribe().await.unwrap();
    let all: Vec<BusMessage> = (1..=ALL).map(|seq| event("c", seq)).collect();
    bus.publish(&all).await.unwrap();
    let mut last = 0;
    let mut told = true;
    for one in receive_until(from.as_mut(), &event("c", ALL)).await {
        let Some(BusMessage::Event(envelope)) = one else {
            told = true;
            continue;
        };
        assert!(told || envelope.seq == last + 1, "{} follows {last} without a word", envelope.seq);
        told = false;
        last = envelope.seq;
    }
    let few = receive_few(&bus, from.as_mut()).await;
    assert_eq!(few, [Some(event("c", ALL + 1))], "nothing is missing from here on");
}

async fn receive_few(bus: &RedisBus, from: &mut dyn BusSubscription) -> Vec<Option<BusMessage>> {
    publish(bus, event("c", 5_001)).await;
    receive_until(from, &event("c", 5_001)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_many_hosts_each_stay_in_order_under_load() {
    const CALLS: u64 = 40;
    const EACH: u64 = 100;
    let Some(redis) = Redis::start_or_skip() else { return };
    let reader = bus(&redis);
    let mut from = reader.subscribe().await.unwrap();
    let publishers = (0..CALLS).map(|call| {
        let host = bus(&redis);
        tokio::spawn(async move {
            for seq in (1..=EACH).step_by(2) {
                let two = [event(&format!("c-{call}"), seq), event(&format!("c-{call}"), seq + 1)];
                host.publish(&two).await.expect("publish");
            }
        })
    });
    let publishers: Vec<_> = publishers.collect();
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let receive = async {
        while last.len() < CALLS as usize || last.values().any(|&seq| seq < EACH) {
            for one in from.next().await {
                let Received::Message(BusMessage::Event(envelope)) = one else { panic!("nothing is lost") };
                let before = last.insert(envelope.call_id.to_string(), envelope.seq).unwrap_or(0);
                assert_eq!(envelope.seq, before + 1);
            }
        }
    };
    tokio::time::timeout(PATIENCE, receive).await.expect("all come");
    for publisher in publishers {
        publisher.await.unwrap();
    }
}

#[tokio::test]
async fn a_message_of_a_newer_version_is_passed_over() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let config = RedisConfig { partitions: 1, ..RedisConfig::new(redis.url()) };
    let bus = RedisBus::connect(&config).unwrap();
    let mut from = bus.subscribe().await.unwrap();
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let newer = r#"{"kind":"from_tomorrow","of":7}"#;
    let add = redis::cmd("XADD").arg(&["trunkline:bus:0", "*", "n", "1", "m", newer]).to_owned();
    let _id: String = add.query_async(&mut connection).await.unwrap();
    let number = redis::cmd("HINCRBY").arg(&["trunkline:bus:meta", "0", "1"]).to_owned();
    let _number: u64 = number.query_async(&mut connection).await.unwrap();
    publish(&bus, event("c", 1)).await;
    assert_eq!(receive_until(from.as_mut(), &event("c", 1)).await, [Some(event("c", 1))]);
}

#[tokio::test]
async fn hosts_that_are_told_different_partitions_do_not_talk_past_each_other() {
    let Some(redis) = Redis::start_or_skip() else { return };
    bus(&redis).check().await.unwrap();
    let other = RedisConfig { partitions: 32, ..RedisConfig::new(redis.url()) };
    let other = RedisBus::connect(&other).unwrap();
    let failure = other.check().await.unwrap_err();
    assert!(
        matches!(&failure, RedisFailure::OtherPartitions { told: 32, known } if known == "64"),
        "{failure:?}"
    );
    assert!(!failure.is_retryable());
    assert!(other.subscribe().await.is_err());
}

#[tokio::test]
async fn a_subscription_that_is_dropped_leaves_no_connection() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let bus = bus(&redis);
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut clients = async || {
        let list: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut connection).await.unwrap();
        list.lines().count()
    };
    let before = clients().await;
    let from = bus.subscribe().await.unwrap();
    assert_eq!(clients().await, before + 1);
    drop(from);
    let gone = async {
        while clients().await > before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("its connection goes");
}
