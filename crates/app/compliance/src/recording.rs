//! A redacted recording in the blob store, read block by block from its beginning to its end.

use audio::{SampleRange, WavError, WavLayout};
use bytes::Bytes;
use ports::{BlobError, BlobStore, ByteRange};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::wav_file::taken_apart;

/// Bytes of samples in one block: some eight seconds of a call.
const BLOCK_BYTES: u64 = 256 * 1024;

/// Recordings of ours have their samples at byte 44.
const HEAD_BYTES: u64 = 4_096;

/// Why a recording cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The store does not give it.
    #[error("the recording cannot be read")]
    Store(#[from] BlobError),
    /// It is no recording of ours.
    #[error("the recording is not what was written")]
    Form(#[from] WavError),
    /// It has not two channels.
    #[error("the recording has {0} channels, not two")]
    Channels(u16),
}

impl RecordingError {
    /// Whether reading it later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Form(_) | Self::Channels(_) => false,
        }
    }
}

/// Reads a recording once, from its first byte to its last, and hashes it on the way.
pub(crate) struct RecordingReader<'a> {
    blobs: &'a dyn BlobStore,
    key: &'a str,
    pub(crate) layout: WavLayout,
    pub(crate) bytes: u64,
    at: u64,
    hash: Sha256,
}

impl<'a> RecordingReader<'a> {
    pub(crate) async fn open(blobs: &'a dyn BlobStore, key: &'a str) -> Result<Self, RecordingError> {
        let bytes = blobs.size(key).await?;
        let head = blobs.read(key, ByteRange { start: 0, end: HEAD_BYTES.min(bytes) }).await?;
        let layout = WavLayout::read(&head, bytes)?;
        if layout.channels != 2 {
            return Err(RecordingError::Channels(layout.channels));
        }
        let before = usize::try_from(layout.data.start).unwrap_or(usize::MAX);
        let hash = Sha256::new_with_prefix(head.get(..before).unwrap_or(&head));
        Ok(Self { blobs, key, at: layout.data.start, layout, bytes, hash })
    }

    /// The next samples of both channels; none after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<[Vec<i16>; 2]>, RecordingError> {
        let end = self.layout.data.end.min(self.at + BLOCK_BYTES);
        if end <= self.at {
            return Ok(None);
        }
        let bytes = self.read(end).await?;
        let mut channels = taken_apart(&bytes, 2).into_iter();
        Ok(Some([channels.next().unwrap_or_default(), channels.next().unwrap_or_default()]))
    }

    /// SHA-256 of the whole file, in hex; reads what is left of it.
    pub(crate) async fn finish(mut self) -> Result<String, RecordingError> {
        while self.at < self.bytes {
            let end = self.bytes.min(self.at + BLOCK_BYTES);
            self.read(end).await?;
        }
        Ok(hex(&self.hash.finalize()))
    }

    async fn read(&mut self, end: u64) -> Result<Bytes, RecordingError> {
        let bytes = self.blobs.read(self.key, ByteRange { start: self.at, end }).await?;
        let got = u64::try_from(bytes.len()).unwrap_or(0);
        if got != end - self.at {
            return Err(BlobError::NotFound(self.key.to_owned()).into());
        }
        self.hash.update(&bytes);
        self.at = end;
        Ok(bytes)
    }
}

/// Samples of both channels within a range; what lies beyond the end is left out.
pub(crate) async fn samples(
    blobs: &dyn BlobStore,
    key: &str,
    layout: &WavLayout,
    range: SampleRange,
) -> Result<Vec<Vec<i16>>, RecordingError> {
    let place = |n: u64| layout.data.start + n.min(layout.frames()) * layout.frame_bytes();
    let bytes = blobs.read(key, ByteRange { start: place(range.from), end: place(range.to) }).await?;
    Ok(taken_apart(&bytes, usize::from(layout.channels)))
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
