//! Where a call's audio comes from: the body of one KVS `GetMedia`.

use async_trait::async_trait;
use bytes::Bytes;
use model::{FragmentNumber, StreamName, Timestamp};
use thiserror::Error;

/// Where in a stream to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// At the fragment that holds this producer time (inclusive).
    ProducerTime(Timestamp),
    /// After this fragment (exclusive, as KVS means it).
    AfterFragment(FragmentNumber),
    /// At the oldest fragment that the stream keeps.
    Earliest,
}

/// Why a stream could not be opened, or broke off.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MediaSourceError {
    /// There is no such stream, or it is being deleted.
    #[error("the stream {stream} does not exist")]
    Gone {
        /// The stream.
        stream: StreamName,
        /// What the service said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The credentials may not read the stream: they expired and are to be renewed, or someone must grant them the
    /// right. Its audio waits there.
    #[error("the stream {stream} may not be read with these credentials")]
    Unauthorized {
        /// The stream.
        stream: StreamName,
        /// What the service said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The service asks to wait: too many calls or connections on this stream.
    #[error("the stream {stream} is throttled")]
    Throttled {
        /// The stream.
        stream: StreamName,
        /// What the service said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The connection failed or was cut.
    #[error("the connection to the stream {stream} failed")]
    Connection {
        /// The stream.
        stream: StreamName,
        /// What failed.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

impl MediaSourceError {
    /// Whether opening again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Gone { .. } => false,
            Self::Unauthorized { .. } | Self::Throttled { .. } | Self::Connection { .. } => true,
        }
    }
}

/// Opens streams.
#[async_trait]
pub trait MediaSource: Send + Sync {
    /// Opens `stream` at `start`. The body is the unbounded Matroska stream as the service sends it; its end
    /// says nothing about the call.
    async fn open(
        &self,
        stream: &StreamName,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError>;
}

/// The bytes of one open stream.
#[async_trait]
pub trait MediaBody: Send {
    /// The next bytes; `None` when the service closed the body. Cancel-safe.
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError>;
}
