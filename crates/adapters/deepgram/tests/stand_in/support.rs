//! Calls to the stand-in.

use deepgram::{ApiKey, DeepgramConfig, DeepgramTranscriber};
use deepgram_server::{DeepgramServer, Options};
use futures_util::StreamExt;
use model::{Channel, MediaTime};
use ports::{
    AudioSink, ResultStream, SpeechResult, Transcriber, TranscriberError, Transcription,
    TranscriptionRequest, testing::ids,
};
use tone_words::{encode_text, silence};

pub(crate) const RATE_HZ: u32 = 8_000;
/// 20 ms, as a telephone sends it.
pub(crate) const FRAME: usize = 160;

pub(crate) async fn server() -> DeepgramServer {
    server_with(Options::default()).await
}

pub(crate) async fn server_with(options: Options) -> DeepgramServer {
    DeepgramServer::start(options).await.expect("a free port")
}

/// A configuration that sends as fast as it can.
pub(crate) fn config(server: &DeepgramServer) -> DeepgramConfig {
    DeepgramConfig {
        endpoint: server.url().to_owned(),
        max_speed: 100_000.0,
        ..DeepgramConfig::new(ApiKey::new("test-key"))
    }
}

pub(crate) fn transcriber(server: &DeepgramServer) -> DeepgramTranscriber {
    DeepgramTranscriber::new(config(server)).expect("a good configuration")
}

pub(crate) fn request() -> TranscriptionRequest {
    let (tenant, call) = ids("tenant", "call");
    TranscriptionRequest::new(tenant, call, RATE_HZ)
}

/// Silence of so many milliseconds, then words; again and again.
pub(crate) fn said(parts: &[(u32, &str)]) -> Vec<i16> {
    parts
        .iter()
        .flat_map(|&(pause_ms, text)| [silence(pause_ms, RATE_HZ), encode_text(text, RATE_HZ)].concat())
        .collect()
}

/// Pushes both channels in step, in frames.
pub(crate) fn push(sink: &mut dyn AudioSink, start: MediaTime, audio: [&[i16]; 2]) {
    let longest = audio.iter().map(|samples| samples.len()).max().unwrap_or_default();
    for from in (0..longest).step_by(FRAME) {
        let at = start + MediaTime::from_samples(from as u64, RATE_HZ).since(MediaTime::ZERO);
        for (channel, samples) in Channel::ALL.into_iter().zip(audio) {
            if let Some(frame) = samples.get(from..samples.len().min(from + FRAME)) {
                sink.push(channel, at, frame);
            }
        }
    }
}

/// Reads the results to their end.
pub(crate) async fn drain(results: ResultStream) -> Vec<Result<SpeechResult, TranscriberError>> {
    results.collect().await
}

/// Transcribes a whole call.
pub(crate) async fn transcribe(
    transcriber: &DeepgramTranscriber,
    request: TranscriptionRequest,
    audio: [&[i16]; 2],
) -> Vec<Result<SpeechResult, TranscriberError>> {
    let start = request.start;
    let Transcription { audio: mut sink, results } = transcriber.open(request).await.expect("a stream");
    push(&mut *sink, start, audio);
    sink.finish();
    drain(results).await
}

pub(crate) fn good(results: Vec<Result<SpeechResult, TranscriberError>>) -> Vec<SpeechResult> {
    results.into_iter().map(|result| result.expect("a result")).collect()
}

/// The error at the end of results.
pub(crate) fn error(mut results: Vec<Result<SpeechResult, TranscriberError>>) -> TranscriberError {
    results.pop().expect("an error").expect_err("an error at the end")
}

/// An error with its causes, as it would be logged.
pub(crate) fn chain(error: &TranscriberError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}

/// Start in milliseconds and words of every final of a channel.
pub(crate) fn finals(results: &[SpeechResult], of: Channel) -> Vec<(u64, String)> {
    let finals = results.iter().filter_map(|result| match result {
        SpeechResult::Final { channel, start, words, .. } if *channel == of => {
            let words: Vec<&str> = words.iter().map(|word| word.text.expose().as_str()).collect();
            Some((start.as_millis(), words.join(" ")))
        }
        SpeechResult::Final { .. }
        | SpeechResult::Partial { .. }
        | SpeechResult::Settled { .. }
        | SpeechResult::LanguageIdentified { .. }
        | SpeechResult::RecogniserChanged { .. } => None,
    });
    finals.collect()
}

/// How far a channel was settled, in the order told.
pub(crate) fn settled(results: &[SpeechResult], of: Channel) -> Vec<u64> {
    let settled = results.iter().filter_map(|result| match result {
        SpeechResult::Settled { channel, through } if *channel == of => Some(through.as_millis()),
        SpeechResult::Settled { .. }
        | SpeechResult::Final { .. }
        | SpeechResult::Partial { .. }
        | SpeechResult::LanguageIdentified { .. }
        | SpeechResult::RecogniserChanged { .. } => None,
    });
    settled.collect()
}
