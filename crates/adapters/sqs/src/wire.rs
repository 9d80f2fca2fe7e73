//! AWS's client and its errors; no type of theirs goes further, but for the configuration that callers bring.

use std::time::Duration;

use aws_sdk_sqs::{
    config::{
        BehaviorVersion, Config, Credentials, Region, SharedCredentialsProvider, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    types::{MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};

use crate::{
    error::SqsError,
    message::{BASE64, ENCODING, Outgoing},
    queue::QueueFacts,
};

pub use aws_config::SdkConfig;

/// How long reaching the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the service may take for one answer, beyond the time that a receive waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// How long one operation may take with its retries, beyond the time that a receive waits.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(6);
/// How often the client tries a request that was throttled, failed or was lost, within the operation's time.
const MAX_TRIES: u32 = 4;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Where a message of an ordered queue belongs.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) group: String,
    pub(crate) deduplication: String,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) text: String,
    pub(crate) is_base64: bool,
    pub(crate) attempts: u32,
    pub(crate) receipt: String,
}

/// One queue.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Client {
    pub(crate) fn local(
        endpoint_url: &str,
        region: &str,
        access_key: &str,
        secret_key: &str,
        url: &str,
    ) -> Self {
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint_url)
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                access_key,
                secret_key,
                None,
                None,
                "configuration",
            )))
            .build();
        Self::from_aws_config(&sdk, url)
    }

    pub(crate) async fn from_environment(url: &str) -> Self {
        Self::from_aws_config(&aws_config::load_defaults(BehaviorVersion::latest()).await, url)
    }

    pub(crate) fn from_aws_config(sdk: &SdkConfig, url: &str) -> Self {
        Self::with(sdk, url, timeouts(Duration::ZERO), RetryConfig::standard().with_max_attempts(MAX_TRIES))
    }

    /// One whose operations, but for receiving, take no more than `time`: a try that hangs leaves time for another.
    pub(crate) fn within(sdk: &SdkConfig, url: &str, time: Duration) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(time / 3)
            .operation_attempt_timeout(time / 2)
            .operation_timeout(time)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(MAX_TRIES).with_initial_backoff(time / 16);
        Self::with(sdk, url, timeouts, retries)
    }

    fn with(sdk: &SdkConfig, url: &str, timeouts: TimeoutConfig, retries: RetryConfig) -> Self {
        let mut config =
            aws_sdk_sqs::config::Builder::from(sdk).timeout_config(timeouts).retry_config(retries);
        if let Some(region) = region_of(url) {
            // The client asks its own region's endpoint, whatever the address says.
            config = config.region(Region::new(region.to_owned()));
        }
        Self { client: aws_sdk_sqs::Client::from_conf(config.build()), url: url.to_owned() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn send(&self, message: Outgoing, order: Option<Order>) -> Result<(), SqsError> {
        let mut send = self.client.send_message().queue_url(&self.url).message_body(message.text);
        if message.is_base64 {
            let value = MessageAttributeValue::builder().data_type("String").string_value(BASE64).build();
            send = send.message_attributes(ENCODING, value.map_err(|error| self.failed(Box::new(error)))?);
        }
        if let Some(order) = order {
            send = send.message_group_id(order.group).message_deduplication_id(order.deduplication);
        }
        send.send().await.map(|_| ()).map_err(|error| self.failure(error))
    }

    /// Messages, once there are some, or none after `wait_seconds`.
    pub(crate) async fn receive(&self, max: u32, wait_seconds: i32) -> Result<Vec<Incoming>, SqsError> {
        let wait = Duration::from_secs(u64::try_from(wait_seconds).unwrap_or(0));
        let receive = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(max).unwrap_or(i32::MAX))
            .wait_time_seconds(wait_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_attribute_names(ENCODING)
            .customize()
            .config_override(Config::builder().timeout_config(timeouts(wait)));
        let answer = receive.send().await.map_err(|error| self.failure(error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(read).collect())
    }

    pub(crate) async fn delete(&self, receipt: &str) -> Result<(), SqsError> {
        let delete = self.client.delete_message().queue_url(&self.url).receipt_handle(receipt);
        self.unless_it_is_over(delete.send().await)
    }

    pub(crate) async fn set_visibility(&self, receipt: &str, seconds: i32) -> Result<(), SqsError> {
        let change = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds);
        self.unless_it_is_over(change.send().await)
    }

    pub(crate) async fn facts(&self) -> Result<QueueFacts, SqsError> {
        let asked = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(QueueAttributeName::VisibilityTimeout)
            .attribute_names(QueueAttributeName::MessageRetentionPeriod)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
        let answer = asked.send().await.map_err(|error| self.failure(error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let number = |name| attributes.get(&name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
        Ok(QueueFacts {
            visibility: Duration::from_secs(number(QueueAttributeName::VisibilityTimeout)),
            retention: Duration::from_secs(number(QueueAttributeName::MessageRetentionPeriod)),
            max_receives: attributes
                .get(&QueueAttributeName::RedrivePolicy)
                .and_then(|policy| max_receives(policy)),
            waiting: number(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        })
    }

    /// A receipt that counts no more is no failure: the message is gone, or comes again.
    fn unless_it_is_over<T, E, R>(&self, answer: Result<T, SdkError<E, R>>) -> Result<(), SqsError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match answer {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(service))
                if is_over(service.err().code(), service.err().message()) =>
            {
                tracing::debug!(queue.url = %self.url, "a message's receipt counts no more");
                Ok(())
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    fn failed(&self, source: Cause) -> SqsError {
        SqsError::Failed { url: self.url.clone(), source }
    }

    fn failure<E, R>(&self, error: SdkError<E, R>) -> SqsError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        // All other errors mean that no answer came, or one that cannot be read.
        let code = if let SdkError::ServiceError(service) = &error {
            Some(service.err().code().unwrap_or_default().to_owned())
        } else {
            matches!(error, SdkError::ConstructionFailure(_)).then(String::new)
        };
        let (url, source): (_, Cause) = (self.url.clone(), Box::new(error));
        match code.as_deref() {
            None => SqsError::Unreachable { url, source },
            Some(code) => meaning(code)(url, source),
        }
    }
}

fn timeouts(wait: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(wait + ANSWER_TIMEOUT)
        .operation_timeout(wait + OPERATION_TIMEOUT)
        .build()
}

/// Reads a message; one without a receipt or a body is not one.
fn read(message: aws_sdk_sqs::types::Message) -> Option<Incoming> {
    let attempts = message.attributes.as_ref();
    let attempts = attempts.and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    let encoding = message.message_attributes.as_ref().and_then(|all| all.get(ENCODING));
    Some(Incoming {
        is_base64: encoding.and_then(|value| value.string_value()) == Some(BASE64),
        attempts: attempts.and_then(|count| count.parse().ok()).unwrap_or(1),
        text: message.body?,
        receipt: message.receipt_handle?,
    })
}

/// The region in the address of a queue of the real service.
fn region_of(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split('/').next()?;
    let (region, domain) = host.strip_prefix("sqs.")?.split_once('.')?;
    domain.starts_with("amazonaws.com").then_some(region)
}

/// The `maxReceiveCount` of a redrive policy: a number, or a number as text.
fn max_receives(policy: &str) -> Option<u32> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    let count = policy.get("maxReceiveCount")?;
    let number = count.as_u64().and_then(|number| u32::try_from(number).ok());
    number.or_else(|| count.as_str()?.parse().ok())
}

/// Whether a refusal means that the receipt counts no more.
fn is_over(code: Option<&str>, message: Option<&str>) -> bool {
    match code.map(bare) {
        Some("ReceiptHandleIsInvalid" | "MessageNotInflight") => true,
        // An ordered queue's word for a receipt whose time is over.
        Some("InvalidParameterValue") => message.is_some_and(|message| message.contains("expired")),
        _ => false,
    }
}

/// An error's name without the prefix that some have.
fn bare(code: &str) -> &str {
    code.rsplit('.').next().unwrap_or(code)
}

/// What the service's error names mean for a queue.
fn meaning(code: &str) -> fn(String, Cause) -> SqsError {
    match bare(code) {
        "QueueDoesNotExist" | "NonExistentQueue" | "QueueDeletedRecently" | "InvalidAddress" => {
            |url, source| SqsError::NoQueue { url, source }
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "InvalidSecurity"
        | "KmsAccessDenied"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "ExpiredToken"
        | "ExpiredTokenException" => |url, source| SqsError::Denied { url, source },
        "RequestThrottled" | "ThrottlingException" | "Throttling" | "OverLimit" | "KmsThrottled" => {
            |url, source| SqsError::Throttled { url, source }
        }
        _ => |url, source| SqsError::Failed { url, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_service_has_its_meaning() {
        let of = |code| meaning(code)("https://queue".to_owned(), "why".into());
        assert!(matches!(of("AWS.SimpleQueueService.NonExistentQueue"), SqsError::NoQueue { .. }));
        assert!(matches!(of("QueueDoesNotExist"), SqsError::NoQueue { .. }));
        assert!(matches!(of("AccessDenied"), SqsError::Denied { .. }));
        assert!(matches!(of("RequestThrottled"), SqsError::Throttled { .. }));
        assert!(matches!(of("InternalFailure"), SqsError::Failed { .. }));
        assert!(of("RequestThrottled").is_retryable() && !of("QueueDoesNotExist").is_retryable());
    }

    #[test]
    fn a_receipt_whose_time_is_over_is_told_from_other_refusals() {
        assert!(is_over(Some("ReceiptHandleIsInvalid"), None));
        assert!(is_over(Some("AWS.SimpleQueueService.MessageNotInflight"), None));
        assert!(is_over(Some("InvalidParameterValue"), Some("The receipt handle has expired.")));
        assert!(!is_over(Some("InvalidParameterValue"), Some("Value for parameter")));
        assert!(!is_over(None, None));
    }

    #[test]
    fn the_region_is_that_of_the_address() {
        assert_eq!(
            region_of("https://sqs.eu-central-1.amazonaws.com/111122223333/t.fifo"),
            Some("eu-central-1")
        );
        assert_eq!(region_of("https://sqs.cn-north-1.amazonaws.com.cn/1/t"), Some("cn-north-1"));
        assert_eq!(region_of("http://127.0.0.1:4566/000000000000/t"), None);
    }

    #[test]
    fn a_redrive_policy_says_how_often_a_message_comes() {
        assert_eq!(max_receives(r#"{"deadLetterTargetArn":"arn:a","maxReceiveCount":10}"#), Some(10));
        assert_eq!(max_receives(r#"{"maxReceiveCount": "5", "deadLetterTargetArn": "arn:a"}"#), Some(5));
        assert_eq!(max_receives("{}"), None);
    }
}
