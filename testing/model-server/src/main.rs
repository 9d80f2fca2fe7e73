//! Runs the stand-in until it is interrupted, for tests that span processes and to try things by hand.

use std::{io::Write as _, net::SocketAddr};

use anyhow::Context;
use clap::Parser;
use model_server::{ModelServer, Options};

/// A stand-in for language models: chat completions under /v1, and Amazon Bedrock's Converse.
///
/// It prints its address, and serves until it is interrupted. Replies are asked for by `POST /admin/replies`, such as
/// `[{"say":"hello"},{"fault":{"kind":"status","status":429,"retry_after":2}},{"fault":{"kind":"hang"}}]`;
/// `GET /admin/requests` tells what came.
#[derive(Debug, Parser)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The key that chat completions need; without it everybody is taken.
    #[arg(long)]
    api_key: Option<String>,
    /// The models that it has.
    #[arg(long = "model", default_value = "scripted")]
    models: Vec<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { listen, api_key, models } = Args::parse();
    let options = Options { listen, api_key, models, ..Options::default() };
    let server = ModelServer::start(options).await.context("cannot listen")?;
    writeln!(std::io::stdout(), "listening on {}", server.url())?;
    tokio::signal::ctrl_c().await.context("cannot wait for an interrupt")
}
