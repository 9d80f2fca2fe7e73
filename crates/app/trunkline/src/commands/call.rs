//! `trunkline call`.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use lab::{
    Batch, Call, CallFacts, CallReport, Credentials, Endpoint, Instance, Media, MonoAs, NoticeUrls,
    OnProgress, Pace, PlaceError, Progress, Quirks, SavedMedia, Target,
};

use crate::{failure::Failure, output};

/// The largest facts file that is read.
const MAX_FACTS_BYTES: u64 = 16 * 1024 * 1024;

/// Place calls as Amazon Connect would
///
/// Plays audio into a local Kinesis Video Streams server in Connect's own fragments, fires the
/// flow's Lambda event as soon as the first fragment has its number, and sends the contact and
/// agent events of the call's life: agent connected, hold, disconnected.
///
/// Of a stereo file, left is the customer and right is what the customer hears. WAV, FLAC, MP3
/// and Ogg Vorbis can be read, at any sample rate. A saved GetMedia body (.mkv) is sent again
/// with its own tracks, tags and timing.
///
/// Exits with 0 when every fragment arrived and every event was answered, with 1 when not, with
/// 2 when a file cannot be played.
///
/// Examples:
///   trunkline call --samples
///   trunkline call talk.wav --times 3 --quirks hostile
///   trunkline call --two-monos caller.wav agent.wav --speed 4
///   trunkline call talk.flac --count 50 --stagger 200 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Audio files or saved GetMedia bodies, one call each
    #[arg(value_name = "FILE", required_unless_present_any = ["samples", "two_monos"])]
    files: Vec<PathBuf>,
    /// Place the sample calls that are built in
    #[arg(long)]
    samples: bool,
    /// One call from two files, one of each side
    #[arg(long, num_args = 2, value_names = ["CUSTOMER", "AGENT"])]
    two_monos: Vec<PathBuf>,
    /// Who is heard in a mono file
    #[arg(long, value_name = "WHO", value_parser = ["customer", "agent", "both"], default_value = "customer")]
    mono_as: String,
    /// Agent, queue, customer number and events of the call, as in samples/*.json [default: an agent from start to end]
    #[arg(long, value_name = "FILE.json")]
    facts: Option<PathBuf>,
    /// How many times as fast as it was spoken, or max
    #[arg(long, value_name = "N", default_value = "1")]
    speed: Pace,
    /// How many calls of each at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,
    /// How often to repeat all of it, on the same streams, as Connect reuses them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    times: u16,
    /// Time between the starts of two calls
    #[arg(long, value_name = "MS", default_value_t = 0)]
    stagger: u64,
    /// The Kinesis Video Streams to put to
    #[arg(long, value_name = "URL", env = "TRUNKLINE_LAB_KVS", default_value_t = default_kvs())]
    kvs: Endpoint,
    /// Who is told of the calls: takes the Lambda event, and events beside it; `none` for nobody
    #[arg(long, value_name = "URL", env = "TRUNKLINE_LAB_TRIGGER", default_value_t = default_trigger())]
    trigger: String,
    /// Access key to sign with, when the server verifies signatures
    #[arg(long, value_name = "KEY", env = "TRUNKLINE_KVS_ACCESS_KEY", requires = "secret_key")]
    access_key: Option<String>,
    /// Secret key that goes with it
    #[arg(
        long,
        value_name = "KEY",
        env = "TRUNKLINE_KVS_SECRET_KEY",
        hide_env_values = true,
        requires = "access_key"
    )]
    secret_key: Option<String>,
    /// The first call's stream [default: a new one, named as Connect would]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// The first call's contact [default: a new one; of a saved body, its own]
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// What the streams look like: plain (all tagged, all whole), connect (as every day), hostile (as on the worst)
    #[arg(long, value_name = "PRESET", default_value = "connect")]
    quirks: Quirks,
    /// The same seed gives the same fragments
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object per call instead of a summary
    #[arg(long)]
    json: bool,
}

fn default_kvs() -> Endpoint {
    let listen = config::Config::default().kvs.listen;
    format!("http://{listen}").parse().expect("an address makes a URL")
}

fn default_trigger() -> String {
    format!("http://{}/v1/triggers/connect", config::Config::default().server.listen)
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let media = media(&args)?;
    let json = args.json;
    let target = target(&args)?;
    let batch = Batch {
        count: args.count.into(),
        times: args.times.into(),
        stagger: Duration::from_millis(args.stagger),
        contact_id: args.contact,
        stream: args.stream,
        quirks: args.quirks,
        seed: args.seed,
        pace: args.speed,
        ..Batch::new(media)
    };
    let progress: OnProgress = if json { Arc::new(|_| {}) } else { Arc::new(show) };
    let results = batch.run(Arc::new(target), progress).await;
    report(&results, json)
}

