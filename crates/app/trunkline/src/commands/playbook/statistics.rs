//! `trunkline playbook stats`.

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use model::Timestamp;
use playbooks::{Statistics, days_before};

use crate::{commands::kept_calls::KeptCalls, failure::Failure, output::line};

/// Show how useful each rule's cards were in the calls of the last days
///
/// SHOWN cards were taken up (ACCEPTED), put away (DISMISSED), said by the agent (SAID), taken up and not said (NOT
/// SAID), or were there to their end (EXPIRED). A rule that is dismissed often is in the way; one that is said often
/// earns its place.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Calls of the last so many days
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    kept: KeptCalls,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let (_, tenant, log) = args.kept.open_log().await?;
    let to = now();
    let found = Statistics::new(log).between(&tenant, days_before(to, args.days), to).await;
    let found = found.context("the calls cannot be read")?;
    if args.json {
        line(&serde_json::to_string_pretty(&found).map_err(anyhow::Error::from)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let more = if found.more { ", the newest" } else { "" };
    line(&format!("{} calls{more}", found.calls))?;
    let heads = ["SHOWN", "ACCEPTED", "DISMISSED", "SAID", "NOT SAID", "EXPIRED"];
    let heads: String = heads.iter().map(|head| format!(" {head:>9}")).collect();
    line(&format!("{:<20} {:>3} {:<24}{heads}", "PLAYBOOK", "V", "RULE"))?;
    for rule in &found.rules {
        let counts =
            [rule.shown, rule.accepted, rule.dismissed, rule.said, rule.accepted_not_said, rule.expired];
        let counts: String = counts.iter().map(|count| format!(" {count:>9}")).collect();
        line(&format!("{:<20} {:>3} {:<24}{counts}", rule.playbook, rule.version, rule.rule))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The time of this machine.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
