//! `trunkline playbook backtest`.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use playbook::Playbook;
use playbooks::{Backtest, BacktestMessage, BacktestResult, CALLS, MAX_CALLS, days_before};

use super::{embedder, files, statistics::now, tell};
use crate::{commands::kept_calls::KeptCalls, failure::Failure, guiding, output::line};

/// Firings that are named of each rule, unless all are asked for as JSON.
const NAMED: usize = 3;

/// Run a changed playbook over the stored calls of the last days, and show what it changes
///
/// Each call is guided again with the live playbook of the same id and with the changed one. Shown are the rules that
/// fire in other places than before, and the items that are done or missed in other calls. Calls that wait for a review
/// are passed over. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trunkline playbook backtest my/cancellation-save.yaml --days 30")]
pub(crate) struct Args {
    /// The changed playbook
    file: PathBuf,
    /// Calls of the last so many days
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// As many calls, the newest, 10,000 at the most
    #[arg(long, value_name = "N", default_value_t = CALLS)]
    limit: usize,
    /// Do not tell meanings, though the model is there
    #[arg(long)]
    without_meaning: bool,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    kept: KeptCalls,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let candidate = Playbook::read(&files::read(&args.file)?).map_err(|problems| {
        let mut told = problems.iter().map(|problem| format!("{}:{problem}", args.file.display()));
        let first = told.next().unwrap_or_default();
        told.for_each(|problem| tell(&problem));
        Failure::input(anyhow!(first))
    })?;
    let (config, tenant, log) = args.kept.open_log().await?;
    let live = guiding::library(&config)?.live(&tenant);
    let live = live.iter().find(|loaded| loaded.playbook.id == candidate.id);
    if live.is_none() {
        tell(&format!("no live playbook is called \"{}\": it is compared with none", candidate.id));
    }
    let mut messages = Backtest {
        log,
        tenant,
        live: live.map(|loaded| Arc::clone(&loaded.playbook)),
        candidate,
        embedder: embedder(!args.without_meaning, args.models).await?,
        from: days_before(now(), args.days),
        limit: args.limit.min(MAX_CALLS),
        may_see: Arc::new(|_| true),
    }
    .begin();
    let bar = bar();
    while let Some(message) = messages.recv().await {
        match message {
            BacktestMessage::Progress { done, of } => {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
            }
            BacktestMessage::Result(result) => {
                bar.finish_and_clear();
                if args.json {
                    line(&serde_json::to_string_pretty(&result).map_err(anyhow::Error::from)?)?;
                } else {
                    print(&result)?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            BacktestMessage::Error { detail } => return Err(anyhow!(detail).into()),
        }
    }
    Err(anyhow!("the backtest broke off").into())
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} calls, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn print(result: &BacktestResult) -> Result<(), Failure> {
    let meanings = if result.without_meaning { "; meanings were not told" } else { "" };
    line(&format!("{} calls, {} passed over{meanings}", result.calls, result.skipped))?;
    line(&format!("{:<28} {:>7} {:>7} {:>7} {:>7}", "RULE", "BEFORE", "AFTER", "NEW", "GONE"))?;
    for rule in &result.rules {
        line(&format!(
            "{:<28} {:>7} {:>7} {:>7} {:>7}",
            rule.rule,
            rule.before,
            rule.after,
            rule.added.len(),
            rule.removed.len()
        ))?;
        for (sign, firings) in [('+', &rule.added), ('-', &rule.removed)] {
            for firing in firings.iter().take(NAMED) {
                let seconds = firing.at_ms / 1_000;
                let utterance = firing.utterance.as_deref().unwrap_or_default();
                let at = format!("{}:{:02}", seconds / 60, seconds % 60);
                line(format!("  {sign} {} at {at} {utterance}", firing.call_id.as_str()).trim_end())?;
            }
        }
    }
    if !result.checklist.is_empty() {
        line(&format!("{:<28} {:>15} {:>15}", "ITEM", "DONE", "MISSED"))?;
    }
    for item in &result.checklist {
        let change = |before, after| format!("{before} -> {after}");
        line(&format!(
            "{:<28} {:>15} {:>15}",
            item.item,
            change(item.before.done, item.after.done),
            change(item.before.missed, item.after.missed)
        ))?;
    }
    Ok(())
}
