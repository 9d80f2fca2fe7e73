//! AWS's client, its items and its errors; no type of theirs goes further, but for the configuration that callers
//! bring.

mod item;
mod schema;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, SharedCredentialsProvider, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, KeysAndAttributes},
};

use crate::{
    backoff::wait_after,
    config::DirectoryConfig,
    error::DynamoDbError,
    record::{ContactItem, StreamItem},
};

pub use aws_config::SdkConfig;
pub(crate) use schema::Shape;

use item::{KEY, number, text};

/// How long reaching the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the service may take for one answer; it usually takes milliseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the client tries a request that was throttled, failed or was lost, within the operation's time.
const MAX_TRIES: u32 = 4;
/// The longest wait before the second try.
const MAX_FIRST_BACKOFF: Duration = Duration::from_millis(250);
/// How often what a batch left out is asked for again.
const MAX_BATCH_TRIES: u32 = 8;
/// How many pages of the index are read for one question. Beyond it the answer is what was found so far: the oldest.
const MAX_PAGES: u32 = 20;
/// Pages are not made smaller than this, so that a few forgotten items do not use them up.
const MIN_PAGE: usize = 25;
/// The service's name for a condition that does not hold.
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

type Item = HashMap<String, AttributeValue>;
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It was written.
    Yes,
    /// Another writer was first.
    Lost,
}

