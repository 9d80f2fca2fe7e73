//! `trunkline inspect`.

use std::{
    fs::File,
    io::{self, BufWriter, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use mkv::{
    FragmentReader, Item, Limits,
    inspect::{Anomaly, Finding, Inspector},
};

use crate::failure::Failure;

mod table;

/// What every Matroska file begins with: the id of its EBML header.
const MAGIC: [u8; 4] = mkv::id::EBML.to_be_bytes();
const CHUNK_BYTES: usize = 256 << 10;
/// Damage reported before the first fragment waits: if no fragment follows, the file is no Matroska at all.
const MAX_EARLY_FINDINGS: usize = 64;

/// Show what is in a saved Kinesis Video stream, and what is odd about it
///
/// Reads the body of a GetMedia or GetMediaForFragmentList call (or any Matroska file) in one pass, whatever its
/// size. Prints a row per fragment: number, producer time, contact, sound per track. Below it stands what is odd:
/// gaps, repeated fragments, numbers that go back, another contact, a missing contact, tracks that are not what
/// the tags say, errors that the service reports, damage, an end in the middle.
///
/// Exits with 0 when the file could be read, however odd; with 2 when it is no Matroska, empty or missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trunkline inspect call.mkv
  trunkline inspect call.mkv --json | jq 'select(.type == \"anomaly\")'
  aws kinesis-video-media get-media ... /dev/stdout | trunkline inspect -")]
pub(crate) struct Args {
    /// The file to read; `-` reads standard input
    file: PathBuf,

    /// Print one JSON object per line: `{"type":"fragment",...}` and `{"type":"anomaly","kind":...}`
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let name =
        if is_stdin(&args.file) { "standard input".to_owned() } else { args.file.display().to_string() };
    let input: Box<dyn Read> = if is_stdin(&args.file) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(&args.file).with_context(|| name.clone()).map_err(Failure::input)?)
    };
    let mut inspection = Inspection {
        reader: FragmentReader::new(Limits::default()),
        inspector: Inspector::new(),
        early: Vec::new(),
        json: args.json,
        out: BufWriter::new(io::stdout().lock()),
    };
    match inspection.run(input, &name) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Stop::Input(error)) => Err(Failure::input(error)),
        // Whoever read the lines has seen enough.
        Err(Stop::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(Stop::Output(error)) => Err(Failure::from(anyhow!(error).context("cannot write the report"))),
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

enum Stop {
    Input(anyhow::Error),
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

struct Inspection<W: Write> {
    reader: FragmentReader,
    inspector: Inspector,
    early: Vec<Finding>,
    json: bool,
    out: W,
}

impl<W: Write> Inspection<W> {
    fn run(&mut self, mut input: impl Read, name: &str) -> Result<(), Stop> {
        let mut chunk = vec![0; CHUNK_BYTES];
        // What kind of file it claims to be.
        let mut head = Vec::new();
        loop {
            let count = match input.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Input(anyhow!(error).context(name.to_owned()))),
            };
            let read = chunk.get(..count).unwrap_or_default();
            head.extend(read.iter().take(MAGIC.len().saturating_sub(head.len())));
            self.reader.push(read);
            self.drain()?;
        }
        self.reader.finish();
        self.drain()?;
        if head.is_empty() {
            return Err(Stop::Input(anyhow!("{name}: the file is empty")));
        }
        if self.inspector.summary().fragments == 0 {
            return Err(Stop::Input(self.unreadable(&head, name)));
        }
        if !self.json {
            table::summary(&mut self.out, self.inspector.summary())?;
        }
        Ok(self.out.flush()?)
    }

    fn unreadable(&self, head: &[u8], name: &str) -> anyhow::Error {
        let damage = self.early.iter().find_map(|finding| match finding {
            Finding::Anomaly(Anomaly::Damage { reason, .. }) if head == MAGIC => Some(reason),
            Finding::Anomaly(_) | Finding::Fragment(_) => None,
        });
        match damage {
            Some(reason) => {
                anyhow!("{name}: damaged from its beginning ({reason}); no fragment could be read")
            }
            None => anyhow!("{name}: not a Matroska file (no valid EBML header was found)"),
        }
    }

    fn drain(&mut self) -> Result<(), Stop> {
        while let Some(item) = self.reader.next() {
            let findings = self.inspector.observe(&item);
            if let Item::Fragment(fragment) = item {
                self.reader.recycle(fragment);
            }
            if self.inspector.summary().fragments == 0 {
                self.early
                    .extend(findings.into_iter().take(MAX_EARLY_FINDINGS.saturating_sub(self.early.len())));
                continue;
            }
            if self.inspector.summary().fragments == 1 && !self.json && is_fragment(&findings) {
                table::heading(&mut self.out)?;
            }
            let early = std::mem::take(&mut self.early);
            for finding in early.iter().chain(&findings) {
                self.print(finding)?;
            }
        }
        Ok(())
    }

    fn print(&mut self, finding: &Finding) -> Result<(), Stop> {
        if !self.json {
            return Ok(table::row(&mut self.out, finding)?);
        }
        serde_json::to_writer(&mut self.out, finding).map_err(io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }
}

fn is_fragment(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| matches!(finding, Finding::Fragment(_)))
}

#[cfg(test)]
mod tests;
