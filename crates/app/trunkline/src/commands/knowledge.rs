//! `trunkline knowledge`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::anyhow;
use clap::Subcommand;
use config::Config;
use knowledge::{Index, RefreshError, Refreshed};
use model::TenantId;
use ports::{Knowledge as _, Passage};
use serde_json::json;

use crate::{documents, failure::Failure, output::line};

/// How often a watched folder is looked at.
const WATCH_EVERY: Duration = Duration::from_secs(2);

/// Index documents, and search them as agents do
///
/// The documents of a folder (Markdown, HTML, text, PDF) are cut into passages under their headings and kept beside the
/// calls, each tenant's apart. A search finds passages by their words and, where the local model is there, by what they
/// mean; it finds nothing when nothing fits. A server whose configuration names the folder as knowledge.folder keeps the
/// index up to date by itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Index(IndexArgs),
    Search(SearchArgs),
}

/// Bring the index up to what is in a folder
///
/// Reads what is new or changed, forgets what is gone, and names each file that cannot be read, with the reason. Exit code
/// 1 when there are such files; the others are indexed all the same.
#[derive(Debug, clap::Args)]
struct IndexArgs {
    /// The folder of documents
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Go on, and index what changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    of: Of,
}

/// Find the passages that answer a question
///
/// SCORE is 0 to 1; MEANING is the part that is by meaning alone, as a cosine.
#[derive(Debug, clap::Args)]
struct SearchArgs {
    /// The question, as an agent types it or a customer says it
    #[arg(value_name = "QUESTION")]
    question: String,
    /// How many passages at the most
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    limit: usize,
    #[command(flatten)]
    of: Of,
}

/// Whose documents, and where.
#[derive(Debug, clap::Args)]
struct Of {
    /// The tenant whose documents they are
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantId>,
    /// Folder in which `trunkline serve` keeps its data [default: var]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

struct Open {
    index: Index,
    tenant: TenantId,
    data: PathBuf,
}

impl Of {
    async fn open(&self) -> Result<Open, Failure> {
        let config = Config::load(None, std::env::vars()).map_err(Failure::config)?;
        let meaning = documents::meaning(self.models.clone()).await?;
        if let Err(why) = &meaning {
            eprint(&format!("Meaning is absent, words alone decide. {why}"));
        }
        let data = self.data.clone().unwrap_or(config.storage.folder);
        let index = documents::index(&data, &meaning);
        Ok(Open { index, tenant: self.tenant.clone().unwrap_or(config.tenant), data })
    }
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Index(args) => index(args).await,
        Action::Search(args) => search(args).await,
    }
}

/// Reads one PDF from the standard input, as a child of this very program, before anything else runs in the process.
pub(crate) fn read_pdf() -> ExitCode {
    match knowledge::read_pdf_here() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(knowledge::PDF_CHILD_FAILED),
    }
}

async fn index(args: IndexArgs) -> Result<ExitCode, Failure> {
    if !args.folder.is_dir() {
        return Err(Failure::input(anyhow!("there is no folder {}", args.folder.display())));
    }
    let Open { index, tenant, .. } = args.of.open().await?;
    if args.watch {
        return watch(&index, tenant, args.folder, args.of.json).await;
    }
    let refreshed = index.refresh(&tenant, &args.folder).await.map_err(failed)?;
    show(&args.folder, &refreshed, args.of.json)?;
    Ok(if refreshed.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Indexes what changes until the process is told to stop, and shows each time when something did.
async fn watch(index: &Index, tenant: TenantId, folder: PathBuf, json: bool) -> Result<ExitCode, Failure> {
    let folders = BTreeMap::from([(tenant, folder.clone())]);
    let (told, mut tells) = tokio::sync::mpsc::channel(1);
    let mut shown = None;
    let watching = knowledge::watch(index, &folders, WATCH_EVERY, move |_, refreshed| {
        // While one is shown, the next look tells the same and more.
        drop(told.try_send(refreshed));
    });
    let showing = async {
        while let Some(refreshed) = tells.recv().await {
            match refreshed {
                Ok(refreshed) => {
                    let now = Some((refreshed.status, refreshed.problems.clone()));
                    if refreshed.added + refreshed.changed + refreshed.removed > 0 || shown != now {
                        show(&folder, &refreshed, json)?;
                    }
                    shown = now;
                }
                Err(error) => eprint(&format!("{:#}", anyhow::Error::from(error))),
            }
        }
        Ok(ExitCode::SUCCESS)
    };
    tokio::select! {
        () = watching => Ok(ExitCode::SUCCESS),
        shown = showing => shown,
    }
}

fn show(folder: &Path, refreshed: &Refreshed, json: bool) -> Result<(), Failure> {
    if json {
        return line(&serde_json::to_string(refreshed).map_err(anyhow::Error::from)?);
    }
    let Refreshed { added, changed, removed, unchanged, status, problems } = refreshed;
    line(&format!(
        "{}: {} documents in {} passages, {} of them by meaning ({added} new, {changed} changed, {removed} gone, \
         {unchanged} as they were)",
        folder.display(),
        status.documents,
        status.passages,
        status.by_meaning
    ))?;
    for problem in problems {
        line(&format!("  {}: {} ({})", problem.file, problem.message, problem.code))?;
    }
    Ok(())
}

async fn search(args: SearchArgs) -> Result<ExitCode, Failure> {
    let Open { index, tenant, data } = args.of.open().await?;
    if index.status(&tenant).await.map_err(failed)?.passages == 0 {
        let why = anyhow!(
            "there are no documents of {tenant} in {}: index some with `trunkline knowledge index FOLDER`",
            data.display()
        );
        return Err(Failure::input(why));
    }
    let found = index.search(&tenant, &args.question, args.limit).await.map_err(anyhow::Error::from)?;
    if args.of.json {
        let passages: Vec<_> = found.iter().map(as_json).collect();
        line(&serde_json::to_string_pretty(&passages).map_err(anyhow::Error::from)?)?;
    } else {
        table(&found)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(passage: &Passage) -> serde_json::Value {
    json!({
        "document": passage.document, "title": passage.title, "heading": passage.heading, "text": passage.text,
        "score": passage.score, "meaning": passage.meaning,
    })
}

fn table(found: &[Passage]) -> Result<(), Failure> {
    if found.is_empty() {
        return line("nothing fits");
    }
    line(&format!("{:>5} {:>7} {:<32} WHERE", "SCORE", "MEANING", "DOCUMENT"))?;
    for passage in found {
        let meaning = passage.meaning.map_or_else(|| "-".to_owned(), |meaning| format!("{meaning:.2}"));
        let heading = passage.heading.as_deref().map(|heading| format!(" › {heading}")).unwrap_or_default();
        line(&format!(
            "{:>5.2} {meaning:>7} {:<32} {}{heading}",
            passage.score, passage.document, passage.title
        ))?;
        for text in passage.text.lines() {
            line(&format!("{:14}{text}", ""))?;
        }
    }
    Ok(())
}

fn failed(error: RefreshError) -> Failure {
    anyhow::Error::from(error).context("the documents could not be indexed").into()
}

#[expect(clippy::print_stderr, reason = "what is missing is not output")]
fn eprint(text: &str) {
    eprintln!("{text}");
}
