//! The control plane: streams, their retention and tags, and where their media is.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Response;
use model::{StreamName, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    error::{ApiError, Exception},
    faults::Operation,
    http_body::{Body, json},
    registry::StorageError,
    request::{StreamRef, parse},
    router::{App, refuse},
    stream::{Meta, Stream},
    validate,
};

type Answer = Result<Response<Body>, ApiError>;

/// The most streams that one `ListStreams` gives.
const MAX_LIST_STREAMS: i64 = 10_000;
const API_NAMES: [&str; 8] = [
    "PUT_MEDIA",
    "GET_MEDIA",
    "LIST_FRAGMENTS",
    "GET_MEDIA_FOR_FRAGMENT_LIST",
    "GET_HLS_STREAMING_SESSION_URL",
    "GET_DASH_STREAMING_SESSION_URL",
    "GET_CLIP",
    "GET_IMAGES",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateStream {
    stream_name: Option<String>,
    device_name: Option<String>,
    media_type: Option<String>,
    kms_key_id: Option<String>,
    data_retention_in_hours: Option<i64>,
    tags: Option<BTreeMap<String, String>>,
}

pub(crate) fn create_stream(app: &App, body: &[u8]) -> Answer {
    let input: CreateStream = parse(body)?;
    let name = validate::name("streamName", input.stream_name.as_deref().unwrap_or_default(), 256)?;
    let name = StreamName::new(name).map_err(|error| ApiError::invalid(error.to_string()))?;
    let tags = input.tags.unwrap_or_default();
    if !tags.is_empty() {
        validate::stream_tags(&tags)?;
    }
    if let Some(device) = &input.device_name {
        validate::name("deviceName", device, 128)?;
    }
    if let Some(media_type) = &input.media_type {
        validate::media_type(media_type)?;
    }
    let default_retention = i64::from(app.config.default_retention_hours);
    let retention_hours = validate::retention(input.data_retention_in_hours.unwrap_or(default_retention))?;
    if app.registry.len() >= app.config.limits.streams {
        let message = "The number of streams created for the account is too high.";
        return Err(ApiError::new(Exception::AccountStreamLimitExceeded, message));
    }
    let (region, account, created) = (&app.config.region, &app.config.account, app.registry.now());
    let kms_key_id =
        input.kms_key_id.unwrap_or_else(|| format!("arn:aws:kms:{region}:{account}:alias/aws/kinesisvideo"));
    if !(1..=2048).contains(&kms_key_id.len()) {
        return Err(validate::constraint("kmsKeyId", &kms_key_id, "1 to 2048 characters"));
    }
    let meta = Meta {
        arn: format!("arn:aws:kinesisvideo:{region}:{account}:stream/{name}/{}", created.as_millis()),
        name,
        created,
        changes: 0,
        retention_hours,
        device_name: input.device_name,
        media_type: input.media_type,
        kms_key_id,
        tags,
    };
    let stream = app.registry.create(meta).map_err(storage)?.ok_or_else(|| {
        ApiError::new(
            Exception::ResourceInUse,
            "The stream is currently not available for this operation: it exists.",
        )
    })?;
    json(&json!({ "StreamARN": stream.arn }))
}

pub(crate) fn describe_stream(app: &App, body: &[u8]) -> Answer {
    let stream = parse::<StreamRef>(body)?.resolve(&app.registry)?;
    json(&json!({ "StreamInfo": StreamInfo::of(&stream) }))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_name: Option<String>,
    stream_name: StreamName,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    kms_key_id: String,
    version: String,
    status: &'static str,
    creation_time: f64,
    data_retention_in_hours: u32,
}

impl StreamInfo {
    fn of(stream: &Stream) -> Self {
        let meta = stream.meta();
        Self {
            device_name: meta.device_name.clone(),
            stream_name: meta.name.clone(),
            stream_arn: meta.arn.clone(),
            media_type: meta.media_type.clone(),
            kms_key_id: meta.kms_key_id.clone(),
            version: version(&meta),
            status: "ACTIVE",
            creation_time: epoch_seconds(meta.created),
            data_retention_in_hours: meta.retention_hours,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListStreams {
    max_results: Option<i64>,
    next_token: Option<String>,
    stream_name_condition: Option<StreamNameCondition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamNameCondition {
    comparison_operator: Option<String>,
    comparison_value: Option<String>,
}

pub(crate) fn list_streams(app: &App, body: &[u8]) -> Answer {
    let input: ListStreams = parse(body)?;
    let max = validate::range("maxResults", input.max_results.unwrap_or(MAX_LIST_STREAMS), MAX_LIST_STREAMS)?;
    let prefix = match input.stream_name_condition {
        None => String::new(),
        Some(condition) => {
            let operator = condition.comparison_operator.as_deref().unwrap_or("BEGINS_WITH");
            if operator != "BEGINS_WITH" {
                return Err(validate::constraint("comparisonOperator", operator, "BEGINS_WITH"));
            }
            let value = condition.comparison_value.unwrap_or_default();
            if !value.is_empty() {
                validate::name("comparisonValue", &value, 256)?;
            }
            value
        }
    };
    let after = input
        .next_token
        .filter(|token| !token.is_empty())
        .map(|token| read_name_token(&token))
        .transpose()?;
    let mut streams = app.registry.list(after.as_ref(), |stream| stream.name.as_str().starts_with(&prefix));
    let more = streams.len() > max;
    streams.truncate(max);
    let token = streams.last().filter(|_| more).map(|last| STANDARD.encode(last.name.as_str()));
    let infos: Vec<_> = streams.iter().map(|stream| StreamInfo::of(stream)).collect();
    json(&match token {
        Some(token) => json!({ "StreamInfoList": infos, "NextToken": token }),
        None => json!({ "StreamInfoList": infos }),
    })
}

fn read_name_token(token: &str) -> Result<StreamName, ApiError> {
    let bad = || ApiError::invalid("The NextToken is not one of this server's.");
    let bytes = STANDARD.decode(token).map_err(|_| bad())?;
    StreamName::new(String::from_utf8(bytes).map_err(|_| bad())?).map_err(|_| bad())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WithVersion {
    #[serde(flatten)]
    stream: StreamRef,
    current_version: Option<String>,
    operation: Option<String>,
    data_retention_change_in_hours: Option<i64>,
}

pub(crate) async fn delete_stream(app: &Arc<App>, body: &[u8]) -> Answer {
    let input: WithVersion = parse(body)?;
    if input.stream.stream_arn.is_none() {
        return Err(ApiError::invalid("StreamARN must be given."));
    }
    let stream = input.stream.resolve(&app.registry)?;
    if let Some(current) = &input.current_version {
        check_version(&stream, current)?;
    }
    let app = Arc::clone(app);
    let deleted = tokio::task::spawn_blocking(move || app.registry.delete(&stream)).await;
    deleted
        .map_err(|error| ApiError::new(Exception::InternalFailure, error.to_string()))?
        .map_err(storage)?;
    json(&json!({}))
}

pub(crate) fn update_data_retention(app: &App, body: &[u8]) -> Answer {
    let input: WithVersion = parse(body)?;
    let stream = input.stream.resolve(&app.registry)?;
    let change = input.data_retention_change_in_hours.unwrap_or(0);
    if change < 1 {
        return Err(validate::constraint("dataRetentionChangeInHours", &change.to_string(), "at least 1"));
    }
    let change = match input.operation.as_deref() {
        Some("INCREASE_DATA_RETENTION") => change,
        Some("DECREASE_DATA_RETENTION") => -change,
        other => {
            let allowed = "[INCREASE_DATA_RETENTION, DECREASE_DATA_RETENTION]";
            return Err(validate::constraint("operation", other.unwrap_or_default(), allowed));
        }
    };
    let Some(current) = &input.current_version else {
        return Err(ApiError::invalid("CurrentVersion must be given."));
    };
    check_version(&stream, current)?;
    let hours = validate::retention(i64::from(stream.meta().retention_hours).saturating_add(change))?;
    app.registry.change(&stream, |meta| meta.retention_hours = hours).map_err(storage)?;
    let limits = &app.config.limits;
    stream.trim(app.registry.now(), limits, &app.registry.counters);
    json(&json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tagging {
    #[serde(flatten)]
    stream: StreamRef,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    tag_key_list: Vec<String>,
}

pub(crate) fn tag_stream(app: &App, body: &[u8]) -> Answer {
    let input: Tagging = parse(body)?;
    validate::stream_tags(&input.tags)?;
    let stream = input.stream.resolve(&app.registry)?;
    let mut tags = stream.meta().tags.clone();
    tags.extend(input.tags);
    if tags.len() > validate::MAX_STREAM_TAGS {
        let message = "You have exceeded the limit of tags that you can associate with the resource: 50.";
        return Err(ApiError::new(Exception::TagsPerResourceExceededLimit, message));
    }
    app.registry.change(&stream, |meta| meta.tags = tags).map_err(storage)?;
    json(&json!({}))
}

pub(crate) fn untag_stream(app: &App, body: &[u8]) -> Answer {
    let input: Tagging = parse(body)?;
    if input.tag_key_list.is_empty() {
        return Err(ApiError::invalid("TagKeyList must not be empty."));
    }
    let stream = input.stream.resolve(&app.registry)?;
    app.registry
        .change(&stream, |meta| meta.tags.retain(|key, _| !input.tag_key_list.contains(key)))
        .map_err(storage)?;
    json(&json!({}))
}

pub(crate) fn list_tags_for_stream(app: &App, body: &[u8]) -> Answer {
    let stream = parse::<StreamRef>(body)?.resolve(&app.registry)?;
    let tags = stream.meta().tags.clone();
    json(&json!({ "Tags": tags }))
}

#[derive(Deserialize)]
struct GetDataEndpoint {
    #[serde(flatten)]
    stream: StreamRef,
    #[serde(rename = "APIName")]
    api_name: Option<String>,
}

pub(crate) fn data_endpoint(app: &App, body: &[u8], host: Option<&str>) -> Answer {
    let input: GetDataEndpoint = parse(body)?;
    let api = input.api_name.as_deref().unwrap_or_default();
    if !API_NAMES.contains(&api) {
        return Err(validate::constraint("aPIName", api, &format!("one of {API_NAMES:?}")));
    }
    let stream = input.stream.resolve(&app.registry)?;
    refuse(&app.faults.take(Operation::GetDataEndpoint, &stream.name))?;
    json(&json!({ "DataEndpoint": app.data_endpoint(host) }))
}

fn check_version(stream: &Stream, current: &str) -> Result<(), ApiError> {
    let actual = version(&stream.meta());
    if actual == current {
        return Ok(());
    }
    let message = format!("The stream version that you specified ({current}) is not the latest version.");
    Err(ApiError::new(Exception::VersionMismatch, message))
}

/// A version as the service makes them look: twenty letters and digits, other ones after each change.
fn version(meta: &Meta) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(format!("{}#{}", meta.arn, meta.changes));
    digest.iter().take(20).map(|&byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// A time as the service's JSON has it.
pub(crate) fn epoch_seconds(at: Timestamp) -> f64 {
    // Milliseconds since the epoch are exact in an f64 for 285,000 years.
    let ms = at.as_millis() as f64;
    ms / 1_000.0
}

fn storage(error: StorageError) -> ApiError {
    let error: Box<dyn std::error::Error> = Box::new(error);
    let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    tracing::error!(%error, cause, "a stream's description cannot be stored");
    ApiError::new(Exception::InternalFailure, "The stream's description cannot be stored.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_changes_with_each_change() {
        let mut meta = Meta {
            name: StreamName::new("a").unwrap(),
            arn: "arn".to_owned(),
            created: Timestamp::from_millis(0),
            changes: 0,
            retention_hours: 0,
            device_name: None,
            media_type: None,
            kms_key_id: String::new(),
            tags: BTreeMap::new(),
        };
        let first = version(&meta);
        meta.changes += 1;
        assert_ne!(version(&meta), first);
        assert!(first.len() == 20 && first.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}
