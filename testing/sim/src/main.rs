//! Runs many seeds, or plays one again: `cargo xtask sim --help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line")]

use std::process::ExitCode;

use anyhow::{Context, bail};
use sim::{Options, Totals, run};

const USAGE: &str = "usage: cargo xtask sim [--seeds N] [--from SEED] [--calls N] [--recordings]
       cargo xtask sim --seed SEED [--calls N]

Plays a fleet in virtual time under the faults that each seed chooses, and judges every transcript, recording and event
log. With --seed one simulation is played again, with what went wrong in it and when. With --recordings the recordings
are compared, too; their spools live on real threads, so that such a run is not the same every time.";

struct Args {
    seeds: u64,
    from: u64,
    only: Option<u64>,
    calls: usize,
    recordings: bool,
}

fn args() -> anyhow::Result<Option<Args>> {
    let mut args =
        Args { seeds: 200, from: 0, only: None, calls: Options::default().calls, recordings: false };
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        if flag == "--help" || flag == "-h" {
            return Ok(None);
        }
        if flag == "--recordings" {
            args.recordings = true;
            continue;
        }
        let value = given.next().with_context(|| format!("{flag} needs a number\n\n{USAGE}"))?;
        let number: u64 = value.parse().with_context(|| format!("{flag} {value} is no number"))?;
        match flag.as_str() {
            "--seeds" => args.seeds = number,
            "--from" => args.from = number,
            "--seed" => args.only = Some(number),
            "--calls" => args.calls = usize::try_from(number)?.clamp(1, 150),
            _ => bail!("there is no flag {flag}\n\n{USAGE}"),
        }
    }
    Ok(Some(args))
}

fn main() -> anyhow::Result<ExitCode> {
    let Some(args) = args()? else {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    let options = Options { calls: args.calls, trace: args.only.is_some(), recordings: args.recordings };
    let seeds = args.only.map_or(args.from..args.from + args.seeds, |seed| seed..seed + 1);
    let (mut failed, mut totals) = (0_u64, Totals::default());
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let outcome = run(seed, options)?;
        if options.trace && !outcome.wrong.is_empty() {
            eprintln!("{}", outcome.log);
        }
        for wrong in &outcome.wrong {
            println!("seed {seed}: {wrong}");
        }
        if !outcome.wrong.is_empty() {
            failed += 1;
            println!("again: cargo xtask sim --seed {seed} --calls {}", args.calls);
        }
        totals.calls += outcome.totals.calls;
        totals.kills += outcome.totals.kills;
        totals.faults += outcome.totals.faults;
        totals.finals += outcome.totals.finals;
        totals.events += outcome.totals.events;
        totals.recordings += outcome.totals.recordings;
        if (seed + 1) % 50 == 0 {
            eprintln!("{} calls, {} faults, {failed} seeds failed", totals.calls, totals.faults);
        }
    }
    let Totals { calls, kills, faults, finals, events, recordings } = totals;
    println!(
        "{count} seeds: {calls} calls, {faults} faults ({kills} kills), {events} events, {finals} finals, {recordings} recordings; {failed} seeds failed"
    );
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
