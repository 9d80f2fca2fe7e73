//! `trunkline transcribe`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::anyhow;
use events::{EntityKind, TranscriptWord};
use lab::decode::{CALL_RATE_HZ, DecodeCause, DecodeError, DecodedAudio, read_file};
use model::{Channel, Participant, Utterance};
use onnx::{TranscriberOptions, transcribe_recording};
use ports::Transcriber as _;
use redaction::{Policy, Redactor};
use serde::Serialize;

use crate::{failure::Failure, output::line, recognisers};

/// Write down what is said in an audio file
///
/// Reads WAV, FLAC, MP3 and Ogg at any sample rate and runs the same recognition and redaction as a live call, on
/// this machine. A stereo file holds the customer on its first channel and what the customer hears on its second.
/// A file in which nobody speaks is no error: it says so, and exits with 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The audio file
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print the words as they were said, with card numbers and the like in clear
    #[arg(long)]
    raw: bool,
    /// Folder of models [default: trunkline/models in your cache folder]
    #[arg(long, value_name = "DIR", env = onnx::FOLDER_VARIABLE)]
    models: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let file = args.file.clone();
    let decoding = tokio::task::spawn_blocking(move || read(&file));
    let audio = decoding.await.map_err(anyhow::Error::from)?.map_err(Failure::input)?;
    let channels = channels(&args.file, &audio)?;
    let options = TranscriberOptions { finals_only: true, ..TranscriberOptions::default() };
    let recogniser = recognisers::local(args.models, options).await?;
    let heard = transcribe_recording(&recogniser, &channels, audio.sample_rate_hz)
        .await
        .map_err(anyhow::Error::from)?;
    let transcript = Transcript {
        file: args.file.display().to_string(),
        duration_ms: u64::try_from(audio.duration().as_millis()).unwrap_or(u64::MAX),
        model: recogniser.name().to_owned(),
        utterances: if args.raw { in_clear(&heard) } else { redacted(&heard) },
    };
    print(&transcript, args.json)?;
    if transcript.utterances.is_empty() {
        note_silence(&transcript.file);
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a file; one that is audio, but has none, is a call in which nothing is said.
fn read(file: &Path) -> Result<DecodedAudio, DecodeError> {
    match read_file(file) {
        Err(DecodeError { cause: DecodeCause::NoSamples(_), .. }) => {
            Ok(DecodedAudio { channels: vec![Vec::new()], sample_rate_hz: CALL_RATE_HZ })
        }
        read => read,
    }
}

/// A whole file's words.
#[derive(Debug, Serialize)]
struct Transcript {
    file: String,
    duration_ms: u64,
    model: String,
    utterances: Vec<Spoken>,
}

#[derive(Debug, Serialize)]
struct Spoken {
    channel: Channel,
    start_ms: u64,
    end_ms: u64,
    text: String,
    words: Vec<Word>,
}

#[derive(Debug, Serialize)]
struct Word {
    text: String,
    start_ms: u64,
    end_ms: u64,
    confidence: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    masked: Option<EntityKind>,
}

impl Spoken {
    fn new(channel: Channel, start_ms: u64, end_ms: u64, words: Vec<Word>) -> Self {
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        Self { channel, start_ms, end_ms, text, words }
    }
}

fn channels<'a>(file: &Path, audio: &'a DecodedAudio) -> Result<Vec<(Channel, &'a [i16])>, Failure> {
    if audio.channels.len() > Channel::ALL.len() {
        let (file, count) = (file.display(), audio.channels.len());
        return Err(Failure::input(anyhow!(
            "cannot transcribe {file}: it has {count} channels, and a call has one or two"
        )));
    }
    Ok(Channel::ALL.into_iter().zip(audio.channels.iter().map(Vec::as_slice)).collect())
}

fn in_clear(heard: &[Utterance]) -> Vec<Spoken> {
    let word = |word: &model::SpokenWord| Word {
        text: word.text.expose().clone(),
        start_ms: word.start.as_millis(),
        end_ms: word.end.as_millis(),
        confidence: word.confidence,
        masked: None,
    };
    heard
        .iter()
        .map(|utterance| {
            let words = utterance.words.iter().map(word).collect();
            let start_ms = utterance.id.start().as_millis();
            Spoken::new(utterance.id.channel(), start_ms, utterance.end.as_millis(), words)
        })
        .collect()
}

/// What may be shown, with what later utterances taught of earlier ones.
fn redacted(heard: &[Utterance]) -> Vec<Spoken> {
    // The key only guards what the redactor remembers, and that ends with this function.
    let mut redactor = Redactor::new(Policy::new(*uuid::Uuid::new_v4().as_bytes()));
    let mut shown: Vec<events::TranscriptUtterance> = Vec::new();
    for utterance in heard {
        let participant = match utterance.id.channel() {
            Channel::Customer => Participant::Customer,
            Channel::ToCustomer => Participant::Agent,
        };
        let now = redactor.redact(utterance, participant);
        shown.push(now.utterance);
        for revised in now.revised {
            if let Some(known) = shown.iter_mut().find(|known| known.id == revised.utterance.id) {
                *known = revised.utterance;
            }
        }
    }
    let word = |word: TranscriptWord| Word {
        text: word.text,
        start_ms: word.start_ms,
        end_ms: word.end_ms,
        confidence: word.confidence,
        masked: word.masked,
    };
    shown
        .into_iter()
        .map(|utterance| {
            let words = utterance.words.into_iter().map(word).collect();
            Spoken::new(utterance.channel, utterance.start_ms, utterance.end_ms, words)
        })
        .collect()
}

fn print(transcript: &Transcript, json: bool) -> Result<(), Failure> {
    if json {
        line(&serde_json::to_string(transcript).map_err(anyhow::Error::from)?)?;
        return Ok(());
    }
    for Spoken { channel, start_ms, text, .. } in &transcript.utterances {
        line(&format!("{} {channel}: {text}", model::MediaTime::from_millis(*start_ms)))?;
    }
    Ok(())
}

/// Beside the output, which is empty.
#[expect(clippy::print_stderr, reason = "a word to the person, not output")]
fn note_silence(file: &str) {
    eprintln!("trunkline: {file}: no speech");
}