/// One table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(crate) fn local(
        endpoint_url: &str,
        region: &str,
        access_key: &str,
        secret_key: &str,
        config: &DirectoryConfig,
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
        Self::from_aws_config(&sdk, config)
    }

    pub(crate) async fn from_environment(config: &DirectoryConfig) -> Self {
        Self::from_aws_config(&aws_config::load_defaults(BehaviorVersion::latest()).await, config)
    }

    pub(crate) fn from_aws_config(sdk: &SdkConfig, config: &DirectoryConfig) -> Self {
        // However short an operation is, a try that hangs leaves time for another.
        let time = config.operation_timeout;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT.min(time / 3))
            .operation_attempt_timeout(ANSWER_TIMEOUT.min(time / 2))
            .operation_timeout(time)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(MAX_TRIES);
        let client = aws_sdk_dynamodb::config::Builder::from(sdk)
            .timeout_config(timeouts)
            .retry_config(retries.with_initial_backoff(MAX_FIRST_BACKOFF.min(time / 16)))
            .build();
        Self { client: Client::from_conf(client), name: config.table.clone() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A contact's item as it is now.
    pub(crate) async fn contact(&self, key: &str) -> Result<Option<ContactItem>, DynamoDbError> {
        self.item(key).await?.map(|item| self.read(key, ContactItem::from_wire(&item))).transpose()
    }

    /// A stream's item as it is now.
    pub(crate) async fn stream(&self, key: &str) -> Result<Option<StreamItem>, DynamoDbError> {
        self.item(key).await?.map(|item| self.read(key, StreamItem::from_wire(&item))).transpose()
    }

    /// Removes an item, if there is one.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), DynamoDbError> {
        let delete = self.client.delete_item().table_name(&self.name).key(KEY, text(key));
        delete.send().await.map(drop).map_err(|error| self.failure(error))
    }

    /// Removes a stream's item, if it names this contact.
    pub(crate) async fn delete_stream(&self, key: &str, contact: &str) -> Result<(), DynamoDbError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key(KEY, text(key))
            .condition_expression("#contact = :contact")
            .expression_attribute_names("#contact", item::CONTACT)
            .expression_attribute_values(":contact", text(contact));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(()),
            Err(error) => Err(self.failure(error)),
        }
    }

    /// The items of up to 100 contacts as they are now, in any order.
    pub(crate) async fn contacts(&self, keys: &[String]) -> Result<Vec<ContactItem>, DynamoDbError> {
        let mut missing: Vec<Item> =
            keys.iter().map(|key| HashMap::from([(KEY.to_owned(), text(key))])).collect();
        let mut found = Vec::with_capacity(keys.len());
        for attempt in 0..MAX_BATCH_TRIES {
            if missing.is_empty() {
                return Ok(found);
            }
            if attempt > 0 {
                wait_after(attempt).await;
            }
            let (items, left) = self.batch(missing).await?;
            for item in &items {
                found.push(self.read("of a batch", ContactItem::from_wire(item))?);
            }
            missing = left;
        }
        let source = "parts of a batch were left out again and again".into();
        Err(DynamoDbError::Throttled { table: self.name.clone(), source })
    }

    /// The keys of contacts that wait for their stream, longest first; some may wait no more.
    pub(crate) async fn waiting(&self, limit: u32, now_seconds: i64) -> Result<Vec<String>, DynamoDbError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut keys: Vec<String> = Vec::new();
        let mut page = None;
        for _ in 0..MAX_PAGES {
            let left = limit.saturating_sub(keys.len());
            if left == 0 {
                break;
            }
            // The index is read past what was forgotten, which comes first and is removed only within days.
            let query = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(schema::INDEX)
                .key_condition_expression("#waiting = :yes")
                .filter_expression("#ttl > :now")
                .expression_attribute_names("#waiting", item::WAITING)
                .expression_attribute_names("#ttl", item::TTL)
                .expression_attribute_values(":yes", text(item::WAITS))
                .expression_attribute_values(":now", number(now_seconds))
                .limit(i32::try_from(left.max(MIN_PAGE)).unwrap_or(i32::MAX))
                .set_exclusive_start_key(page);
            let answer = query.send().await.map_err(|error| self.failure(error))?;
            keys.extend(answer.items().iter().filter_map(item::key_of));
            page = answer.last_evaluated_key;
            if page.is_none() {
                break;
            }
        }
        keys.truncate(limit);
        Ok(keys)
    }

    /// Writes a contact's item if the one before it is still there: the one of the version before, or none.
    pub(crate) async fn put_contact(&self, item: &ContactItem) -> Result<Written, DynamoDbError> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item.to_wire()));
        let before = item.version.saturating_sub(1);
        let put = if before == 0 {
            put.condition_expression("attribute_not_exists(#key)").expression_attribute_names("#key", KEY)
        } else {
            put.condition_expression("#version = :before")
                .expression_attribute_names("#version", item::VERSION)
                .expression_attribute_values(":before", number(before))
        };
        self.written(put.send().await)
    }

    /// Writes a stream's item unless a contact is known whose streaming began later.
    pub(crate) async fn put_stream(&self, item: &StreamItem) -> Result<Written, DynamoDbError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.to_wire()))
            .condition_expression("attribute_not_exists(#key) OR #start < :start")
            .expression_attribute_names("#key", KEY)
            .expression_attribute_names("#start", item::STARTED_AT)
            .expression_attribute_values(":start", number(item.started_at));
        self.written(put.send().await)
    }

    async fn item(&self, key: &str) -> Result<Option<Item>, DynamoDbError> {
        let get = self.client.get_item().table_name(&self.name).key(KEY, text(key)).consistent_read(true);
        let answer = get.send().await.map_err(|error| self.failure(error))?;
        Ok(answer.item)
    }

    /// One request for several items; gives those that came, and the keys that were left out for now.
    async fn batch(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), DynamoDbError> {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let keys = keys.map_err(|error| self.failed(Box::new(error)))?;
        let answer = self.client.batch_get_item().request_items(&self.name, keys).send().await;
        let answer = answer.map_err(|error| self.failure(error))?;
        // The service may name the table by its ARN; there is only one.
        let items = answer.responses.into_iter().flat_map(HashMap::into_values).flatten().collect();
        let left = answer.unprocessed_keys.into_iter().flat_map(HashMap::into_values);
        Ok((items, left.flat_map(|keys| keys.keys).collect()))
    }

    fn written<T, E, R>(&self, answer: Result<T, SdkError<E, R>>) -> Result<Written, DynamoDbError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match answer {
            Ok(_) => Ok(Written::Yes),
            Err(SdkError::ServiceError(service)) if service.err().code() == Some(CONDITION_FAILED) => {
                Ok(Written::Lost)
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    fn read<T>(&self, key: &str, item: Option<T>) -> Result<T, DynamoDbError> {
        item.ok_or_else(|| DynamoDbError::Item { table: self.name.clone(), key: key.to_owned() })
    }

    fn failed(&self, source: Cause) -> DynamoDbError {
        DynamoDbError::Failed { table: self.name.clone(), source }
    }

    fn failure<E, R>(&self, error: SdkError<E, R>) -> DynamoDbError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let table = self.name.clone();
        // All other errors mean that no answer came, or one that cannot be read.
        let code = if let SdkError::ServiceError(service) = &error {
            Some(service.err().code().unwrap_or_default().to_owned())
        } else {
            matches!(error, SdkError::ConstructionFailure(_)).then(String::new)
        };
        let source: Cause = Box::new(error);
        match code.as_deref() {
            None => DynamoDbError::Unreachable { table, source },
            Some(code) => meaning(code)(table, source),
        }
    }
}

/// What the service's error names mean for a directory.
fn meaning(code: &str) -> fn(String, Cause) -> DynamoDbError {
    match code {
        "ResourceNotFoundException" => |table, source| DynamoDbError::NoTable { table, source },
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "KMSAccessDeniedException"
        | "NotAuthorizedException" => |table, source| DynamoDbError::Denied { table, source },
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "TransactionConflictException" => |table, source| DynamoDbError::Throttled { table, source },
        _ => |table, source| DynamoDbError::Failed { table, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_service_has_its_meaning() {
        let of = |code| meaning(code)("calls".to_owned(), "why".into());
        assert!(matches!(of("ResourceNotFoundException"), DynamoDbError::NoTable { .. }));
        assert!(matches!(of("AccessDeniedException"), DynamoDbError::Denied { .. }));
        assert!(matches!(of("ExpiredTokenException"), DynamoDbError::Denied { .. }));
        assert!(matches!(of("ThrottlingException"), DynamoDbError::Throttled { .. }));
        assert!(matches!(of("InternalServerError"), DynamoDbError::Failed { .. }));
        assert!(of("ThrottlingException").is_retryable() && !of("ResourceNotFoundException").is_retryable());
    }
}
