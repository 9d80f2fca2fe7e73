//! What goes wrong, and what is said about it.

use std::time::Duration;

use deepgram::{ApiKey, DeepgramConfig, DeepgramTranscriber};
use deepgram_server::{FaultKind, Garbage, Options};
use model::{Channel, MediaTime};
use ports::{Transcriber, Transcription, TranscriptionRequest};
use tokio::net::TcpListener;

use crate::support::{
    RATE_HZ, chain, config, drain, error, finals, good, push, request, said, server, server_with, settled,
    transcribe, transcriber,
};

const WORDS: &[(u32, &str)] = &[(300, "my card number is"), (700, "four one one one"), (9_000, "thank you")];

#[tokio::test]
async fn a_refused_stream_says_what_to_do() {
    let server = server().await;
    let kinds =
        [(400, "unavailable"), (402, "unavailable"), (403, "unavailable"), (429, "busy"), (503, "failed")];
    for (status, kind) in kinds {
        server.fault(FaultKind::Refuse { status }.times(1));
        let error = transcriber(&server).open(request()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{}", chain(&error));
    }
    let wrong = DeepgramConfig { api_key: ApiKey::new("wrong-key"), ..config(&server) };
    let error = DeepgramTranscriber::new(wrong).unwrap().open(request()).await.unwrap_err();
    assert_eq!(error.kind(), "unavailable");
    assert!(chain(&error).contains("Invalid credentials") && !chain(&error).contains("wrong-key"));
    transcriber(&server).open(request()).await.unwrap();
}

#[tokio::test]
async fn a_parameter_that_is_not_taken_is_named() {
    let server = server().await;
    let config = DeepgramConfig { endpointing: Duration::MAX, ..config(&server) };
    let error = DeepgramTranscriber::new(config).unwrap().open(request()).await.unwrap_err();
    assert_eq!(error.kind(), "unavailable");
    assert!(chain(&error).contains("endpointing must be a number"), "{}", chain(&error));
}

#[tokio::test]
async fn streams_beyond_the_limit_are_busy() {
    let server = server_with(Options { max_streams: 1, ..Options::default() }).await;
    let held = transcriber(&server).open(request()).await.unwrap();
    assert_eq!(transcriber(&server).open(request()).await.unwrap_err().kind(), "busy");
    drop(held);
    server.wait_for(|streams| streams[0].ended.is_some()).await;
    loop {
        // The slot is free a moment after the stream has ended.
        match transcriber(&server).open(request()).await {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), "busy"),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_closed_stream_fails_with_its_cause() {
    let server = server().await;
    let audio = said(WORDS);
    let causes = [
        (1008, "DATA-0000: The payload cannot be decoded as audio.", "DATA-0000"),
        (1011, "Deepgram did not provide a response. See https://dpgr.am/net0000", "NET-0000"),
        (1011, "my card number is four", "it failed"),
        (1000, "", "before all audio"),
    ];
    for (code, reason, cause) in causes {
        let reason = reason.to_owned();
        server.fault(FaultKind::Close { after_ms: 3_000, code, reason }.times(1));
        let results = transcribe(&transcriber(&server), request(), [&audio, &audio]).await;
        let error = error(results);
        assert_eq!(error.kind(), "failed");
        let text = chain(&error);
        assert!(text.contains(cause) || code == 1000, "{text}");
        assert!(!text.contains("card"));
    }
}

#[tokio::test]
async fn a_reported_error_and_a_broken_connection_fail() {
    let server = server().await;
    let audio = said(WORDS);
    for fault in [
        FaultKind::Error { after_ms: 2_000, code: "NET-0000".to_owned() },
        FaultKind::Drop { after_ms: 2_000 },
        FaultKind::Drop { after_ms: 0 },
    ] {
        server.fault(fault.times(1));
        let results = transcribe(&transcriber(&server), request(), [&audio, &audio]).await;
        assert_eq!(error(results).kind(), "failed");
    }
}

#[tokio::test]
async fn garbage_is_told_without_its_content() {
    let server = server().await;
    let audio = said(WORDS);
    for what in
        [Garbage::Text, Garbage::Shape, Garbage::Binary, Garbage::Times, Garbage::Backwards, Garbage::Channel]
    {
        server.fault(FaultKind::Garbage { after_ms: 1_000, what }.times(1));
        let results = transcribe(&transcriber(&server), request(), [&audio, &audio]).await;
        let error = error(results);
        assert_eq!(error.kind(), "garbled", "{what:?}");
        assert!(!chain(&error).contains("card"));
    }
}

#[tokio::test]
async fn what_was_not_settled_is_had_by_sending_it_again() {
    let server = server().await;
    let audio = said(WORDS);
    let whole = good(transcribe(&transcriber(&server), request(), [&audio, &[]]).await);
    for after_ms in (0..13_000).step_by(1_300) {
        server.fault(FaultKind::Drop { after_ms }.times(1));
        let mut first = transcribe(&transcriber(&server), request(), [&audio, &[]]).await;
        first.pop().expect("an error").unwrap_err();
        let first = good(first);
        let from_ms = settled(&first, Channel::Customer).last().copied().unwrap_or(0);
        let from = MediaTime::from_millis(from_ms);
        let skip = usize::try_from(from.as_samples(RATE_HZ)).unwrap();
        let rest = TranscriptionRequest { start: from, ..request() };
        let second = good(transcribe(&transcriber(&server), rest, [&audio[skip..], &[]]).await);
        let mut both = finals(&first, Channel::Customer);
        both.extend(finals(&second, Channel::Customer));
        assert_eq!(both, finals(&whole, Channel::Customer), "broken after {after_ms} ms");
    }
}

#[tokio::test]
async fn audio_without_an_answer_fails() {
    let server = server().await;
    server.fault(FaultKind::Stall { after_ms: 1_000 }.times(1));
    let config = DeepgramConfig { no_answer_timeout: Duration::from_millis(200), ..config(&server) };
    let audio = said(WORDS);
    let results = transcribe(&DeepgramTranscriber::new(config).unwrap(), request(), [&audio, &audio]).await;
    let error = error(results);
    assert!(chain(&error).contains("no answer"), "{}", chain(&error));
}

#[tokio::test]
async fn an_answer_that_comes_late_is_awaited() {
    let server = server().await;
    server.fault(FaultKind::Slow { by_ms: 100 }.times(1));
    let audio = said(WORDS);
    let results = good(transcribe(&transcriber(&server), request(), [&audio, &audio]).await);
    assert_eq!(finals(&results, Channel::ToCustomer).len(), 3);
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_is_not_waited_for_for_ever() {
    let server = server().await;
    server.stop();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("ws://{}", listener.local_addr().unwrap());
    let config =
        DeepgramConfig { endpoint: silent, connect_timeout: Duration::from_millis(100), ..config(&server) };
    let error = DeepgramTranscriber::new(config).unwrap().open(request()).await.unwrap_err();
    assert!(chain(&error).contains("not reached within"), "{}", chain(&error));
}

#[tokio::test]
async fn a_server_that_stops_in_a_call_fails_the_call() {
    let server = server().await;
    let Transcription { audio: mut sink, results } = transcriber(&server).open(request()).await.unwrap();
    push(&mut *sink, MediaTime::ZERO, [&said(&[(100, "yes")]), &said(&[(100, "no")])]);
    server.wait_for(|streams| streams[0].frames > 0).await;
    server.stop();
    assert_eq!(error(drain(results).await).kind(), "failed");
}

#[tokio::test]
async fn audio_that_cannot_be_held_fails_and_never_blocks() {
    let server = server().await;
    // One second of audio takes a second: the queue is full long before it is sent.
    let config = DeepgramConfig { max_speed: 1.0, ..config(&server) };
    let transcriber = DeepgramTranscriber::new(config).unwrap();
    let Transcription { audio: mut sink, results } = transcriber.open(request()).await.unwrap();
    let quiet = said(&[(200_000, "")]);
    push(&mut *sink, MediaTime::ZERO, [&quiet, &quiet]);
    let error = error(drain(results).await);
    assert!(chain(&error).contains("wait to be sent"), "{}", chain(&error));
}
