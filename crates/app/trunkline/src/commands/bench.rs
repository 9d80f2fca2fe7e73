//! `trunkline bench`.

mod delivery;
mod delivery_parts;
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
    Delivery(delivery::Args),
    Fleet(fleet::Args),
    Media(media::Args),
    Recognition(recognition::Args),
    Redaction(redaction::Args),
    #[command(hide = true)]
    RecogniserStandIn(recogniser_stand_in::Args),
    #[command(hide = true)]
    DeliveryServer(delivery_parts::ServerArgs),
    #[command(hide = true)]
    DeliverySubscribers(delivery_parts::SubscribersArgs),
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.what {
        What::Delivery(args) => Box::pin(delivery::run(args)).await,
        What::Fleet(args) => Box::pin(fleet::run(args)).await,
        What::Media(args) => media::run(args).await,
        What::Recognition(args) => recognition::run(args).await,
        What::Redaction(args) => redaction::run(args).await,
        What::RecogniserStandIn(args) => recogniser_stand_in::run(args).await,
        What::DeliveryServer(args) => Box::pin(delivery_parts::serve(args)).await,
        What::DeliverySubscribers(args) => Box::pin(delivery_parts::subscribe(args)).await,
    }
}
