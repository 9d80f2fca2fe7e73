//! What is sent.

use std::time::Duration;

use deepgram::{DeepgramConfig, DeepgramTranscriber};
use deepgram_server::{FaultKind, Options};
use model::{Channel, MediaTime};
use ports::{Transcriber, Transcription};

use crate::support::{
    RATE_HZ, config, drain, finals, good, push, request, said, server, server_with, settled, transcribe,
    transcriber,
};

#[tokio::test]
async fn one_stream_carries_both_channels_at_the_calls_rate() {
    let server = server().await;
    let audio = said(&[(200, "yes"), (500, "no")]);
    good(transcribe(&transcriber(&server), request(), [&audio, &audio[..800]]).await);
    let streams = server.streams();
    assert_eq!(streams.len(), 1);
    let has = |name: &str, value: &str| {
        streams[0].query.iter().any(|(known, given)| known == name && given == value)
    };
    assert!(has("multichannel", "true") && has("channels", "2") && has("sample_rate", "8000"));
    // The shorter channel ends in silence.
    assert_eq!(streams[0].frames, audio.len() as u64);
}

#[tokio::test]
async fn messages_of_audio_have_the_size_that_deepgram_asks_for() {
    let server = server().await;
    let audio = said(&[(60_000, "")]);
    good(transcribe(&transcriber(&server), request(), [&audio, &audio]).await);
    assert!(server.streams()[0].largest_message <= 8 * 250);
}

#[tokio::test]
async fn the_end_is_asked_for_and_everything_that_was_said_comes() {
    let server = server().await;
    // No pause follows the last word.
    let audio = said(&[(200, "my card")]);
    let results =
        good(transcribe(&transcriber(&server), request(), [&audio[..audio.len() - 480], &[]]).await);
    assert_eq!(finals(&results, Channel::Customer), [(200, "my card".to_owned())]);
    let stream = &server.streams()[0];
    assert!(stream.closed && stream.finalizes == 1, "{stream:?}");
}

#[tokio::test]
async fn a_stream_without_audio_is_kept_open() {
    let options = Options { audio_timeout: Duration::from_secs(1), ..Options::default() };
    let server = server_with(options).await;
    let config = DeepgramConfig { keep_alive_after: Duration::from_millis(25), ..config(&server) };
    let transcriber = DeepgramTranscriber::new(config).unwrap();
    let Transcription { audio: mut sink, results } = transcriber.open(request()).await.unwrap();
    // More of them than the stream would outlive without one.
    server.wait_for(|streams| streams.first().is_some_and(|stream| stream.keep_alives >= 60)).await;
    push(&mut *sink, MediaTime::ZERO, [&said(&[(100, "yes")]), &[]]);
    sink.finish();
    assert_eq!(finals(&good(drain(results).await), Channel::Customer).len(), 1);
}

#[tokio::test]
async fn audio_keeps_a_stream_open_by_itself() {
    let server = server().await;
    let audio = said(&[(30_000, "yes")]);
    good(transcribe(&transcriber(&server), request(), [&audio, &audio]).await);
    assert_eq!(server.streams()[0].keep_alives, 0);
}

#[tokio::test]
async fn what_nobody_decides_is_asked_for() {
    let server = server().await;
    server.fault(FaultKind::Undecided.times(1));
    let Transcription { audio: mut sink, results } = transcriber(&server).open(request()).await.unwrap();
    let part = said(&[(0, &"four ".repeat(90))]);
    let mut start = MediaTime::ZERO;
    for asked in 1..=3 {
        push(&mut *sink, start, [&part, &part]);
        start = start + MediaTime::from_samples(part.len() as u64, RATE_HZ).since(MediaTime::ZERO);
        // Guesses that reach ten seconds are asked for, whichever channel's come first.
        server.wait_for(|streams| streams[0].finalizes >= asked).await;
    }
    sink.finish();
    let results = good(drain(results).await);
    for channel in Channel::ALL {
        let settled = settled(&results, channel);
        assert!(settled.windows(2).all(|pair| pair[1] - pair[0] <= 30_000), "{settled:?}");
        let words = finals(&results, channel).iter().map(|(_, text)| text.split(' ').count()).sum::<usize>();
        assert_eq!(words, 270);
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_ends_its_stream_and_its_results() {
    let server = server().await;
    let Transcription { audio: mut sink, results } = transcriber(&server).open(request()).await.unwrap();
    push(&mut *sink, MediaTime::ZERO, [&said(&[(100, "yes")]), &[]]);
    drop(sink);
    good(drain(results).await);
    server.wait_for(|streams| streams[0].ended.is_some()).await;
    assert!(!server.streams()[0].closed);
}

#[tokio::test]
async fn results_that_nobody_wants_end_the_stream() {
    let server = server().await;
    let Transcription { audio: mut sink, results } = transcriber(&server).open(request()).await.unwrap();
    drop(results);
    server.wait_for(|streams| streams[0].ended.is_some()).await;
    push(&mut *sink, MediaTime::ZERO, [&said(&[(100, "yes")]), &[]]);
    sink.finish();
}
