//! `trunkline bench fleet`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use config::Config;
use measure::{FleetBench, FleetPlan, Loaded, Peer, Report, Stage};
use model::WorkerId;
use ports::EventLog;

use crate::{failure::Failure, output::line, parts, signals::shutdown_signal};

/// Calls that are carried when a worker is lost, at the most.
const MAX_TAKEOVER_CALLS: usize = 20;

/// Measure what workers of a fleet carry, and what it costs when one dies
///
/// Everything runs on this machine, over sockets, each server a process of its own: streams, a recogniser that says
/// fixed words over TLS as Deepgram would, and the worker, on a processor of its own where there are several.
///
/// Loads: half of the calls, then all of them, in real time, a WebSocket for each. CPU and memory are the worker's
/// process alone; lateness runs from when the last sample of an event was due by the schedule until a subscriber has
/// read it, so whoever falls behind shows (no coordinated omission). A lean Node.js consumer of the same bytes and
/// words takes turns with the worker on the same processor, and the ratios are printed. A load that was not offered
/// or carried in full, or grew later, is printed as FAILED: it is no capacity.
///
/// Then: how fast a call catches up that lies in its stream already; rows a second that the event log makes durable;
/// the time from kill -9, and from SIGTERM, of a worker with calls until each of them has its next words on another
/// host (of which a fragment's second is the stream's, and ten seconds after kill -9 are the lease).
///
/// Compare ratios within a run: absolute numbers move with what else the machine does. Exit code 1 when a stage
/// failed. See docs/performance.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Calls at once in the larger load; the smaller one has half of them
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=4_000))]
    calls: u16,
    /// How long each load is measured, in seconds
    #[arg(long, value_name = "S", default_value_t = 6, value_parser = clap::value_parser!(u32).range(3..=600))]
    seconds: u32,
    /// Workers that share calls when one is lost; 1 leaves that out
    #[arg(long, value_name = "H", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    hosts: u8,
    /// Minutes of the call that catches up; 0 leaves that out
    #[arg(long, value_name = "M", default_value_t = 5, value_parser = clap::value_parser!(u16).range(..=120))]
    behind: u16,
    /// Who is measured beside us
    #[arg(long, value_enum, default_value_t = PeerArg::Node)]
    peer: PeerArg,
    /// Shared store of the workers, as in postgres://user:password@host/name: a database for benches alone, calls are
    /// left in it [default: files in a temporary folder]
    #[arg(long, value_name = "URL", env = "TRUNKLINE_BENCH_STORE_URL", hide_env_values = true)]
    store_url: Option<String>,
    /// What they tell each other over, as in redis://host:6379 [default: nothing, the store alone]
    #[arg(
        long,
        value_name = "URL",
        env = "TRUNKLINE_BENCH_BUS_URL",
        hide_env_values = true,
        requires = "store_url"
    )]
    bus_url: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PeerArg {
    /// The lean consumer in bench/peers/node-kvs-consumer; needs Node.js 20.19 or newer
    Node,
    /// Nobody
    None,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let stop = shutdown_signal()?;
    tokio::select! {
        outcome = measure_all(&args) => outcome,
        // Processes and their folders end with what is dropped here.
        stop = stop => Ok(stop.cut_short()),
    }
}

async fn measure_all(args: &Args) -> Result<ExitCode, Failure> {
    let environment = args.environment();
    let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let calls = usize::from(args.calls);
    let bench = FleetBench {
        program: std::env::current_exe().context("this program's own file is not known")?,
        plan: FleetPlan {
            calls,
            length: Duration::from_secs(args.seconds.into()),
            hosts: args.hosts.into(),
            takeover_calls: calls.min(MAX_TAKEOVER_CALLS),
            behind: Duration::from_secs(60) * u32::from(args.behind),
            peer: (args.peer == PeerArg::Node).then_some(Peer::Node),
            environment: environment.clone(),
        },
        log: Some(log(&environment, folder.path()).await?),
    };
    let (mut said, mut head) = (Ok(()), true);
    let report = bench
        .run(&mut |stage| {
            if !args.json && said.is_ok() {
                said = show(stage, &mut head);
            }
        })
        .await?;
    said?;
    finish(&report, args.json)
}

fn finish(report: &Report, json: bool) -> Result<ExitCode, Failure> {
    line(&if json { report.json().to_string() } else { report.summary() })?;
    Ok(if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A stage's line, as soon as it is known.
fn show(stage: &Stage, head: &mut bool) -> Result<(), Failure> {
    match stage {
        Stage::Machine(machine) => line(&format!("machine    {}", machine.line())),
        Stage::Load(load) => {
            if std::mem::take(head) {
                line(Loaded::HEAD)?;
            }
            line(&load.line())
        }
        Stage::Takeover(takeover) => line(&takeover.line()),
        Stage::CatchUp(catch_up) => line(&catch_up.line()),
        Stage::Rows(rows) => line(&rows.line()),
        Stage::LeftOut(why) => line(&format!("left out   {why}")),
        _ => Ok(()),
    }
}

impl Args {
    /// What tells workers where the shared store and bus are.
    fn environment(&self) -> Vec<(String, String)> {
        let set = |name: &str, value: &str| (format!("TRUNKLINE_{name}"), value.to_owned());
        let mut out = Vec::new();
        if let Some(url) = &self.store_url {
            out.extend([set("STORE__ENGINE", "postgres"), set("STORE__URL", url)]);
        }
        if let Some(url) = &self.bus_url {
            out.extend([set("BUS__ENGINE", "redis"), set("BUS__URL", url)]);
        }
        out
    }
}

/// The event log that the workers would have, on its own.
async fn log(
    environment: &[(String, String)],
    folder: &std::path::Path,
) -> Result<Arc<dyn EventLog>, Failure> {
    let mut config = Config::load(None, environment.iter().cloned()).map_err(Failure::config)?;
    config.storage.folder = folder.to_owned();
    let worker = WorkerId::new("bench").context("the worker's name")?;
    Ok(parts::stores(&config, &worker).await?.log)
}
