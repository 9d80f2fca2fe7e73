//! What must hold for any bytes at all.

use crate::{FragmentReader, Item, Limits, buffer::length};

/// Where a stream is cut into pieces.
#[derive(Clone, Copy, Debug)]
pub enum Cuts {
    /// Nowhere.
    None,
    /// After every so many bytes.
    Every(usize),
    /// At places that follow from a seed, a few bytes to a few kilobytes apart.
    Seeded(u64),
}

impl Cuts {
    fn next(&mut self, left: usize) -> usize {
        let size = match self {
            Self::None => left,
            Self::Every(size) => *size,
            Self::Seeded(state) => {
                *state =
                    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let bits = 1_u32 << ((*state >> 60) & 0xF).min(12);
                usize::try_from((*state >> 33) & u64::from(bits)).unwrap_or(0).saturating_add(1)
            }
        };
        size.clamp(1, left.max(1))
    }
}

/// Everything that a reader gives for bytes that come in pieces.
#[must_use]
pub fn items(mut reader: FragmentReader, bytes: &[u8], mut cuts: Cuts) -> Vec<Item> {
    let mut all = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at_checked(cuts.next(rest.len())).unwrap_or((rest, &[]));
        rest = after;
        reader.push(piece);
        while let Some(item) = reader.next() {
            if let Item::Fragment(fragment) = &item {
                reader.recycle(fragment.clone());
            }
            all.push(item);
        }
    }
    reader.finish();
    all.extend(std::iter::from_fn(|| reader.next()));
    all
}

/// Reads any bytes with wide and narrow caps, as a consumer's and a producer's stream, and checks that
/// - every cut of the bytes gives the same items,
/// - items come in stream order and do not overlap,
/// - fragments hold what their caps allow, and their blocks lie within them.
///
/// # Panics
/// When a rule is broken.
pub fn check_any_bytes(bytes: &[u8]) {
    for limits in [Limits::default(), NARROW] {
        for new in [FragmentReader::new, FragmentReader::for_producer] {
            let whole = items(new(limits), bytes, Cuts::None);
            check_items(&whole, bytes, limits);
            let seed =
                bytes.iter().fold(length(bytes.len()), |sum, &b| sum.wrapping_mul(31).wrapping_add(b.into()));
            for cuts in [Cuts::Every(1), Cuts::Every(13), Cuts::Seeded(seed)] {
                let cut = items(new(limits), bytes, cuts);
                assert!(cut == whole, "{cuts:?} changes the items:\n{cut:#?}\nwhole:\n{whole:#?}");
            }
        }
    }
}

/// Small enough that short inputs reach every cap.
const NARROW: Limits = Limits {
    element_bytes: 600,
    fragment_bytes: 2_048,
    header_bytes: 48,
    tracks: 1,
    blocks: 3,
    tags: 4,
    tag_name_bytes: 40,
    tag_value_bytes: 48,
};

fn check_items(items: &[Item], bytes: &[u8], limits: Limits) {
    let mut read_to = 0;
    for item in items {
        match item {
            Item::Fragment(fragment) => {
                assert!(fragment.offset >= read_to, "{fragment:?} begins before {read_to}");
                read_to = fragment.offset;
                assert!(fragment.payload.len() <= limits.fragment_bytes);
                assert!(fragment.blocks.len() <= limits.blocks);
                assert!(fragment.tracks.len() <= limits.tracks);
                assert!(fragment.tags.len() <= limits.tags);
                let mut at = 0;
                for block in &fragment.blocks {
                    assert_eq!(block.bytes.start, at, "blocks follow one another");
                    at = block.bytes.end;
                }
                assert_eq!(at, fragment.payload.len());
            }
            Item::Damaged { offset, skipped, .. } => {
                assert!(*offset >= read_to && *skipped > 0, "{item:?} after {read_to}");
                read_to = offset.saturating_add(*skipped);
            }
        }
    }
    assert!(read_to <= length(bytes.len()), "read to {read_to} of {}", bytes.len());
}
