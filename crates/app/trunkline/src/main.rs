//! The `trunkline` program: reads the command line and puts the parts together.
//!
//! Exit codes: 0 all held, 1 it failed, 2 the input or the command line was wrong, 64 the configuration was wrong.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod commands;
mod failure;

/// Live, redacted transcripts of Amazon Connect calls, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "trunkline", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(commands::inspect::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome: Result<ExitCode, failure::Failure> = match cli.command {
        Command::Inspect(args) => commands::inspect::run(&args),
    };
    outcome.unwrap_or_else(|failure| failure.report())
}
