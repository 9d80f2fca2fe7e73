//! `trunkline bench redaction`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, anyhow};
use dialogues::Half;
use measure::RedactionBench;

use crate::{failure::Failure, output::line};

/// Measure what redaction lets through, what it hides too much, and how fast it is
///
/// Documents are made from a seed: written texts, single utterances, whole calls in which numbers are said in breaths,
/// corrected and repeated by the agent, and calls with recognition errors; every word's truth is known. Utterances are
/// given word by word, as a recogniser would, and every version that comes out is compared with the truth.
///
/// LEAKED: secrets of which any letter or digit shows in the end. DIGITS: digits of secrets that show, echoes too.
/// SPLIT and ECHO: leaked of those told over several turns, and of those that the other side repeated. PARTIAL and
/// LATE: secrets of which a partial, or a final before it was revised, showed some. FOUND and RIGHT: recall and
/// precision by kind, where a mask and a secret are the same if they share half of what both cover.
///
/// The inventory has two halves that share no sentence and no name: `tune` is for looking at failures and mending
/// them, `--held-out` is for measuring. Presidio's pattern recognisers mask the same documents in the same run if
/// bench/peers/presidio/setup.sh has put them there.
///
/// --corpus DIR measures on your own: files of one JSON object a line, each file a table of its own. A text is
/// {"id", "text", "spans": [{"entity", "start", "end"}]}, a dialogue {"id", "turns": [{"channel": "customer" or "agent",
/// "text", "spans": [{"entity", "start", "end", "secret"}]}]}. Start and end count Unicode scalar values. An entity is a
/// kind of this platform (card, ssn, name, ...), "harmless" for a number that should stay readable, or, within a number
/// of a dialogue, "either" for a filler; stretches of a dialogue with the same number as "secret" are one secret, told in
/// parts or, by the other side, repeated. --write DIR writes the documents that are made in this form.
///
/// Examples:
///   trunkline bench redaction --calls 200
///   trunkline bench redaction --held-out --seed 7 --json > redaction.json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Calls to make; of utterances and of texts, four times as many
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    calls: u32,
    /// What they are made from: the same seed makes the same documents
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Make them from the half that is never used for tuning
    #[arg(long)]
    held_out: bool,
    /// Measure on the .jsonl files of this folder instead
    #[arg(long, value_name = "DIR", conflicts_with_all = ["calls", "seed", "held_out"])]
    corpus: Option<PathBuf>,
    /// Write the documents into this folder instead of measuring
    #[arg(long, value_name = "DIR", conflicts_with_all = ["corpus", "json"])]
    write: Option<PathBuf>,
    /// Who is measured beside us
    #[arg(long, value_enum, default_value_t = PeerArg::Presidio)]
    peer: PeerArg,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PeerArg {
    /// The pattern recognisers of Presidio, over a blank spaCy pipeline; needs Python
    Presidio,
    /// Nobody
    None,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    if let Some(folder) = args.corpus.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(Failure::input(anyhow!("{} is no folder", folder.display())));
    }
    let (of_folder, json) = (args.corpus.is_some(), args.json);
    let bench = RedactionBench {
        calls: args.calls,
        seed: args.seed,
        half: if args.held_out { Half::HeldOut } else { Half::Tune },
        corpus: args.corpus,
        peer: args.peer == PeerArg::Presidio,
    };
    // It computes for minutes: not on the runtime's own threads.
    if let Some(folder) = &args.write {
        bench.write(folder).map_err(Failure::input)?;
        return Ok(ExitCode::SUCCESS);
    }
    let measured = tokio::task::spawn_blocking(move || {
        let mut said = Ok(());
        let report = bench.run(&mut |stage| {
            if !json && said.is_ok() {
                said = line(&format!("...            {stage}"));
            }
        });
        said.map(|()| report)
    });
    let report = measured.await.context("measuring failed")??;
    let report = report.map_err(|error| if of_folder { Failure::input(error) } else { error.into() })?;
    line(&if json { report.json().to_string() } else { report.text() })?;
    Ok(ExitCode::SUCCESS)
}
