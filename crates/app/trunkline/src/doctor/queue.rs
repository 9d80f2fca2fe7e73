//! Where triggers wait for a worker.

use config::{QueueEngine, Secret};
use doctor::{Finding, checks, judge};
use redis_bus::{QueueConfig, RedisQueue};
use sqs::SqsQueue;

use super::{Scope, ask, chain};
use crate::parts;

/// Dead letters that are counted.
const MAX_DEAD: u32 = 100;

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let config = &scope.config.queue;
    let url = config.url.as_ref().or(scope.config.bus.url.as_ref()).map(Secret::expose).unwrap_or_default();
    match config.engine {
        QueueEngine::None => vec![checks::QUEUE_CONNECT.ok("there is none: triggers come over HTTP")],
        QueueEngine::Sqs => sqs(url).await,
        QueueEngine::Redis => redis(scope, url).await,
    }
}

async fn sqs(url: &str) -> Vec<Finding> {
    let queue = SqsQueue::from_environment(url).await;
    let found = match ask(&checks::QUEUE_CONNECT, queue.facts()).await {
        Ok(facts) => {
            let mut out = vec![checks::QUEUE_CONNECT.ok("it is there, and lets us in")];
            out.extend(judge::queue(
                judge::QueueFacts {
                    visibility_seconds: facts.visibility.as_secs(),
                    retention_seconds: facts.retention.as_secs(),
                    max_receives: facts.max_receives,
                    waiting: facts.waiting,
                },
                None,
            ));
            out
        }
        Err(finding) => vec![finding],
    };
    found.into_iter().map(|finding| finding.about(url)).collect()
}

async fn redis(scope: &Scope, url: &str) -> Vec<Finding> {
    let check = &checks::QUEUE_CONNECT;
    let name = scope.config.queue.name.as_str();
    let queue = match RedisQueue::connect(&parts::redis(&scope.config, url), QueueConfig::new(name)) {
        Ok(queue) => queue,
        Err(error) => return vec![check.error(chain(&error)).about(name)],
    };
    vec![
        match ask(check, queue.dead_letters(MAX_DEAD)).await {
            Ok(dead) if dead.is_empty() => check.ok("it is reached, and has no dead letters"),
            Ok(dead) => checks::QUEUE_REDRIVE
                .note(format!("{} triggers or more could not be handled, and lie aside", dead.len()))
                .fix("Look at their causes, and replay them when the cause is gone."),
            Err(finding) => {
                finding.fix("Start Redis, correct queue.url or bus.url, or let its firewall admit this host.")
            }
        }
        .about(name),
    ]
}
