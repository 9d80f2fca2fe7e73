//! Logs and metrics of a process: set up once, at its start.
//!
//! Logs go to the standard error stream. Nothing here may add caller words, numbers or names to them; what a
//! line carries is decided where it is written, and what is sensitive is `Pii` there.

mod upkeep;

use std::{
    io::{self, IsTerminal},
    ops::ControlFlow,
    time::Duration,
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tracing_subscriber::{EnvFilter, fmt};

/// Bounds of latency histograms, in seconds: from our own part of the way to a stalled recogniser.
const SECONDS: &[f64] =
    &[0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0];

/// Samples of histograms are kept one by one until they are rendered or this work sums them up: without it a
/// server that nobody scrapes grows with every event.
const UPKEEP: Duration = Duration::from_secs(5);

/// What these write at trace holds the frames that they send: a caller's raw audio. No level reaches it.
const CAPPED: [&str; 5] = [
    "aws_smithy_http=debug",
    "aws_smithy_eventstream=debug",
    "aws_smithy_runtime=debug",
    "aws_sigv4=debug",
    "tungstenite=debug",
];

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logs or metrics could not be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The level is none that the log knows.
    #[error("the log level {0} is not valid: use error, warn, info, debug or trace, or target=level pairs")]
    Level(String),
    /// Metrics could not be set up.
    #[error("metrics could not be set up")]
    Metrics(#[source] metrics_exporter_prometheus::BuildError),
    /// The thread that keeps metrics small could not be started.
    #[error("the metrics' upkeep could not be started")]
    Upkeep(#[source] io::Error),
    /// Something else of this process logs already.
    #[error("logging is set up already")]
    Twice,
}

/// Begins to log at `level`, as in `info` or `warn,engine=debug`.
///
/// # Errors
/// When the level is not valid, or logging has begun before.
pub fn init_logs(level: &str, format: LogFormat) -> Result<(), SetupError> {
    let mut filter = EnvFilter::try_new(level).map_err(|_| SetupError::Level(level.to_owned()))?;
    // Only where trace was asked for: elsewhere a cap would be a raise.
    for capped in CAPPED.iter().filter(|_| level.to_ascii_lowercase().contains("trace")) {
        let directive = capped.parse().map_err(|_| SetupError::Level((*capped).to_owned()))?;
        filter = filter.add_directive(directive);
    }
    let builder = fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|_| SetupError::Twice)
}

/// Begins to collect metrics, to be rendered for Prometheus, and keeps their memory bounded.
///
/// # Errors
/// When metrics are collected already, or no thread can be started.
pub fn init_metrics() -> Result<PrometheusHandle, SetupError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(SetupError::Metrics)?;
    let metrics = handle.clone();
    let work = move || {
        metrics.run_upkeep();
        ControlFlow::Continue(())
    };
    upkeep::every(UPKEEP, work).map_err(SetupError::Upkeep)?;
    Ok(handle)
}
