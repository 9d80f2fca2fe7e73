//! One stored fragment.

use bytes::Bytes;
use model::{FragmentNumber, Timestamp};

use super::DiskRef;

/// What is known of a fragment without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FragmentInfo {
    /// Its number.
    pub(crate) number: FragmentNumber,
    /// When its first frame was captured, by the producer's clock.
    pub(crate) producer: Timestamp,
    /// When its first byte came in, by the server's clock.
    pub(crate) server: Timestamp,
    /// From its first frame to the estimated end of its last one.
    pub(crate) duration_ms: u64,
}

/// A fragment's bytes, each part a run of whole Matroska elements as the producer wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// EBML header, segment, info and tracks; shared by the fragments of one connection.
    pub(crate) head: Bytes,
    /// Producer's tags before the cluster.
    pub(crate) tags_before: Bytes,
    /// The cluster.
    pub(crate) cluster: Bytes,
    /// Producer's tags after the cluster.
    pub(crate) tags_after: Bytes,
}

impl Content {
    /// The four parts in stream order.
    pub(crate) const fn parts(&self) -> [&Bytes; 4] {
        [&self.head, &self.tags_before, &self.cluster, &self.tags_after]
    }

    /// Length of all parts.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts().iter().map(|part| part.len() as u64).sum()
    }
}

/// A fragment in a stream's index, and where its bytes are.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) info: FragmentInfo,
    /// Counts the stream's fragments since the server's start.
    pub(crate) sequence: u64,
    /// Length of its content.
    pub(crate) bytes: u64,
    /// The content, while in memory.
    pub(crate) content: Option<Content>,
    /// Where it is on disk, once it is.
    pub(crate) disk: Option<DiskRef>,
}

impl Entry {
    /// Where its media ends, by the producer's clock.
    pub(crate) fn producer_end(&self) -> Timestamp {
        self.info.producer + std::time::Duration::from_millis(self.info.duration_ms)
    }

    /// Where its media ends, by the server's clock.
    pub(crate) fn server_end(&self) -> Timestamp {
        self.info.server + std::time::Duration::from_millis(self.info.duration_ms)
    }
}
