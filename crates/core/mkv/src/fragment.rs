//! What a consumer works with: one whole fragment, and what went wrong between fragments.

use std::{fmt, ops::Range};

use serde::Serialize;

/// A track as the fragment's `Tracks` element declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// `TrackNumber`: what blocks refer to, valid within this fragment only.
    pub number: u64,
    /// `TrackUID`.
    pub uid: u64,
    /// `Name`, trailing NULs removed. Connect's only reliable identity of a track.
    pub name: String,
    /// `CodecID`, trailing NULs removed. Connect says `A_AAC` for what is PCM.
    pub codec_id: String,
    /// `TrackType`: 1 video, 2 audio.
    pub track_type: u64,
    /// `CodecPrivate`, as it came.
    pub codec_private: Vec<u8>,
}

/// One block of a fragment: a stretch of [`Fragment::payload`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The number of its track.
    pub track: u64,
    /// Cluster timecode plus the block's own, in milliseconds (KVS: since the epoch, or since the producer's start).
    pub timecode_ms: i64,
    /// Where its bytes lie in [`Fragment::payload`].
    pub bytes: Range<usize>,
}

/// How a fragment's end was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FragmentEnd {
    /// The service's closing tags with a continuation token.
    ContinuationToken,
    /// The next fragment's EBML header (or, in a producer's stream, the next cluster).
    #[default]
    NextHeader,
    /// The end of the bytes, with every element closed.
    EndOfStream,
    /// The end of the bytes, in the middle of an element: what came before it is kept.
    Truncated,
}

/// One fragment: tracks, audio, tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// Where its first byte lies in the stream since the reader was made.
    pub offset: u64,
    /// The declared tracks.
    pub tracks: Vec<Track>,
    /// The first cluster's `Timecode`, in milliseconds.
    pub timecode_ms: Option<u64>,
    /// The blocks in the order in which they came.
    pub blocks: Vec<Block>,
    /// The bytes of all blocks.
    pub payload: Vec<u8>,
    /// `(TagName, TagString)` in the order in which they came, trailing NULs removed. Keys may repeat.
    pub tags: Vec<(String, String)>,
    /// How its end was known.
    pub end: FragmentEnd,
}

impl Fragment {
    /// The value of the last tag of this name.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bytes of one block.
    #[must_use]
    pub fn data(&self, block: &Block) -> &[u8] {
        self.payload.get(block.bytes.clone()).unwrap_or_default()
    }

    /// Empties it and keeps its memory, to be filled again.
    pub fn clear(&mut self) {
        self.offset = 0;
        self.tracks.clear();
        self.timecode_ms = None;
        self.blocks.clear();
        self.payload.clear();
        self.tags.clear();
        self.end = FragmentEnd::default();
    }
}

/// Why bytes were passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DamageReason {
    /// No valid element begins where one must.
    InvalidElement,
    /// An element is larger than its cap.
    ElementTooLarge,
    /// A fragment is larger than its cap.
    FragmentTooLarge,
    /// A fragment has more tracks, blocks or tags than its cap.
    TooManyElements,
    /// Elements are nested deeper than the format allows, or where they cannot be.
    BadNesting,
}

impl fmt::Display for DamageReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidElement => "no valid element where one must be",
            Self::ElementTooLarge => "an element is larger than the reader's cap",
            Self::FragmentTooLarge => "the fragment is larger than the reader's cap",
            Self::TooManyElements => "the fragment has more tracks, blocks or tags than the reader's cap",
            Self::BadNesting => "an element lies where it cannot be",
        })
    }
}

/// What [`FragmentReader::next`](crate::FragmentReader::next) gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A fragment, in stream order.
    Fragment(Fragment),
    /// Bytes that could not be read; whatever part of a fragment was open is lost with them.
    Damaged {
        /// Where the lost bytes begin: with the fragment that was open, else with the first unreadable byte.
        offset: u64,
        /// How many bytes were lost, up to the next fragment or the end.
        skipped: u64,
        /// What was wrong.
        reason: DamageReason,
    },
}
