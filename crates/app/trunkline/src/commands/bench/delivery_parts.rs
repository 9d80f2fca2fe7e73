//! `trunkline bench delivery-server` and `delivery-subscribers`: what `bench delivery` runs.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use config::Config;
use measure::{Feed, SubscriberOptions};

use crate::{
    failure::Failure,
    node::{Addresses, Node},
    open_files,
    output::line,
    signals::shutdown_signal,
};

/// More than any bench has.
const MAX_SUBSCRIBERS: usize = 1_000_000;

/// Serve made-up events of calls that nobody carries
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// How many calls
    #[arg(long, value_name = "N")]
    calls: usize,
    /// How often each has an event, in microseconds
    #[arg(long, value_name = "US")]
    interval_us: u64,
}

/// Follow calls, and count what is read: each `measure SECONDS` on the input is answered with a line of JSON
#[derive(Debug, clap::Args)]
pub(crate) struct SubscribersArgs {
    /// The server
    #[arg(long, value_name = "URL")]
    url: String,
    /// How many subscribers
    #[arg(long, value_name = "N")]
    count: usize,
    /// How many calls they follow, in turn
    #[arg(long, value_name = "N")]
    calls: usize,
    /// How many of them never read
    #[arg(long, value_name = "N", default_value_t = 0)]
    never_read: usize,
}

pub(crate) async fn serve(args: ServerArgs) -> Result<ExitCode, Failure> {
    let stop = shutdown_signal()?;
    open_files::raise();
    let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let mut config = Config::default();
    config.storage.folder = folder.path().to_owned();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.server.max_subscribers = MAX_SUBSCRIBERS;
    config.kvs.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.recognition.enabled = false;
    let addresses = Addresses::take(&config).await?;
    let node =
        Box::pin(Node::start(&config, addresses, Err(anyhow!("a bench hears nothing").to_string()), None))
            .await?;
    line(&format!("listening on {}", node.url()))?;
    let engine = Arc::clone(&node.engine);
    let feed = Feed { calls: args.calls, interval: Duration::from_micros(args.interval_us) };
    let publishing = feed.publish(node.tenant.clone(), move |event| engine.publish(event));
    tokio::select! {
        () = publishing => {}
        _ = stop => {}
    }
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn subscribe(args: SubscribersArgs) -> Result<ExitCode, Failure> {
    let SubscribersArgs { url, count, calls, never_read } = args;
    let mut said = Ok(());
    let options = SubscriberOptions { url, count, calls, never_read };
    let say = |text: &str| {
        if said.is_ok() {
            said = line(text);
        }
    };
    Box::pin(measure::subscribers(options, say)).await?;
    said?;
    Ok(ExitCode::SUCCESS)
}
