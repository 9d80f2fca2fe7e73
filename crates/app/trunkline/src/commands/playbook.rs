//! `trunkline playbook`.

mod backtest;
mod check;
mod files;
mod statistics;
mod test;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Subcommand;
use ports::Embedder;

use crate::{documents, failure::Failure, output::line};

/// Check, test and try out what agents are told
///
/// A playbook is a YAML file: when something is said, meant, measured or known, the agent gets a card, a checklist is
/// ticked, a workflow begins, a supervisor is called. docs/playbooks.md teaches the format.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(check::Args),
    /// Print the JSON schema of playbooks, for editors
    ///
    /// With the line `# yaml-language-server: $schema=schema.json` at the top of a playbook, editors complete keys and
    /// mark mistakes while you type. `trunkline playbook check` finds more than a schema can.
    Schema,
    Test(test::Args),
    Backtest(backtest::Args),
    Stats(statistics::Args),
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Check(args) => check::run(&args),
        Action::Schema => {
            line(playbook::SCHEMA.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        Action::Test(args) => test::run(args).await,
        Action::Backtest(args) => backtest::run(args).await,
        Action::Stats(args) => statistics::run(args).await,
    }
}

/// What tells meanings on this machine; none when nobody wants it, or with the reason on standard error.
async fn embedder(wanted: bool, models: Option<PathBuf>) -> Result<Option<Arc<dyn Embedder>>, Failure> {
    if !wanted {
        return Ok(None);
    }
    let meaning = documents::meaning(models).await?;
    Ok(meaning.map_err(|why| tell(&format!("meanings are not told: {why}"))).ok())
}

/// Says something beside the output.
#[expect(clippy::print_stderr, reason = "the command line's own voice")]
fn tell(text: &str) {
    eprintln!("trunkline: {text}");
}
