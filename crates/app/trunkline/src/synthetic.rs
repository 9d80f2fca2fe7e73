//! A recogniser for load tests: it says the same harmless words whatever it hears, as often as people speak, and
//! costs nothing, so that everything around recognition can be measured.

use async_trait::async_trait;
use futures_util::stream;
use model::{Channel, MediaTime, Pii, SpokenWord};
use ports::{AudioSink, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use tokio::sync::mpsc;

/// How many stretches of audio (a fragment's, about a second) make an utterance.
const STRETCHES: usize = 4;
/// What is said in each.
const WORDS: [[&str; 3]; STRETCHES] =
    [["thank", "you", "for"], ["calling", "how", "may"], ["I", "help", "you"], ["with", "your", "account"]];

/// Says the same words whatever it hears.
#[derive(Debug)]
pub(crate) struct SyntheticTranscriber;

#[async_trait]
impl Transcriber for SyntheticTranscriber {
    fn name(&self) -> &str {
        "synthetic"
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let (said, hears) = mpsc::unbounded_channel();
        let results =
            stream::unfold(
                hears,
                |mut hears| async move { hears.recv().await.map(|result| (Ok(result), hears)) },
            );
        let audio = Listener { rate_hz: request.sample_rate_hz, said: Some(said), open: [None, None] };
        Ok(Transcription { audio: Box::new(audio), results: Box::pin(results) })
    }
}

/// The utterance that a channel is in.
#[derive(Clone, Copy)]
struct OpenUtterance {
    start: MediaTime,
    end: MediaTime,
    stretches: usize,
}

struct Listener {
    rate_hz: u32,
    /// A result for each stretch of audio: as bounded as the audio that waits.
    said: Option<mpsc::UnboundedSender<SpeechResult>>,
    open: [Option<OpenUtterance>; 2],
}

impl Listener {
    fn say(&self, result: SpeechResult) {
        if let Some(said) = &self.said {
            // Nobody listens any more when the call's task has ended.
            drop(said.send(result));
        }
    }
}

impl AudioSink for Listener {
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]) {
        let end = at + MediaTime::from_samples(samples.len() as u64, self.rate_hz).since(MediaTime::ZERO);
        let mut utterance =
            self.open[channel.index()].unwrap_or(OpenUtterance { start: at, end, stretches: 0 });
        utterance.end = end;
        utterance.stretches += 1;
        let (start, late) = (utterance.start, false);
        let words = words(start, end, utterance.stretches);
        if utterance.stretches < STRETCHES {
            self.open[channel.index()] = Some(utterance);
            self.say(SpeechResult::Partial { channel, start, end, words, late });
        } else {
            self.open[channel.index()] = None;
            self.say(SpeechResult::Final { channel, start, end, words, late });
            self.say(SpeechResult::Settled { channel, through: end });
        }
    }

    fn finish(&mut self) {
        for channel in Channel::ALL {
            if let Some(OpenUtterance { start, end, stretches }) = self.open[channel.index()].take() {
                let words = words(start, end, stretches);
                self.say(SpeechResult::Final { channel, start, end, words, late: false });
                self.say(SpeechResult::Settled { channel, through: end });
            }
        }
        self.said = None;
    }
}

fn words(start: MediaTime, end: MediaTime, stretches: usize) -> Vec<SpokenWord> {
    let word = |text: &&str| SpokenWord { text: Pii::new((*text).to_owned()), start, end, confidence: 1.0 };
    WORDS.iter().take(stretches).flatten().map(word).collect()
}
