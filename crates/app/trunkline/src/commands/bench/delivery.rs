//! `trunkline bench delivery`.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use measure::{Delivery, DeliveryBench, DeliveryPlan, DeliveryReport, DeliveryStage, Program};

use crate::{failure::Failure, output::line, signals::shutdown_signal};

/// Measure what it costs to show calls to many subscribers
///
/// The server is a process of its own, on a processor of its own where there are several; the subscribers are another,
/// each with a WebSocket on loopback, following one of the calls. Every call has an event at its own fixed times.
/// Processor time and memory are the server's process alone; lateness runs from when an event was due until a
/// subscriber has read it, so whoever falls behind shows (no coordinated omission).
///
/// A plain server of Node.js with the package `ws` takes turns, with the same bytes at the same times; ratios are printed.
/// It is found in web/node_modules; without it our numbers stand alone. It has no log, no resumption and no
/// backpressure: one send costs the system the same whatever the language, so look at memory and the tail.
///
/// Then one of ten subscribers never reads, and what the server keeps for it is measured.
///
/// Compare ratios within a run: absolute numbers move with what else the machine does. Exit code 1 when not all came.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Subscribers, each with a socket of its own
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=200_000))]
    subscribers: u32,
    /// Calls that they follow [default: one for ten subscribers]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    calls: Option<u32>,
    /// Events of each call in a second
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// How long each load is measured, in seconds
    #[arg(long, value_name = "S", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Leave the server of Node.js out
    #[arg(long)]
    no_peer: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
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
    let subscribers = args.subscribers as usize;
    measure::room_for_sockets(subscribers).map_err(Failure::input)?;
    let program = std::env::current_exe().context("this program's own file is not known")?;
    let bench = DeliveryBench {
        server: Program::new(&program).args(["bench", "delivery-server"]),
        subscribers: Program::new(&program).args(["bench", "delivery-subscribers"]),
        plan: DeliveryPlan {
            subscribers,
            calls: args.calls.map_or_else(|| subscribers.div_ceil(10), |calls| calls as usize),
            interval: Duration::from_secs(1) / args.rate,
            length: Duration::from_secs(args.seconds.into()),
            peer: !args.no_peer,
        },
    };
    let (mut said, mut head) = (Ok(()), true);
    let mut tell = |stage: &DeliveryStage| {
        if !args.json && said.is_ok() {
            said = show(stage, &mut head);
        }
    };
    let report = Box::pin(bench.run(&mut tell)).await?;
    said?;
    finish(&report, args.json)
}

fn finish(report: &DeliveryReport, json: bool) -> Result<ExitCode, Failure> {
    line(&if json { report.json().to_string() } else { report.summary() })?;
    Ok(if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A stage's line, as soon as it is known.
fn show(stage: &DeliveryStage, head: &mut bool) -> Result<(), Failure> {
    match stage {
        DeliveryStage::Machine(machine) => line(&format!("machine    {}", machine.line())),
        DeliveryStage::Load(load) => {
            if std::mem::take(head) {
                line(Delivery::HEAD)?;
            }
            line(&load.line())
        }
        DeliveryStage::Slow(slow) => line(&slow.line()),
        DeliveryStage::LeftOut(why) => line(&format!("left out   {why}")),
        _ => Ok(()),
    }
}
