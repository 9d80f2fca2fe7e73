//! The rules of the service, shown with Amazon's own client.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_transcribestreaming::{
    Client,
    config::{StalledStreamProtectionConfig, retry::RetryConfig},
    error::ProvideErrorMetadata,
    operation::start_stream_transcription::StartStreamTranscriptionOutput,
    primitives::{Blob, event_stream::EventStreamSender},
    types::{
        AudioEvent, AudioStream, LanguageCode, MediaEncoding, TranscriptResultStream, error::AudioStreamError,
    },
};
use aws_smithy_http_client::{
    Builder,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use futures_core::Stream;
use tokio::sync::mpsc;
use tone_words::{encode_text, silence};
use transcribe_server::{SEGMENT_GAP_MS, Server, ServerConfig};

const RATE_HZ: u32 = 8_000;

type Chunks = mpsc::Sender<Vec<u8>>;

fn client(server: &Server) -> Client {
    let roots = TrustStore::empty().with_pem_certificate(server.root_pem());
    let context = TlsContext::builder().with_trust_store(roots).build().expect("roots");
    let http = Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context)
        .build_https();
    let config = aws_sdk_transcribestreaming::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(server.endpoint())
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(http)
        .build();
    Client::from_conf(config)
}

struct Audio(mpsc::Receiver<Vec<u8>>);

impl Stream for Audio {
    type Item = Result<AudioStream, AudioStreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event =
            |piece| AudioStream::AudioEvent(AudioEvent::builder().audio_chunk(Blob::new(piece)).build());
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(event(piece))))
    }
}

/// Begins a stream of one channel; the name of the error when it is refused.
async fn start(client: &Client) -> Result<(Chunks, StartStreamTranscriptionOutput), String> {
    let (chunks, audio) = mpsc::channel(16);
    let started = client
        .start_stream_transcription()
        .language_code(LanguageCode::EnUs)
        .media_encoding(MediaEncoding::Pcm)
        .media_sample_rate_hertz(8_000)
        .audio_stream(EventStreamSender::from(Audio(audio)))
        .send()
        .await;
    match started {
        Ok(output) => Ok((chunks, output)),
        Err(error) => Err(error.code().unwrap_or("no code").to_owned()),
    }
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// What is said to the end: the transcripts of finals, the number of events without results, and the exception.
async fn heard(output: &mut StartStreamTranscriptionOutput) -> (Vec<String>, usize, Option<String>) {
    let (mut finals, mut empty) = (Vec::new(), 0);
    loop {
        let event = match output.transcript_result_stream.recv().await {
            Ok(Some(TranscriptResultStream::TranscriptEvent(event))) => event,
            Ok(Some(other)) => panic!("an unknown event {other:?}"),
            Ok(None) => return (finals, empty, None),
            Err(error) => return (finals, empty, error.into_service_error().message().map(str::to_owned)),
        };
        let results = event.transcript.and_then(|transcript| transcript.results).unwrap_or_default();
        empty += usize::from(results.is_empty());
        for result in results.iter().filter(|result| !result.is_partial) {
            finals.push(result.alternatives()[0].transcript().unwrap_or_default().to_owned());
        }
    }
}

#[tokio::test]
async fn words_come_back_and_silence_brings_events_without_results() {
    let server = Server::start(ServerConfig::default()).await.expect("a server");
    let (chunks, mut output) = start(&client(&server)).await.expect("a stream");
    assert!(output.request_id.is_some() && output.session_id.is_some());
    assert_eq!(output.media_sample_rate_hertz, Some(8_000));
    let mut samples = encode_text("thank you", RATE_HZ);
    samples.extend(silence(SEGMENT_GAP_MS + 5_000, RATE_HZ));
    let sending = async move {
        for chunk in samples.chunks(800) {
            chunks.send(bytes(chunk)).await.expect("taken");
        }
    };
    let ((), (finals, empty, error)) = tokio::join!(sending, heard(&mut output));
    assert_eq!((finals, error), (vec!["thank you".to_owned()], None));
    assert!(empty >= 4, "{empty}");
}

/// The exception that one chunk brings.
async fn exception_of(config: ServerConfig, chunk: Vec<u8>) -> String {
    let server = Server::start(config).await.expect("a server");
    let (chunks, mut output) = start(&client(&server)).await.expect("a stream");
    chunks.send(chunk).await.expect("taken");
    let (_, _, error) = heard(&mut output).await;
    error.expect("an exception")
}

#[tokio::test]
async fn a_chunk_must_not_be_too_big_and_must_have_whole_samples() {
    let big = vec![0; ServerConfig::default().max_chunk_bytes + 2];
    assert!(exception_of(ServerConfig::default(), big).await.contains("Your stream is too big"));
    let odd = exception_of(ServerConfig::default(), vec![0; 3]).await;
    assert!(odd.contains("whole samples"), "{odd}");
}

#[tokio::test]
async fn a_stream_without_audio_times_out() {
    let config = ServerConfig { audio_timeout: Duration::from_millis(50), ..ServerConfig::default() };
    let error = exception_of(config, vec![0; 1_600]).await;
    assert!(error.contains("no new audio was received"), "{error}");
}

#[tokio::test]
async fn a_session_ends_at_its_limit() {
    let config = ServerConfig { session_limit: Duration::from_millis(99), ..ServerConfig::default() };
    let error = exception_of(config, vec![0; 1_600]).await;
    assert!(error.contains("maximum session duration"), "{error}");
}

#[tokio::test]
async fn one_connection_carries_one_stream() {
    let server = Server::start(ServerConfig::default()).await.expect("a server");
    let client = client(&server);
    let _first = start(&client).await.expect("a stream");
    assert_eq!(start(&client).await.err().as_deref(), Some("BadRequestException"));
}

#[tokio::test]
async fn the_quota_of_streams_is_told_in_the_stream_and_given_back() {
    let config = ServerConfig { max_streams: 1, ..ServerConfig::default() };
    let server = Server::start(config).await.expect("a server");
    let (first, mut output) = start(&client(&server)).await.expect("a stream");
    let (_second, mut refused) = start(&client(&server)).await.expect("an answer");
    let (_, _, error) = heard(&mut refused).await;
    assert!(error.is_some_and(|error| error.contains("limit of concurrent streams, 1")));
    drop(first);
    heard(&mut output).await;
    server.counters().until(|counters| counters.running() == 0).await;
}
