//! AWS's clients and their errors; no type of theirs goes further, but for the configuration that callers bring.

use std::time::Duration;

use aws_sdk_kinesisvideo::types::ApiName;
use aws_sdk_kinesisvideomedia::{
    config::{
        BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::get_media::{GetMediaError, GetMediaOutput},
    primitives::{ByteStream, DateTime},
    types::{StartSelector, StartSelectorType},
};
use bytes::Bytes;
use model::StreamName;
use ports::{MediaSourceError, StartAt};

pub use aws_config::SdkConfig;

/// How long reaching the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the service may take to begin its answer; the body has no limit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What a failed call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such stream, or one that is being deleted.
    Gone,
    /// The credentials expired, or do not permit it.
    Unauthorized,
    /// Too many calls or connections.
    Throttled,
    /// The data endpoint is not the stream's any more.
    StaleEndpoint,
    /// The service failed, or refused this request where another one may do.
    Failed,
    /// The service was not reached, or the connection broke.
    Unreachable,
}

/// A failed call.
#[derive(Debug)]
pub(crate) struct WireError {
    pub(crate) refusal: Refusal,
    cause: Cause,
}

impl WireError {
    pub(crate) fn is_stale_endpoint(&self) -> bool {
        self.refusal == Refusal::StaleEndpoint
    }

    pub(crate) fn of(self, stream: &StreamName) -> MediaSourceError {
        let (stream, source) = (stream.clone(), Some(self.cause));
        match self.refusal {
            Refusal::Gone => MediaSourceError::Gone { stream, source },
            Refusal::Unauthorized => MediaSourceError::Unauthorized { stream, source },
            Refusal::Throttled => MediaSourceError::Throttled { stream, source },
            Refusal::StaleEndpoint | Refusal::Failed | Refusal::Unreachable => {
                MediaSourceError::Connection { stream, source }
            }
        }
    }
}

/// Finds data endpoints.
#[derive(Clone, Debug)]
pub(crate) struct ControlClient {
    client: aws_sdk_kinesisvideo::Client,
    media: aws_sdk_kinesisvideomedia::Config,
}

impl ControlClient {
    pub(crate) fn local(endpoint_url: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint_url)
            .region(Region::new(region.to_owned()))
            .credentials_provider(aws_sdk_kinesisvideo::config::SharedCredentialsProvider::new(
                Credentials::new(access_key, secret_key, None, None, "configuration"),
            ))
            .build();
        Self::from_aws_config(&config)
    }

    pub(crate) async fn from_environment() -> Self {
        Self::from_aws_config(&aws_config::load_defaults(BehaviorVersion::latest()).await)
    }

    pub(crate) fn from_aws_config(config: &SdkConfig) -> Self {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ANSWER_TIMEOUT).build();
        let client = aws_sdk_kinesisvideo::config::Builder::from(config)
            .timeout_config(timeouts.clone())
            .retry_config(RetryConfig::disabled())
            .build();
        let media = aws_sdk_kinesisvideomedia::config::Builder::from(config)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { client: aws_sdk_kinesisvideo::Client::from_conf(client), media }
    }

    /// Where `GetMedia` of a stream goes.
    pub(crate) async fn data_endpoint(&self, stream: &StreamName) -> Result<String, WireError> {
        let call = self.client.get_data_endpoint().stream_name(stream.as_str()).api_name(ApiName::GetMedia);
        match call.send().await {
            Ok(answer) => answer.data_endpoint.ok_or_else(|| WireError {
                refusal: Refusal::Failed,
                cause: "the answer names no data endpoint".into(),
            }),
            Err(error) => Err(failure(error)),
        }
    }

    /// A client for one data endpoint.
    pub(crate) fn media_client(&self, endpoint_url: &str) -> MediaClient {
        let config = self.media.to_builder().endpoint_url(endpoint_url).build();
        MediaClient(aws_sdk_kinesisvideomedia::Client::from_conf(config))
    }
}

