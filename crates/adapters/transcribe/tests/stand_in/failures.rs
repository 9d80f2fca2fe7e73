//! What goes wrong, and what the caller is told.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use model::{Channel, MediaTime};
use ports::{Transcriber, TranscriberError, Transcription};
use tone_words::silence;
use transcribe::{SdkConfig, TranscribeConfig, TranscribeTranscriber};
use transcribe_server::{Fault, ServerConfig};

use crate::support::{
    RATE_HZ, call, config, drain, finals, push, request, server, server_with, settled, speech, transcriber,
    with,
};

fn cause(error: Option<TranscriberError>) -> String {
    let error = error.expect("a failure");
    let TranscriberError::Failed(cause) = error else { panic!("not a failure but {error}") };
    cause.to_string()
}

fn two_utterances() -> Vec<i16> {
    speech(&["my card number is", "yes"])
}

/// A call with one fault.
async fn with_fault(fault: Fault) -> (Vec<String>, Option<TranscriberError>) {
    let server = server().await;
    server.faults().add(fault);
    let (results, error) = call(&transcriber(&server), request(), [&two_utterances(), &[]]).await;
    (finals(&results), error)
}

#[tokio::test]
async fn refusals_say_whether_to_try_again() {
    for (status, code, kind) in [
        (400, "BadRequestException", "unavailable"),
        (403, "AccessDeniedException", "unavailable"),
        (403, "ExpiredTokenException", "unavailable"),
        (409, "ConflictException", "failed"),
        (429, "LimitExceededException", "busy"),
        (429, "ThrottlingException", "busy"),
        (500, "InternalFailureException", "failed"),
        (503, "ServiceUnavailableException", "failed"),
    ] {
        let (_, error) = with_fault(Fault::Refuse { status, code: code.to_owned() }).await;
        assert_eq!(error.expect("a refusal").kind(), kind, "{code}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_somebodys_to_mend_and_is_not_repeated() {
    let server = server().await;
    for (access_key, secret_key) in [("AKIDWRONG", "test"), ("test", "sEcReT")] {
        let wrong = TranscribeTranscriber::local("eu-central-1", access_key, secret_key, config(&server));
        let error = wrong.open(request()).await.unwrap_err();
        assert_eq!(error.kind(), "unavailable");
        let text = format!("{error} {error:?} {wrong:?}");
        assert!(!text.contains("sEcReT") && !error.to_string().contains("AKIDWRONG"), "{text}");
    }
}

/// A chain of providers of which none has credentials.
#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded_no_source()))
    }
}

