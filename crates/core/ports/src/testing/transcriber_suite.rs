//! What every recogniser does.

use std::{future::poll_fn, task::Poll};

use model::{CallId, Channel, MediaTime, SpokenWord, TenantId};

use super::fixtures::ids;
use crate::{ResultStream, SpeechResult, Transcriber, Transcription, TranscriptionRequest};

const RATE_HZ: u32 = 8_000;
/// 20 ms, as a telephone sends it.
const FRAME: usize = 160;

/// Proves a recogniser against its contract. `audio` is the customer's and the other channel at 8 kHz; where
/// it holds speech, results are checked against their order.
///
/// # Panics
/// At the first rule that the recogniser breaks.
pub async fn transcriber_suite<T: Transcriber>(make: impl AsyncFn() -> T, audio: [&[i16]; 2]) {
    let transcriber = make().await;
    assert!(!transcriber.name().is_empty());

    let silent = drain(&transcriber, [&[], &[]]).await;
    assert!(
        silent
            .iter()
            .all(|result| !matches!(result, SpeechResult::Partial { .. } | SpeechResult::Final { .. })),
        "a call without audio has no words"
    );

    for channel in Channel::ALL {
        let mut order = Order::default();
        for result in drain(&transcriber, audio).await {
            order.check(channel, &result);
        }
        let samples = audio.get(channel.index()).map_or(0, |samples| samples.len());
        let end = MediaTime::from_samples(u64::try_from(samples).unwrap_or(u64::MAX), RATE_HZ);
        assert!(order.settled >= end, "every channel is settled to its end: {channel} {}", order.settled);
    }

    // Results that nobody reads must not stop the audio.
    let Transcription { audio: mut sink, results } = open(&transcriber).await;
    drop(results);
    sink.push(Channel::Customer, MediaTime::ZERO, &[0; FRAME]);
    sink.finish();
}

async fn open<T: Transcriber>(transcriber: &T) -> Transcription {
    let (tenant, call): (TenantId, CallId) = ids("suite", "suite-call");
    let request = TranscriptionRequest::new(tenant, call, RATE_HZ);
    transcriber.open(request).await.expect("open")
}

/// Pushes everything in frames, both channels in step, and collects the results until the stream ends.
async fn drain<T: Transcriber>(transcriber: &T, audio: [&[i16]; 2]) -> Vec<SpeechResult> {
    let Transcription { audio: mut sink, mut results } = open(transcriber).await;
    let mut channels = audio.map(|samples| samples.chunks(FRAME));
    let mut frame = 0_u64;
    loop {
        let at = MediaTime::from_samples(frame * 160, RATE_HZ);
        let mut any = false;
        for (channel, frames) in Channel::ALL.into_iter().zip(&mut channels) {
            if let Some(samples) = frames.next() {
                sink.push(channel, at, samples);
                any = true;
            }
        }
        if !any {
            break;
        }
        frame += 1;
    }
    sink.finish();
    let mut all = Vec::new();
    while let Some(result) = next(&mut results).await {
        all.push(result);
    }
    all
}

async fn next(results: &mut ResultStream) -> Option<SpeechResult> {
    poll_fn(|cx| match results.as_mut().poll_next(cx) {
        Poll::Ready(item) => Poll::Ready(item.map(|result| result.expect("a result"))),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// What has been seen of one channel.
#[derive(Default)]
struct Order {
    settled: MediaTime,
    final_end: MediaTime,
    last_final: Option<MediaTime>,
}

impl Order {
    fn check(&mut self, of: Channel, result: &SpeechResult) {
        match result {
            SpeechResult::Partial { channel, start, end, words, .. } if *channel == of => {
                self.check_speech(*start, *end, words);
            }
            SpeechResult::Final { channel, start, end, words, .. } if *channel == of => {
                self.check_speech(*start, *end, words);
                assert!(Some(*start) > self.last_final, "finals come in time order");
                self.last_final = Some(*start);
                self.final_end = self.final_end.max(*end);
            }
            SpeechResult::Settled { channel, through } if *channel == of => {
                assert!(*through >= self.settled, "what is settled stays settled");
                self.settled = *through;
            }
            SpeechResult::Partial { .. }
            | SpeechResult::Final { .. }
            | SpeechResult::Settled { .. }
            | SpeechResult::LanguageIdentified { .. }
            | SpeechResult::RecogniserChanged { .. } => {}
        }
    }

    fn check_speech(&self, start: MediaTime, end: MediaTime, words: &[SpokenWord]) {
        assert!(start <= end, "speech ends after it starts");
        assert!(start >= self.settled, "nothing comes before what is settled");
        assert!(self.last_final.is_none_or(|last| start > last), "a finished utterance stays as it is");
        assert!(start >= self.final_end, "utterances of one channel do not overlap");
        let times: Vec<_> = words.iter().flat_map(|word| [word.start, word.end]).collect();
        assert!(times.is_sorted(), "words come in time order and do not overlap");
        for word in words {
            assert!((0.0..=1.0).contains(&word.confidence), "a confidence is between 0 and 1");
        }
    }
}
