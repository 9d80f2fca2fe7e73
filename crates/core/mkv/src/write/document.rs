//! Whole documents and their parts.

use super::element::{Width, element, master, push_size, tags, text, uint, unknown_size};
use crate::{Block, Fragment, Track, id, tag};

/// The `Info` element of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Info<'a> {
    /// What Connect's producer writes.
    Connect {
        /// `SegmentUUID`.
        segment_uuid: [u8; 16],
    },
    /// A body as it came from a producer.
    Body(&'a [u8]),
}

/// The `Tracks` element of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracks<'a> {
    /// Written from their parts, without an `Audio` or `Video` element, as Connect does.
    Entries(&'a [Track]),
    /// A body as it came from a producer: [`FragmentReader::tracks_body`](crate::FragmentReader::tracks_body).
    Body(&'a [u8]),
}

/// One fragment as `GetMedia` or `GetMediaForFragmentList` sends it.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Its `Info`.
    pub info: Info<'a>,
    /// Its `Tracks`; those of `fragment` are not looked at.
    pub tracks: Tracks<'a>,
    /// The service's tags before the cluster, from [`service_tags`] or of one's own. None: no element.
    pub before: &'a [(&'a str, &'a str)],
    /// The blocks, and the producer's tags, which follow the cluster in one element each.
    pub fragment: &'a Fragment,
    /// The service's closing tags. None: no element.
    pub after: &'a [(&'a str, &'a str)],
}

/// Writes one fragment as a document of its own.
pub fn document(out: &mut Vec<u8>, document: &Document<'_>) {
    document_header(out);
    unknown_size(out, id::SEGMENT);
    info(out, document.info);
    tracks(out, document.tracks);
    if !document.before.is_empty() {
        tags(out, Width::Four, document.before);
    }
    let fragment = document.fragment;
    if let Some(timecode_ms) = fragment.timecode_ms {
        let blocks = fragment.blocks.iter().map(|block| (block, fragment.data(block)));
        cluster(out, timecode_ms, blocks);
    }
    producer_tags(out, &fragment.tags);
    if !document.after.is_empty() {
        tags(out, Width::Four, document.after);
    }
}

/// The service's tags before a cluster of `GetMedia`. Times are seconds with milliseconds, as text.
#[must_use]
pub const fn service_tags<'a>(
    fragment_number: &'a str,
    server_timestamp: &'a str,
    producer_timestamp: &'a str,
) -> [(&'a str, &'a str); 3] {
    [
        (tag::FRAGMENT_NUMBER, fragment_number),
        (tag::SERVER_TIMESTAMP, server_timestamp),
        (tag::PRODUCER_TIMESTAMP, producer_timestamp),
    ]
}

/// Begins a producer's stream: header, segment of unknown size, `Info`, `Tracks`. Clusters and tags follow.
pub fn producer_header(out: &mut Vec<u8>, stream_info: Info<'_>, stream_tracks: Tracks<'_>) {
    document_header(out);
    unknown_size(out, id::SEGMENT);
    info(out, stream_info);
    tracks(out, stream_tracks);
}

/// Writes the EBML header, byte for byte as the producer library does.
pub fn document_header(out: &mut Vec<u8>) {
    master(out, id::EBML, Width::Short, |out| {
        uint(out, id::EBML_VERSION, 1, 1);
        uint(out, id::EBML_READ_VERSION, 1, 1);
        uint(out, id::EBML_MAX_ID_LENGTH, 4, 1);
        uint(out, id::EBML_MAX_SIZE_LENGTH, 8, 1);
        text(out, id::DOC_TYPE, Width::Short, "matroska");
        uint(out, id::DOC_TYPE_VERSION, 2, 1);
        uint(out, id::DOC_TYPE_READ_VERSION, 2, 1);
    });
}

/// Writes `Info`.
pub fn info(out: &mut Vec<u8>, info: Info<'_>) {
    match info {
        Info::Body(body) => element(out, id::INFO, Width::Short, body),
        Info::Connect { segment_uuid } => master(out, id::INFO, Width::Short, |out| {
            element(out, id::SEGMENT_UUID, Width::Short, &segment_uuid);
            uint(out, id::TIMECODE_SCALE, 1_000_000, 8);
            text(out, id::TITLE, Width::Short, "Kinesis Video SDK");
            text(out, id::MUXING_APP, Width::Short, "Kinesis Video SDK 1.1.0 JNI 2.0");
            text(out, id::WRITING_APP, Width::Short, "Kinesis Video SDK 1.1.0 JNI 2.0");
        }),
    }
}

/// Writes `Tracks`.
pub fn tracks(out: &mut Vec<u8>, tracks: Tracks<'_>) {
    match tracks {
        Tracks::Body(body) => element(out, id::TRACKS, Width::Four, body),
        Tracks::Entries(entries) => master(out, id::TRACKS, Width::Four, |out| {
            for track in entries {
                track_entry(out, track);
            }
        }),
    }
}

fn track_entry(out: &mut Vec<u8>, track: &Track) {
    master(out, id::TRACK_ENTRY, Width::Four, |out| {
        uint(out, id::TRACK_NUMBER, track.number, if track.number < 256 { 1 } else { 8 });
        uint(out, id::TRACK_UID, track.uid, 8);
        uint(out, id::TRACK_TYPE, track.track_type, 1);
        text(out, id::NAME, Width::Short, &track.name);
        text(out, id::CODEC_ID, Width::Short, &track.codec_id);
        if !track.codec_private.is_empty() {
            element(out, id::CODEC_PRIVATE, Width::Short, &track.codec_private);
        }
    });
}

/// Writes blocks into a cluster that begins at `timecode_ms`; where a block is more than 32 s away, which its 16 bits
/// cannot say, a further cluster begins.
pub fn cluster<'a>(
    out: &mut Vec<u8>,
    timecode_ms: u64,
    blocks: impl IntoIterator<Item = (&'a Block, &'a [u8])>,
) {
    cluster_start(out, timecode_ms);
    let mut base = i64::try_from(timecode_ms).unwrap_or(i64::MAX);
    for (block, data) in blocks {
        let mut relative = i16::try_from(block.timecode_ms.saturating_sub(base));
        if relative.is_err() && block.timecode_ms >= 0 {
            base = block.timecode_ms;
            relative = Ok(0);
            cluster_start(out, u64::try_from(base).unwrap_or(0));
        }
        simple_block(out, block.track, relative.unwrap_or(i16::MIN), data);
    }
}

/// Opens a cluster of unknown size with its timecode and position.
pub fn cluster_start(out: &mut Vec<u8>, timecode_ms: u64) {
    unknown_size(out, id::CLUSTER);
    uint(out, id::TIMECODE, timecode_ms, 8);
    uint(out, id::POSITION, 0, 1);
}

/// Writes one block, its time relative to its cluster's.
pub fn simple_block(out: &mut Vec<u8>, track: u64, relative_ms: i16, data: &[u8]) {
    master(out, id::SIMPLE_BLOCK, Width::Eight, |out| {
        push_size(out, track, Width::Short);
        out.extend_from_slice(&relative_ms.to_be_bytes());
        out.push(KEYFRAME);
        out.extend_from_slice(data);
    });
}

/// The block can be decoded on its own: true of every block of PCM.
const KEYFRAME: u8 = 0x80;

/// Writes each tag as an element of its own, as the producer library does.
pub fn producer_tags<K: AsRef<str>, V: AsRef<str>>(out: &mut Vec<u8>, all: &[(K, V)]) {
    for one in all {
        tags(out, Width::Eight, std::slice::from_ref(one));
    }
}
