//! What the fleet has of a call.

use std::time::{Duration, Instant};

use events::{Envelope, Event, Gap, TranscriptUtterance, TranscriptWord};
use model::{Channel, Timestamp};
use serde_json::Value;
use tokio::time::sleep;

use crate::{http, wav};

const POLL: Duration = Duration::from_millis(100);
/// The most events of a page.
const PAGE: usize = 500;

/// A word of a transcript, or a masked stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its first millisecond.
    pub start_ms: u64,
    /// The millisecond after it.
    pub end_ms: u64,
    /// As it is shown.
    pub text: String,
    /// It stands for what is masked.
    pub masked: bool,
}

/// A stretch of a recording that is a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Where.
    pub channel: Channel,
    /// Its first millisecond.
    pub from_ms: u64,
    /// The millisecond after it.
    pub to_ms: u64,
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The samples of each channel.
    pub samples: [Vec<i16>; 2],
    /// What is masked.
    pub masks: Vec<Mask>,
}

/// What the fleet has of a call that is over.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its log.
    pub events: Vec<Envelope>,
    /// The words of each channel, in order.
    pub words: [Vec<Word>; 2],
    /// Its recording, if there is one.
    pub recording: Option<Recording>,
}

impl Outcome {
    /// Waits for a call's end, and reads all that there is of it.
    ///
    /// # Errors
    /// When the call does not end in time, or cannot be read.
    pub async fn of(api: &str, call: &str, within: Duration) -> Result<Self, String> {
        let begun = Instant::now();
        while !is_over(api, call).await {
            if begun.elapsed() > within {
                return Err(format!("{call} has not ended {within:?} after its last sample"));
            }
            sleep(POLL).await;
        }
        let events = all_events(api, call).await?;
        let transcript = json(api, &format!("/v1/calls/{call}/transcript")).await?;
        let utterances: Vec<TranscriptUtterance> = field(transcript, "utterances")?;
        let words = Channel::ALL.map(|channel| words(&utterances, channel));
        let recorded = events.iter().any(|event| matches!(event.event, Event::RecordingCompleted(_)));
        let recording = if recorded { Some(recording(api, call).await?) } else { None };
        Ok(Self { events, words, recording })
    }

    /// The gaps that are marked.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.events.iter().filter_map(|event| {
            let Event::MediaGap(gap) = &event.event else { return None };
            Some(gap)
        })
    }

    /// When its end was logged.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        let ended = self.events.iter().find(|event| matches!(event.event, Event::CallEnded(_)));
        ended.and_then(|event| event.stages.appended_us)
    }
}

/// The words of a channel, utterance by utterance.
fn words(utterances: &[TranscriptUtterance], channel: Channel) -> Vec<Word> {
    let own = utterances.iter().filter(|said| said.channel == channel);
    let word = |word: &TranscriptWord| Word {
        start_ms: word.start_ms,
        end_ms: word.end_ms,
        text: word.text.clone(),
        masked: word.masked.is_some(),
    };
    own.flat_map(|said| said.words.iter().map(word)).collect()
}

async fn is_over(api: &str, call: &str) -> bool {
    let known = json(api, &format!("/v1/calls/{call}")).await;
    known.is_ok_and(|call| call.get("state").and_then(Value::as_str) == Some("ended"))
}

async fn all_events(api: &str, call: &str) -> Result<Vec<Envelope>, String> {
    let mut events: Vec<Envelope> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = json(api, &format!("/v1/calls/{call}/events?limit={PAGE}&after={after}")).await?;
        let page: Vec<Envelope> = field(page, "events")?;
        let is_last = page.len() < PAGE;
        events.extend(page);
        if is_last {
            return Ok(events);
        }
    }
}

async fn recording(api: &str, call: &str) -> Result<Recording, String> {
    let bytes = get(api, &format!("/v1/calls/{call}/recording")).await?;
    let samples = wav::stereo(&bytes).ok_or("the recording is no stereo WAV")?;
    let waveform = json(api, &format!("/v1/calls/{call}/waveform")).await?;
    let masks = waveform.get("masks").and_then(Value::as_array).cloned().unwrap_or_default();
    let mask = |mask: Value| {
        let at = |name: &str| mask.get(name).and_then(Value::as_u64);
        let channel = serde_json::from_value(mask.get("channel")?.clone()).ok()?;
        Some(Mask { channel, from_ms: at("from_ms")?, to_ms: at("to_ms")? })
    };
    let masks = masks.into_iter().map(mask).collect::<Option<_>>().ok_or("a mask cannot be read")?;
    Ok(Recording { samples, masks })
}

/// Asks the API, again while it cannot answer.
async fn get(api: &str, path: &str) -> Result<Vec<u8>, String> {
    let begun = Instant::now();
    loop {
        let problem = match http::get(api, path).await {
            Ok((200, body)) => return Ok(body),
            Ok((status, body)) => format!("{path}: {status} {}", String::from_utf8_lossy(&body)),
            Err(error) => format!("{path}: {error}"),
        };
        if begun.elapsed() > Duration::from_secs(10) || problem.contains(": 404 ") {
            return Err(problem);
        }
        sleep(POLL).await;
    }
}

async fn json(api: &str, path: &str) -> Result<Value, String> {
    serde_json::from_slice(&get(api, path).await?).map_err(|error| format!("{path}: {error}"))
}

fn field<D: serde::de::DeserializeOwned>(mut from: Value, name: &str) -> Result<D, String> {
    let value = from.get_mut(name).map(Value::take).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| error.to_string())
}
