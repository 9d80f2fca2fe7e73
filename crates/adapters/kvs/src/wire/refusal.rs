//! What failed calls mean.

use aws_sdk_kinesisvideo::error::{ProvideErrorMetadata, SdkError};
use model::StreamName;
use ports::MediaSourceError;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What a failed call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such stream, or one that is being deleted.
    Gone,
    /// The credentials expired, or do not permit it.
    Unauthorized,
    /// The tenant's role cannot be assumed.
    Role,
    /// The stream's key cannot be used.
    Key,
    /// Too many calls or connections.
    Throttled,
    /// The data endpoint is not the stream's any more.
    StaleEndpoint,
    /// The stream keeps nothing of what was asked for, or keeps no archive.
    NotKept,
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
    pub(crate) fn new(refusal: Refusal, cause: impl Into<Cause>) -> Self {
        Self { refusal, cause: cause.into() }
    }

    pub(crate) fn is_stale_endpoint(&self) -> bool {
        self.refusal == Refusal::StaleEndpoint
    }

    pub(crate) fn of(self, stream: &StreamName) -> MediaSourceError {
        let (stream, source) = (stream.clone(), Some(self.cause));
        match self.refusal {
            Refusal::Gone => MediaSourceError::Gone { stream, source },
            Refusal::Unauthorized => MediaSourceError::Unauthorized { stream, source },
            Refusal::Role => MediaSourceError::RoleRefused { stream, source },
            Refusal::Key => MediaSourceError::KeyRefused { stream, source },
            Refusal::Throttled => MediaSourceError::Throttled { stream, source },
            Refusal::StaleEndpoint | Refusal::NotKept | Refusal::Failed | Refusal::Unreachable => {
                MediaSourceError::Connection { stream, source }
            }
        }
    }
}

/// The failure of a call of Kinesis Video Streams.
pub(crate) fn failure<E, R>(error: SdkError<E, R>) -> WireError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    failure_by(error, refusal)
}

/// The failure of a call whose error names mean what `meaning` says.
pub(crate) fn failure_by<E, R>(error: SdkError<E, R>, meaning: fn(&str, &str) -> Refusal) -> WireError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    // All other errors mean that no answer came, or one that cannot be read.
    let refusal = if let SdkError::ServiceError(service) = &error {
        meaning(service.err().code().unwrap_or_default(), service.err().message().unwrap_or_default())
    } else {
        Refusal::Unreachable
    };
    WireError::new(refusal, error)
}

/// What the service's error names mean for a reader.
fn refusal(code: &str, message: &str) -> Refusal {
    match code {
        "InvalidEndpointException" => Refusal::StaleEndpoint,
        "ClientLimitExceededException"
        | "ConnectionLimitExceededException"
        | "LimitExceededException"
        | "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException" => Refusal::Throttled,
        "ResourceNotFoundException" => Refusal::Gone,
        _ if code.starts_with("KMS") => Refusal::Key,
        "InvalidArgumentException" if message.contains("retention period") => Refusal::NotKept,
        // A role that may read the stream and not decrypt it is refused in the name of the key.
        "AccessDeniedException" | "AccessDenied" | "NotAuthorizedException" if names_key(message) => {
            Refusal::Key
        }
        // Credentials are renewed once; a policy is repaired by a person.
        _ if is_about_credentials(code) => Refusal::Unauthorized,
        // Also an invalid argument: the place to start from may be one that the stream keeps no more, and the next
        // opening may name another one.
        _ => Refusal::Failed,
    }
}

/// Whether an error says that the credentials are wrong, or do not permit the call.
pub(crate) fn is_about_credentials(code: &str) -> bool {
    matches!(
        code,
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
            | "InvalidToken"
            | "UnrecognizedClientException"
    )
}

fn names_key(message: &str) -> bool {
    message.contains("kms:") || message.contains("KMS")
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
            ("KMSAccessDeniedException", Refusal::Key),
            ("KMSDisabledException", Refusal::Key),
            ("InternalFailure", Refusal::Failed),
            ("", Refusal::Failed),
        ];
        for (code, meaning) in meanings {
            assert_eq!(refusal(code, ""), meaning, "{code}");
        }
    }

    #[test]
    fn a_denial_in_the_name_of_the_key_is_the_keys() {
        let message = "User: a is not authorized to perform: kms:Decrypt on the resource b";
        assert_eq!(refusal("AccessDeniedException", message), Refusal::Key);
        assert_eq!(refusal("ResourceNotFoundException", message), Refusal::Gone);
    }

    #[test]
    fn only_a_stream_that_does_not_exist_is_gone_for_good() {
        let stream = StreamName::new("calls").unwrap();
        let error = |refusal| WireError::new(refusal, "why").of(&stream);
        assert!(!error(Refusal::Gone).is_retryable());
        let passing = [
            Refusal::Unauthorized,
            Refusal::Role,
            Refusal::Key,
            Refusal::Throttled,
            Refusal::StaleEndpoint,
            Refusal::NotKept,
            Refusal::Failed,
            Refusal::Unreachable,
        ];
        for refusal in passing {
            assert!(error(refusal).is_retryable());
        }
    }
}