#[tokio::test]
async fn missing_credentials_are_somebodys_to_mend() {
    let server = server().await;
    let aws = || {
        SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("eu-central-1"))
    };
    let none = aws().build();
    let empty = aws().credentials_provider(SharedCredentialsProvider::new(NoCredentials)).build();
    for aws in [none, empty] {
        let transcriber = TranscribeTranscriber::from_aws_config(&aws, config(&server));
        let error = transcriber.open(request()).await.unwrap_err();
        assert_eq!(error.kind(), "unavailable", "{error:?}");
    }
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_busy() {
    let server = server_with(ServerConfig { max_streams: 1, ..ServerConfig::default() }).await;
    let transcriber = transcriber(&server);
    let _first = transcriber.open(request()).await.unwrap();
    let (_, error) = call(&transcriber, request(), [&two_utterances(), &[]]).await;
    let error = error.expect("no place");
    assert_eq!(error.kind(), "busy");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn exceptions_in_the_stream_keep_what_was_final_before() {
    let after_ms = 2_700;
    for (code, kind) in [
        ("InternalFailureException", "failed"),
        ("ServiceUnavailableException", "failed"),
        ("ConflictException", "failed"),
        ("LimitExceededException", "busy"),
        ("BadRequestException", "unavailable"),
    ] {
        let (finals, error) = with_fault(Fault::Exception { after_ms, code: code.to_owned() }).await;
        assert_eq!(error.expect("an exception").kind(), kind, "{code}");
        assert_eq!(finals, ["customer@1000 my card number is"], "{code}");
    }
}

#[tokio::test]
async fn what_nobody_understands_is_garbled_and_says_nothing_of_the_words() {
    let after_ms = 2_700;
    for fault in [Fault::Garbage { after_ms }, Fault::BadShape { after_ms }, Fault::BadTimes { after_ms }] {
        let (_, error) = with_fault(fault.clone()).await;
        let error = error.expect("garbage");
        assert_eq!(error.kind(), "garbled", "{fault:?}");
        assert!(!format!("{error:?}").contains("card"), "{error:?}");
    }
}

#[tokio::test]
async fn a_cut_connection_and_an_early_end_are_failures() {
    let after_ms = 2_700;
    for fault in [Fault::Drop { after_ms }, Fault::EndEarly { after_ms }] {
        let server = server().await;
        server.faults().add(fault.clone());
        let Transcription { audio: mut sink, mut results } =
            transcriber(&server).open(request()).await.unwrap();
        push(&mut *sink, MediaTime::ZERO, [&two_utterances(), &two_utterances()]);
        let (_, error) = drain(&mut results).await;
        assert_eq!(error.expect("a failure").kind(), "failed", "{fault:?}");
    }
}

#[tokio::test]
async fn events_that_come_twice_or_late_change_nothing() {
    let (expected, _) = with_fault(Fault::None).await;
    for fault in [Fault::Duplicates, Fault::Slow { by_ms: 20 }] {
        let (finals, error) = with_fault(fault).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(finals, expected);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_not_trusted_is_a_failure() {
    let server = server().await;
    let untrusted = with(TranscribeConfig { extra_root_pem: None, ..config(&server) });
    assert_eq!(untrusted.open(request()).await.unwrap_err().kind(), "failed");
    let config = config(&server);
    drop(server);
    let error = with(config).open(request()).await.unwrap_err();
    assert_eq!(error.kind(), "failed");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn audio_that_nobody_takes_fails_the_stream_and_is_not_lost_in_silence() {
    let server = server().await;
    server.faults().add(Fault::StopReading { after_ms: 0 });
    let Transcription { audio: mut sink, mut results } = transcriber(&server).open(request()).await.unwrap();
    // Two minutes lie in the connection's buffers at most; the rest waits.
    let minute = silence(60_000, RATE_HZ);
    for _ in 0..10 {
        push(&mut *sink, MediaTime::ZERO, [&minute, &minute]);
    }
    let (_, error) = drain(&mut results).await;
    assert!(cause(error).contains("wait to be sent"));
}

#[tokio::test]
async fn a_channel_that_stays_away_fails_the_stream() {
    let server = server().await;
    let Transcription { audio: mut sink, mut results } = transcriber(&server).open(request()).await.unwrap();
    push(&mut *sink, MediaTime::ZERO, [&silence(16_000, RATE_HZ), &[]]);
    assert!(cause(drain(&mut results).await.1).contains("behind the other"));
}

#[tokio::test]
async fn the_end_of_a_session_is_told_as_such() {
    let server = server().await;
    let session_limit = Duration::from_secs(3);
    let transcriber = with(TranscribeConfig { session_limit, ..config(&server) });
    let (results, error) = call(&transcriber, request(), [&speech(&["my card", "yes please"]), &[]]).await;
    assert!(cause(error).contains("that the service allows"));
    assert_eq!(settled(&results, Channel::ToCustomer), MediaTime::ZERO);
}

#[tokio::test]
async fn the_services_own_end_of_a_session_can_be_tried_again() {
    let session_limit = Duration::from_secs(3);
    let server = server_with(ServerConfig { session_limit, ..ServerConfig::default() }).await;
    let audio = speech(&["my card", "yes please", "thank you"]);
    let (results, error) = call(&transcriber(&server), request(), [&audio, &[]]).await;
    assert!(error.expect("the end").is_retryable());
    assert_eq!(finals(&results), ["customer@1000 my card"]);
}
