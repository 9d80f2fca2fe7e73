//! `trunkline models`.

mod progress;

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use onnx::{ModelFolder, ModelState, ModelStatus, Registry};

use self::progress::Progress;
use crate::{failure::Failure, output::line};

/// List, fetch and find the models that recognise speech and know what sentences mean
///
/// The models run on this machine. They are taken from published packages, checked by SHA-256 and kept in a cache;
/// what is there already is not fetched again, and a download that broke off goes on where it stopped. To work
/// offline, copy the folder, or put the files that `list` names into a folder of your own.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE, global = true)]
    models: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show each model: whether it is here, where it is from, its licence, size and hash
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch the models that are not here yet
    Pull,
    /// Print the folder of models
    Path,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let folder = ModelFolder::find(args.models);
    match args.action {
        Action::List { json } => list(&folder, json),
        Action::Pull => pull(folder).await,
        Action::Path => path(&folder),
    }
}

fn list(folder: &ModelFolder, json: bool) -> Result<ExitCode, Failure> {
    let models = folder.status();
    if json {
        line(&serde_json::to_string_pretty(&models).map_err(anyhow::Error::from)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    line(&format!("{:<8} {:>8} {:<13} {:<45} FROM", "STATE", "SIZE", "LICENCE", "FILE"))?;
    for ModelStatus { entry, state, .. } in &models {
        let client = match entry.package.registry {
            Registry::Npm => "npm",
            Registry::Pip => "pip",
        };
        let size = format!("{:.1} MB", entry.bytes as f64 / 1e6);
        line(&format!(
            "{:<8} {size:>8} {:<13} {:<45} {client} {} {}",
            state.to_string(),
            entry.licence,
            entry.file,
            entry.package.name,
            entry.package.version
        ))?;
        line(&format!("{:32}sha256 {}", "", entry.sha256))?;
    }
    line(&format!("in {}", folder.path().display()))?;
    if models.iter().any(|model| model.state != ModelState::Present) {
        line("fetch what is missing with `trunkline models pull`")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn pull(folder: ModelFolder) -> Result<ExitCode, Failure> {
    let at = folder.path().display().to_string();
    fetch(folder).await?;
    line(&format!("all models are in {at}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Fetches what is missing, with a progress bar on a terminal.
pub(crate) async fn fetch(folder: ModelFolder) -> Result<(), Failure> {
    let pulling = tokio::task::spawn_blocking(move || {
        let mut progress = Progress::default();
        onnx::pull(&folder, |event| progress.show(event))
    });
    Ok(pulling.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?)
}

fn path(folder: &ModelFolder) -> Result<ExitCode, Failure> {
    line(&folder.path().display().to_string())?;
    Ok(ExitCode::SUCCESS)
}
