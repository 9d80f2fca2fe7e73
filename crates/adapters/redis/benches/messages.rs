//! Messages per second: one command a message against many in one, and what the adapter makes of it.
//! `cargo bench -p redis-bus`, which needs a Redis on this machine.
#![allow(clippy::print_stdout, reason = "a benchmark prints its numbers")]

use std::{
    future::Future,
    time::{Duration, Instant},
};

use bytes::Bytes;
use events::{Envelope, Stages, VERSION};
use model::Channel;
use ports::{
    Bus, BusMessage, Queue, Received,
    testing::{ids, utterance},
};
use redis::aio::MultiplexedConnection;
use redis_bus::{QueueConfig, RedisBus, RedisConfig, RedisQueue};
use services::Redis;

const MESSAGES: usize = 10_000;
const BATCH: usize = 250;
/// A message of the bus is about as large.
const BODY: &[u8] = &[b'x'; 600];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let redis = Redis::start_forgetful();
    runtime.block_on(run(&redis));
}

async fn run(redis: &Redis) {
    println!("{:>38} {:>12} {:>8}", "", "messages/s", "ratio");
    let client = redis::Client::open(redis.url()).expect("the address is good");
    let raw = client.get_multiplexed_async_connection().await.expect("connect");
    let alone = rate(each(&raw)).await;
    line("XADD, each waited for", alone, alone);
    line("XADD, 250 in a pipeline", rate(pipelined(&raw)).await, alone);
    let bus = RedisBus::connect(&RedisConfig::new(redis.url())).expect("the configuration is good");
    line("publish, each waited for", rate(publish(&bus, 1)).await, alone);
    line("publish, 250 at once", rate(publish(&bus, BATCH)).await, alone);
    line("publish 250 at once and receive", rate(round_trip(&bus)).await, alone);
    let queue = RedisQueue::connect(&RedisConfig::new(redis.url()), QueueConfig::new("bench"));
    let queue = queue.expect("the configuration is good");
    line("send, each waited for", rate(send(&queue)).await, alone);
    line("receive 100 at once and delete each", rate(receive(&queue)).await, alone);
    println!("one message from publish to next: {:?} in the middle", latency(&bus).await);
}

fn line(what: &str, rate: f64, alone: f64) {
    println!("{what:>38} {rate:>12.0} {:>8.1}", rate / alone);
}

async fn rate(work: impl Future<Output = ()>) -> f64 {
    let begun = Instant::now();
    work.await;
    MESSAGES as f64 / begun.elapsed().as_secs_f64()
}

fn message(n: usize) -> BusMessage {
    let (tenant, call_id) = ids("acme", &format!("call-{}", n % 500));
    let event = utterance(Channel::Customer, 1_000, "a sentence of some words as callers say them").event;
    let seq = n as u64;
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

async fn each(raw: &MultiplexedConnection) {
    let mut raw = raw.clone();
    for _ in 0..MESSAGES {
        let add = redis::cmd("XADD").arg(&["raw", "MAXLEN", "~", "4096", "*", "m"]).arg(BODY).to_owned();
        let _id: String = add.query_async(&mut raw).await.expect("XADD");
    }
}

async fn pipelined(raw: &MultiplexedConnection) {
    let mut raw = raw.clone();
    for _ in 0..MESSAGES / BATCH {
        let mut pipe = redis::pipe();
        for _ in 0..BATCH {
            pipe.cmd("XADD").arg(&["raw", "MAXLEN", "~", "4096", "*", "m"]).arg(BODY);
        }
        let _ids: Vec<String> = pipe.query_async(&mut raw).await.expect("XADD");
    }
}

async fn publish(bus: &RedisBus, batch: usize) {
    for first in (0..MESSAGES).step_by(batch) {
        let messages: Vec<BusMessage> = (first..first + batch).map(message).collect();
        bus.publish(&messages).await.expect("publish");
    }
}

async fn round_trip(bus: &RedisBus) {
    let mut from = bus.subscribe().await.expect("subscribe");
    let receive = async {
        let mut received = 0;
        while received < MESSAGES {
            received += from.next().await.len();
        }
    };
    tokio::join!(publish(bus, BATCH), receive);
}

async fn send(queue: &RedisQueue) {
    for n in 0..MESSAGES {
        queue.send(&format!("contact-{}", n % 500), Bytes::from_static(BODY)).await.expect("send");
    }
}

async fn receive(queue: &RedisQueue) {
    let mut received = 0;
    while received < MESSAGES {
        for message in queue.receive(100, Duration::ZERO).await.expect("receive") {
            queue.delete(&message).await.expect("delete");
            received += 1;
        }
    }
}

/// The median of single messages, each from its publishing to its arrival.
async fn latency(bus: &RedisBus) -> Duration {
    let mut from = bus.subscribe().await.expect("subscribe");
    let mut took = Vec::new();
    for n in 0..1_000 {
        let begun = Instant::now();
        let (sent, received) = tokio::join!(async { bus.publish(&[message(n)]).await }, from.next());
        sent.expect("publish");
        assert!(matches!(received.as_slice(), [Received::Message(_)]));
        took.push(begun.elapsed());
    }
    took.sort();
    took[took.len() / 2]
}
