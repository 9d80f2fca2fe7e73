//! One bucket, in the words of the port.

use std::{future::Future, time::Duration};

use aws_config::SdkConfig;
use bytes::Bytes;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, Error, GetOptions, GetRange, MultipartUpload,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut},
    list::{PaginatedListOptions, PaginatedListStore},
    path::Path,
};
use ports::{BlobError, ByteRange, check_blob_key};

use super::{
    conditional::WriteOnce,
    config::S3Config,
    credentials::SdkCredentials,
    error::{S3Error, failure, is_beyond_end},
};

/// How long reaching the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one request may take, a whole part of an upload for example.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the client tries what is not answered or fails, so that a minute's outage passes unseen by who writes.
const RETRY_FOR: Duration = Duration::from_secs(150);
/// How often at most: the time is meant to end first.
const MAX_RETRIES: usize = 1_000;
/// The longest pause between two tries; the first is a tenth of a second at most.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// How long somebody who reads is kept waiting, retries included.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a blob is put where the service says that another request is under way, which then leaves nothing.
const MAX_PUTS: u32 = 3;
/// How many keys one request asks for; the service gives no more.
const MAX_LISTED: usize = 1_000;
/// The metadata that names an object's writer.
const WRITER: &str = "trunkline-writer";

/// A bucket and what it is used with.
#[derive(Debug)]
pub(super) struct Bucket {
    s3: AmazonS3,
    name: String,
    prefix: String,
}

/// What is known of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    size: u64,
    writer: Option<String>,
}

