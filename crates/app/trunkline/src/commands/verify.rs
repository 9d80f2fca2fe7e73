//! `trunkline verify`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, anyhow};
use blob::FolderBlobStore;
use compliance::{AudioSpan, FileError, Verifier, VerifierParts, VerifyError, check_file};
use config::Config;
use events::{Finding, Verdict};
use model::{CallId, CallKey, MediaTime, TenantId};
use onnx::TranscriberOptions;
use ports::{CallFilter, EventLog, Transcriber};
use review::{CheckRow, CheckState, verdict};
use serde_json::json;
use sqlite::SqliteEventLog;

use super::redact_audio::read_spans;
use crate::{failure::Failure, node, output::line, recognisers};

/// How many calls are named when the one that was asked for is not there.
const NAMED_CALLS: u32 = 5;

/// Check that a stored call, or a recording in a file, holds nothing that should be masked
///
/// A stored call: every masked word against the masked sound, a second pass over the words of both sides, what sounds in
/// the masks, and the redacted recording recognised again. Nothing is changed. A WAV file: what sounds in the spans that
/// should be masked, and digits that are heard outside of them.
///
/// Exits with 1 when anything is found. Checks that cannot be made, as without a model, are named.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A WAV file, or the id of a stored call, or `last` for the newest
    #[arg(value_name = "CALL|FILE")]
    what: String,
    /// Where the file is meant to be masked: a JSON file, the JSON itself, or - for the standard input
    #[arg(long, value_name = "JSON")]
    spans: Option<String>,
    /// Folder in which `trunkline serve` keeps its data [default: var]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The tenant whose call it is
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantId>,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
    /// Do not recognise the recording again
    #[arg(long)]
    no_recognition: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was checked, as it is printed.
struct Outcome {
    what: String,
    verdict: Verdict,
    rows: Vec<CheckRow>,
    findings: Vec<Finding>,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let recogniser = recogniser(&args).await;
    let path = Path::new(&args.what);
    let outcome = if path.is_file() {
        let spans = args.spans.as_deref().map(read_spans).transpose()?.unwrap_or_default();
        file(path, &spans, recogniser).await?
    } else if args.spans.is_some() || path.components().count() > 1 || path.extension().is_some() {
        return Err(Failure::input(anyhow!("there is no file {}", path.display())));
    } else {
        call(&args, recogniser).await?
    };
    print(&outcome, args.json)?;
    Ok(if outcome.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The local recogniser, if its model is there.
async fn recogniser(args: &Args) -> Option<Arc<dyn Transcriber>> {
    if args.no_recognition {
        return None;
    }
    let options = TranscriberOptions { finals_only: true, ..TranscriberOptions::default() };
    match recognisers::local(args.models.clone(), options).await {
        Ok(recogniser) => Some(Arc::new(recogniser)),
        Err(failure) => {
            tracing::warn!(%failure, "the recording is not recognised again");
            None
        }
    }
}

async fn file(
    path: &Path,
    spans: &[AudioSpan],
    recogniser: Option<Arc<dyn Transcriber>>,
) -> Result<Outcome, Failure> {
    let checks = check_file(path, spans, recogniser.as_deref()).await.map_err(|error| {
        let cut_short = matches!(error, FileError::Interrupted);
        if cut_short { anyhow::Error::new(error).into() } else { Failure::input(error) }
    })?;
    let verdict = verdict(&checks.findings, &std::collections::BTreeSet::new(), false);
    Ok(Outcome { what: path.display().to_string(), verdict, rows: checks.rows, findings: checks.findings })
}

async fn call(args: &Args, recogniser: Option<Arc<dyn Transcriber>>) -> Result<Outcome, Failure> {
    let config = Config::load(None, std::env::vars()).map_err(Failure::config)?;
    let data = args.data.clone().unwrap_or_else(|| config.storage.folder.clone());
    let tenant = args.tenant.clone().unwrap_or_else(|| config.tenant.clone());
    let folder = data.join("events");
    if !folder.is_dir() {
        let why = anyhow!(
            "there is no event log in {}: name the server's folder with --data, or a file that exists",
            folder.display()
        );
        return Err(Failure::input(why));
    }
    let log = SqliteEventLog::open(&folder)
        .with_context(|| format!("the event log in {} cannot be opened", folder.display()))?;
    let blobs = FolderBlobStore::open(data.join("blobs")).context("the recordings cannot be opened")?;
    let key = CallKey::new(tenant.clone(), find(&log, &tenant, &args.what, &folder).await?);
    let policy = match config.tenants.get(&tenant) {
        Some(tenant) => Arc::new(tenant.redaction.policy().map_err(Failure::config)?),
        None => Arc::default(),
    };
    let verifier = Verifier::new(VerifierParts {
        log: Arc::new(log),
        blobs: Arc::new(blobs),
        recogniser,
        key: None,
        clock: node::clock(),
        publish: Arc::new(drop),
        policy: Arc::new(move |_| Arc::clone(&policy)),
    });
    let checks = verifier.check(&key).await.map_err(|error| {
        let goes_on = matches!(error, VerifyError::NotOver);
        let error = anyhow::Error::new(error);
        if goes_on { Failure::input(anyhow!("the call {} is not over", key.call)) } else { error.into() }
    })?;
    Ok(Outcome {
        what: key.call.to_string(),
        verdict: checks.verdict,
        rows: checks.rows,
        findings: checks
            .findings
            .into_iter()
            .filter(|finding| finding.rule != events::FindingRule::NotChecked)
            .collect(),
    })
}

async fn find(log: &SqliteEventLog, tenant: &TenantId, what: &str, folder: &Path) -> Result<CallId, Failure> {
    let newest = CallFilter { limit: NAMED_CALLS, ..CallFilter::default() };
    let newest = log.calls(tenant, &newest).await.context("the event log cannot be read")?.calls;
    let wanted =
        if what == "last" { newest.first().map(|call| call.call_id.clone()) } else { CallId::new(what).ok() };
    if let Some(call) = wanted
        && log.call(tenant, &call).await.is_ok()
    {
        return Ok(call);
    }
    let known: Vec<&str> = newest.iter().map(|call| call.call_id.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let folder = folder.display();
    Err(Failure::input(anyhow!(
        "there is no file and no call {what:?} in {folder}; the newest calls are: {known}"
    )))
}

fn print(outcome: &Outcome, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let all = json!({
            "checked": outcome.what,
            "clean": outcome.findings.is_empty(),
            "verdict": outcome.verdict,
            "checks": outcome.rows,
            "findings": outcome.findings,
        });
        return line(&serde_json::to_string(&all).map_err(anyhow::Error::from)?);
    }
    line(&outcome.what)?;
    for row in &outcome.rows {
        let state = match row.state {
            CheckState::Done if row.found == 0 => "clean",
            CheckState::Done => "FOUND",
            CheckState::NotChecked => "not made",
        };
        line(&format!("  {state:<9} {}: {}", row.check, row.detail))?;
    }
    for finding in &outcome.findings {
        let time = MediaTime::from_millis;
        line(&format!(
            "  {:<11} {} to {}  {}: {}",
            finding.channel.as_str(),
            time(finding.from_ms),
            time(finding.to_ms),
            finding.entity.as_str(),
            finding.reason
        ))?;
    }
    line(if outcome.findings.is_empty() { "nothing was found" } else { "found: see above" })
}
