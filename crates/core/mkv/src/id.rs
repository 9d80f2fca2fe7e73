//! The element ids that a KVS stream uses, with their length markers (Matroska specification, RFC 9559, section 5).

/// `EBML`: the header of a document.
pub const EBML: u32 = 0x1A45_DFA3;
/// `EBMLVersion`.
pub const EBML_VERSION: u32 = 0x4286;
/// `EBMLReadVersion`.
pub const EBML_READ_VERSION: u32 = 0x42F7;
/// `EBMLMaxIDLength`.
pub const EBML_MAX_ID_LENGTH: u32 = 0x42F2;
/// `EBMLMaxSizeLength`.
pub const EBML_MAX_SIZE_LENGTH: u32 = 0x42F3;
/// `DocType`.
pub const DOC_TYPE: u32 = 0x4282;
/// `DocTypeVersion`.
pub const DOC_TYPE_VERSION: u32 = 0x4287;
/// `DocTypeReadVersion`.
pub const DOC_TYPE_READ_VERSION: u32 = 0x4285;
/// `DocTypeExtension`.
pub const DOC_TYPE_EXTENSION: u32 = 0x4281;
/// `Void`: padding, allowed anywhere.
pub const VOID: u32 = 0xEC;
/// `CRC-32`, allowed first in any master element.
pub const CRC_32: u32 = 0xBF;

/// `Segment`.
pub const SEGMENT: u32 = 0x1853_8067;
/// `SeekHead`.
pub const SEEK_HEAD: u32 = 0x114D_9B74;
/// `Info`.
pub const INFO: u32 = 0x1549_A966;
/// `Tracks`.
pub const TRACKS: u32 = 0x1654_AE6B;
/// `Tags`.
pub const TAGS: u32 = 0x1254_C367;
/// `Cluster`.
pub const CLUSTER: u32 = 0x1F43_B675;
/// `Cues`.
pub const CUES: u32 = 0x1C53_BB6B;
/// `Attachments`.
pub const ATTACHMENTS: u32 = 0x1941_A469;
/// `Chapters`.
pub const CHAPTERS: u32 = 0x1043_A770;

/// `SegmentUUID`.
pub const SEGMENT_UUID: u32 = 0x73A4;
/// `TimestampScale`.
pub const TIMECODE_SCALE: u32 = 0x002A_D7B1;
/// `Title`.
pub const TITLE: u32 = 0x7BA9;
/// `MuxingApp`.
pub const MUXING_APP: u32 = 0x4D80;
/// `WritingApp`.
pub const WRITING_APP: u32 = 0x5741;

/// `TrackEntry`.
pub const TRACK_ENTRY: u32 = 0xAE;
/// `TrackNumber`.
pub const TRACK_NUMBER: u32 = 0xD7;
/// `TrackUID`.
pub const TRACK_UID: u32 = 0x73C5;
/// `TrackType`.
pub const TRACK_TYPE: u32 = 0x83;
/// `Name`.
pub const NAME: u32 = 0x536E;
/// `CodecID`.
pub const CODEC_ID: u32 = 0x86;
/// `CodecPrivate`.
pub const CODEC_PRIVATE: u32 = 0x63A2;

/// `Tag`.
pub const TAG: u32 = 0x7373;
/// `SimpleTag`.
pub const SIMPLE_TAG: u32 = 0x67C8;
/// `TagName`.
pub const TAG_NAME: u32 = 0x45A3;
/// `TagString`.
pub const TAG_STRING: u32 = 0x4487;

/// `Timestamp` of a cluster.
pub const TIMECODE: u32 = 0xE7;
/// `Position` of a cluster.
pub const POSITION: u32 = 0xA7;
/// `PrevSize` of a cluster.
pub const PREV_SIZE: u32 = 0xAB;
/// `SilentTracks` of a cluster.
pub const SILENT_TRACKS: u32 = 0x5854;
/// `EncryptedBlock` of a cluster.
pub const ENCRYPTED_BLOCK: u32 = 0xAF;
/// `SimpleBlock`.
pub const SIMPLE_BLOCK: u32 = 0xA3;
/// `BlockGroup`.
pub const BLOCK_GROUP: u32 = 0xA0;
/// `Block` of a block group.
pub const BLOCK: u32 = 0xA1;

/// Whether this is padding or a checksum, which any master element may hold.
pub(crate) const fn is_global(id: u32) -> bool {
    matches!(id, VOID | CRC_32)
}

/// Whether this is a child of `Segment`, and so never of `Cluster`.
pub(crate) const fn is_segment_child(id: u32) -> bool {
    matches!(id, SEEK_HEAD | INFO | TRACKS | TAGS | CLUSTER | CUES | ATTACHMENTS | CHAPTERS)
}

/// Whether this is a child of `Cluster`, and so never of `Segment`.
pub(crate) const fn is_cluster_child(id: u32) -> bool {
    matches!(
        id,
        TIMECODE | POSITION | PREV_SIZE | SILENT_TRACKS | ENCRYPTED_BLOCK | SIMPLE_BLOCK | BLOCK_GROUP
    )
}
