//! `trunkline hold`.

use std::process::ExitCode;

use model::CallId;

use super::kept_calls::{KeptCalls, asker, failed};
use crate::{failure::Failure, output::line};

/// Keep a call whatever its retention says, or end that
///
/// A legal hold is placed for a matter. While one matter holds a call, no retention and no erasure removes anything of it.
/// Placing and releasing are events of the call and entries of the audit log.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Keep a call for a matter
    Place(OfCall),
    /// End a matter's hold on a call; others' holds stay
    Release(OfCall),
}

#[derive(Debug, clap::Args)]
struct OfCall {
    /// The call's id
    #[arg(value_name = "CALL")]
    call: CallId,
    /// The matter, such as a case's number
    #[arg(long, value_name = "NAME")]
    matter: String,
    /// Who says so, for the audit log [default: the user's name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    kept: KeptCalls,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.act {
        Act::Place(OfCall { call, matter, by, kept }) => {
            let (open, by) = (kept.open().await?, asker(by));
            let placed = open.housekeeper.place_hold(&open.tenant, &call, &matter, &by);
            placed.await.map_err(failed)?;
            line(&format!("{call} is held for {matter}"))?;
        }
        Act::Release(OfCall { call, matter, by, kept }) => {
            let (open, by) = (kept.open().await?, asker(by));
            let released = open.housekeeper.release_hold(&open.tenant, &call, &matter, &by);
            released.await.map_err(failed)?;
            line(&format!("{call} is not held for {matter} any more"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
