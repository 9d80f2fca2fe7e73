//! The service's errors as its clients know them.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::http_body::{Body, full};

/// The name of an error and the HTTP status that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    AccessDenied,
    AccountStreamLimitExceeded,
    ClientLimitExceeded,
    ConnectionLimitExceeded,
    ExpiredToken,
    IncompleteSignature,
    InternalFailure,
    InvalidArgument,
    InvalidEndpoint,
    InvalidSignature,
    MissingAuthenticationToken,
    NotAuthorized,
    ResourceInUse,
    ResourceNotFound,
    Serialization,
    TagsPerResourceExceededLimit,
    UnknownOperation,
    UnrecognizedClient,
    VersionMismatch,
}

impl Exception {
    /// Every one, for those who look one up by name.
    const ALL: [Self; 19] = [
        Self::AccessDenied,
        Self::AccountStreamLimitExceeded,
        Self::ClientLimitExceeded,
        Self::ConnectionLimitExceeded,
        Self::ExpiredToken,
        Self::IncompleteSignature,
        Self::InternalFailure,
        Self::InvalidArgument,
        Self::InvalidEndpoint,
        Self::InvalidSignature,
        Self::MissingAuthenticationToken,
        Self::NotAuthorized,
        Self::ResourceInUse,
        Self::ResourceNotFound,
        Self::Serialization,
        Self::TagsPerResourceExceededLimit,
        Self::UnknownOperation,
        Self::UnrecognizedClient,
        Self::VersionMismatch,
    ];

    /// The name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::AccountStreamLimitExceeded => "AccountStreamLimitExceededException",
            Self::ClientLimitExceeded => "ClientLimitExceededException",
            Self::ConnectionLimitExceeded => "ConnectionLimitExceededException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::IncompleteSignature => "IncompleteSignatureException",
            Self::InternalFailure => "InternalFailure",
            Self::InvalidArgument => "InvalidArgumentException",
            Self::InvalidEndpoint => "InvalidEndpointException",
            Self::InvalidSignature => "InvalidSignatureException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::NotAuthorized => "NotAuthorizedException",
            Self::ResourceInUse => "ResourceInUseException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Serialization => "SerializationException",
            Self::TagsPerResourceExceededLimit => "TagsPerResourceExceededLimitException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::VersionMismatch => "VersionMismatchException",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::NotAuthorized => StatusCode::UNAUTHORIZED,
            Self::AccessDenied
            | Self::ExpiredToken
            | Self::IncompleteSignature
            | Self::InvalidSignature
            | Self::MissingAuthenticationToken
            | Self::UnrecognizedClient => StatusCode::FORBIDDEN,
            Self::ResourceNotFound | Self::UnknownOperation => StatusCode::NOT_FOUND,
            Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::AccountStreamLimitExceeded
            | Self::ClientLimitExceeded
            | Self::ConnectionLimitExceeded
            | Self::InvalidArgument
            | Self::InvalidEndpoint
            | Self::ResourceInUse
            | Self::Serialization
            | Self::TagsPerResourceExceededLimit
            | Self::VersionMismatch => StatusCode::BAD_REQUEST,
        }
    }

    /// Finds one by its wire name.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exception| exception.name() == name)
    }
}

/// An error answer.
#[derive(Debug)]
pub(crate) struct ApiError {
    exception: Exception,
    message: String,
}

impl ApiError {
    pub(crate) fn new(exception: Exception, message: impl Into<String>) -> Self {
        Self { exception, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exception::InvalidArgument, message)
    }

    pub(crate) const fn exception(&self) -> Exception {
        self.exception
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn response(self) -> Response<Body> {
        let body = json!({ "Message": self.message }).to_string();
        let mut response = Response::new(full(Bytes::from(body)));
        *response.status_mut() = self.exception.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(self.exception.name()));
        response
    }
}
