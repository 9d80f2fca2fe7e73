//! The same streams read by another author's parser must hold the same sound, times and tags.
#![allow(clippy::disallowed_methods, reason = "the inputs of tests are files")]

use std::{env, fs, path::PathBuf};

use mkv::{
    FragmentReader, Item, Limits,
    testing::{ConnectStream, Cuts, items},
};
use proptest::prelude::*;
use webm_iterable::{
    WebmIterator,
    matroska_spec::{Master, MatroskaSpec, SimpleBlock},
};

/// What both parsers can be asked for, in stream order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    documents: usize,
    track_numbers: Vec<u64>,
    /// Track, absolute timecode, bytes.
    blocks: Vec<(u64, i64, Vec<u8>)>,
    tags: Vec<(String, String)>,
}

fn ours(bytes: &[u8], cuts: Cuts) -> Content {
    let mut content = Content::default();
    for item in items(FragmentReader::new(Limits::default()), bytes, cuts) {
        let Item::Fragment(fragment) = item else { panic!("{item:?}") };
        content.documents += 1;
        content.track_numbers.extend(fragment.tracks.iter().map(|track| track.number));
        let blocks = fragment.blocks.iter();
        content.blocks.extend(blocks.map(|b| (b.track, b.timecode_ms, fragment.data(b).to_vec())));
        content.tags.extend(fragment.tags);
    }
    content
}

fn theirs(bytes: &[u8]) -> Content {
    let mut content = Content::default();
    let mut cluster = 0;
    for tag in WebmIterator::new(bytes, &[]) {
        let tag = match tag {
            Ok(tag) => tag,
            Err(error) => panic!("the other parser fails: {error}"),
        };
        let text = |text: &str| text.trim_end_matches('\0').to_owned();
        if let MatroskaSpec::Ebml(Master::Start) = tag {
            content.documents += 1;
        } else if let MatroskaSpec::TrackNumber(number) = tag {
            content.track_numbers.push(number);
        } else if let MatroskaSpec::Timestamp(ticks) = tag {
            cluster = i64::try_from(ticks).unwrap_or(i64::MAX);
        } else if let MatroskaSpec::SimpleBlock(_) = &tag {
            let Ok(block) = SimpleBlock::try_from(&tag) else { panic!("no block: {tag:?}") };
            let time = cluster + i64::from(block.timestamp);
            content.blocks.push((block.track, time, block.raw_frame_data().to_vec()));
        } else if let MatroskaSpec::TagName(name) = &tag {
            content.tags.push((text(name), String::new()));
        } else if let MatroskaSpec::TagString(value) = &tag
            && let Some(last) = content.tags.last_mut()
        {
            last.1 = text(value);
        }
    }
    content
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn generated_streams_read_alike(seed: u64, cuts: u64, blocks in 0_usize..6, count in 1_usize..5, from_first: bool) {
        let mut stream = ConnectStream::new("5ca32fbd-8f92-46af-92a5-6b0f970f0efe", 1_726_677_688_724, seed);
        stream.blocks_per_track = blocks;
        stream.from_first = from_first;
        let mut bytes = Vec::new();
        stream.write(count, &mut bytes);
        prop_assert!(ours(&bytes, Cuts::Seeded(cuts)) == theirs(&bytes), "seed {seed}");
    }
}

#[test]
fn captures_read_alike() {
    let shared = env::var_os("TRUNKLINE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data")),
        PathBuf::from,
    );
    for name in
        ["test_mixed_tags.mkv", "test_tags_empty_cluster.mkv", "output_get_media_sparse_fragments.mkv"]
    {
        let path = shared.join("kvs").join(name);
        let Ok(bytes) = fs::read(&path) else {
            println!("skipped: no {}", path.display());
            continue;
        };
        assert!(ours(&bytes, Cuts::Every(1_024)) == theirs(&bytes), "{name}");
    }
}