/// Reads media at one data endpoint.
#[derive(Clone, Debug)]
pub(crate) struct MediaClient(aws_sdk_kinesisvideomedia::Client);

impl MediaClient {
    pub(crate) async fn get_media(&self, stream: &StreamName, start: &StartAt) -> Result<Body, WireError> {
        let selector = StartSelector::builder();
        let selector = match start {
            StartAt::Earliest => selector.start_selector_type(StartSelectorType::Earliest),
            StartAt::AfterFragment(number) => selector
                .start_selector_type(StartSelectorType::FragmentNumber)
                .after_fragment_number(number.as_str()),
            StartAt::ProducerTime(at) => selector
                .start_selector_type(StartSelectorType::ProducerTimestamp)
                .start_timestamp(DateTime::from_millis(at.as_millis())),
        };
        let selector = selector
            .build()
            .map_err(|error| WireError { refusal: Refusal::Failed, cause: Box::new(error) })?;
        let call = self.0.get_media().stream_name(stream.as_str()).start_selector(selector);
        let answer: Result<GetMediaOutput, SdkError<GetMediaError>> = call.send().await;
        answer.map(|answer| Body(answer.payload)).map_err(failure)
    }
}

/// An open body. Dropping it closes its connection.
pub(crate) struct Body(ByteStream);

impl Body {
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, WireError> {
        let next = self.0.next().await.transpose();
        next.map_err(|error| WireError { refusal: Refusal::Unreachable, cause: Box::new(error) })
    }
}

fn failure<E, R>(error: SdkError<E, R>) -> WireError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    // All other errors mean that no answer came, or one that cannot be read.
    let refusal = if let SdkError::ServiceError(service) = &error {
        refusal(service.err().code().unwrap_or_default())
    } else {
        Refusal::Unreachable
    };
    WireError { refusal, cause: Box::new(error) }
}

/// What the service's error names mean for a reader.
fn refusal(code: &str) -> Refusal {
    match code {
        "InvalidEndpointException" => Refusal::StaleEndpoint,
        "ClientLimitExceededException"
        | "ConnectionLimitExceededException"
        | "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException" => Refusal::Throttled,
        "ResourceNotFoundException" => Refusal::Gone,
        // The provider renews credentials by the time of a later call; a policy is repaired by a person.
        "NotAuthorizedException"
        | "AccessDeniedException"
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
        | "UnrecognizedClientException" => Refusal::Unauthorized,
        // Also an invalid argument: the place to start from may be one that the stream keeps no more, and the next
        // opening may name another one.
        _ => Refusal::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_service_has_its_meaning() {
        let meanings = [
            ("ResourceNotFoundException", Refusal::Gone),
            ("NotAuthorizedException", Refusal::Unauthorized),
            ("AccessDeniedException", Refusal::Unauthorized),
            ("ExpiredTokenException", Refusal::Unauthorized),
            ("InvalidSignatureException", Refusal::Unauthorized),
            ("UnrecognizedClientException", Refusal::Unauthorized),
            ("InvalidArgumentException", Refusal::Failed),
            ("ClientLimitExceededException", Refusal::Throttled),
            ("ConnectionLimitExceededException", Refusal::Throttled),
            ("InvalidEndpointException", Refusal::StaleEndpoint),
            ("InternalFailure", Refusal::Failed),
            ("", Refusal::Failed),
        ];
        for (code, meaning) in meanings {
            assert_eq!(refusal(code), meaning, "{code}");
        }
    }

    #[test]
    fn only_a_stream_that_does_not_exist_is_gone_for_good() {
        let stream = StreamName::new("calls").unwrap();
        let error = |refusal| WireError { refusal, cause: "why".into() }.of(&stream);
        assert!(!error(Refusal::Gone).is_retryable());
        let passing = [
            Refusal::Unauthorized,
            Refusal::Throttled,
            Refusal::StaleEndpoint,
            Refusal::Failed,
            Refusal::Unreachable,
        ];
        for refusal in passing {
            assert!(error(refusal).is_retryable());
        }
    }
}
