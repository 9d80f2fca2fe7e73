//! `trunkline demo`.

mod checks;
mod follow;
mod guided;
mod summary;
#[cfg(test)]
mod tests;

use std::{
    future,
    io::IsTerminal,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::Context;
use config::Config;
use lab::{Batch, Call, CallReport, Media, NoticeUrls, OnProgress, PlaceError, Progress, Target};
use metrics_exporter_prometheus::PrometheusHandle;
use onnx::ModelFolder;
use telemetry::LogFormat;
use tokio::sync::oneshot;

use self::{
    checks::Checks,
    follow::{Follower, Heard, Names},
    summary::Summary,
};
use super::models;
use crate::{
    failure::Failure,
    node::{Addresses, Node},
    output::line,
    recognisers::{self, Hearing},
    signals::{Stop, shutdown_signal},
};

/// A call that was placed, or why not.
type Placed = Result<CallReport, PlaceError>;

/// Between the starts of two calls, so that the eye can follow.
const STAGGER: Duration = Duration::from_millis(1_500);
/// After the last call was placed: how long its end may take to come over the socket.
const MAX_ENDINGS: Duration = Duration::from_secs(180);

/// Play sample calls through the whole path, live, and show what comes out
///
/// Fetches the recognition models if they are not here yet, starts everything on this machine, places three
/// sample calls in real time, prints their masked transcripts as they are spoken, and keeps the console open until
/// Ctrl-C. Nothing of it stays afterwards, unless --data names a folder.
///
/// With --once it ends after the calls with a summary, and with 0 only if all of it held: every call ended and was
/// recorded, no audio was lost, every sensitive word was masked in text and sound, and the words are right. Stopped
/// before, it exits with 130 (Ctrl-C) or 143 (SIGTERM).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Play every sample call once, print a summary, and exit 0 only if all of it held
    #[arg(long)]
    once: bool,
    /// Address of the API and the console; port 0 takes any free one [default: 127.0.0.1:8080, with --once any]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Keep what was recorded in this folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the recognition models [default: the cache, see `trunkline models path`]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
    /// Do not fetch models that are missing
    #[arg(long)]
    offline: bool,
    /// Print the summary as JSON
    #[arg(long, requires = "once")]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let level = std::env::var("TRUNKLINE_LOG__LEVEL").unwrap_or_else(|_| "warn".to_owned());
    telemetry::init_logs(&level, LogFormat::Text).map_err(Failure::config)?;
    let metrics = telemetry::init_metrics().context("metrics cannot be collected")?;
    let calls = lab::samples::all().context("the sample calls cannot be read")?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let config = config(&args, temporary.path().to_owned());
    if let Some(documents) = &config.knowledge.folder {
        playbooks::write_sample_documents(documents).context("the sample documents cannot be written")?;
    }
    let mut stop = pin!(shutdown_signal()?);
    let cut_short = |stop: Stop| if args.once { stop.cut_short() } else { ExitCode::SUCCESS };
    let server = tokio::select! {
        server = start(&args, &config, metrics) => server?,
        stop = &mut stop => return Ok(cut_short(stop)),
    };
    let outcome = tokio::select! {
        outcome = perform(&args, &server, calls, &config.storage.folder) => outcome,
        stop = &mut stop => Ok(cut_short(stop)),
    };
    server.stop().await;
    outcome
}

/// Starts the server and says where it is.
async fn start(args: &Args, config: &Config, metrics: PrometheusHandle) -> Result<Node, Failure> {
    let addresses = Addresses::take(config).await?;
    let hearing = hearing(args).await?;
    if let Err(why) = &hearing {
        eprint(&format!("Transcripts will be absent. {why}"));
    }
    let server = Node::start(config, addresses, hearing, Some(metrics)).await?;
    if !args.json {
        line(&format!("Console: {}", server.url()))?;
    }
    Ok(server)
}

