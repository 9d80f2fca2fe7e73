//! `trunkline replay`.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::stored::StoredCall;
use crate::{failure::Failure, output::line};

/// Compute a stored call's projections from its events again, and compare
///
/// The event log is the truth; the list of calls and the transcripts are computed from it. This folds every event
/// of the call again and says whether the result is what is stored: exit code 0 when it is identical, else 1.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    stored: StoredCall,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let open = args.stored.open().await?;
    let check =
        open.log.verify_call(&open.tenant, &open.call).await.context("the call cannot be replayed")?;
    let said = |identical: bool| if identical { "identical" } else { "DIFFERENT" };
    if args.json {
        line(&json!({
            "call_id": open.call, "events": check.events, "unknown_events": check.unknown_events,
            "summary_identical": check.summary_identical, "transcript_identical": check.transcript_identical,
            "seqs_whole": check.seqs_whole, "identical": check.is_identical(),
        }).to_string())?;
    } else {
        line(&format!("{}: {} events replayed", open.call, check.events))?;
        line(&format!("  row of the list  {}", said(check.summary_identical)))?;
        line(&format!("  transcript       {}", said(check.transcript_identical)))?;
        line(&format!(
            "  seqs             {}",
            if check.seqs_whole { "without holes" } else { "WITH HOLES" }
        ))?;
        if check.unknown_events > 0 {
            line(&format!("  {} events are of a newer version and were passed over", check.unknown_events))?;
        }
    }
    Ok(if check.is_identical() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
