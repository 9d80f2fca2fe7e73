//! Replays the fuzzer's corpus on a stable compiler, and makes its seeds.
//!
//! `cargo test -p mkv --test corpus -- --ignored` writes the seeds anew.
#![allow(clippy::disallowed_methods, reason = "the inputs of tests are files")]

use std::{fs, path::PathBuf};

use mkv::{
    id, tag,
    testing::{ConnectStream, check_any_bytes},
    write::{self, Info, Tracks, Width},
};

/// The whole corpus stays small enough to be committed.
const MAX_CORPUS_BYTES: usize = 200 << 10;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../fuzz/corpus/mkv"))
}

#[test]
fn every_input_of_the_corpus_keeps_the_rules() {
    let mut total = 0;
    let mut paths: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        total += bytes.len();
        check_any_bytes(&bytes);
    }
    assert!(total > 0, "the corpus is empty");
    assert!(total < MAX_CORPUS_BYTES, "the corpus has {total} bytes");
}

#[test]
fn the_corpus_holds_the_seeds() {
    for (name, bytes) in seeds() {
        let there = fs::read(folder().join(name)).unwrap_or_default();
        assert!(there == bytes, "{name} is not what the writer writes; see the top of this file");
    }
}

#[test]
#[ignore = "writes files"]
fn write_the_seeds() {
    for (name, bytes) in seeds() {
        fs::write(folder().join(name), bytes).unwrap();
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let call = |fragments| {
        let mut stream = ConnectStream::new("5ca32fbd-8f92-46af-92a5-6b0f970f0efe", 1_726_677_688_724, 11);
        stream.blocks_per_track = 1;
        let mut bytes = Vec::new();
        stream.write(fragments, &mut bytes);
        bytes
    };
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = call(2);
        change(&mut bytes);
        bytes
    };
    let block = call(1).windows(9).position(|w| w == b"\xA3\x01\0\0\0\0\0\x04\x04").unwrap_or_default();
    let half = call(1).len();
    vec![
        ("call", call(2)),
        ("truncated", changed(&|bytes| bytes.truncate(half + 1_500))),
        ("block-id-damaged", changed(&|bytes| bytes[block] = 0)),
        ("block-size-swallows-next", changed(&|bytes| bytes[block + 7] = 0x0B)),
        ("block-size-beyond-caps", changed(&|bytes| bytes[block + 2] = 0x10)),
        ("block-becomes-unknown", changed(&|bytes| bytes[block] = 0xE3)),
        (
            "false-magic-in-sound",
            changed(&|bytes| bytes[block + 20..block + 25].copy_from_slice(b"\x1A\x45\xDF\xA3\xA3")),
        ),
        ("header-in-sound", changed(&|bytes| bytes.copy_within(0..200, block + 30))),
        ("second-header-damaged", changed(&|bytes| bytes[half + 20] = 0xFF)),
        ("noise-in-front", [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &call(1)].concat()),
        ("producer", producer()),
        ("known-sizes", known_sizes()),
        ("error-in-body", error()),
        ("nested-tags", nested_tags()),
        ("laced-and-grouped", laced()),
    ]
}

fn producer() -> Vec<u8> {
    let mut stream = ConnectStream::new("c", 5_000, 12);
    stream.blocks_per_track = 1;
    let mut bytes = Vec::new();
    let first = stream.fragment().fragment;
    write::producer_header(
        &mut bytes,
        Info::Connect { segment_uuid: [1; 16] },
        Tracks::Entries(&first.tracks),
    );
    for fragment in [first, stream.fragment().fragment] {
        let blocks = fragment.blocks.iter().map(|block| (block, fragment.data(block)));
        write::cluster(&mut bytes, fragment.timecode_ms.unwrap_or(0), blocks);
        write::producer_tags(&mut bytes, &fragment.tags);
    }
    bytes
}

fn known_sizes() -> Vec<u8> {
    let mut bytes = Vec::new();
    for timecode in [1_000, 2_000] {
        write::document_header(&mut bytes);
        write::master(&mut bytes, id::SEGMENT, Width::Eight, |out| {
            write::element(out, id::VOID, Width::Eight, &[0; 20]);
            write::master(out, id::CLUSTER, Width::Four, |out| {
                write::uint(out, id::TIMECODE, timecode, 2);
                write::simple_block(out, 1, 3, b"pcm");
            });
            write::tags(out, Width::Short, &[("k", "v")]);
        });
    }
    bytes
}

fn error() -> Vec<u8> {
    let mut bytes = Vec::new();
    write::document_header(&mut bytes);
    write::unknown_size(&mut bytes, id::SEGMENT);
    write::tags(&mut bytes, Width::Four, &[(tag::ERROR_CODE, "4500"), (tag::ERROR_ID, "KMS_ACCESS_DENIED")]);
    bytes
}

fn nested_tags() -> Vec<u8> {
    let mut tag = Vec::new();
    for _ in 0..10 {
        let inner = std::mem::take(&mut tag);
        write::text(&mut tag, id::TAG_NAME, Width::Short, "n");
        let mut outer = Vec::new();
        write::element(&mut outer, id::SIMPLE_TAG, Width::Short, &[tag, inner].concat());
        tag = outer;
    }
    let mut bytes = Vec::new();
    write::document_header(&mut bytes);
    write::unknown_size(&mut bytes, id::SEGMENT);
    write::master(&mut bytes, id::TAGS, Width::Short, |out| write::element(out, id::TAG, Width::Short, &tag));
    bytes
}

fn laced() -> Vec<u8> {
    let mut bytes = Vec::new();
    write::document_header(&mut bytes);
    write::unknown_size(&mut bytes, id::SEGMENT);
    write::cluster_start(&mut bytes, 2_000);
    write::master(&mut bytes, id::BLOCK_GROUP, Width::Short, |out| {
        write::element(out, id::BLOCK, Width::Short, b"\x81\x00\x80\x02\x01\x02aabbb");
    });
    write::element(&mut bytes, id::SIMPLE_BLOCK, Width::Short, b"\x81\x00\x00\x06\x02\x82\xBEaabcc");
    write::element(&mut bytes, id::SIMPLE_BLOCK, Width::Short, b"\x81\x00\x00\x04\x01abcd");
    bytes
}
