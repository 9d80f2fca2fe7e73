//! Logs and metrics of a process: set up once, at its start.
//!
//! Logs go to the standard error stream. Nothing here may add caller words, numbers or names to them; what a
//! line carries is decided where it is written, and what is sensitive is `Pii` there.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tracing_subscriber::{EnvFilter, fmt};

/// Bounds of latency histograms, in seconds: from our own part of the way to a stalled recogniser.
const SECONDS: &[f64] =
    &[0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0];

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
    /// Something else of this process logs already.
    #[error("logging is set up already")]
    Twice,
}

/// Begins to log at `level`, as in `info` or `warn,engine=debug`.
///
/// # Errors
/// When the level is not valid, or logging has begun before.
pub fn init_logs(level: &str, format: LogFormat) -> Result<(), SetupError> {
    let filter = EnvFilter::try_new(level).map_err(|_| SetupError::Level(level.to_owned()))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|_| SetupError::Twice)
}

/// Begins to collect metrics, to be rendered for Prometheus.
///
/// # Errors
/// When metrics are collected already.
pub fn init_metrics() -> Result<PrometheusHandle, SetupError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(SetupError::Metrics)
}
