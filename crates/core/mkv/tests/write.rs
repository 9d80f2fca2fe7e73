//! What the writer writes, the reader reads back; and the bytes are those of the real producer.

use mkv::{
    Block, Fragment, FragmentEnd, FragmentReader, Item, Limits, Track, tag,
    write::{self, Document, Info, Tracks},
};

fn track(number: u64, name: &str) -> Track {
    Track {
        number,
        uid: 0x8000_0000_0000_0000 + number,
        name: name.to_owned(),
        codec_id: "A_AAC".to_owned(),
        track_type: 2,
        codec_private: vec![0x11, 0x90],
    }
}

fn fragment(timecode_ms: u64, offsets_ms: &[i64]) -> Fragment {
    let mut fragment = Fragment { timecode_ms: Some(timecode_ms), ..Fragment::default() };
    for (index, offset) in offsets_ms.iter().enumerate() {
        let start = fragment.payload.len();
        fragment.payload.resize(start + 1_024, index as u8);
        let bytes = start..fragment.payload.len();
        let timecode_ms = timecode_ms as i64 + offset;
        fragment.blocks.push(Block { track: 1 + index as u64 % 2, timecode_ms, bytes });
    }
    fragment
}

fn read(mut reader: FragmentReader, bytes: &[u8]) -> Vec<Fragment> {
    reader.push(bytes);
    reader.finish();
    let items = std::iter::from_fn(|| reader.next());
    items
        .map(|item| if let Item::Fragment(fragment) = item { fragment } else { panic!("{item:?}") })
        .collect()
}

#[test]
fn the_header_is_byte_for_byte_that_of_the_producer_library() {
    let mut out = Vec::new();
    write::document_header(&mut out);
    let expected = b"\x1A\x45\xDF\xA3\xA3\x42\x86\x81\x01\x42\xF7\x81\x01\x42\xF2\x81\x04\x42\xF3\x81\x08\
        \x42\x82\x88matroska\x42\x87\x81\x02\x42\x85\x81\x02";
    assert_eq!(out, expected);
}

#[test]
fn a_block_has_a_size_of_eight_bytes() {
    let mut out = Vec::new();
    write::simple_block(&mut out, 1, -2, b"ab");
    assert_eq!(out, b"\xA3\x01\0\0\0\0\0\0\x06\x81\xFF\xFE\x80ab");
}

#[test]
fn a_document_reads_back_with_service_tags_around_the_producers() {
    let tracks = [track(1, "AUDIO_TO_CUSTOMER"), track(2, "AUDIO_FROM_CUSTOMER")];
    let mut written = fragment(1_726_677_688_724, &[0, 0, 64, 64]);
    written.tags.push(("ContactId".to_owned(), "5ca32fbd".to_owned()));
    let mut out = Vec::new();
    let before = write::service_tags("91343852333181432392682062622220590765191907586", "1.758", "2.724");
    let document = Document {
        info: Info::Connect { segment_uuid: [7; 16] },
        tracks: Tracks::Entries(&tracks),
        before: &before,
        fragment: &written,
        after: &[(tag::MILLIS_BEHIND_NOW, "0"), (tag::CONTINUATION_TOKEN, "9134")],
    };
    write::document(&mut out, &document);
    let first_length = out.len() as u64;
    write::document(&mut out, &document);

    let all = read(FragmentReader::new(Limits::CONNECT), &out);

    assert_eq!(all.len(), 2);
    assert_eq!(all[1].offset, first_length);
    assert_eq!(all[0].tracks, tracks);
    assert_eq!(all[0].blocks, written.blocks);
    assert_eq!(all[0].payload, written.payload);
    assert_eq!(all[0].end, FragmentEnd::ContinuationToken);
    let names: Vec<_> = all[0].tags.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        tag::FRAGMENT_NUMBER,
        tag::SERVER_TIMESTAMP,
        tag::PRODUCER_TIMESTAMP,
        "ContactId",
        tag::MILLIS_BEHIND_NOW,
        tag::CONTINUATION_TOKEN,
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_producers_stream_gives_one_fragment_per_cluster_with_the_tags_behind_it() {
    let tracks = [track(1, "AUDIO_FROM_CUSTOMER")];
    let mut out = Vec::new();
    write::producer_header(&mut out, Info::Connect { segment_uuid: [7; 16] }, Tracks::Entries(&tracks));
    write::producer_tags(&mut out, &[("early", "1")]);
    for (timecode, name) in [(5_000, "a"), (6_000, "b"), (7_000, "c")] {
        let fragment = fragment(timecode, &[0, 64]);
        write::cluster(&mut out, timecode, fragment.blocks.iter().map(|b| (b, fragment.data(b))));
        write::producer_tags(&mut out, &[(name, "x"), ("ContactId", "k")]);
    }

    let mut reader = FragmentReader::for_producer(Limits::CONNECT);
    reader.push(&out);
    assert_eq!(reader.next().map(|item| matches!(item, Item::Fragment(_))), Some(true));
    assert_eq!(reader.open_fragment().and_then(|open| open.timecode_ms), None);
    assert!(!reader.tracks_body().is_empty() && !reader.info_body().is_empty());

    let all = read(FragmentReader::for_producer(Limits::CONNECT), &out);
    let shape: Vec<_> = all.iter().map(|f| (f.timecode_ms, f.tracks.len(), f.tags[0].0.as_str())).collect();
    assert_eq!(shape, [(Some(5_000), 1, "early"), (Some(6_000), 1, "b"), (Some(7_000), 1, "c")]);
    let ends: Vec<_> = all.iter().map(|f| f.end).collect();
    assert_eq!(ends, [FragmentEnd::NextHeader, FragmentEnd::NextHeader, FragmentEnd::EndOfStream]);
}

#[test]
fn a_block_too_far_for_sixteen_bits_begins_a_further_cluster_of_the_same_fragment() {
    let written = fragment(1_000, &[0, 40_000, 40_064, 0]);
    let mut out = Vec::new();
    let document = Document {
        info: Info::Connect { segment_uuid: [0; 16] },
        tracks: Tracks::Entries(&[]),
        before: &[],
        fragment: &written,
        after: &[],
    };
    write::document(&mut out, &document);
    let all = read(FragmentReader::new(Limits::default()), &out);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].blocks, written.blocks);
    assert_eq!(all[0].timecode_ms, Some(1_000));
}
