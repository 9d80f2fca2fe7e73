//! Which Kinesis Video Streams is read.

use std::{fmt, str::FromStr};

use http::Uri;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What stands for Amazon's own.
const AWS: &str = "aws";

/// Another Kinesis Video Streams than the local one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KvsEndpoint {
    /// Amazon's, with the credentials of the environment.
    Aws,
    /// One at a URL.
    Url(String),
}

/// A text that is neither `aws` nor a URL.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no endpoint of Kinesis Video Streams: give aws, or a URL like http://127.0.0.1:9000")]
pub struct InvalidKvsEndpoint(String);

impl FromStr for KvsEndpoint {
    type Err = InvalidKvsEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidKvsEndpoint> {
        if text == AWS {
            return Ok(Self::Aws);
        }
        let url = text.parse::<Uri>().ok().filter(|url| {
            let http = matches!(url.scheme_str(), Some("http" | "https"));
            // A port that is no number is left in place by the parser.
            let authority = url.authority().is_some_and(|authority| {
                let port = authority.as_str().trim_start_matches(authority.host());
                !authority.host().is_empty()
                    && !authority.as_str().contains('@')
                    && (port.is_empty() || authority.port_u16().is_some_and(|port| port > 0))
            });
            http && authority && url.query().is_none()
        });
        match url {
            Some(_) => Ok(Self::Url(text.trim_end_matches('/').to_owned())),
            None => Err(InvalidKvsEndpoint(text.to_owned())),
        }
    }
}

impl TryFrom<String> for KvsEndpoint {
    type Error = InvalidKvsEndpoint;

    fn try_from(text: String) -> Result<Self, InvalidKvsEndpoint> {
        text.parse()
    }
}

impl From<KvsEndpoint> for String {
    fn from(endpoint: KvsEndpoint) -> Self {
        endpoint.to_string()
    }
}

impl fmt::Display for KvsEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aws => AWS,
            Self::Url(url) => url,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_and_urls_are_endpoints() {
        assert_eq!("aws".parse(), Ok(KvsEndpoint::Aws));
        for url in ["http://127.0.0.1:9000", "https://kvs.example.com", "http://[::1]:9000"] {
            assert_eq!(url.parse(), Ok(KvsEndpoint::Url(url.to_owned())));
        }
        assert_eq!("http://kvs:9000/".parse(), Ok(KvsEndpoint::Url("http://kvs:9000".to_owned())));
    }

    #[test]
    fn anything_else_is_refused_with_what_to_give() {
        let wrong = ["", "foo", "AWS", "127.0.0.1:9000", "ftp://x", "http://", "http://x:99999", "http://x:"];
        for text in wrong.into_iter().chain(["http://x:0", "http://a b", "http://u:p@x", "http://x?y"]) {
            let error = text.parse::<KvsEndpoint>().expect_err(text).to_string();
            assert!(error.contains("give aws, or a URL"), "{error}");
        }
    }
}
