//! `trunkline serve`.

use std::{net::SocketAddr, path::PathBuf, pin::pin, process::ExitCode, sync::Arc};

use anyhow::Context;
use config::{Config, Role};
use metrics_exporter_prometheus::PrometheusHandle;
use recognition::Tier;
use telemetry::LogFormat;

use crate::{
    failure::Failure,
    node::{Addresses, Node},
    open_files,
    output::line,
    recognisers,
    signals::shutdown_signal,
    synthetic::SyntheticTranscriber,
};

/// Carry calls: the API, the console, and a local Kinesis Video Streams to read them from
///
/// Unless a configuration says otherwise, everything runs in this process and keeps its data in one folder. Post a Connect flow's Lambda event to
/// /v1/triggers/connect, or place a call with `trunkline call FILE`. Ctrl-C or SIGTERM stops it within two
/// seconds; calls that are not over are handed to another worker, or taken up again at the next start.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Configuration file (TOML); every key can also be set as TRUNKLINE_SECTION__KEY
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the API and the console [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Address of the local Kinesis Video Streams [default: 127.0.0.1:9000]
    #[arg(long, value_name = "ADDR:PORT")]
    kvs_listen: Option<SocketAddr>,
    /// Read from another Kinesis Video Streams than a local one: `aws` for Amazon's, or an endpoint
    #[arg(long, value_name = "aws|URL", conflicts_with = "kvs_listen")]
    kvs_endpoint: Option<String>,
    /// Folder of event logs, recordings and spools [default: var]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the recognition models [default: the cache, see `trunkline models path`]
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// What this process does: api, worker, or both [default: api,worker]
    ///
    /// Many processes share calls over one PostgreSQL (store.engine) and, to show each other's calls at once, one Redis
    /// (bus.engine): those with `worker` carry calls, those with `api` take in what Connect says and show calls.
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    roles: Vec<Role>,
    /// Carry calls without recognising words
    #[arg(long)]
    no_recognition: bool,
    /// Say fixed words instead of recognising: for load tests
    #[arg(long, hide = true)]
    synthetic_recognition: bool,
}

impl Args {
    fn config(&self) -> Result<Config, Failure> {
        let mut config = Config::load(self.config.as_deref(), std::env::vars()).map_err(Failure::config)?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(listen) = self.kvs_listen {
            config.kvs.listen = listen;
        }
        if let Some(endpoint) = &self.kvs_endpoint {
            config.kvs.endpoint = Some(endpoint.parse().map_err(Failure::input)?);
        }
        if let Some(data) = &self.data {
            config.storage.folder.clone_from(data);
        }
        if self.models.is_some() {
            config.recognition.models.clone_from(&self.models);
        }
        config.recognition.enabled &= !self.no_recognition;
        if !self.roles.is_empty() {
            config.server.roles.clone_from(&self.roles);
        }
        config.check().map_err(Failure::config)?;
        Ok(config)
    }
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let config = args.config()?;
    let format = match config.log.format {
        config::LogFormat::Text => LogFormat::Text,
        config::LogFormat::Json => LogFormat::Json,
    };
    telemetry::init_logs(&config.log.level, format).map_err(Failure::config)?;
    let metrics = telemetry::init_metrics().context("metrics cannot be collected")?;
    let mut stop = pin!(shutdown_signal()?);
    let server = tokio::select! {
        server = start(&args, &config, metrics) => server?,
        _ = &mut stop => return Ok(ExitCode::SUCCESS),
    };
    stop.await;
    line("stopping")?;
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Starts the server and says where it is.
async fn start(args: &Args, config: &Config, metrics: PrometheusHandle) -> Result<Node, Failure> {
    let addresses = Addresses::take(config).await?;
    let carries = config.server.roles.contains(&Role::Worker);
    let hearing = if args.synthetic_recognition {
        recognisers::pool(vec![Tier::new(Arc::new(SyntheticTranscriber))]).map_err(|error| error.to_string())
    } else if carries {
        recognisers::open(&config.recognition).await?
    } else {
        Err("this process carries no calls: server.roles has no worker".to_owned())
    };
    let absent = hearing.as_ref().err().filter(|_| carries).cloned();
    open_files::raise();
    let server = Node::start(config, addresses, hearing, Some(metrics)).await?;
    line(&format!("console   {}", server.url()))?;
    line(&format!("trigger   {}/v1/triggers/connect", server.url()))?;
    line(&format!("streams   {}", server.kvs_endpoint))?;
    if let Some(why) = absent {
        line(&format!("words     none: {why}"))?;
    }
    Ok(server)
}
