//! What requests have in common.

use std::sync::Arc;

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    error::{ApiError, Exception},
    registry::Registry,
    stream::Stream,
    validate,
};

/// Reads a JSON request body.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::new(Exception::Serialization, error.to_string()))
}

/// The stream that a request names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StreamRef {
    pub(crate) stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    pub(crate) stream_arn: Option<String>,
}

impl StreamRef {
    /// Finds the stream by name or ARN; both must fit when both are given.
    pub(crate) fn resolve(&self, registry: &Registry) -> Result<Arc<Stream>, ApiError> {
        let by_arn = self.stream_arn.as_deref().map(name_in_arn).transpose()?;
        let name = match (self.stream_name.as_deref(), by_arn) {
            (None, None) => return Err(ApiError::invalid("StreamName or StreamARN must be given.")),
            (Some(name), None) => validate::name("streamName", name, 256)?,
            (None, Some(name)) => name,
            (Some(name), Some(by_arn)) if name == by_arn => name,
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid("StreamName and StreamARN are of different streams."));
            }
        };
        let fits = |stream: &Arc<Stream>| self.stream_arn.as_ref().is_none_or(|arn| *arn == stream.arn);
        registry.by_name(name).filter(fits).ok_or_else(|| {
            let what = self.stream_arn.as_deref().unwrap_or(name);
            ApiError::new(
                Exception::ResourceNotFound,
                format!("The requested stream {what} is not found or not active."),
            )
        })
    }
}

/// The name in `arn:<partition>:kinesisvideo:<region>:<account>:stream/<name>/<creation time>`.
fn name_in_arn(arn: &str) -> Result<&str, ApiError> {
    let bad = || {
        validate::constraint("streamARN", arn, "arn:aws:kinesisvideo:<region>:<account>:stream/<name>/<time>")
    };
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let [head, _partition, "kinesisvideo", _region, _account, resource] = parts[..] else {
        return Err(bad());
    };
    let parts: Vec<_> = resource.split('/').collect();
    let ["stream", name, created] = parts[..] else { return Err(bad()) };
    if head != "arn" || created.is_empty() || !created.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    validate::name("streamARN", name, 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_arns_of_every_partition_and_other_texts_are_refused() {
        for partition in ["aws", "aws-us-gov", "aws-cn"] {
            let arn =
                format!("arn:{partition}:kinesisvideo:us-east-1:123456789012:stream/a-b_c.d/1565272947806");
            assert_eq!(name_in_arn(&arn).unwrap(), "a-b_c.d");
        }
        for bad in [
            "",
            "arn",
            "arn:aws:kinesis:us-east-1:1:stream/a/1",
            "arn:aws:kinesisvideo:us-east-1:1:stream/a",
            "arn:aws:kinesisvideo:us-east-1:1:channel/a/1",
            "arn:aws:kinesisvideo:us-east-1:1:stream/a/x",
            "arn:aws:kinesisvideo:us-east-1:1:stream//1",
        ] {
            assert!(name_in_arn(bad).is_err(), "{bad}");
        }
    }
}
