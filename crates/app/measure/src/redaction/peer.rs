//! Presidio's pattern recognisers over the same texts.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, ensure};
use dialogues::Secret;
use events::EntityKind;
use leak::{Tally, mask_characters, segments_of_dialogue, segments_of_text};
use serde::Deserialize;
use serde_json::json;

use super::{corpus::Documents, outcome::PeerOutcome};

/// Its program; it travels with ours, so that it can be measured anywhere.
const PROGRAM: &str = include_str!("../../../../../bench/peers/presidio/detect.py");

/// Names the Python that has Presidio.
const PYTHON_VARIABLE: &str = "TRUNKLINE_BENCH_PRESIDIO_PYTHON";

const HOW: &str = "bench/peers/presidio/setup.sh installs it";

/// A Python with Presidio.
#[derive(Debug)]
pub(super) struct Presidio {
    python: PathBuf,
}

type Masks = Vec<(usize, usize, EntityKind)>;

impl Presidio {
    /// The Python that is named, or the one of the set-up script.
    pub(super) fn find() -> anyhow::Result<Self> {
        let python = std::env::var_os(PYTHON_VARIABLE).map(PathBuf::from).or_else(of_setup);
        let python = python.ok_or_else(|| anyhow!("Presidio is not there: {HOW}"))?;
        let mut try_it = Command::new(&python);
        try_it.args(["-c", "import presidio_analyzer, spacy"]).stdout(Stdio::null()).stderr(Stdio::null());
        let worked = try_it.status().is_ok_and(|status| status.success());
        ensure!(worked, "{} has no Presidio: {HOW}", python.display());
        Ok(Self { python })
    }

    /// Texts as they are, dialogues turn by turn.
    pub(super) fn measure(&self, documents: &Documents) -> anyhow::Result<PeerOutcome> {
        let texts = documents.texts.iter().map(|text| text.text.clone());
        let turns =
            documents.dialogues.iter().flat_map(|dialogue| &dialogue.turns).map(dialogues::Turn::text);
        let texts: Vec<String> = texts.chain(turns).collect();
        let bytes = texts.iter().map(|text| text.len() as u64).sum();
        let (masks, end) = self.detect(&texts)?;
        let mut masks = masks.into_iter();
        let mut tally = Tally::default();
        for text in &documents.texts {
            let secrets: Vec<Secret> = text.secrets.iter().map(|(secret, _)| secret.clone()).collect();
            tally.add(&text.id, &secrets, &segments_of_text(text, &masks.next().unwrap_or_default()));
        }
        for dialogue in &documents.dialogues {
            let mut segments = segments_of_dialogue(dialogue);
            for (segment, turn) in segments.iter_mut().zip(&dialogue.turns) {
                mask_characters(segment, turn, &masks.next().unwrap_or_default());
            }
            tally.add(&dialogue.id, &dialogue.secrets, &segments);
        }
        let took = Duration::from_secs_f64(end.seconds.max(0.0));
        Ok(PeerOutcome { version: end.version, tally, speed: (bytes, took) })
    }

    fn detect(&self, texts: &[String]) -> anyhow::Result<(Vec<Masks>, End)> {
        let mut command = Command::new(&self.python);
        command.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Running(command.spawn().context("Presidio cannot be started")?);
        let input = child.0.stdin.take().context("Presidio has no input")?;
        let output = child.0.stdout.take().context("Presidio has no output")?;
        let mut lines = BufReader::new(output).lines();
        thread::scope(|scope| {
            let writing = scope.spawn(|| give(input, texts));
            let mut masks = Vec::with_capacity(texts.len());
            for _ in texts {
                let line =
                    lines.next().context("Presidio ended early")?.context("Presidio's output ended")?;
                let found: Found = serde_json::from_str(&line).context("Presidio's output")?;
                masks.push(
                    found.spans.into_iter().map(|(from, to, kind)| (from, to, kind_of(&kind))).collect(),
                );
            }
            let end = lines.next().context("Presidio ended early")?.context("Presidio's output ended")?;
            writing.join().map_err(|_| anyhow!("writing to Presidio failed"))??;
            Ok((masks, serde_json::from_str(&end).context("Presidio's last line")?))
        })
    }
}

/// A process that ends when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn give(mut input: ChildStdin, texts: &[String]) -> anyhow::Result<()> {
    for (id, text) in texts.iter().enumerate() {
        writeln!(input, "{}", json!({"id": id, "text": text})).context("Presidio takes no more")?;
    }
    Ok(())
}

fn kind_of(name: &str) -> EntityKind {
    EntityKind::ALL.iter().find(|kind| kind.as_str() == name).copied().unwrap_or(EntityKind::Number)
}

/// Where the set-up script puts it.
fn of_setup() -> Option<PathBuf> {
    let cache = std::env::var_os("TRUNKLINE_CACHE").map(PathBuf::from).or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        Some(cache.join("trunkline"))
    })?;
    let python = cache.join("presidio/bin/python");
    python.exists().then_some(python)
}

#[derive(Debug, Deserialize)]
struct Found {
    spans: Vec<(usize, usize, String)>,
}

#[derive(Debug, Deserialize)]
struct End {
    seconds: f64,
    version: String,
}
