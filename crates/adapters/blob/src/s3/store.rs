//! The port's implementation.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::Bytes;
use ports::{BlobError, BlobStore, BlobWriter, ByteRange, check_blob_prefix};

use super::{bucket::Bucket, config::S3Config, error::S3Error, writer::S3Writer};

/// Blobs in a bucket of S3, or of what speaks its protocol. Needs a tokio runtime.
#[derive(Clone, Debug)]
pub struct S3BlobStore {
    bucket: Arc<Bucket>,
}

impl S3BlobStore {
    /// Uses a stand-in at `endpoint_url` with a fixed key pair.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn local(
        endpoint_url: &str,
        region: &str,
        access_key: &str,
        secret_key: &str,
        config: S3Config,
    ) -> Result<Self, S3Error> {
        let credentials = Credentials::new(access_key, secret_key, None, None, "configuration");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self::from_aws_config(&sdk, S3Config { endpoint: Some(endpoint_url.to_owned()), ..config })
    }

    /// Uses the real service, or the configured endpoint, with the region and credentials (of an assumed role, say) of
    /// `sdk`.
    ///
    /// # Errors
    /// When the configuration cannot be used: no region, no credentials, or a prefix that no key can have.
    pub fn from_aws_config(sdk: &SdkConfig, config: S3Config) -> Result<Self, S3Error> {
        Ok(Self { bucket: Arc::new(Bucket::open(sdk, config)?) })
    }

    /// Uses the real service, or the configured endpoint, as the environment says: the AWS variables, profiles and
    /// instance roles.
    ///
    /// # Errors
    /// As [`S3BlobStore::from_aws_config`].
    pub async fn from_environment(config: S3Config) -> Result<Self, S3Error> {
        Self::from_aws_config(&aws_config::load_defaults(BehaviorVersion::latest()).await, config)
    }

    /// Whether the bucket is there and its objects can be listed, for the checks of a deployment.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub async fn check(&self) -> Result<(), S3Error> {
        self.bucket.check().await
    }
}

#[async_trait]
impl BlobStore for S3BlobStore {
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        let path = self.bucket.path(key)?;
        // Says early what the commit would say late; only the commit decides.
        if self.bucket.size(&path).await?.is_some() {
            return Err(BlobError::Exists(key.to_owned()));
        }
        Ok(Box::new(S3Writer::new(self.bucket.clone(), key, path)))
    }

    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        let path = self.bucket.path(key)?;
        self.bucket.size(&path).await?.ok_or_else(|| BlobError::NotFound(key.to_owned()))
    }

    async fn read(&self, key: &str, range: ByteRange) -> Result<Bytes, BlobError> {
        let path = self.bucket.path(key)?;
        self.bucket.read(&path, range).await?.ok_or_else(|| BlobError::NotFound(key.to_owned()))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, BlobError> {
        check_blob_prefix(prefix)?;
        Ok(self.bucket.list(prefix, after, limit).await?)
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let path = self.bucket.path(key)?;
        Ok(self.bucket.delete(&path).await?)
    }
}
