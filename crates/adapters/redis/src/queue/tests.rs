use std::time::Duration;

use redis::Value;
use services::Redis;

use super::*;

fn queue(redis: &Redis) -> RedisQueue {
    RedisQueue::connect(&RedisConfig::new(redis.url()), QueueConfig::new("work")).unwrap()
}

async fn consumers(queue: &RedisQueue) -> Vec<String> {
    let mut connection = queue.0.link.dedicated().await.unwrap();
    let mut names = Vec::new();
    for stream in &queue.0.keys.streams {
        let mut command = redis::cmd("XINFO");
        command.arg("CONSUMERS").arg(stream).arg(GROUP);
        let consumers: Vec<Vec<Value>> = command.query_async(&mut connection).await.unwrap();
        names.extend(consumers.into_iter().map(|fields| redis::from_redis_value(fields[1].clone()).unwrap()));
    }
    names.sort();
    names.dedup();
    names
}

#[tokio::test]
async fn a_dead_consumer_goes_when_it_has_nothing_in_hand() {
    let Some(redis) = Redis::start_or_skip() else { return };
    let [busy, idle] = [queue(&redis), queue(&redis)];
    busy.send("contact", Bytes::from_static(b"work")).await.unwrap();
    assert_eq!(busy.receive(1, Duration::ZERO).await.unwrap().len(), 1);
    assert_eq!(idle.receive(1, Duration::ZERO).await.unwrap(), []);
    let names = [busy.0.consumer.clone(), idle.0.consumer.clone()];
    assert!(names.iter().all(|name| name.len() == 36));
    // One that was heard of in this very millisecond is not idle yet.
    while consumers(&busy).await.contains(&names[1]) {
        let _removed: u64 = busy.0.link.run(&scripts::sweep(&busy.0.keys, Duration::ZERO)).await.unwrap();
    }
    assert_eq!(consumers(&busy).await, [names[0].clone()], "what it has in hand would be lost with it");
}

#[test]
fn no_error_of_a_queue_prints_the_address() {
    let secret = RedisConfig::new("redis://user:hunter2@[::1");
    let failure = RedisQueue::connect(&secret, QueueConfig::new("work")).unwrap_err();
    assert!(matches!(failure, RedisFailure::Url));
    let queue = RedisQueue::connect(&RedisConfig::new("redis://user:hunter2@host"), QueueConfig::new("work"));
    assert!(!format!("{failure:?} {queue:?}").contains("hunter2"));
}
