//! `trunkline bench recognition`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use lab::decode::read_file;
use model::{Channel, Utterance};
use onnx::{OnnxTranscriber, Recogniser, TranscriberOptions, transcribe_recording};
use ports::Transcriber as _;
use serde::{Deserialize, Serialize};
use wer::{WordErrors, word_errors};

use crate::{failure::Failure, output::line, recognisers};

/// The largest manifest that is read.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// Measure word error rate and speed over recordings whose words are known
///
/// MANIFEST is a JSON array of objects: "id", "path" (relative to the manifest), "ref" (what is said) and, if wanted,
/// "domain" to group by. Each recording passes the same code as a live call. The word error rate is counted after
/// both texts are brought into one spelling; the real-time factor is processing time by audio time. On a machine
/// that is busy with other things, the processor time by audio time says more.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The list of recordings
    manifest: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Which recogniser gives the words
    #[arg(long, value_enum, default_value_t = Model::Base)]
    model: Model,
    /// Threads to recognise with; one makes the real-time factor that of one core
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Model {
    Base,
    Tiny,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let clips = read_manifest(&args.manifest).map_err(Failure::input)?;
    let recogniser = match args.model {
        Model::Base => Recogniser::Base,
        Model::Tiny => Recogniser::Tiny,
    };
    let threads = Some(usize::from(args.threads));
    let options = TranscriberOptions { threads, recogniser, finals_only: true };
    let transcriber = recognisers::local(args.models, options).await?;
    let mut report = Report::new(transcriber.name(), args.threads);
    let before = processor_seconds();
    for clip in &clips {
        report.add(clip, &transcriber).await?;
    }
    report.finish(before);
    print(&report, args.json)?;
    Ok(ExitCode::SUCCESS)
}

/// A recording whose words are known.
#[derive(Debug, Deserialize)]
struct Clip {
    id: String,
    path: PathBuf,
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default = "no_domain")]
    domain: String,
}

fn no_domain() -> String {
    "all".to_owned()
}

/// Reads the list; every recording must be there before the first is heard.
fn read_manifest(path: &Path) -> anyhow::Result<Vec<Clip>> {
    let shown = path.display();
    let size = fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
    if size > MAX_MANIFEST_BYTES {
        return Err(anyhow!("{shown} is too large to be a manifest"));
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let mut clips: Vec<Clip> =
        serde_json::from_str(&text).with_context(|| format!("{shown} is no manifest"))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    for clip in &mut clips {
        clip.path = folder.join(&clip.path);
        if !clip.path.is_file() {
            return Err(anyhow!("{} of {} in {shown} is not there", clip.path.display(), clip.id));
        }
    }
    if clips.is_empty() {
        return Err(anyhow!("{shown} names no recordings"));
    }
    Ok(clips)
}

#[derive(Debug, Default, Serialize)]
struct Group {
    clips: usize,
    audio_seconds: f64,
    words: usize,
    substitutions: usize,
    deletions: usize,
    insertions: usize,
    word_error_rate: f64,
    processing_seconds: f64,
    real_time_factor: f64,
    #[serde(skip)]
    errors: WordErrors,
}

impl Group {
    fn add(&mut self, errors: WordErrors, audio: Duration, processing: Duration) {
        self.errors += errors;
        let WordErrors { words, substitutions, deletions, insertions } = self.errors;
        self.clips += 1;
        self.audio_seconds += audio.as_secs_f64();
        self.processing_seconds += processing.as_secs_f64();
        (self.words, self.substitutions) = (words, substitutions);
        (self.deletions, self.insertions) = (deletions, insertions);
        self.word_error_rate = self.errors.rate();
        self.real_time_factor = self.processing_seconds / self.audio_seconds.max(f64::MIN_POSITIVE);
    }
}

#[derive(Debug, Serialize)]
struct Report {
    model: String,
    threads: u16,
    overall: Group,
    /// What the process took of the processor per second of audio, where the system tells it.
    processor_factor: Option<f64>,
    domains: BTreeMap<String, Group>,
    machine: Machine,
}

#[derive(Debug, Serialize)]
struct Machine {
    cpu: String,
    cores: usize,
    peak_memory_mb: Option<f64>,
}

impl Report {
    fn new(model: &str, threads: u16) -> Self {
        let machine = Machine { cpu: cpu(), cores: cores(), peak_memory_mb: None };
        let (overall, domains) = (Group::default(), BTreeMap::new());
        Self { model: model.to_owned(), threads, overall, processor_factor: None, domains, machine }
    }

    async fn add(&mut self, clip: &Clip, transcriber: &OnnxTranscriber) -> Result<(), Failure> {
        let audio = read_file(&clip.path).map_err(Failure::input)?;
        let Some(samples) = audio.channels.first() else { return Ok(()) };
        let started = Instant::now();
        let heard = transcribe_recording(transcriber, &[(Channel::Customer, samples)], audio.sample_rate_hz)
            .await
            .map_err(anyhow::Error::from)?;
        let processing = started.elapsed();
        let errors = word_errors(&clip.reference, &text(&heard));
        for group in [&mut self.overall, self.domains.entry(clip.domain.clone()).or_default()] {
            group.add(errors, audio.duration(), processing);
        }
        Ok(())
    }

    fn finish(&mut self, processor_seconds_before: Option<f64>) {
        self.machine.peak_memory_mb = peak_memory_mb();
        self.processor_factor = processor_seconds_before
            .and_then(|before| Some((processor_seconds()? - before) / self.overall.audio_seconds));
    }
}

fn text(heard: &[Utterance]) -> String {
    let words = heard.iter().flat_map(|utterance| &utterance.words);
    words.map(|word| word.text.expose().as_str()).collect::<Vec<_>>().join(" ")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processor's name, where the system tells it.
fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// What this process's threads have taken of the processor, where the system tells it.
fn processor_seconds() -> Option<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        nanoseconds += spent.split_whitespace().next()?.parse::<f64>().ok()?;
    }
    Some(nanoseconds / 1e9)
}

/// The most memory that this process has held, where the system tells it.
fn peak_memory_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let found = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = found.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1_024.0)
}

fn print(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        line(&serde_json::to_string_pretty(report).map_err(anyhow::Error::from)?)?;
        return Ok(());
    }
    line(&format!(
        "{:<12} {:>6} {:>8} {:>7} {:>7} {:>7}",
        "DOMAIN", "CLIPS", "AUDIO", "WORDS", "WER", "RTF"
    ))?;
    let overall = ("overall", &report.overall);
    for (name, group) in report.domains.iter().map(|(name, group)| (name.as_str(), group)).chain([overall]) {
        line(&format!(
            "{name:<12} {:>6} {:>6.0} s {:>7} {:>5.1} % {:>7.3}",
            group.clips,
            group.audio_seconds,
            group.words,
            group.word_error_rate * 100.0,
            group.real_time_factor
        ))?;
    }
    let Machine { cpu, cores, peak_memory_mb } = &report.machine;
    let memory = peak_memory_mb.map_or_else(String::new, |mb| format!(", peak memory {mb:.0} MB"));
    let (model, threads) = (&report.model, report.threads);
    let processor = report
        .processor_factor
        .map_or_else(String::new, |factor| format!(", {factor:.3} s of processor per second of audio"));
    line(&format!("{model} on {threads} thread(s) of {cpu}, {cores} cores{memory}{processor}"))?;
    Ok(())
}
