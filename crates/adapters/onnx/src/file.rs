//! A whole recording through the same code as a live call, as fast as the machine can.

use std::{future::poll_fn, time::Duration};

use model::{CallId, Channel, MediaTime, TenantId, Utterance, UtteranceId, UtteranceText};
use ports::{ResultStream, SpeechResult, Transcriber, TranscriberError, TranscriptionRequest};

/// How far ahead of the recogniser audio is fed.
const AHEAD: Duration = Duration::from_secs(60);
/// Audio fed in one go.
const CHUNK_MS: u64 = 500;

/// Writes down what is said on the channels of a recording, by start, then channel.
///
/// # Errors
/// When the recogniser fails.
pub async fn transcribe_recording(
    transcriber: &dyn Transcriber,
    channels: &[(Channel, &[i16])],
    sample_rate_hz: u32,
) -> Result<Vec<Utterance>, TranscriberError> {
    let named = |_| TranscriberError::Unavailable("the recording cannot be named".to_owned());
    let tenant = TenantId::new("recording").map_err(named)?;
    let call = CallId::new("recording").map_err(named)?;
    let mut transcription = transcriber.open(TranscriptionRequest::new(tenant, call, sample_rate_hz)).await?;
    let mut gathered = Gathered::default();
    let longest = channels.iter().map(|(_, samples)| samples.len() as u64).max().unwrap_or(0);
    let length = MediaTime::from_samples(longest, sample_rate_hz);
    let mut from = MediaTime::ZERO;
    while from < length {
        let to = from + Duration::from_millis(CHUNK_MS);
        for (channel, samples) in channels {
            let index = |at: MediaTime| at.as_samples(sample_rate_hz).min(samples.len() as u64) as usize;
            transcription.audio.push(*channel, from, &samples[index(from)..index(to)]);
        }
        from = to;
        while from.since(gathered.settled(channels)) > AHEAD {
            let Some(result) = next(&mut transcription.results).await else { break };
            gathered.take(result?);
        }
    }
    transcription.audio.finish();
    while let Some(result) = next(&mut transcription.results).await {
        gathered.take(result?);
    }
    Ok(gathered.into_utterances())
}

async fn next(results: &mut ResultStream) -> Option<Result<SpeechResult, TranscriberError>> {
    poll_fn(|context| results.as_mut().poll_next(context)).await
}

#[derive(Default)]
struct Gathered {
    utterances: Vec<Utterance>,
    settled: [MediaTime; 2],
}

impl Gathered {
    fn take(&mut self, result: SpeechResult) {
        match result {
            SpeechResult::Final { channel, start, end, words, .. } if !words.is_empty() => {
                let id = UtteranceId::new(channel, start);
                self.utterances.push(Utterance { id, revision: 1, text: UtteranceText::Final, end, words });
            }
            SpeechResult::Final { .. }
            | SpeechResult::Partial { .. }
            | SpeechResult::LanguageIdentified { .. }
            | SpeechResult::RecogniserChanged { .. } => {}
            SpeechResult::Settled { channel, through } => self.settled[channel.index()] = through,
        }
    }

    /// How far the slowest channel is.
    fn settled(&self, channels: &[(Channel, &[i16])]) -> MediaTime {
        channels.iter().map(|(channel, _)| self.settled[channel.index()]).min().unwrap_or_default()
    }

    fn into_utterances(mut self) -> Vec<Utterance> {
        self.utterances.sort_by_key(|utterance| utterance.id);
        self.utterances
    }
}
