//! `trunkline playbook test`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, anyhow};
use playbook::{Moment, Outcome, Playbook, Problem, Rehearsal, Span};
use playbooks::{Report, Row, Verdict, compile, embed, rehearse};
use ports::Embedder;
use serde_json::json;

use super::{embedder, files, tell};
use crate::{failure::Failure, output::line};

/// Play written calls, and compare what a playbook makes of them with what is expected
///
/// A test file names a playbook, writes a call down line by line, and says which cards, ticks and alerts are expected
/// when, and which must not come; docs/playbooks.md shows one. No server is needed, and no sound: calls of an hour
/// take a moment. Meanings are told by the model of `trunkline models pull`; what only a meaning tells is marked
/// `meaning: true` in the file, and without the model it is not run, which is said.
///
/// Exits with 0 when all is as expected, with 1 when something is not, and with 2 when a file has a mistake.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trunkline playbook test playbooks/tests
  trunkline playbook test playbooks/tests/late-order.yaml --transcript")]
pub(crate) struct Args {
    /// The test files; a folder stands for the .yaml files in it
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the call with all that happened in it
    #[arg(long)]
    transcript: bool,
    /// Do not tell meanings, though the model is there
    #[arg(long)]
    without_meaning: bool,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
    /// Print one JSON object per test
    #[arg(long, conflicts_with = "transcript")]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let tests = files::expand(&args.files)?.into_iter().map(Test::read).collect::<Result<Vec<_>, _>>()?;
    let embedder = embedder(!args.without_meaning, args.models).await?;
    let mut failed = 0;
    for test in &tests {
        let report = test.play(embedder.clone()).await?;
        failed += usize::from(!report.passed());
        if args.json {
            line(&as_json(test, &report).to_string())?;
        } else {
            print(test, &report, args.transcript)?;
        }
    }
    let not_run = if embedder.is_none() { ", what only meanings tell was not run" } else { "" };
    if !args.json {
        line(&format!("{} tests, {failed} failed{not_run}", tests.len()))?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A test file with its playbook.
struct Test {
    file: PathBuf,
    rehearsal: Rehearsal,
    playbook: Playbook,
}

impl Test {
    fn read(file: PathBuf) -> Result<Self, Failure> {
        let rehearsal = Rehearsal::read(&files::read(&file)?).map_err(|problems| wrong(&file, &problems))?;
        let beside = file.parent().unwrap_or_else(|| Path::new("."));
        let path = beside.join(&rehearsal.playbook);
        let playbook = Playbook::read(&files::read(&path)?).map_err(|problems| wrong(&path, &problems))?;
        let unknown = rehearsal.unknown_to(&playbook);
        if unknown.is_empty() { Ok(Self { file, rehearsal, playbook }) } else { Err(wrong(&file, &unknown)) }
    }

    async fn play(&self, embedder: Option<Arc<dyn Embedder>>) -> Result<Report, Failure> {
        let ready = compile(&self.playbook, "", embedder.as_deref()).await;
        let ready = Arc::new(ready.map_err(anyhow::Error::new).map_err(Failure::input)?);
        let rehearsal = self.rehearsal.clone();
        let runtime = tokio::runtime::Handle::current();
        let playing = tokio::task::spawn_blocking(move || {
            rehearse(&rehearsal, ready, &mut |sentences| {
                runtime.block_on(embed(embedder.as_deref()?, sentences)).ok()
            })
        });
        Ok(playing.await.context("the test broke off")?)
    }
}

/// All that is wrong with a file is told; the failure is the first of it.
fn wrong<'a>(file: &Path, problems: impl IntoIterator<Item = &'a Problem>) -> Failure {
    let shown = file.display();
    let mut told = problems.into_iter().map(|problem| format!("{shown}:{problem}"));
    let first = told.next().unwrap_or_default();
    told.for_each(|problem| tell(&problem));
    Failure::input(anyhow!(first))
}

fn print(test: &Test, report: &Report, transcript: bool) -> Result<(), Failure> {
    let verdict = if report.passed() { "ok" } else { "FAILED" };
    line(&format!("{verdict:<7} {} ({})", test.rehearsal.title, test.file.display()))?;
    if transcript {
        print_call(test, report)?;
    }
    for row in &report.rows {
        if !report.passed() || transcript || row.verdict == Verdict::NotRun {
            line(&format!("  {:<8} {:<34} {}", mark(row), expected(row), found(row)))?;
        }
    }
    Ok(())
}

/// The call's lines, and between them what happened.
fn print_call(test: &Test, report: &Report) -> Result<(), Failure> {
    let said = test.rehearsal.script.iter().map(|said| match &said.what {
        Moment::Said { who, text, until } => {
            (*until, format!("{:>9} {}: {text}", shown(said.at), who.as_str()))
        }
        Moment::AgentConnected(id) => (said.at, format!("{:>9} agent {id} is connected", shown(said.at))),
        Moment::AgentDisconnected(id) => (said.at, format!("{:>9} agent {id} is gone", shown(said.at))),
        Moment::OnHold(true) => (said.at, format!("{:>9} on hold", shown(said.at))),
        Moment::OnHold(false) => (said.at, format!("{:>9} off hold", shown(said.at))),
        Moment::Ended => (said.at, format!("{:>9} the end", shown(said.at))),
    });
    let happened = report.happened.iter().map(|happened| {
        let (kind, name) = words(&happened.outcome);
        (
            happened.at,
            format!("{:>9}   > {kind} {name}  {}", shown(happened.at), happened.shown).trim_end().to_owned(),
        )
    });
    let mut lines: Vec<(Span, String)> = said.chain(happened).collect();
    lines.sort_by_key(|(at, _)| *at);
    lines.iter().try_for_each(|(_, text)| line(text))
}

fn as_json(test: &Test, report: &Report) -> serde_json::Value {
    let rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| {
            let (kind, name) = words(&row.expected.outcome);
            let at_ms = match row.verdict {
                Verdict::Met(at) | Verdict::NotMet { nearest: at } => at.map(Span::as_millis),
                Verdict::Unwanted(at) => Some(at.as_millis()),
                Verdict::NotRun => None,
            };
            json!({
                "line": row.expected.line, "never": row.never, "outcome": kind, "name": name,
                "expected_ms": row.expected.at.map(Span::as_millis), "at_ms": at_ms, "verdict": mark(row),
            })
        })
        .collect();
    let happened: Vec<_> = report
        .happened
        .iter()
        .map(|happened| {
            let (kind, name) = words(&happened.outcome);
            json!({"at_ms": happened.at.as_millis(), "outcome": kind, "name": name, "shown": happened.shown})
        })
        .collect();
    json!({
        "file": test.file, "title": test.rehearsal.title, "playbook": test.playbook.id,
        "passed": report.passed(), "without_meaning": report.without_meaning,
        "rows": rows, "happened": happened,
    })
}

