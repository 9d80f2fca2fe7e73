//! The `trunkline` program: reads the command line and puts the parts together. A library, so that a program with more
//! engines than the default build's is the same program.
//!
//! Exit codes: 0 all held, 1 it failed, 2 the input or the command line was wrong, 64 the configuration was wrong,
//! 130 and 143 work was cut short by Ctrl-C or a kill.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use clap::{Parser, Subcommand};

mod advice;
mod allocations;
mod commands;
mod doctor;
mod documents;
mod entry;
mod extras;
mod failure;
mod guiding;
mod keeping;
mod keyring;
mod load;
mod node;
mod open_files;
mod output;
mod parts;
mod probe;
mod recognisers;
mod signals;
mod synthetic;
mod verification;

pub use extras::{Extras, OpenJobs};

#[global_allocator]
static ALLOCATOR: allocations::Counted = allocations::Counted;

/// Live, redacted transcripts of Amazon Connect calls, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "trunkline", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(commands::demo::Args),
    Serve(commands::serve::Args),
    Call(commands::call::Args),
    Transcribe(commands::transcribe::Args),
    Redact(commands::redact::Args),
    RedactAudio(commands::redact_audio::Args),
    Replay(commands::replay::Args),
    Export(commands::export::Args),
    Erase(commands::erase::Args),
    Hold(commands::hold::Args),
    Retention(commands::retention::Args),
    Verify(commands::verify::Args),
    Inspect(commands::inspect::Args),
    Kvs(commands::kvs::Args),
    Models(commands::models::Args),
    Playbook(commands::playbook::Args),
    Knowledge(commands::knowledge::Args),
    Migrate(commands::migrate::Args),
    Doctor(commands::doctor::Args),
    Emulate(commands::emulate::Args),
    Conformance(commands::conformance::Args),
    Bench(commands::bench::Args),
    Openapi(commands::openapi::Args),
    /// Reads one PDF from the standard input, for this very program
    #[command(hide = true, name = documents::READ_PDF)]
    ReadPdf,
}

/// How long work that cannot be cancelled, such as a download's last read, may hold the process back.
const MAX_LINGER: Duration = Duration::from_secs(1);

/// Does what the command line says.
#[must_use]
pub fn start(extras: Extras) -> ExitCode {
    extras::set(extras);
    let cli = Cli::parse();
    if matches!(cli.command, Command::ReadPdf) {
        // Its bounds are the process's: nothing else may run in it.
        return commands::knowledge::read_pdf();
    }
    let runtime = match tokio::runtime::Runtime::new().context("the async runtime does not start") {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::from(error).report(),
    };
    let outcome = runtime.block_on(run(cli.command));
    runtime.shutdown_timeout(MAX_LINGER);
    outcome.unwrap_or_else(|failure| failure.report())
}

async fn run(command: Command) -> Result<ExitCode, failure::Failure> {
    match command {
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Serve(args) => commands::serve::run(args).await,
        Command::Call(args) => commands::call::run(args).await,
        Command::Transcribe(args) => commands::transcribe::run(args).await,
        Command::Redact(args) => commands::redact::run(&args),
        Command::RedactAudio(args) => commands::redact_audio::run(args).await,
        Command::Replay(args) => commands::replay::run(args).await,
        Command::Verify(args) => commands::verify::run(args).await,
        Command::Export(args) => commands::export::run(args).await,
        Command::Erase(args) => commands::erase::run(args).await,
        Command::Hold(args) => commands::hold::run(args).await,
        Command::Retention(args) => commands::retention::run(args).await,
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Kvs(args) => commands::kvs::run(args).await,
        Command::Models(args) => commands::models::run(args).await,
        Command::Playbook(args) => commands::playbook::run(args).await,
        Command::Knowledge(args) => commands::knowledge::run(args).await,
        Command::Migrate(args) => commands::migrate::run(args).await,
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Emulate(args) => commands::emulate::run(args).await,
        Command::Conformance(args) => commands::conformance::run(args).await,
        Command::Bench(args) => commands::bench::run(args).await,
        Command::Openapi(args) => commands::openapi::run(&args),
        Command::ReadPdf => Ok(commands::knowledge::read_pdf()),
    }
}
