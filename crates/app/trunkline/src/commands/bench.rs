//! `trunkline bench`.

mod media;
mod recognition;

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
    Media(media::Args),
    Recognition(recognition::Args),
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.what {
        What::Media(args) => media::run(args).await,
        What::Recognition(args) => recognition::run(args).await,
    }
}
