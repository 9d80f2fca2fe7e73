//! A server, the adapter on it, and calls to push.

use std::{future::poll_fn, time::Duration};

use model::{CallId, Channel, MediaTime, SpokenWord, TenantId};
use ports::{
    AudioSink, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest,
};
use tone_words::{encode, silence};
use transcribe::{Pace, TranscribeConfig, TranscribeTranscriber};
use transcribe_server::{Server, ServerConfig};

pub(crate) const RATE_HZ: u32 = 8_000;
/// 20 ms, as a telephone sends it.
const FRAME: usize = 160;
/// Fast enough that no test waits for audio.
pub(crate) const AT_ONCE: Pace =
    Pace { speed_percent: 1_000_000, burst: Duration::from_secs(3_600), backlog: Duration::from_secs(3_600) };

pub(crate) async fn server() -> Server {
    server_with(ServerConfig::default()).await
}

pub(crate) async fn server_with(config: ServerConfig) -> Server {
    Server::start(config).await.expect("a server")
}

pub(crate) fn config(server: &Server) -> TranscribeConfig {
    TranscribeConfig {
        endpoint: Some(server.endpoint()),
        extra_root_pem: Some(server.root_pem().to_owned()),
        pace: AT_ONCE,
        ..TranscribeConfig::default()
    }
}

pub(crate) fn transcriber(server: &Server) -> TranscribeTranscriber {
    with(config(server))
}

pub(crate) fn with(config: TranscribeConfig) -> TranscribeTranscriber {
    TranscribeTranscriber::local("eu-central-1", "test", "test", config)
}

pub(crate) fn request() -> TranscriptionRequest {
    let (tenant, call) = (TenantId::new("acme").expect("an id"), CallId::new("call-1").expect("an id"));
    TranscriptionRequest::new(tenant, call, RATE_HZ)
}

/// Speech: the texts of a channel, with a second of silence before each and after the last.
pub(crate) fn speech(texts: &[&str]) -> Vec<i16> {
    let mut samples = silence(1_000, RATE_HZ);
    for text in texts {
        samples.extend(encode(&text.split(' ').collect::<Vec<_>>(), RATE_HZ));
        samples.extend(silence(1_000, RATE_HZ));
    }
    samples
}

/// Pushes both channels in frames and in step.
pub(crate) fn push(sink: &mut dyn AudioSink, start: MediaTime, audio: [&[i16]; 2]) {
    let mut channels = audio.map(|samples| samples.chunks(FRAME));
    let frames = audio.iter().map(|samples| samples.len().div_ceil(FRAME)).max().unwrap_or(0);
    for frame in 0..frames {
        let at = start + Duration::from_millis(20) * u32::try_from(frame).expect("a short call");
        for (channel, frames) in Channel::ALL.into_iter().zip(&mut channels) {
            if let Some(samples) = frames.next() {
                sink.push(channel, at, samples);
            }
        }
    }
}

/// The next result; a test that would wait for ever fails.
pub(crate) async fn next(results: &mut ResultStream) -> Option<Result<SpeechResult, TranscriberError>> {
    let next = poll_fn(|cx| results.as_mut().poll_next(cx));
    tokio::time::timeout(Duration::from_secs(30), next).await.expect("a result in time")
}

/// All results to the end, and what failed.
pub(crate) async fn drain(results: &mut ResultStream) -> (Vec<SpeechResult>, Option<TranscriberError>) {
    let mut all = Vec::new();
    while let Some(result) = next(results).await {
        match result {
            Ok(result) => all.push(result),
            Err(error) => return (all, Some(error)),
        }
    }
    (all, None)
}

/// A whole call.
pub(crate) async fn call(
    transcriber: &TranscribeTranscriber,
    request: TranscriptionRequest,
    audio: [&[i16]; 2],
) -> (Vec<SpeechResult>, Option<TranscriberError>) {
    let start = request.start;
    let Transcription { audio: mut sink, mut results } = match transcriber.open(request).await {
        Ok(transcription) => transcription,
        Err(error) => return (Vec::new(), Some(error)),
    };
    push(&mut *sink, start, audio);
    sink.finish();
    drain(&mut results).await
}

/// The finals as `channel@start words`.
pub(crate) fn finals(results: &[SpeechResult]) -> Vec<String> {
    let tell = |result: &SpeechResult| match result {
        SpeechResult::Final { channel, start, words, .. } => {
            Some(format!("{channel}@{} {}", start.as_millis(), text(words)))
        }
        SpeechResult::Partial { .. }
        | SpeechResult::Settled { .. }
        | SpeechResult::LanguageIdentified { .. }
        | SpeechResult::RecogniserChanged { .. } => None,
    };
    results.iter().filter_map(tell).collect()
}

pub(crate) fn text(words: &[SpokenWord]) -> String {
    words.iter().map(|word| word.text.expose().as_str()).collect::<Vec<_>>().join(" ")
}

/// Up to where a channel is settled.
pub(crate) fn settled(results: &[SpeechResult], of: Channel) -> MediaTime {
    let through = results.iter().filter_map(|result| {
        let SpeechResult::Settled { channel, through } = result else { return None };
        (*channel == of).then_some(*through)
    });
    through.max().unwrap_or_default()
}
