//! `trunkline conformance`.

use std::{net::SocketAddr, pin::pin, process::ExitCode, sync::Arc};

use anyhow::Context;
use conformance::{
    Report,
    client::{Begin, Bench, Count, Phase},
    server::{self, Target},
};
use emulator::{Player, Scenario};
use model::{CallId, TenantId};
use ports::EventLog;
use projection::CallState;
use tokio::net::TcpListener;

use super::emulate::{self, Emulated};
use crate::{failure::Failure, output::line, signals::shutdown_signal};

/// The calls by which a client is checked: a few at once, over within half a minute.
const SCENARIO: &str = include_str!("conformance/client.yaml");

/// Prove a server, or a client, of the subscription protocol
///
/// With a URL, asks that server as clients do, over WebSocket, SSE and long polling, and compares what they say: whole,
/// in order, once, alike, resumed without loss. It needs a call to look at: `trunkline emulate` has some.
///
/// With --client, serves emulated calls through a proxy that drops, refuses, mutes, delays, cuts and reorders, phase by
/// phase, and judges what a client saw. docs/emulator.md says what a client has to do; the SDK's own runner is
/// `npm run conformance` in web/packages/client. Exits with 1 when something does not hold.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The server to prove, such as http://127.0.0.1:8081
    #[arg(value_name = "URL", required_unless_present = "client")]
    url: Option<String>,
    /// An API key or a token for it
    #[arg(
        long,
        value_name = "KEY",
        env = "TRUNKLINE_KEY",
        hide_env_values = true,
        conflicts_with = "client"
    )]
    key: Option<String>,
    /// Prove a client instead, which connects to this server
    #[arg(long, conflicts_with = "url")]
    client: bool,
    /// Where the client connects to; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8082", requires = "client")]
    listen: SocketAddr,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let mut stop = pin!(shutdown_signal()?);
    let proving = async {
        match &args.url {
            Some(url) => {
                let target = Target::new(url, args.key.clone()).map_err(Failure::input)?;
                Ok(server::run(&target).await)
            }
            None => prove_client(&args).await,
        }
    };
    let report = tokio::select! {
        report = proving => report?,
        stop = &mut stop => return Ok(stop.cut_short()),
    };
    let text = if args.json {
        serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)?
    } else {
        report.to_string()
    };
    line(&text)?;
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn prove_client(args: &Args) -> Result<Report, Failure> {
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}: choose another address with --listen", args.listen))
        .map_err(Failure::input)?;
    let address = listener.local_addr().context("the proxy's address is not known")?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = emulate::config(None, any, temporary.path())?;
    let server = Emulated::start(&config, 1.0).await?;
    let scenario = Arc::new(Scenario::read(SCENARIO).context("the scenario of the check")?);
    let begin = begin(&server, scenario);
    let count = count(Arc::clone(&server.node.log), config.tenant.clone());
    if !args.json {
        line(&format!("waiting for a client on http://{address}, for {} phases", Phase::ALL.len()))?;
    }
    let report = Bench::new(listener, server.node.address, begin, count).run().await;
    server.node.stop().await;
    Ok(report.context("the proxy's listener broke")?)
}

fn begin(server: &Emulated, scenario: Arc<Scenario>) -> Begin {
    let (player, stage) = (Arc::clone(&server.player), server.stage.clone());
    Arc::new(move |phase| {
        let (player, stage, scenario) = (Arc::clone(&player), stage.clone(), Arc::clone(&scenario));
        Box::pin(async move {
            let calls = Player::calls(&scenario, phase).map_err(|error| error.to_string())?;
            tokio::spawn(async move {
                if let Err(error) = player.play(&stage, &scenario, phase).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "the scenario stopped");
                }
            });
            Ok(calls.into_iter().map(String::from).collect())
        })
    })
}

fn count(log: Arc<dyn EventLog>, tenant: TenantId) -> Count {
    Arc::new(move |call| {
        let (log, tenant) = (Arc::clone(&log), tenant.clone());
        Box::pin(async move {
            let row = log.call(&tenant, &CallId::new(call).ok()?).await.ok()?;
            (row.state == CallState::Ended).then_some(row.seq)
        })
    })
}
