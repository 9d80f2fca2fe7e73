//! `trunkline bench`.

mod fleet;
mod media;
mod recogniser_stand_in;
mod recognition;
mod redaction;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;

/// Measure how well and how fast parts of the platform work on this machine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Fleet(fleet::Args),
    Media(media::Args),
    Recognition(recognition::Args),
    Redaction(redaction::Args),
    #[command(hide = true)]
    RecogniserStandIn(recogniser_stand_in::Args),
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.what {
        What::Fleet(args) => Box::pin(fleet::run(args)).await,
        What::Media(args) => media::run(args).await,
        What::Recognition(args) => recognition::run(args).await,
        What::Redaction(args) => redaction::run(args).await,
        What::RecogniserStandIn(args) => recogniser_stand_in::run(args).await,
    }
}
