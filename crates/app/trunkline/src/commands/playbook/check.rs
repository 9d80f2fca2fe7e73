//! `trunkline playbook check`.

use std::{path::PathBuf, process::ExitCode};

use playbook::{Playbook, Problem};
use serde_json::json;

use super::files;
use crate::{failure::Failure, output::line};

/// Check playbooks, and say all that is wrong with them
///
/// Each mistake is one line: FILE:LINE:COLUMN key: what is wrong; what is allowed. Exits with 0 when all are good, and
/// with 2 when one is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trunkline playbook check playbooks/card-collection.yaml
  trunkline playbook check playbooks")]
pub(crate) struct Args {
    /// The playbooks; a folder stands for the .yaml files in it
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object per file: {"file","playbook","version","problems"}
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut all_good = true;
    for file in files::expand(&args.files)? {
        let shown = file.display().to_string();
        let read = Playbook::read(&files::read(&file)?);
        all_good &= read.is_ok();
        match (read, args.json) {
            (Ok(playbook), false) => line(&format!("{shown}: good, {}", contents(&playbook)))?,
            (Err(problems), false) => {
                for problem in &problems {
                    line(&format!("{shown}:{problem}"))?;
                }
            }
            (Ok(playbook), true) => {
                let of = json!({"file": shown, "playbook": playbook.id, "version": playbook.version, "problems": []});
                line(&of.to_string())?;
            }
            (Err(problems), true) => {
                let problems: Vec<_> = problems.iter().map(as_json).collect();
                line(&json!({"file": shown, "problems": problems}).to_string())?;
            }
        }
    }
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn contents(playbook: &Playbook) -> String {
    format!(
        "{} version {}: {} rules, {} meanings, {} items, {} workflows",
        playbook.id,
        playbook.version,
        playbook.rules.len(),
        playbook.meanings.len(),
        playbook.checklist.len(),
        playbook.workflows.len()
    )
}

fn as_json(problem: &Problem) -> serde_json::Value {
    json!({
        "line": problem.line, "column": problem.column, "key": problem.key,
        "message": problem.message, "allowed": problem.allowed,
    })
}
