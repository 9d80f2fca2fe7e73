//! `trunkline retention`.

use std::process::ExitCode;

use housekeeping::{SweepBudget, Swept};
use lifecycle::{Kind, Retention};
use serde_json::json;

use super::kept_calls::{KeptCalls, failed};
use crate::{failure::Failure, keeping, output::line};

/// How many calls one run removes at the most.
const MAX_CALLS: u32 = 100_000;

/// Remove what was kept long enough, now
///
/// A worker does it every hour by itself. How long what is kept of calls is kept is told per tenant, in days after a
/// call's end: retention.transcript_days, recording_days, evidence_days, audit_days, and the same under
/// tenants.NAME.retention. What is not told is kept until it is erased. Legal holds keep their calls. Names video streams
/// that keep raw audio longer than that. Exit code 1 when something could not be removed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Remove nothing; say what would be
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    kept: KeptCalls,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let open = args.kept.open().await?;
    let retention = keeping::retention_of(&open.config, &open.tenant)?;
    let budget = SweepBudget { calls: MAX_CALLS };
    let sweeping = open.housekeeper.sweep(&open.tenant, &retention, budget, args.dry_run);
    let swept = Box::pin(sweeping).await.map_err(failed)?;
    if args.json {
        line(&as_json(&open.tenant, &retention, &swept, args.dry_run).to_string())?;
    } else {
        print(&retention, &swept, args.dry_run)?;
    }
    Ok(if swept.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(
    tenant: &model::TenantId,
    retention: &Retention,
    swept: &Swept,
    dry_run: bool,
) -> serde_json::Value {
    let streams: Vec<_> =
        swept.streams.iter().map(|(stream, hours)| json!({"stream": stream, "hours": hours})).collect();
    json!({
        "tenant": tenant, "dry_run": dry_run,
        "days": Kind::ALL.map(|kind| (kind.as_str(), retention.days(kind)))
            .into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "calls": swept.calls, "recordings": swept.recordings, "evidence": swept.evidence,
        "audit": swept.audit, "held": swept.held, "failed": swept.failed, "more": swept.more,
        "streams_that_keep_longer": streams,
    })
}

fn print(retention: &Retention, swept: &Swept, dry_run: bool) -> Result<(), Failure> {
    let removed = if dry_run { "would be removed" } else { "removed" };
    let counts = [
        (Kind::Transcript, "calls", swept.calls),
        (Kind::Recording, "recordings before their calls", swept.recordings),
        (Kind::Evidence, "reports of calls that are gone", swept.evidence),
        (Kind::Audit, "entries of the audit log", swept.audit),
    ];
    for (kind, what, count) in counts {
        let days = match retention.days(kind) {
            Some(days) => format!("kept {days} days"),
            None => "kept for good".to_owned(),
        };
        line(&format!("{:<11} {days:<16} {count} {what} {removed}", kind.as_str()))?;
    }
    if swept.held > 0 {
        line(&format!("{} calls are over their time and under a legal hold: kept", swept.held))?;
    }
    if swept.failed > 0 {
        line(&format!("{} calls could not be removed: run this again", swept.failed))?;
    }
    if swept.more {
        line("there is more: run this again")?;
    }
    for (stream, hours) in &swept.streams {
        line(&format!("the video stream {stream} keeps raw audio for {hours} hours, longer than that"))?;
    }
    Ok(())
}
