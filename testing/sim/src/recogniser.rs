//! A recogniser whose words are a function of the audio: a stretch of equal samples is the word that its value names.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::stream;
use model::{Channel, MediaTime, Pii, SpokenWord};
use ports::{
    AudioSink, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest,
};
use tokio::sync::mpsc;

use crate::{rng::Rng, scenario::name};

const RATE: u32 = 8_000;
/// Silence that ends an utterance.
const PAUSE_SAMPLES: u64 = 4_800;
/// Silence is settled so often.
const SETTLE_SAMPLES: u64 = 16_000;

/// Recognises, and fails as a vendor does.
#[derive(Debug)]
pub(crate) struct SimTranscriber {
    name: &'static str,
    rng: Mutex<Rng>,
    /// How often in a hundred a stream fails.
    fails: u64,
}

impl SimTranscriber {
    pub(crate) const fn new(name: &'static str, rng: Rng, fails: u64) -> Self {
        Self { name, rng: Mutex::new(rng), fails }
    }
}

#[async_trait]
impl Transcriber for SimTranscriber {
    fn name(&self) -> &str {
        self.name
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let (refuses, fails_after) = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            let fails = rng.percent(self.fails);
            (rng.percent(self.fails / 2), fails.then(|| rng.within(0, 40 * u64::from(RATE))))
        };
        if refuses {
            return Err(TranscriberError::Busy("the quota is used up".to_owned()));
        }
        let (said, hears) = mpsc::unbounded_channel();
        let results: ResultStream =
            Box::pin(stream::unfold(hears, |mut hears: mpsc::UnboundedReceiver<_>| async move {
                hears.recv().await.map(|result| (result, hears))
            }));
        let lane = || Lane { at: request.start.as_samples(RATE), ..Lane::default() };
        let audio = Listener { said: Some(Arc::new(said)), lanes: [lane(), lane()], heard: 0, fails_after };
        Ok(Transcription { audio: Box::new(audio), results })
    }
}

type Said = Arc<mpsc::UnboundedSender<Result<SpeechResult, TranscriberError>>>;

/// One channel: the word that sounds, and the utterance that it belongs to.
#[derive(Debug, Default)]
struct Lane {
    at: u64,
    sounds: Option<(i16, u64)>,
    words: Vec<(i16, u64, u64)>,
    silent_since: Option<u64>,
    settled: u64,
}

struct Listener {
    said: Option<Said>,
    lanes: [Lane; 2],
    heard: u64,
    fails_after: Option<u64>,
}

impl Listener {
    fn say(&self, result: Result<SpeechResult, TranscriberError>) {
        if let Some(said) = &self.said {
            // Nobody listens any more when the call has gone elsewhere.
            drop(said.send(result));
        }
    }
}

impl AudioSink for Listener {
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        self.heard += samples.len() as u64;
        if self.fails_after.is_some_and(|after| self.heard > after) {
            self.say(Err(TranscriberError::Failed("the socket broke".into())));
            self.said = None;
            return;
        }
        let lane = &mut self.lanes[channel.index()];
        lane.at = at.as_samples(RATE);
        let mut results = Vec::new();
        for &sample in samples {
            lane.hear(channel, sample, &mut results);
        }
        if let Some(partial) = lane.partial(channel) {
            results.push(partial);
        }
        results.into_iter().for_each(|result| self.say(Ok(result)));
    }

    fn finish(&mut self) {
        for channel in Channel::ALL {
            let lane = &mut self.lanes[channel.index()];
            let mut results = Vec::new();
            lane.end_word();
            lane.end_utterance(channel, &mut results);
            results.push(SpeechResult::Settled { channel, through: MediaTime::from_samples(lane.at, RATE) });
            results.into_iter().for_each(|result| self.say(Ok(result)));
        }
        self.said = None;
    }
}

impl Lane {
    fn hear(&mut self, channel: Channel, sample: i16, results: &mut Vec<SpeechResult>) {
        if self.sounds.is_some_and(|(value, _)| value != sample) {
            self.end_word();
        }
        if sample != 0 && self.sounds.is_none() {
            self.sounds = Some((sample, self.at));
            self.silent_since = None;
        }
        if sample == 0 {
            let since = *self.silent_since.get_or_insert(self.at);
            if !self.words.is_empty() && self.at - since >= PAUSE_SAMPLES {
                self.end_utterance(channel, results);
            }
            if self.words.is_empty() && self.at >= self.settled + SETTLE_SAMPLES && self.at > since + 160 {
                self.settled = self.at;
                let through = MediaTime::from_samples(self.at, RATE);
                results.push(SpeechResult::Settled { channel, through });
            }
        }
        self.at += 1;
    }

    fn end_word(&mut self) {
        if let Some((value, start)) = self.sounds.take() {
            self.words.push((value, start, self.at));
        }
    }

    fn end_utterance(&mut self, channel: Channel, results: &mut Vec<SpeechResult>) {
        let words = std::mem::take(&mut self.words);
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        let (start, end) = (MediaTime::from_samples(first.1, RATE), MediaTime::from_samples(last.2, RATE));
        results.push(SpeechResult::Final { channel, start, end, words: spoken(&words), late: false });
        self.settled = last.2;
        results.push(SpeechResult::Settled { channel, through: end });
    }

    fn partial(&self, channel: Channel) -> Option<SpeechResult> {
        let (first, last) = (self.words.first()?, self.words.last()?);
        Some(SpeechResult::Partial {
            channel,
            start: MediaTime::from_samples(first.1, RATE),
            end: MediaTime::from_samples(last.2, RATE),
            words: spoken(&self.words),
            late: false,
        })
    }
}

fn spoken(words: &[(i16, u64, u64)]) -> Vec<SpokenWord> {
    let word = |&(value, start, end): &(i16, u64, u64)| SpokenWord {
        text: Pii::new(name(value)),
        start: MediaTime::from_samples(start, RATE),
        end: MediaTime::from_samples(end, RATE),
        confidence: 1.0,
    };
    words.iter().map(word).collect()
}
