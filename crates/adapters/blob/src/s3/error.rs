//! What S3 says, in words that tell what to do.

use ports::BlobError;
use thiserror::Error;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a bucket cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum S3Error {
    /// The configuration cannot be used.
    #[error("the S3 bucket {bucket} cannot be used as configured: {problem}")]
    Configuration {
        /// The bucket.
        bucket: String,
        /// What is wrong.
        problem: String,
    },
    /// The bucket is not there.
    #[error("there is no S3 bucket {bucket}: create it, or correct its name")]
    NoBucket {
        /// The bucket.
        bucket: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The bucket is in another region.
    #[error("the S3 bucket {bucket} is in another region: name its region in the configuration")]
    OtherRegion {
        /// The bucket.
        bucket: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The credentials are wrong, or have expired.
    #[error("the credentials for the S3 bucket {bucket} are not valid: check the access key or role")]
    Credentials {
        /// The bucket.
        bucket: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The credentials do not permit it.
    #[error(
        "access to the S3 bucket {bucket} is denied: allow s3:ListBucket on the bucket, s3:PutObject, s3:GetObject, \
         s3:DeleteObject and s3:AbortMultipartUpload on its objects, and kms:GenerateDataKey and kms:Decrypt on its key"
    )]
    Denied {
        /// The bucket.
        bucket: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The key that encrypts the bucket cannot be used.
    #[error(
        "the KMS key of the S3 bucket {bucket} cannot be used: check that it exists in its region and is enabled"
    )]
    Key {
        /// The bucket.
        bucket: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The service failed, or was not reached.
    #[error("the S3 bucket {bucket} failed, or was not reached")]
    Failed {
        /// The bucket.
        bucket: String,
        /// What went wrong.
        #[source]
        source: Cause,
    },
    /// A blob has more bytes than S3 takes in the parts of this store.
    #[error("a blob for the S3 bucket {bucket} is larger than {max_bytes} bytes")]
    TooLarge {
        /// The bucket.
        bucket: String,
        /// The most that a blob may have.
        max_bytes: u64,
    },
    /// An earlier write failed or was given up in the middle.
    #[error("an earlier write of this blob failed or was given up")]
    GivenUp,
}

impl From<S3Error> for BlobError {
    fn from(error: S3Error) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Sorts a failure by what the service said.
pub(super) fn failure(bucket: &str, error: object_store::Error) -> S3Error {
    let bucket = bucket.to_owned();
    let text = chain(&error);
    let code = between(&text, "<Code>", "</Code>").unwrap_or_default();
    let source: Cause = if code.is_empty() {
        Box::new(error)
    } else {
        // The rest of such an answer may repeat the request with its session token.
        format!("{code}: {}", between(&text, "<Message>", "</Message>").unwrap_or("no message")).into()
    };
    match code {
        "NoSuchBucket" => S3Error::NoBucket { bucket, source },
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            S3Error::OtherRegion { bucket, source }
        }
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "InvalidToken"
        | "TokenRefreshRequired" => S3Error::Credentials { bucket, source },
        code if code.starts_with("KMS.") => S3Error::Key { bucket, source },
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => S3Error::Denied { bucket, source },
        // Answers to HEAD have no body.
        _ if text.contains("redirect without LOCATION") => S3Error::OtherRegion { bucket, source },
        "" if text.contains("403 Forbidden") => S3Error::Denied { bucket, source },
        _ => S3Error::Failed { bucket, source },
    }
}

/// Whether the service said that the range begins after the object's end.
pub(super) fn is_beyond_end(error: &object_store::Error) -> bool {
    let text = chain(error);
    text.contains("416 Range Not Satisfiable") || text.contains("<Code>InvalidRange</Code>")
}

/// An error with all its causes.
fn chain(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(open)?;
    let (inner, _) = after.split_once(close)?;
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answer: &str) -> S3Error {
        failure("calls", object_store::Error::Generic { store: "S3", source: answer.to_owned().into() })
    }

    fn coded(code: &str) -> S3Error {
        of(&format!("status: <Error><Code>{code}</Code><Message>m</Message><Secret>token</Secret></Error>"))
    }

    #[test]
    fn each_error_of_the_service_has_its_meaning() {
        assert!(matches!(coded("NoSuchBucket"), S3Error::NoBucket { .. }));
        assert!(matches!(coded("AccessDenied"), S3Error::Denied { .. }));
        assert!(matches!(coded("ExpiredToken"), S3Error::Credentials { .. }));
        assert!(matches!(coded("SignatureDoesNotMatch"), S3Error::Credentials { .. }));
        assert!(matches!(coded("KMS.DisabledException"), S3Error::Key { .. }));
        assert!(matches!(coded("PermanentRedirect"), S3Error::OtherRegion { .. }));
        assert!(matches!(coded("SlowDown"), S3Error::Failed { .. }));
        assert!(matches!(of("status code: 403 Forbidden: "), S3Error::Denied { .. }));
        assert!(matches!(of("connection refused"), S3Error::Failed { .. }));
    }

    #[test]
    fn what_an_answer_repeats_of_the_request_stays_out() {
        let S3Error::Credentials { source, .. } = coded("SignatureDoesNotMatch") else {
            panic!("another error")
        };
        assert_eq!(source.to_string(), "SignatureDoesNotMatch: m");
    }
}