fn media(args: &Args) -> Result<Vec<Media>, Failure> {
    let mono_as = match args.mono_as.as_str() {
        "agent" => MonoAs::Agent,
        "both" => MonoAs::Both,
        _ => MonoAs::Customer,
    };
    let mut media = Vec::new();
    if args.samples {
        media.extend(lab::samples::all().map_err(anyhow::Error::from)?.into_iter().map(Media::Audio));
    }
    for file in &args.files {
        media.push(if SavedMedia::is_matroska(file) {
            Media::Saved(SavedMedia::read(file).map_err(Failure::input)?)
        } else {
            Media::Audio(Call::from_file(file, mono_as).map_err(Failure::input)?)
        });
    }
    if let [customer, agent] = args.two_monos.as_slice() {
        media.push(Media::Audio(Call::from_two_files(customer, agent).map_err(Failure::input)?));
    }
    if let Some(file) = &args.facts {
        let facts = Arc::new(read_facts(file).map_err(Failure::input)?);
        for one in &mut media {
            if let Media::Audio(call) = one {
                call.facts = Arc::clone(&facts);
            }
        }
    }
    Ok(media)
}

fn read_facts(file: &PathBuf) -> anyhow::Result<CallFacts> {
    let name = || format!("cannot read the facts in {}", file.display());
    let size = std::fs::metadata(file).with_context(name)?.len();
    if size > MAX_FACTS_BYTES {
        return Err(anyhow!("it is larger than {} MiB", MAX_FACTS_BYTES >> 20).context(name()));
    }
    CallFacts::from_json(&std::fs::read(file).with_context(name)?).with_context(name)
}

fn target(args: &Args) -> Result<Target, Failure> {
    let notices = if args.trigger == "none" {
        None
    } else {
        Some(NoticeUrls::from_trigger(args.trigger.parse().map_err(Failure::input)?))
    };
    let mut target = Target { notices, instance: Instance::default(), ..Target::new(args.kvs.clone()) };
    if let (Some(access_key), Some(secret_key)) = (args.access_key.clone(), args.secret_key.clone()) {
        target.credentials = Credentials { access_key, secret_key, session_token: None };
    }
    Ok(target)
}

/// One line of progress, beside the output.
#[expect(clippy::print_stderr, reason = "progress is not output")]
fn show(progress: Progress) {
    match progress {
        Progress::Started { name, contact_id, stream, duration_ms } => {
            let (minutes, seconds) = (duration_ms / 60_000, duration_ms / 1_000 % 60);
            eprintln!("{name}: {minutes}:{seconds:02} as contact {contact_id} on {stream}");
        }
        Progress::Triggered { name, call_id } if call_id.is_empty() => {
            eprintln!("{name}: the trigger was answered")
        }
        Progress::Triggered { name, call_id } => {
            eprintln!("{name}: the trigger was answered: call {call_id}")
        }
        Progress::Moment { name, moment } => {
            let (minutes, seconds) = (moment.at_ms / 60_000, moment.at_ms / 1_000 % 60);
            eprintln!("{name}: {minutes}:{seconds:02} {}", moment.kind.as_str());
        }
        Progress::Reopened { name, cause } => {
            eprintln!("{name}: the stream broke and is opened again: {cause}")
        }
        _ => {}
    }
}

fn report(results: &[Result<CallReport, PlaceError>], json: bool) -> Result<ExitCode, Failure> {
    if let Some(url) = results.iter().find_map(|result| result.as_ref().err().and_then(PlaceError::nobody_at))
    {
        let address = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        return Err(anyhow!(
            "no Kinesis Video Streams answers at {address}: start `trunkline serve`, or `trunkline kvs --listen \
             {address}`, or name another with --kvs"
        )
        .into());
    }
    let (mut fragments, mut persisted, mut errors) = (0, 0, 0);
    for result in results {
        match result {
            Ok(call) => {
                fragments += call.fragments;
                persisted += call.acks.persisted;
                errors += call.errors.len();
                if json {
                    output::line(&serde_json::to_string(call).map_err(anyhow::Error::from)?)?;
                } else {
                    call.errors
                        .iter()
                        .try_for_each(|error| output::line(&format!("{}: {error}", call.name)))?;
                }
            }
            Err(error) => {
                errors += 1;
                let error = format!("{:#}", ErrorChain(error));
                output::line(&if json { serde_json::json!({ "error": error }).to_string() } else { error })?;
            }
        }
    }
    if !json {
        let calls = results.len();
        output::line(&format!(
            "{calls} calls, {fragments} fragments, {persisted} persisted, {errors} errors"
        ))?;
    }
    let clean = results.iter().all(|result| result.as_ref().is_ok_and(CallReport::is_clean));
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An error with its causes on one line.
struct ErrorChain<'e>(&'e PlaceError);

impl std::fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}", self.0)?;
        let mut cause = std::error::Error::source(self.0);
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}
