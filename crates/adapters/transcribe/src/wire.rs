//! AWS's client, its shapes and its errors; no type of theirs goes further, but for the configuration that callers
//! bring.

use std::{
    error::Error,
    iter::successors,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use aws_config::BehaviorVersion;
use aws_credential_types::{
    Credentials, provider::SharedCredentialsProvider, provider::error::CredentialsError,
};
use aws_sdk_transcribestreaming::{
    config::{
        Region, SharedHttpClient, StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::start_stream_transcription::{StartStreamTranscriptionError, StartStreamTranscriptionOutput},
    primitives::{Blob, event_stream::EventStreamSender},
    types::{
        AudioEvent, AudioStream, ItemType, LanguageCode, MediaEncoding, PartialResultsStability,
        TranscriptResultStream,
        error::{AudioStreamError, TranscriptResultStreamError},
    },
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use futures_core::Stream;
use model::Pii;
use ports::TranscriberError;
use tokio::sync::mpsc;
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use crate::{
    Stability, TranscribeConfig,
    error::{StreamFailure, garbled},
    language::Choice,
    results::{RawItem, RawResult},
};

pub use aws_config::SdkConfig;

/// How long reaching the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the service may take to begin its answer; the stream itself has no limit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Two channels, the customer's first.
const CHANNELS: i32 = 2;
/// How much of the service's own explanation is passed on.
const MAX_EXPLANATION_CHARS: usize = 200;

/// What a stream is asked to be.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) rate_hz: u32,
    pub(crate) language: Choice,
    pub(crate) vocabulary: Option<String>,
    pub(crate) stability: Stability,
}

/// Opens streams.
#[derive(Clone, Debug)]
pub(crate) struct Client(aws_sdk_transcribestreaming::Client);

/// The configuration that the environment has.
pub(crate) async fn environment() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// A configuration with a fixed key pair.
pub(crate) fn fixed(region: &str, access_key: &str, secret_key: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key, secret_key, None, None, "configuration");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

impl Client {
    pub(crate) fn new(aws: &SdkConfig, config: &TranscribeConfig) -> Self {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ANSWER_TIMEOUT).build();
        let mut sdk = aws_sdk_transcribestreaming::config::Builder::from(aws)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(one_stream_each(config.extra_root_pem.clone()));
        if let Some(endpoint) = &config.endpoint {
            sdk = sdk.endpoint_url(endpoint);
        }
        Self(aws_sdk_transcribestreaming::Client::from_conf(sdk.build()))
    }

    /// Begins a stream. `audio` gives interleaved samples in bytes; an empty piece says that there is no more.
    pub(crate) async fn start(
        &self,
        ask: &Ask,
        audio: mpsc::Receiver<Vec<u8>>,
    ) -> Result<Events, TranscriberError> {
        let rate_hz = i32::try_from(ask.rate_hz).unwrap_or(i32::MAX);
        let mut call = self
            .0
            .start_stream_transcription()
            .media_sample_rate_hertz(rate_hz)
            .media_encoding(MediaEncoding::Pcm)
            .number_of_channels(CHANNELS)
            .enable_channel_identification(true)
            .audio_stream(EventStreamSender::from(Body(audio)));
        if let Some(stability) = stability(ask.stability) {
            call = call.enable_partial_results_stabilization(true).partial_results_stability(stability);
        }
        // With identification each language may have its vocabulary, under another name.
        call = match &ask.language {
            Choice::One(tag) => call
                .language_code(LanguageCode::from(tag.as_str()))
                .set_vocabulary_name(ask.vocabulary.clone()),
            Choice::Identify(tags) => call
                .identify_language(true)
                .language_options(tags.join(","))
                .set_vocabulary_names(ask.vocabulary.clone()),
        };
        match call.send().await {
            Ok(output) => Ok(Events(output)),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// An HTTP client that connects anew for each stream: the service takes one stream for each HTTP/2 connection.
fn one_stream_each(extra_root_pem: Option<String>) -> SharedHttpClient {
    http_client_fn(move |settings, components| {
        let mut roots = TrustStore::default();
        if let Some(pem) = &extra_root_pem {
            roots = roots.with_pem_certificate(pem.as_bytes());
        }
        let mut connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .connector_settings(settings.clone())
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        if let Ok(context) = TlsContext::builder().with_trust_store(roots).build() {
            connector = connector.tls_context(context);
        }
        connector.set_sleep_impl(components.sleep_impl());
        SharedHttpConnector::new(connector.build())
    })
}

const fn stability(stability: Stability) -> Option<PartialResultsStability> {
    match stability {
        Stability::Off => None,
        Stability::Low => Some(PartialResultsStability::Low),
        Stability::Medium => Some(PartialResultsStability::Medium),
        Stability::High => Some(PartialResultsStability::High),
    }
}

/// The audio as the client takes it.
struct Body(mpsc::Receiver<Vec<u8>>);

impl Stream for Body {
    type Item = Result<AudioStream, AudioStreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|piece| {
            let event = |piece| AudioEvent::builder().audio_chunk(Blob::new(piece)).build();
            piece.map(|piece| Ok(AudioStream::AudioEvent(event(piece))))
        })
    }
}

/// What the service says of one stream. Dropping it ends the stream.
#[derive(Debug)]
pub(crate) struct Events(StartStreamTranscriptionOutput);

impl Events {
    /// The results of the next event, none for one without words; `None` when the service has ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<RawResult>>, TranscriberError> {
        // The client writes whole messages to its finest log, and they hold what was said.
        let received = self.0.transcript_result_stream.recv().with_subscriber(NoSubscriber::new());
        match received.await {
            Ok(Some(TranscriptResultStream::TranscriptEvent(event))) => {
                let results = event.transcript.and_then(|transcript| transcript.results).unwrap_or_default();
                Ok(Some(results.into_iter().map(raw).collect()))
            }
            // An event that is newer than this client says nothing to it.
            Ok(Some(_)) => Ok(Some(Vec::new())),
            Ok(None) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn raw(result: aws_sdk_transcribestreaming::types::Result) -> RawResult {
    let best = result.alternatives.unwrap_or_default().into_iter().next();
    let has_text = best.as_ref().and_then(|best| best.transcript()).is_some_and(|text| !text.is_empty());
    let items = best.and_then(|best| best.items).unwrap_or_default().into_iter().map(|item| RawItem {
        is_punctuation: item.r#type == Some(ItemType::Punctuation),
        content: Pii::new(item.content.unwrap_or_default()),
        start: item.start_time,
        end: item.end_time,
        confidence: item.confidence,
    });
    RawResult {
        items: items.collect(),
        has_text,
        id: result.result_id,
        channel: result.channel_id,
        start: result.start_time,
        end: result.end_time,
        is_partial: result.is_partial,
        language: result.language_code.map(|code| code.as_str().to_owned()),
    }
}

/// What a failed call or stream means. The client's own error goes no further: it carries the message that it could
/// not read, with what was said.
fn failure<E, R>(error: &SdkError<E, R>) -> TranscriberError
where
    E: Named + Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(service) => {
            let error = service.err();
            refusal(error.name().unwrap_or_default(), error.message().unwrap_or_default())
        }
        SdkError::ResponseError(_) => garbled("a message that cannot be read"),
        SdkError::TimeoutError(_) => StreamFailure::Connection("it took too long".to_owned()).into(),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => no_connection(error.source()),
        _ => StreamFailure::Connection("of an unknown cause".to_owned()).into(),
    }
}

/// An error of the service with its name.
trait Named: ProvideErrorMetadata {
    fn name(&self) -> Option<&str>;
}

impl Named for StartStreamTranscriptionError {
    fn name(&self) -> Option<&str> {
        self.code()
    }
}

impl Named for TranscriptResultStreamError {
    /// In a stream the name is in the frame's headers, and the client keeps it as the variant alone.
    fn name(&self) -> Option<&str> {
        let names = [
            (self.is_bad_request_exception(), "BadRequestException"),
            (self.is_limit_exceeded_exception(), "LimitExceededException"),
            (self.is_internal_failure_exception(), "InternalFailureException"),
            (self.is_conflict_exception(), "ConflictException"),
            (self.is_service_unavailable_exception(), "ServiceUnavailableException"),
        ];
        names.into_iter().find_map(|(is, name)| is.then_some(name)).or_else(|| self.code())
    }
}

/// What an error of the service means, by its name.
fn refusal(code: &str, message: &str) -> TranscriberError {
    let explained: String = message.chars().take(MAX_EXPLANATION_CHARS).collect();
    match code {
        "BadRequestException" if is_of_the_moment(message) => StreamFailure::Service(explained).into(),
        "BadRequestException" | "ValidationException" | "SerializationException" => {
            TranscriberError::Unavailable(format!("Amazon Transcribe does not take the request: {explained}"))
        }
        "LimitExceededException"
        | "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => TranscriberError::Busy(format!("Amazon Transcribe: {explained}")),
        // The explanations of these repeat what was signed, so they are not passed on.
        "AccessDeniedException"
        | "AccessDenied"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken"
        | "InvalidClientTokenId"
        | "NotAuthorizedException"
        | "OptInRequired"
        | "SubscriptionRequiredException"
        | "UnrecognizedClientException" => TranscriberError::Unavailable(format!(
            "Amazon Transcribe does not accept the credentials ({code}); check the key, the role, the region, the \
             clock and transcribe:StartStreamTranscription"
        )),
        "" => StreamFailure::Service("without a cause".to_owned()).into(),
        // Also ConflictException, InternalFailureException and ServiceUnavailableException.
        _ => StreamFailure::Service(format!("{code}: {explained}")).into(),
    }
}

/// Some bad requests are not about what was asked but about what came of it, and another stream may do.
fn is_of_the_moment(message: &str) -> bool {
    ["timed out", "signal was sent", "signature", "internal"].iter().any(|what| message.contains(what))
}

/// A failure before anything was answered. `error` and what is behind it say why.
fn no_connection(error: Option<&(dyn Error + 'static)>) -> TranscriberError {
    let mut texts = Vec::new();
    for cause in successors(error, |&cause| cause.source()) {
        let text = cause.to_string();
        let is_lacking = matches!(
            cause.downcast_ref(),
            Some(CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_))
        );
        // Without any provider the client has an error of its own, which has no name.
        if is_lacking || text.contains("no identity resolver") {
            return TranscriberError::Unavailable(
                "no AWS credentials were found; set them in the environment, a profile or a role".to_owned(),
            );
        }
        texts.push(text);
    }
    let text: String = texts.join(": ").chars().take(MAX_EXPLANATION_CHARS).collect();
    StreamFailure::Connection(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_service_has_its_meaning() {
        let timed_out = "Your request timed out because no new audio was received for 15 seconds.";
        let meanings = [
            ("BadRequestException", "LanguageCode is not valid", "unavailable"),
            ("BadRequestException", timed_out, "failed"),
            (
                "BadRequestException",
                "A complete signal was sent without the preceding empty frame.",
                "failed",
            ),
            ("LimitExceededException", "You have reached your limit of concurrent streams, 5.", "busy"),
            ("ThrottlingException", "", "busy"),
            ("InternalFailureException", "", "failed"),
            ("ServiceUnavailableException", "", "failed"),
            ("ConflictException", "", "failed"),
            ("UnrecognizedClientException", "", "unavailable"),
            ("ExpiredTokenException", "", "unavailable"),
            ("SomethingNewException", "", "failed"),
            ("", "", "failed"),
        ];
        for (code, message, meaning) in meanings {
            assert_eq!(refusal(code, message).kind(), meaning, "{code} {message}");
        }
    }

    #[test]
    fn what_was_signed_is_not_passed_on() {
        let refused = refusal("SignatureDoesNotMatch", "The Canonical String should have been AKIDSECRET");
        assert!(!format!("{refused} {refused:?}").contains("AKID"));
    }

    #[test]
    fn missing_credentials_ask_for_somebody_and_a_lost_connection_for_another_try() {
        let missing = CredentialsError::not_loaded_no_source();
        assert_eq!(no_connection(Some(&missing)).kind(), "unavailable");
        let lost = std::io::Error::other("connection reset");
        assert_eq!(no_connection(Some(&lost)).kind(), "failed");
    }
}
