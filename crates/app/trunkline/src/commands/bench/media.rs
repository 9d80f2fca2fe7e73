//! `trunkline bench media`.

mod load;
mod single;

use std::{process::ExitCode, time::Duration};

use serde_json::json;

use crate::{failure::Failure, output::line, signals::shutdown_signal};

/// What carrying calls costs without recognition, and how late events are
///
/// First, on one thread and in memory: CPU and allocations per call-second of each step, each as a ratio to copying
/// the same bytes once. Then, for each load: a server of its own process with a recogniser that says fixed words,
/// calls placed in real time, one WebSocket a call; CPU and memory of that process per call, and how late its events
/// come, from when the last sample was due (open loop: a generator that falls behind counts against the server).
/// A load is no capacity, and says so, when audio was not taken, a call gave no words, events are missing, or they
/// come later and later; the exit code is then 1. See docs/performance.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Loads to run: numbers of calls at once
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', default_values_t = [10, 50, 100])]
    calls: Vec<u16>,
    /// How long each load is measured, in seconds
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u32).range(5..=3_600))]
    seconds: u32,
    /// Recognise with the real models instead of fixed words, to see how many calls this machine carries
    #[arg(long)]
    recognise: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let stop = shutdown_signal()?;
    tokio::select! {
        outcome = measure(&args) => outcome,
        // Servers and their folders end with what is dropped here.
        stop = stop => Ok(stop.cut_short()),
    }
}

async fn measure(args: &Args) -> Result<ExitCode, Failure> {
    let single = tokio::task::spawn_blocking(single::measure).await.map_err(anyhow::Error::from)?;
    if !args.json {
        line(&single.text())?;
        line(load::HEAD)?;
    }
    let mut loads = Vec::new();
    for &calls in &args.calls {
        let wanted = load::Wanted {
            calls: calls.into(),
            length: Duration::from_secs(args.seconds.into()),
            recognise: args.recognise,
        };
        let load = load::run(&wanted).await?;
        if !args.json {
            line(&load.text())?;
        }
        loads.push(load);
    }
    if args.json {
        let loads: Vec<_> = loads.iter().map(load::Load::json).collect();
        line(&json!({"single_thread": single.json(), "loads": loads}).to_string())?;
    }
    Ok(if loads.iter().all(load::Load::is_whole) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
