//! `trunkline redact-audio`.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, anyhow};
use compliance::{
    AudioSpan, MaskedRange, Padding, RedactAudio, RedactAudioError, RedactedAudio, parse_spans, redact_audio,
};
use model::MediaTime;

use crate::{failure::Failure, output::line};

/// The longest list of spans.
const MAX_SPANS_BYTES: u64 = 64 << 20;

/// The most padding: more is a mistake in the unit.
const MAX_PADDING_MS: u64 = 60_000;

/// Replace stretches of a recording by a tone
///
/// Reads a WAV file of 16-bit PCM at any sample rate and writes the same file with the spans replaced: 1 kHz at
/// -20 dBFS instead of every sample, 150 ms before and 200 ms after each span included, spans closer than 300 ms joined.
/// Nothing of the sound is mixed into the tone, nothing outside changes, and header, length and rate stay. Where a span
/// is heard on the other channel too, as echo or through a loudspeaker, it is replaced there as well.
///
/// Prints what was replaced. The output is written whole, or not at all.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The recording
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write; may be the same one
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// What to replace: a JSON file, the JSON itself, or - for the standard input
    ///
    /// A list such as [{"channel":"customer","start_ms":1200,"end_ms":3400,"entity":"card"}]. The channel is 0 or
    /// "customer", 1 or "agent", or left out for all; "start" and "end" are times in seconds; "entity" is only reported.
    #[arg(long, value_name = "JSON")]
    spans: String,
    /// Milliseconds to replace before each span
    #[arg(long, value_name = "MS", default_value_t = 150, value_parser = clap::value_parser!(u64).range(..=MAX_PADDING_MS))]
    pad_before: u64,
    /// Milliseconds to replace after each span
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u64).range(..=MAX_PADDING_MS))]
    pad_after: u64,
    /// Join spans of a channel with less than this between them
    #[arg(long, value_name = "MS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(..=MAX_PADDING_MS))]
    merge: u64,
    /// Replace on the named channels only, whatever is heard on the others
    #[arg(long)]
    no_cross_talk: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let spans = read_spans(&args.spans)?;
    let padding = Padding {
        before: Duration::from_millis(args.pad_before),
        after: Duration::from_millis(args.pad_after),
        merge: Duration::from_millis(args.merge),
    };
    let (input, output, cross_talk) = (args.input, args.output, !args.no_cross_talk);
    let work = move || {
        let job = RedactAudio { input: &input, output: &output, spans: &spans, padding, cross_talk };
        redact_audio(&job).map(|done| (done, output))
    };
    let (done, output) =
        tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?.map_err(failure)?;
    if args.json {
        line(&serde_json::to_string(&done).map_err(anyhow::Error::from)?)?;
    } else {
        print(&done, &output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The disk failed, or else what was asked for cannot be done.
fn failure(error: RedactAudioError) -> Failure {
    if matches!(error, RedactAudioError::Write { .. }) {
        return anyhow::Error::new(error).into();
    }
    Failure::input(error)
}

/// Spans from a file, the argument itself, or the standard input.
pub(crate) fn read_spans(argument: &str) -> Result<Vec<AudioSpan>, Failure> {
    let inline = argument.trim_start().starts_with(['[', '{']);
    let (text, from) = if inline {
        (argument.to_owned(), "--spans".to_owned())
    } else if argument == "-" {
        let text = read_all(std::io::stdin()).context("cannot read the spans from the standard input");
        (text.map_err(Failure::input)?, "the standard input".to_owned())
    } else {
        let shown = Path::new(argument).display().to_string();
        let opened = File::open(argument).map_err(anyhow::Error::from).and_then(read_all);
        (opened.with_context(|| format!("cannot read the spans in {shown}")).map_err(Failure::input)?, shown)
    };
    parse_spans(&text).map_err(|error| Failure::input(anyhow::Error::new(error).context(from)))
}

fn read_all(from: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    from.take(MAX_SPANS_BYTES + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_SPANS_BYTES {
        return Err(anyhow!("they are longer than {MAX_SPANS_BYTES} bytes"));
    }
    Ok(text)
}

fn print(done: &RedactedAudio, output: &Path) -> Result<(), Failure> {
    let length = MediaTime::from_samples(done.samples, done.rate_hz);
    let (channels, plural) = (done.channels, if done.channels == 1 { "" } else { "s" });
    let masks = done.masks.len();
    line(&format!(
        "{}: {length} of {channels} channel{plural} at {} Hz, {masks} stretch{} replaced",
        output.display(),
        done.rate_hz,
        if masks == 1 { "" } else { "es" }
    ))?;
    for MaskedRange { channel, from_ms, to_ms, entities, cross_talk, .. } in &done.masks {
        let time = |ms: &u64| MediaTime::from_millis(*ms);
        let heard = if *cross_talk { " (heard from the other channel)" } else { "" };
        let what = entities.join(", ");
        line(format!("  channel {channel}  {} to {}  {what}{heard}", time(from_ms), time(to_ms)).trim_end())?;
    }
    Ok(())
}
