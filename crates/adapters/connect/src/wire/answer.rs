//! What Connect answers.

use serde::Deserialize;

use crate::{ConnectError, MediaStorage};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    #[serde(default)]
    storage_configs: Vec<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    kinesis_video_stream_config: Option<VideoConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VideoConfig {
    prefix: String,
    #[serde(default)]
    retention_period_hours: u32,
    encryption_config: Option<Encryption>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encryption {
    key_id: Option<String>,
}

/// How the instance stores live media, by the answer.
pub(super) fn media_storage(status: u16, body: &[u8]) -> Result<MediaStorage, ConnectError> {
    match status {
        200 => {
            let listing: Listing =
                serde_json::from_slice(body).map_err(|error| ConnectError::Garbled(error.into()))?;
            let config = listing.storage_configs.into_iter().find_map(|one| one.kinesis_video_stream_config);
            Ok(config.map_or_else(MediaStorage::default, |config| MediaStorage {
                prefix: Some(config.prefix),
                retention_hours: config.retention_period_hours,
                key: config.encryption_config.and_then(|encryption| encryption.key_id),
            }))
        }
        401 | 403 => Err(ConnectError::Denied("connect:ListInstanceStorageConfigs")),
        404 => Err(ConnectError::NoInstance),
        status => Err(ConnectError::Refused(format!("status {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_found_among_others() {
        let body = br#"{"StorageConfigs":[{"AssociationId":"a","StorageType":"S3"},{"AssociationId":"b",
            "StorageType":"KINESIS_VIDEO_STREAM","KinesisVideoStreamConfig":{"Prefix":"acme-connect-x","RetentionPeriodHours":24,
            "EncryptionConfig":{"EncryptionType":"KMS","KeyId":"arn:aws:kms:k"}}}]}"#;
        let storage = media_storage(200, body).unwrap();
        assert_eq!((storage.prefix.as_deref(), storage.retention_hours), (Some("acme-connect-x"), 24));
        assert_eq!(storage.key.as_deref(), Some("arn:aws:kms:k"));
    }

    #[test]
    fn an_instance_without_one_streams_nothing() {
        assert_eq!(media_storage(200, br#"{"StorageConfigs":[]}"#).unwrap(), MediaStorage::default());
        assert_eq!(media_storage(200, b"{}").unwrap(), MediaStorage::default());
    }

    #[test]
    fn refusals_are_told_apart() {
        assert!(matches!(media_storage(403, b""), Err(ConnectError::Denied(_))));
        assert!(matches!(media_storage(404, b""), Err(ConnectError::NoInstance)));
        assert!(matches!(media_storage(500, b""), Err(ConnectError::Refused(_))));
        assert!(matches!(media_storage(200, b"<html>"), Err(ConnectError::Garbled(_))));
    }
}