impl Bucket {
    pub(super) fn open(sdk: &SdkConfig, config: S3Config) -> Result<Self, S3Error> {
        let problem = |problem: &str| S3Error::Configuration {
            bucket: config.bucket.clone(),
            problem: problem.to_owned(),
        };
        if !config.prefix.is_empty() && check_blob_key(&config.prefix).is_err() {
            return Err(problem("the prefix may hold only letters, digits and . _ - in parts joined by /"));
        }
        let region = config.region.clone().or_else(|| sdk.region().map(ToString::to_string));
        let region = region.ok_or_else(|| problem("no region is set"))?;
        let provider = sdk.credentials_provider().ok_or_else(|| problem("no credentials are set"))?;
        let backoff = BackoffConfig { max_backoff: MAX_BACKOFF, ..BackoffConfig::default() };
        let retries = RetryConfig { backoff, max_retries: MAX_RETRIES, retry_timeout: RETRY_FOR };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&config.bucket)
            .with_region(region)
            .with_credentials(std::sync::Arc::new(SdkCredentials::new(provider)))
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            // One request to delete one object, with the permission that names it.
            .with_disable_bulk_delete(true)
            .with_http_connector(WriteOnce)
            .with_retry(retries);
        let mut options =
            ClientOptions::new().with_connect_timeout(CONNECT_TIMEOUT).with_timeout(REQUEST_TIMEOUT);
        if let Some(endpoint) = &config.endpoint {
            options = options.with_allow_http(endpoint.starts_with("http://"));
            builder = builder.with_endpoint(endpoint);
        } else {
            // A dot in a bucket's name fits no certificate.
            builder = builder.with_virtual_hosted_style_request(!config.bucket.contains('.'));
        }
        if let Some(key) = &config.kms_key {
            builder = builder.with_sse_kms_encryption(key).with_bucket_key(true);
        }
        let built = builder.with_client_options(options).build();
        let s3 = built.map_err(|error| problem(&error.to_string()))?;
        Ok(Self { s3, name: config.bucket, prefix: config.prefix })
    }

    /// Where the object of a key is.
    pub(super) fn path(&self, key: &str) -> Result<Path, BlobError> {
        check_blob_key(key)?;
        let path = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        Path::parse(path).map_err(|_| BlobError::InvalidKey)
    }

    /// Whether the bucket can be reached and listed.
    pub(super) async fn check(&self) -> Result<(), S3Error> {
        let prefix = (!self.prefix.is_empty()).then(|| format!("{}/", self.prefix));
        let options = PaginatedListOptions { max_keys: Some(1), ..PaginatedListOptions::default() };
        let listed = self.within(self.s3.list_paginated(prefix.as_deref(), options)).await?;
        listed.map(|_| ()).map_err(|error| self.failure(error))
    }

    /// The size of an object; none where there is none.
    pub(super) async fn size(&self, path: &Path) -> Result<Option<u64>, S3Error> {
        Ok(self.head(path).await?.map(|head| head.size))
    }

    /// Bytes of an object, as far as it has them; none where there is no object.
    pub(super) async fn read(&self, path: &Path, range: ByteRange) -> Result<Option<Bytes>, S3Error> {
        if range.start >= range.end {
            return Ok(self.size(path).await?.map(|_| Bytes::new()));
        }
        // Larger numbers than any object's size do not fit the service's.
        let end = range.end.min(u64::from(u32::MAX) << 16);
        if range.start >= end {
            return Ok(self.size(path).await?.map(|_| Bytes::new()));
        }
        let options =
            GetOptions { range: Some(GetRange::Bounded(range.start..end)), ..GetOptions::default() };
        let read = async {
            let answer = self.s3.get_opts(path, options).await?;
            answer.bytes().await
        };
        match self.within(read).await? {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if is_beyond_end(&error) => Ok(self.size(path).await?.map(|_| Bytes::new())),
            Err(error) => self.unless_absent(error),
        }
    }

    /// Removes an object, if there is one.
    pub(super) async fn delete(&self, path: &Path) -> Result<(), S3Error> {
        match self.within(self.s3.delete(path)).await? {
            Ok(()) => Ok(()),
            Err(error) => self.unless_absent(error).map(|_: Option<()>| ()),
        }
    }

    /// The keys that begin with a prefix and come after one, in the service's order, which is that of their bytes.
    pub(super) async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, S3Error> {
        let root = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let from = format!("{root}{prefix}");
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut keys, mut token) = (Vec::new(), None);
        while keys.len() < limit {
            let options = PaginatedListOptions {
                // A later page goes on by its token alone.
                offset: if token.is_none() { after.map(|after| format!("{root}{after}")) } else { None },
                max_keys: Some((limit - keys.len()).min(MAX_LISTED)),
                page_token: token.take(),
                ..PaginatedListOptions::default()
            };
            let listed = self.within(self.s3.list_paginated(Some(&from), options)).await?;
            let page = listed.map_err(|error| self.failure(error))?;
            let found = page.result.objects.iter().map(|object| object.location.as_ref());
            keys.extend(found.filter_map(|path| path.strip_prefix(&root)).map(str::to_owned));
            token = page.page_token;
            if token.is_none() {
                break;
            }
        }
        keys.truncate(limit);
        Ok(keys)
    }

    /// Writes a whole object where there is none.
    pub(super) async fn put(
        &self,
        key: &str,
        path: &Path,
        writer: &str,
        bytes: Bytes,
    ) -> Result<(), BlobError> {
        let mut tries = 1;
        loop {
            let options =
                PutOptions { mode: PutMode::Create, attributes: written_by(writer), ..PutOptions::default() };
            let Err(error) = self.s3.put_opts(path, PutPayload::from_bytes(bytes.clone()), options).await
            else {
                return Ok(());
            };
            let conflicts = matches!(error, Error::AlreadyExists { .. } | Error::Precondition { .. });
            match self.settle(key, path, writer, error).await {
                Err(BlobError::Store(_)) if conflicts && tries < MAX_PUTS => tries += 1,
                settled => return settled,
            }
        }
    }

    /// Begins an object in parts.
    pub(super) async fn begin(&self, path: &Path, writer: &str) -> Result<Box<dyn MultipartUpload>, S3Error> {
        let options =
            PutMultipartOptions { attributes: written_by(writer), ..PutMultipartOptions::default() };
        self.s3.put_multipart_opts(path, options).await.map_err(|error| self.failure(error))
    }

    /// What became of a commit whose request failed: an answer that was lost on its way, and tried again, looks like
    /// another writer's success.
    pub(super) async fn settle(
        &self,
        key: &str,
        path: &Path,
        writer: &str,
        error: Error,
    ) -> Result<(), BlobError> {
        match self.head(path).await {
            Ok(Some(head)) if head.writer.as_deref() == Some(writer) => Ok(()),
            Ok(Some(_)) => Err(BlobError::Exists(key.to_owned())),
            Ok(None) | Err(_) => Err(self.failure(error).into()),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn failure(&self, error: Error) -> S3Error {
        failure(&self.name, error)
    }

    async fn head(&self, path: &Path) -> Result<Option<Head>, S3Error> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        match self.within(self.s3.get_opts(path, options)).await? {
            Ok(answer) => {
                let writer = answer.attributes.get(&Attribute::Metadata(WRITER.into()));
                Ok(Some(Head {
                    size: answer.meta.size,
                    writer: writer.map(|writer| writer.as_ref().to_owned()),
                }))
            }
            Err(error) => self.unless_absent(error),
        }
    }

    /// None where the service says that there is no object; a missing bucket is another thing, where it says so.
    fn unless_absent<T>(&self, error: Error) -> Result<Option<T>, S3Error> {
        let is_absent = matches!(error, Error::NotFound { .. });
        let error = self.failure(error);
        if is_absent && !matches!(error, S3Error::NoBucket { .. }) { Ok(None) } else { Err(error) }
    }

    async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, S3Error> {
        let late = |_| S3Error::Failed {
            bucket: self.name.clone(),
            source: format!("there was no answer within {} s", READ_TIMEOUT.as_secs()).into(),
        };
        tokio::time::timeout(READ_TIMEOUT, work).await.map_err(late)
    }
}

fn written_by(writer: &str) -> Attributes {
    Attributes::from_iter([(Attribute::Metadata(WRITER.into()), writer.to_owned())])
}
