//! `trunkline redact`.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, IsTerminal as _, Read, StdoutLock, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use masking::{Found, MaskError, Plain, mask_lines, mask_plain, reveal_plain};
use redaction::{Policy, TenantPolicy};

use crate::failure::Failure;

/// From so many bytes on a file is worth a progress bar.
const LONG_FILE: u64 = 8 << 20;
const BUFFER: usize = 256 << 10;

/// Mask what must not be kept in a text: cards, phones, names, e-mails, and the like
///
/// Reads a text and writes the same text with masks: [card] stands where a card number stood. All else stays byte
/// for byte, lines too; what is spoken ("four one one one") is found as well as what is written. The rules are those
/// of a live call. The input may be of any length, and memory stays bounded.
///
/// With --jsonl each line of the input is a JSON object, and gives one:
///
/// {"id","text"} gives {"id","masked","spans"};
///
/// {"id","turns":[{"channel","text"}]} gives {"id","turns":[{"channel","masked","spans"}]}.
///
/// A span is {"entity","start","end","confidence","reason"}, its places in Unicode scalar values of the text. A
/// channel is "customer" or "agent". What a later turn tells of an earlier one is masked there, too. A text or turn
/// may have "words":[{"text","start","end"}] in seconds; times that are missing or run backwards are not used, and
/// "notes" says so. Other fields are dropped, as they may hold what the text does. A line that cannot be read gives
/// {"error","line"} in its place; the others are done, and the exit code is 1.
///
/// With --stream words are said one at a time, as a live call brings them, and each line of the output is what would
/// have been shown then: {"id","turn","revision","final","masked","spans"}; a turn that a later one tells of comes
/// again with a higher revision. A turn of more than about 100 words is judged in parts: from the second on they have
/// "part".
///
/// Exits with 0 when all was masked, 1 when a line of JSON could not be read, 2 when the input or the policy cannot
/// be.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trunkline redact notes.txt > clean.txt
  echo 'my card is four one one one 1111 1111 1111' | trunkline redact --explain
  trunkline redact --jsonl calls.jsonl > masked.jsonl
  echo '{\"id\":1,\"text\":\"my pin is 5 9 1 2\"}' | trunkline redact --jsonl --stream")]
pub(crate) struct Args {
    /// The text to read [default: standard input, as is `-`]
    file: Option<PathBuf>,
    /// What is shown for what is found: a file as docs/redaction-policy.md tells [default: all is masked by its kind, but health
    /// terms are shown]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Say on standard error what was masked, where, why, and how sure that is
    #[arg(long, conflicts_with_all = ["jsonl", "stream"])]
    explain: bool,
    /// Read one JSON object per line: a text or a dialogue
    #[arg(long)]
    jsonl: bool,
    /// Write every revision that a live call would have shown, as lines of JSON
    #[arg(long)]
    stream: bool,
    /// Write one JSON object per line of the text: {"line","masked","spans"}
    #[arg(long, conflicts_with_all = ["jsonl", "stream"])]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let file = args.file.as_deref().filter(|file| *file != Path::new("-"));
    let policy = match &args.policy {
        Some(path) => config::read_policy(path).map_err(Failure::input)?,
        None => TenantPolicy::default(),
    };
    let (input, progress) = open(file)?;
    // The key only guards what the redactor remembers, and that ends with this run.
    let policy = policy.for_call(*uuid::Uuid::new_v4().as_bytes());
    let out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let outcome = mask(args, input, out, &policy);
    progress.finish_and_clear();
    match outcome {
        Ok(code) => Ok(code),
        Err(error) if error.is_broken_pipe() => Err(Failure::quiet()),
        Err(error @ MaskError::Read(_)) => {
            let name = file.map_or_else(|| "standard input".to_owned(), |file| file.display().to_string());
            Err(Failure::input(anyhow::Error::from(error).context(name)))
        }
        Err(error) => Err(anyhow::Error::from(error).into()),
    }
}

fn mask(
    args: &Args,
    input: Box<dyn Read>,
    mut out: BufWriter<StdoutLock<'_>>,
    policy: &Policy,
) -> Result<ExitCode, MaskError> {
    if args.jsonl {
        let input = BufReader::with_capacity(BUFFER, input);
        let done = mask_lines(input, &mut out, policy, args.stream)?;
        if done.broken > 0 {
            say(&format!("{} of {} lines could not be read", done.broken, done.lines));
            return Ok(ExitCode::FAILURE);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let done = if args.stream {
        reveal_plain(input, &mut out, policy)?
    } else {
        let form = if args.json { Plain::Json } else { Plain::Text };
        let mut explained = Explained { wanted: args.explain, begun: false };
        mask_plain(input, &mut out, policy, form, |found| explained.row(found))?
    };
    out.flush().map_err(MaskError::Write)?;
    if done.replaced > 0 {
        say(&format!("bytes that are not UTF-8 were replaced by U+FFFD {} times", done.replaced));
    }
    if args.explain {
        say(&format!("{} masked", done.spans));
    }
    Ok(ExitCode::SUCCESS)
}

/// The input, with a bar that shows how far it is read where somebody watches.
fn open(file: Option<&Path>) -> Result<(Box<dyn Read>, ProgressBar), Failure> {
    let Some(path) = file else { return Ok((Box::new(io::stdin().lock()), ProgressBar::hidden())) };
    let file = File::open(path).with_context(|| path.display().to_string()).map_err(Failure::input)?;
    let about = file.metadata().with_context(|| path.display().to_string()).map_err(Failure::input)?;
    if about.is_dir() {
        return Err(Failure::input(anyhow!("{} is a folder, not a text", path.display())));
    }
    if about.len() < LONG_FILE || !io::stderr().is_terminal() || io::stdout().is_terminal() {
        return Ok((Box::new(file), ProgressBar::hidden()));
    }
    let bar = ProgressBar::new(about.len());
    if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    Ok((Box::new(bar.wrap_read(file)), bar))
}

/// The rows of `--explain`.
struct Explained {
    wanted: bool,
    begun: bool,
}

impl Explained {
    fn row(&mut self, found: Found<'_>) {
        if !self.wanted {
            return;
        }
        if !std::mem::replace(&mut self.begun, true) {
            say(&format!("{:>8} {:>11}  {:<16} {:>4}  why", "line", "columns", "what", "sure"));
        }
        let Found { line, column, span } = found;
        let columns = format!("{column}-{}", column + span.chars.len().saturating_sub(1));
        let (what, sure) = (span.kind.as_str(), span.confidence);
        say(&format!("{line:>8} {columns:>11}  {what:<16} {sure:>3}%  {}", span.reason));
    }
}

/// Beside the output, which is the text alone.
#[expect(clippy::print_stderr, reason = "words to the person, not output")]
fn say(text: &str) {
    eprintln!("{text}");
}
