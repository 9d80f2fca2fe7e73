//! What an S3 store is told.

/// Which bucket, and how it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Config {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's region; none is that of the credentials' configuration.
    pub region: Option<String>,
    /// What all keys begin with, without slashes at its ends; empty for none.
    pub prefix: String,
    /// The KMS key that encrypts what is written: its id, ARN or alias. None leaves it to the bucket.
    pub kms_key: Option<String>,
    /// Another endpoint than Amazon's, as `http://127.0.0.1:4566`: buckets are named in its paths.
    pub endpoint: Option<String>,
}

impl S3Config {
    /// The bucket of this name, in the region of the credentials, without a prefix.
    #[must_use]
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), ..Self::default() }
    }
}
