//! The Lambda function that a Connect flow invokes after it has started media streaming: it hands the event over,
//! unchanged, to those who carry calls.
//!
//! The flow waits for it, and so does the caller: it answers within its budget whatever hangs behind it, and every
//! answer is a success of the function with a status that the flow may look at. It reads of the event only what it
//! needs to name the contact, and must not decide how a call is carried.
//!
//! README.md beside this crate tells how it is built, configured and placed in a flow. Exit code 64: the configuration
//! is wrong.

mod answer;
mod budget;
mod config;
mod error;
mod handler;
mod server;
mod way;
mod wire;

use std::{
    env,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use dynamodb::{DirectoryConfig, DynamoDbDirectory};
use lambda_runtime::{LambdaEvent, service_fn};
use model::Timestamp;
use serde_json::value::RawValue;
use sqs::SqsQueue;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    answer::Answer,
    budget::{Shares, time_for},
    config::{Config, WayName},
    error::ConfigError,
    handler::{Directory, Handler},
    server::ServerWay,
    way::{QueueWay, Way},
};

/// The exit code of a wrong configuration.
const EXIT_CONFIG: u8 = 64;
/// Where the runtime's own interface is; only Lambda, or what stands in for it, sets it.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let variables: Vec<(String, String)> = env::vars().collect();
    let config = Config::from_variables(&variables);
    begin_to_log(config.as_ref().map_or(LevelFilter::INFO, |config| config.log));
    let outcome = match config {
        Ok(config) => run(config).await,
        Err(error) => return refuse(&error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the function ends: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn refuse(error: &ConfigError) -> ExitCode {
    tracing::error!("{error}");
    ExitCode::from(EXIT_CONFIG)
}

async fn run(config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        env::var_os(RUNTIME_API).is_some(),
        "{RUNTIME_API} is not set: this program is run by AWS Lambda, as the bootstrap of a provided.al2023 function"
    );
    for name in &config.unknown {
        tracing::warn!("the variable {name} is not known and has no effect");
    }
    let handler = Arc::new(build(&config).await);
    let budget = config.budget;
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, lambda_runtime::Error>(answer(&handler, budget, event).await) }
    });
    lambda_runtime::run(serve).await.map_err(|error| anyhow::anyhow!(error))
}

async fn answer(handler: &Handler, budget: Duration, event: LambdaEvent<Box<RawValue>>) -> Answer {
    let now = now();
    let deadline_ms = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
    let left_ms = deadline_ms.saturating_sub(now.as_millis());
    let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
    let bytes = Bytes::copy_from_slice(event.payload.get().as_bytes());
    handler.handle(bytes, now, time_for(left, budget)).await
}

/// Makes all clients, once: a warm function has them already.
async fn build(config: &Config) -> Handler {
    let shares = Shares::of(config.budget, config.ways.len());
    let sdk = wire::sdk_config().await;
    let mut ways: Vec<Box<dyn Way>> = Vec::new();
    for way in &config.ways {
        ways.push(match way {
            WayName::Queue(url) => {
                Box::new(QueueWay::new(Arc::new(SqsQueue::from_aws_config_within(&sdk, url, shares.way))))
            }
            WayName::Http(url) => Box::new(ServerWay::new(url.clone())),
        });
    }
    let directory = config.directory.as_ref().map(|directory| {
        let table = DirectoryConfig {
            retention: directory.retention,
            operation_timeout: shares.directory,
            ..DirectoryConfig::new(&directory.table)
        };
        let contacts = Arc::new(DynamoDbDirectory::from_aws_config(&sdk, table));
        Directory { contacts, tenant: config.tenant.clone() }
    });
    Handler::new(config.attributes.clone(), directory, ways)
}

/// Logs as JSON lines, as Lambda wants them. Other crates' lines are capped: what they say of requests in detail may
/// hold a caller's number.
fn begin_to_log(level: LevelFilter) {
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_ansi(false).with_target(false);
    tracing_subscriber::registry().with(lines.without_time()).with(targets).init();
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
