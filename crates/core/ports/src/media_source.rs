//! Where a call's audio comes from: the body of one KVS `GetMedia`.

use async_trait::async_trait;
use bytes::Bytes;
use model::{FragmentNumber, StreamAddress, StreamName, TenantId, Timestamp};
use thiserror::Error;

/// A stream, and on whose behalf it is read: the tenant says which role and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaStream {
    /// On whose behalf.
    pub tenant: TenantId,
    /// Where it is.
    pub address: StreamAddress,
}

impl MediaStream {
    /// A Kinesis video stream of which only the name is known.
    #[must_use]
    pub const fn named(tenant: TenantId, name: StreamName) -> Self {
        Self { tenant, address: StreamAddress::named(name) }
    }
}

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
    /// The role of the tenant cannot be assumed: it does not trust us, or the external id is another one. Its audio
    /// waits in the stream.
    #[error("the role to read the stream {stream} cannot be assumed")]
    RoleRefused {
        /// The stream.
        stream: StreamName,
        /// What the service said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The stream's key cannot be used with these credentials. Its audio waits in the stream.
    #[error("the key of the stream {stream} may not be used")]
    KeyRefused {
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
            Self::Unauthorized { .. }
            | Self::RoleRefused { .. }
            | Self::KeyRefused { .. }
            | Self::Throttled { .. }
            | Self::Connection { .. } => true,
        }
    }

    /// A short name for metrics and events.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Gone { .. } => "stream_gone",
            Self::Unauthorized { .. } => "unauthorized",
            Self::RoleRefused { .. } => "role_refused",
            Self::KeyRefused { .. } => "key_refused",
            Self::Throttled { .. } => "throttled",
            Self::Connection { .. } => "connection",
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
        stream: &MediaStream,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError>;

    /// Opens what the stream's archive holds of a stretch of producer time, in the order of its fragments: for audio
    /// that the live body did not bring. The body ends after the last fragment; a stretch without any ends at once.
    async fn open_archive(
        &self,
        stream: &MediaStream,
        range: TimeRange,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError>;

    /// The tenant's streams whose names begin with `prefix`, at most `limit`: to find the one that carries a contact.
    async fn streams(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<MediaStream>, MediaSourceError>;
}

/// A stretch of producer time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// The bytes of one open stream.
#[async_trait]
pub trait MediaBody: Send {
    /// The next bytes; `None` when the service closed the body. Cancel-safe.
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError>;
}
