//! `trunkline bench recogniser-stand-in`: what `bench fleet` runs beside the workers.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use measure::{StandIn, StandInOptions};

use crate::{failure::Failure, output::line, signals::shutdown_signal};

/// Stand in for a recogniser: say fixed words over TLS, as Deepgram's live streaming would
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where its certificate is written, in PEM: clients have to trust it
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let stop = shutdown_signal()?;
    let stand_in = StandIn::start(StandInOptions { listen: args.listen }).await?;
    let file = &args.certificate;
    std::fs::write(file, &stand_in.certificate)
        .with_context(|| format!("{} cannot be written", file.display()))
        .map_err(Failure::input)?;
    line(&format!("recogniser {}", stand_in.url))?;
    stop.await;
    Ok(ExitCode::SUCCESS)
}
