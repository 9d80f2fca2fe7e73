//! `trunkline export`.

use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use ports::EventLog;
use serde_json::json;

use super::stored::{OpenCall, StoredCall};
use crate::{failure::Failure, output::line};

/// How many events are read at once.
const PAGE: u32 = 500;

/// Print a stored call's redacted transcript
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    stored: StoredCall,
    /// What it is written as
    #[arg(long, value_enum, default_value_t = Format::Txt)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The transcript with word times, gaps and holds
    Json,
    /// Subtitles
    Srt,
    /// A text to read
    Txt,
    /// The logged events, one a line
    Ndjson,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let open = args.stored.open().await?;
    if matches!(args.format, Format::Ndjson) {
        return events(&open).await;
    }
    let view =
        open.log.transcript(&open.tenant, &open.call).await.context("the transcript cannot be read")?;
    let text = match args.format {
        Format::Srt => transcript::render_srt(&view.utterances),
        Format::Txt => transcript::render_txt(&view.utterances),
        Format::Json | Format::Ndjson => {
            let hold = |(from_ms, to_ms): &(u64, Option<u64>)| json!({"from_ms": from_ms, "to_ms": to_ms});
            let holds: Vec<_> = view.holds.iter().map(hold).collect();
            let all =
                json!({"utterances": view.utterances, "gaps": view.gaps, "holds": holds, "seq": view.seq});
            serde_json::to_string_pretty(&all).map_err(anyhow::Error::from)?
        }
    };
    line(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

async fn events(open: &OpenCall) -> Result<ExitCode, Failure> {
    let mut after = 0;
    loop {
        let page = open
            .log
            .read_call(&open.tenant, &open.call, after, PAGE)
            .await
            .context("the events cannot be read")?;
        let Some(last) = page.last() else { return Ok(ExitCode::SUCCESS) };
        after = last.seq;
        for event in &page {
            line(&serde_json::to_string(event).map_err(anyhow::Error::from)?)?;
        }
    }
}
