//! Real `GetMedia` bodies and a producer's output, where they are at hand.
#![allow(clippy::disallowed_methods, reason = "the inputs of tests are files")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::{env, fs, path::PathBuf};

use mkv::{Fragment, FragmentEnd, FragmentReader, Item, Limits, tag};

fn captures() -> PathBuf {
    let shared = env::var_os("TRUNKLINE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data")),
        PathBuf::from,
    );
    shared.join("kvs")
}

fn fragments(name: &str) -> Option<Vec<Fragment>> {
    let path = captures().join(name);
    let Ok(bytes) = fs::read(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    let mut reader = FragmentReader::new(Limits::default());
    reader.push(&bytes);
    reader.finish();
    let mut all = Vec::new();
    while let Some(item) = reader.next() {
        match item {
            Item::Fragment(fragment) => all.push(fragment),
            damaged @ Item::Damaged { .. } => panic!("{name}: {damaged:?}"),
        }
    }
    Some(all)
}

#[test]
fn a_capture_with_padded_names_and_tags_before_any_cluster_reads_whole() {
    let Some(all) = fragments("test_mixed_tags.mkv") else { return };
    let numbers: Vec<_> = all.iter().filter_map(|f| f.tag(tag::FRAGMENT_NUMBER)).collect();
    assert_eq!(numbers.len(), all.len());
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(numbers[0], "91343852333713038908964877623801423530396737899");
    for fragment in &all {
        assert_eq!(fragment.end, FragmentEnd::ContinuationToken);
        assert_eq!(fragment.tracks[0].name, "test track");
        assert_eq!(fragment.tracks[0].codec_id, "V_MS/VFW/FOURCC");
        assert_eq!(fragment.blocks.len(), 10);
        assert_eq!(fragment.payload.len(), 1_000);
        assert_eq!(fragment.tag("testTag_4"), Some("testTag_4_Value"));
        assert_eq!(fragment.tag(tag::CONTINUATION_TOKEN), fragment.tag(tag::FRAGMENT_NUMBER));
    }
    assert_eq!(all[1].timecode_ms, Some(5_000));
    assert_eq!(all[1].blocks[2].timecode_ms, 6_000);
}

#[test]
fn a_capture_of_tags_alone_is_one_fragment_without_sound() {
    let Some(all) = fragments("test_tags_empty_cluster.mkv") else { return };
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].tags.len(), 5);
    assert!(all[0].blocks.is_empty());
    assert_eq!(all[0].end, FragmentEnd::EndOfStream);
}

#[test]
fn a_capture_of_sparse_fragments_with_known_size_clusters_reads_whole() {
    let Some(all) = fragments("output_get_media_sparse_fragments.mkv") else { return };
    assert!(!all.is_empty());
    for fragment in &all {
        assert_eq!(fragment.tracks[0].codec_id, "V_MPEG4/ISO/AVC");
        assert_eq!(fragment.tracks[0].codec_private.len(), 54);
        assert!(!fragment.blocks.is_empty());
        assert_eq!(fragment.tag("DURATION"), Some("00:00:10.000000000"));
    }
}
