//! The bus and the queue against their contracts.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use ports::testing::{bus_suite, queue_suite};
use redis_bus::{QueueConfig, RedisBus, RedisConfig, RedisQueue};
use services::Redis;

/// A prefix that no other part of the suite has.
fn fresh(redis: &Redis) -> RedisConfig {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("suite-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    RedisConfig { prefix, ..RedisConfig::new(redis.url()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_keeps_its_contract() {
    let Some(redis) = Redis::start_or_skip() else { return };
    bus_suite(async || {
        let config = fresh(&redis);
        [RedisBus::connect(&config).unwrap(), RedisBus::connect(&config).unwrap()]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_keeps_its_contract() {
    let Some(redis) = Redis::start_or_skip() else { return };
    queue_suite(async || {
        let (config, mut queue) = (fresh(&redis), QueueConfig::new("work"));
        queue.visibility = Duration::from_secs(300);
        [RedisQueue::connect(&config, queue.clone()).unwrap(), RedisQueue::connect(&config, queue).unwrap()]
    })
    .await;
}
