//! The size of everything that a stream can make the reader hold.

/// The largest element that is read whole (a block, `Tags`, `Tracks`).
pub const MAX_ELEMENT_BYTES: usize = 1 << 20;
/// The largest fragment, without what is passed over unread.
pub const MAX_FRAGMENT_BYTES: usize = 16 << 20;
/// The largest EBML header; real ones have about 40 bytes.
pub const MAX_HEADER_BYTES: usize = 1 << 10;
/// The most tracks; KVS allows three.
pub const MAX_TRACKS: usize = 16;
/// The most blocks of one fragment: 20 s of ten 2 ms tracks.
pub const MAX_BLOCKS: usize = 100_000;
/// The most tags of one fragment; KVS allows ten of the producer's own.
pub const MAX_TAGS: usize = 256;
/// The longest tag name, in bytes; KVS allows 128.
pub const MAX_TAG_NAME_BYTES: usize = 1 << 10;
/// The longest tag value, in bytes; KVS allows 256.
pub const MAX_TAG_VALUE_BYTES: usize = 16 << 10;
/// How deep `SimpleTag` may nest.
pub(crate) const MAX_TAG_DEPTH: usize = 8;
/// How often the bytes of lost fragments are read again, before a whole fragment is seen: the bound on work per byte.
pub(crate) const MAX_RESCANS: u8 = 32;

/// Caps of one reader. Exceeding one loses the fragment with an [`Item::Damaged`](crate::Item::Damaged).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest element that is read whole.
    pub element_bytes: usize,
    /// The largest fragment.
    pub fragment_bytes: usize,
    /// The largest EBML header.
    pub header_bytes: usize,
    /// The most tracks of a fragment.
    pub tracks: usize,
    /// The most blocks of a fragment.
    pub blocks: usize,
    /// The most tags of a fragment.
    pub tags: usize,
    /// The longest tag name.
    pub tag_name_bytes: usize,
    /// The longest tag value.
    pub tag_value_bytes: usize,
}

impl Limits {
    /// For Connect's audio: one second of two 8 kHz tracks is 33 kB in blocks of 1 KiB. Tighter caps find damage
    /// sooner, because a damaged size makes the reader wait for no more than one element.
    pub const CONNECT: Self = Self {
        element_bytes: 64 << 10,
        fragment_bytes: 1 << 20,
        header_bytes: 256,
        tracks: 4,
        blocks: 4_096,
        tags: 64,
        tag_name_bytes: 256,
        tag_value_bytes: 4 << 10,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            element_bytes: MAX_ELEMENT_BYTES,
            fragment_bytes: MAX_FRAGMENT_BYTES,
            header_bytes: MAX_HEADER_BYTES,
            tracks: MAX_TRACKS,
            blocks: MAX_BLOCKS,
            tags: MAX_TAGS,
            tag_name_bytes: MAX_TAG_NAME_BYTES,
            tag_value_bytes: MAX_TAG_VALUE_BYTES,
        }
    }
}