/// Plays the calls and shows what came out; without --once it then stays until it is stopped.
async fn perform(args: &Args, server: &Node, calls: Vec<Call>, data: &Path) -> Result<ExitCode, Failure> {
    if !args.json {
        line(&format!("Playing {} sample calls in real time.\n", calls.len()))?;
    }
    let facts = calls.iter().map(|call| (call.name.to_string(), Arc::clone(&call.facts))).collect();
    let (placed, heard) = play(server, calls, args.json).await?;
    let summary = Summary::new(facts, placed, heard);
    let checks = Checks::run(&summary, server, data);
    show(&summary, &checks, args.json)?;
    if !args.once {
        line(&format!("\nThe console stays open at {} until Ctrl-C.", server.url()))?;
        return future::pending().await;
    }
    Ok(if checks.held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The recogniser; its models are fetched first when they are missing.
async fn hearing(args: &Args) -> Result<Hearing, Failure> {
    let folder = ModelFolder::find(args.models.clone());
    let is_whole = folder.check(onnx::Recogniser::default()).is_ok() && folder.check_meaning().is_ok();
    if !is_whole && !args.offline {
        eprint("Fetching the models (once; later runs work offline).");
        if let Err(failure) = models::fetch(folder).await {
            eprint(&format!("The models could not be fetched: {failure}"));
        }
    }
    let settings = config::Recognition { models: args.models.clone(), ..config::Recognition::default() };
    recognisers::open(&settings).await
}

fn config(args: &Args, temporary: PathBuf) -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = Config::default();
    config.storage.folder = args.data.clone().unwrap_or(temporary);
    config.kvs.listen = any;
    // What is searched afterwards is what Trunkline stores; the streams stand for Amazon's side.
    config.kvs.keep_on_disk = false;
    config.recognition.models.clone_from(&args.models);
    config.knowledge.folder = Some(config.storage.folder.join("documents"));
    config.server.listen = args.listen.unwrap_or(if args.once { any } else { config.server.listen });
    config
}

/// Places the calls, follows them over the API as any client would, and waits until all have ended.
async fn play(server: &Node, calls: Vec<Call>, quiet: bool) -> Result<(Vec<Placed>, Heard), Failure> {
    let mut target = Target::new(server.kvs_endpoint.parse().map_err(anyhow::Error::from)?);
    let trigger = format!("{}/v1/triggers/connect", server.url());
    target.notices = Some(NoticeUrls::from_trigger(trigger.parse().map_err(anyhow::Error::from)?));
    let names = Names::default();
    let (expect, expected) = oneshot::channel();
    let follower =
        Follower::connect(server, Arc::clone(&names), quiet, std::io::stdout().is_terminal()).await?;
    let following = tokio::spawn(follower.run(expected));
    let batch = Batch { stagger: STAGGER, ..Batch::new(calls.into_iter().map(Media::Audio).collect()) };
    let progress: OnProgress = Arc::new(move |progress| {
        if let Progress::Triggered { name, call_id } = progress {
            names.lock().unwrap_or_else(PoisonError::into_inner).insert(call_id, name);
        }
    });
    let placed: Vec<Placed> = batch.run(Arc::new(target), progress).await;
    // The follower is done when it has seen the end of every call that was placed.
    drop(expect.send(placed.iter().flatten().filter_map(|report| report.call_id.clone()).collect()));
    let heard = tokio::time::timeout(MAX_ENDINGS, following).await;
    let heard = heard.context("the calls did not end")?.context("the follower failed")??;
    Ok((placed, heard))
}

fn show(summary: &Summary, checks: &Checks, json: bool) -> Result<(), Failure> {
    if json {
        return line(&serde_json::to_string_pretty(&summary.json(checks)).map_err(anyhow::Error::from)?);
    }
    line(&summary.text())?;
    line(&checks.text())
}

#[expect(clippy::print_stderr, reason = "progress is not output")]
fn eprint(text: &str) {
    eprintln!("{text}");
}