const fn mark(row: &Row) -> &'static str {
    match row.verdict {
        Verdict::Met(_) => "ok",
        Verdict::NotMet { .. } => "missing",
        Verdict::Unwanted(_) => "unwanted",
        Verdict::NotRun => "not run",
    }
}

fn expected(row: &Row) -> String {
    let (kind, name) = words(&row.expected.outcome);
    let never = if row.never { "never " } else { "" };
    let at = row.expected.at.map(|at| format!(" at {}", shown(at))).unwrap_or_default();
    format!("{never}{kind} {name}{at}")
}

fn found(row: &Row) -> String {
    match row.verdict {
        Verdict::Met(Some(at)) | Verdict::Unwanted(at) => format!("at {}", shown(at)),
        Verdict::Met(None) => String::new(),
        Verdict::NotMet { nearest: Some(at) } => format!("line {}: came at {}", row.expected.line, shown(at)),
        Verdict::NotMet { nearest: None } => format!("line {}: did not come", row.expected.line),
        Verdict::NotRun => "rests on a meaning".to_owned(),
    }
}

fn words(outcome: &Outcome) -> (&'static str, String) {
    let (kind, name) = match outcome {
        Outcome::Fired(rule) => ("fired", rule),
        Outcome::Card(rule) => ("card", rule),
        Outcome::Said(rule) => ("said", rule),
        Outcome::Withdrawn(rule) => ("withdrawn", rule),
        Outcome::Alert(rule) => ("alert", rule),
        Outcome::Ticked(item) => ("ticked", item),
        Outcome::Missed(item) => ("missed", item),
        Outcome::Workflow(flow, Some(step)) => return ("workflow", format!("{flow} {step}")),
        Outcome::Workflow(flow, None) => ("workflow", flow),
        Outcome::Disposition(code) => ("disposition", code),
    };
    (kind, name.clone())
}

/// Minutes, seconds and tenths.
fn shown(at: Span) -> String {
    let ms = at.as_millis();
    format!("{}:{:02}.{}", ms / 60_000, ms / 1_000 % 60, ms / 100 % 10)
}
