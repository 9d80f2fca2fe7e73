//! The rules of a stream, one by one.

use mkv::{
    DamageReason, Fragment, FragmentEnd, FragmentReader, Item, Limits, id, tag,
    testing::{ConnectStream, Cuts, items},
    write::{self, Width},
};

const CONTACT: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";

fn read(bytes: &[u8]) -> Vec<Item> {
    items(FragmentReader::new(Limits::default()), bytes, Cuts::None)
}

fn fragments(bytes: &[u8]) -> Vec<Fragment> {
    let whole = |item| if let Item::Fragment(fragment) = item { fragment } else { panic!("{item:?}") };
    read(bytes).into_iter().map(whole).collect()
}

fn stream() -> ConnectStream {
    ConnectStream::new(CONTACT, 1_726_677_688_724, 7)
}

/// The head of a document of one track, up to where clusters stand.
fn head(out: &mut Vec<u8>) {
    write::document_header(out);
    write::unknown_size(out, id::SEGMENT);
    write::master(out, id::TRACKS, Width::Short, |out| {
        write::master(out, id::TRACK_ENTRY, Width::Short, |out| {
            write::uint(out, id::TRACK_NUMBER, 1, 1);
            write::text(out, id::NAME, Width::Short, "AUDIO_FROM_CUSTOMER\0\0\0");
        });
    });
}

#[test]
fn a_fragment_is_given_at_its_closing_tags_before_the_next_begins() {
    let mut bytes = Vec::new();
    let expected = stream().fragment();
    expected.write(&mut bytes);
    let mut reader = FragmentReader::new(Limits::CONNECT);
    reader.push(&bytes);
    let Some(Item::Fragment(fragment)) = reader.next() else { panic!("no fragment") };
    assert_eq!(fragment.end, FragmentEnd::ContinuationToken);
    assert_eq!(fragment.payload, expected.fragment.payload);
    assert_eq!(fragment.blocks, expected.fragment.blocks);
    assert_eq!(fragment.tag(tag::CONTACT_ID), Some(CONTACT));
    assert_eq!(reader.next(), None);
    reader.finish();
    assert_eq!(reader.next(), None);
}

#[test]
fn without_closing_tags_the_next_header_or_the_end_closes_a_fragment() {
    let mut bytes = Vec::new();
    let mut stream = stream();
    for _ in 0..2 {
        let mut fragment = stream.fragment();
        fragment.after.clear();
        fragment.write(&mut bytes);
    }
    let ends: Vec<_> = fragments(&bytes).iter().map(|f| f.end).collect();
    assert_eq!(ends, [FragmentEnd::NextHeader, FragmentEnd::EndOfStream]);
}

#[test]
fn sound_that_holds_a_header_does_no_harm() {
    let mut whole_header = Vec::new();
    head(&mut whole_header);
    for false_start in [&b"\x1A\x45\xDF\xA3"[..], &whole_header] {
        let mut call = stream();
        let mut bytes = Vec::new();
        let mut fragment = call.fragment();
        for at in [0, 1_020, 5_000, 20_000] {
            fragment.fragment.payload[at..at + false_start.len()].copy_from_slice(false_start);
        }
        fragment.write(&mut bytes);
        call.write(1, &mut bytes);
        let all = fragments(&bytes);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].payload, fragment.fragment.payload);
    }
}

#[test]
fn a_header_within_damaged_sound_is_not_taken_for_a_fragment() {
    let mut call = stream();
    let mut bytes = Vec::new();
    let mut fragment = call.fragment();
    fragment.fragment.payload[9_000..9_005].copy_from_slice(b"\x1A\x45\xDF\xA3\xA3");
    fragment.write(&mut bytes);
    let second = bytes.len() as u64;
    call.write(1, &mut bytes);
    // The first block's id: nothing in the cluster can be read from here.
    let block = bytes.windows(9).position(|w| w == b"\xA3\x01\0\0\0\0\0\x04\x04").unwrap();
    bytes[block] = 0;
    let all = read(&bytes);
    let damage = Item::Damaged { offset: 0, skipped: second, reason: DamageReason::InvalidElement };
    assert_eq!(all[0], damage);
    assert!(matches!(&all[1..], [Item::Fragment(f)] if f.offset == second), "{all:?}");
}

#[test]
fn a_size_that_swallows_the_next_fragment_loses_only_its_own() {
    let mut call = stream();
    let mut bytes = Vec::new();
    call.write(1, &mut bytes);
    let second = bytes.len() as u64;
    call.write(2, &mut bytes);
    let block = bytes.windows(9).rposition(|w| w == b"\xA3\x01\0\0\0\0\0\x04\x04").unwrap();
    let first_block = bytes.windows(9).position(|w| w == b"\xA3\x01\0\0\0\0\0\x04\x04").unwrap();
    assert!(first_block < block);
    bytes[first_block + 6] = 1;
    let all = read(&bytes);
    assert!(matches!(all[0], Item::Damaged { offset: 0, skipped, .. } if skipped == second), "{:?}", all[0]);
    assert_eq!(all.len(), 3);
}

#[test]
fn unknown_elements_are_passed_over_at_every_level() {
    let unknown = |out: &mut Vec<u8>, size| write::element(out, 0x4FFE, Width::Short, &vec![0x1A; size]);
    let mut bytes = Vec::new();
    head(&mut bytes);
    unknown(&mut bytes, 3);
    write::cluster_start(&mut bytes, 1_000);
    unknown(&mut bytes, 0);
    write::simple_block(&mut bytes, 1, 0, b"ab");
    unknown(&mut bytes, 70_000);
    write::simple_block(&mut bytes, 1, 64, b"cd");
    write::element(&mut bytes, id::VOID, Width::Eight, &[0; 99]);
    write::element(&mut bytes, id::CUES, Width::Short, &[0; 9]);
    write::tags(&mut bytes, Width::Short, &[("a", "b")]);
    let all = fragments(&bytes);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].payload, b"abcd");
    assert_eq!(all[0].tracks[0].name, "AUDIO_FROM_CUSTOMER");
    assert_eq!(all[0].tag("a"), Some("b"));
}

#[test]
fn an_unknown_element_of_any_size_is_passed_over_without_being_held() {
    let mut head_bytes = Vec::new();
    head(&mut head_bytes);
    write::cluster_start(&mut head_bytes, 0);
    head_bytes.extend_from_slice(b"\x4F\xFE\x01\0\0\0\x40\0\0\0");
    let mut reader = FragmentReader::new(Limits::CONNECT);
    reader.push(&head_bytes);
    let piece = vec![0x1A; 1 << 20];
    for _ in 0..1_024 {
        reader.push(&piece);
        assert_eq!(reader.next(), None);
    }
    let mut tail = Vec::new();
    write::simple_block(&mut tail, 1, 5, b"after");
    reader.push(&tail);
    reader.finish();
    let Some(Item::Fragment(fragment)) = reader.next() else { panic!("no fragment") };
    assert_eq!(fragment.payload, b"after");
}

#[test]
fn segments_and_clusters_of_known_size_close_where_they_say() {
    let mut bytes = Vec::new();
    for timecode in [1_000, 2_000] {
        write::document_header(&mut bytes);
        write::master(&mut bytes, id::SEGMENT, Width::Eight, |out| {
            for offset in [0, 500] {
                write::master(out, id::CLUSTER, Width::Four, |out| {
                    write::uint(out, id::TIMECODE, timecode + offset, 2);
                    write::simple_block(out, 1, 3, b"pcm");
                });
            }
            write::tags(out, Width::Short, &[("k", "v")]);
        });
    }
    let all = fragments(&bytes);
    assert_eq!(all.len(), 2, "clusters of one document are one fragment");
    let times: Vec<_> = all[1].blocks.iter().map(|b| b.timecode_ms).collect();
    assert_eq!(times, [2_003, 2_503]);
    assert_eq!(all[1].timecode_ms, Some(2_000));
    assert_eq!(all[0].tag("k"), Some("v"));
}

#[test]
fn both_spellings_of_an_unknown_size_are_read() {
    let mut short = Vec::new();
    stream().write(2, &mut short);
    let long: Vec<u8> = {
        let at = short.windows(5).position(|w| w == b"\x18\x53\x80\x67\xFF").unwrap() + 4;
        let mut long = short[..at].to_vec();
        long.extend_from_slice(b"\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
        long.extend_from_slice(&short[at + 1..]);
        long
    };
    let (a, b) = (fragments(&short), fragments(&long));
    assert_eq!(a[0].payload, b[0].payload);
    assert_eq!(a[0].tags, b[0].tags);
    assert_eq!(b.len(), 2);
}

#[test]
fn errors_in_the_body_arrive_as_tags_of_a_fragment_without_sound() {
    let mut bytes = Vec::new();
    stream().write(1, &mut bytes);
    let error = [(tag::ERROR_CODE, "4502"), (tag::ERROR_ID, "KMS_VALIDATION")];
    // Some bodies begin a document for it, others do not.
    for begins_document in [false, true] {
        let mut bytes = bytes.clone();
        if begins_document {
            write::document_header(&mut bytes);
            write::unknown_size(&mut bytes, id::SEGMENT);
        }
        write::tags(&mut bytes, Width::Four, &error);
        let all = fragments(&bytes);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].tag(tag::ERROR_CODE), Some("4502"));
        assert!(all[1].blocks.is_empty() && all[1].timecode_ms.is_none());
    }
}

#[test]
fn a_short_block_in_the_middle_of_a_track_keeps_its_place_and_length() {
    let mut bytes = Vec::new();
    head(&mut bytes);
    write::cluster_start(&mut bytes, 1_000);
    for (at, len) in [(0, 1_024), (64, 192), (128, 1_024)] {
        write::simple_block(&mut bytes, 1, at, &vec![1; len]);
    }
    let all = fragments(&bytes);
    let shape: Vec<_> = all[0].blocks.iter().map(|b| (b.timecode_ms, all[0].data(b).len())).collect();
    assert_eq!(shape, [(1_000, 1_024), (1_064, 192), (1_128, 1_024)]);
}

#[test]
fn tracks_are_those_of_each_fragment_in_either_order() {
    let mut bytes = Vec::new();
    let mut call = stream();
    call.write(1, &mut bytes);
    call.from_first = false;
    call.write(1, &mut bytes);
    let names: Vec<_> = fragments(&bytes).iter().map(|f| f.tracks[0].name.clone()).collect();
    assert_eq!(names, ["AUDIO_FROM_CUSTOMER", "AUDIO_TO_CUSTOMER"]);
}

#[test]
fn blocks_in_groups_lacing_and_other_timecode_scales_are_read() {
    let mut bytes = Vec::new();
    write::document_header(&mut bytes);
    write::unknown_size(&mut bytes, id::SEGMENT);
    write::master(&mut bytes, id::INFO, Width::Short, |out| write::uint(out, id::TIMECODE_SCALE, 500_000, 4));
    write::cluster_start(&mut bytes, 2_000);
    write::master(&mut bytes, id::BLOCK_GROUP, Width::Short, |out| {
        write::element(out, id::BLOCK, Width::Short, b"\x81\x00\x80\x02\x01\x02aabbb");
    });
    write::simple_block(&mut bytes, 1, -200, b"c");
    let all = fragments(&bytes);
    assert_eq!(all[0].payload, b"aabbbc");
    let times: Vec<_> = all[0].blocks.iter().map(|b| b.timecode_ms).collect();
    assert_eq!(times, [1_064, 900]);
    assert_eq!(all[0].timecode_ms, Some(1_000));
}

#[test]
fn nested_tags_come_after_the_tag_that_holds_them() {
    let mut bytes = Vec::new();
    head(&mut bytes);
    write::master(&mut bytes, id::TAGS, Width::Short, |out| {
        write::master(out, id::TAG, Width::Short, |out| {
            write::master(out, id::SIMPLE_TAG, Width::Short, |out| {
                write::master(out, id::SIMPLE_TAG, Width::Short, |out| {
                    write::text(out, id::TAG_NAME, Width::Short, "inner");
                });
                write::text(out, id::TAG_NAME, Width::Short, "outer");
                write::element(out, id::TAG_STRING, Width::Short, b"caf\xC3\xA9 \xFF\0\0");
            });
        });
    });
    let all = fragments(&bytes);
    let expected = [("outer".to_owned(), "café \u{FFFD}".to_owned()), ("inner".to_owned(), String::new())];
    assert_eq!(all[0].tags, expected);
}

#[test]
fn tags_nested_without_end_are_damage() {
    let mut tag = Vec::new();
    for _ in 0..2_000 {
        let inner = std::mem::take(&mut tag);
        write::element(&mut tag, id::SIMPLE_TAG, Width::Eight, &inner);
    }
    let mut bytes = Vec::new();
    head(&mut bytes);
    write::master(&mut bytes, id::TAGS, Width::Short, |out| write::element(out, id::TAG, Width::Short, &tag));
    let all = read(&bytes);
    assert!(matches!(all[..], [Item::Damaged { reason: DamageReason::BadNesting, .. }]), "{all:?}");
}

#[test]
fn every_cap_loses_the_fragment_and_says_which_kind() {
    let wide = Limits::default();
    let cases = [
        (Limits { element_bytes: 1_000, ..wide }, DamageReason::ElementTooLarge),
        (Limits { fragment_bytes: 9_000, ..wide }, DamageReason::FragmentTooLarge),
        (Limits { tracks: 1, ..wide }, DamageReason::TooManyElements),
        (Limits { blocks: 31, ..wide }, DamageReason::TooManyElements),
        (Limits { tags: 10, ..wide }, DamageReason::TooManyElements),
        (Limits { tag_name_bytes: 34, ..wide }, DamageReason::ElementTooLarge),
        (Limits { tag_value_bytes: 46, ..wide }, DamageReason::ElementTooLarge),
        (Limits { header_bytes: 34, ..wide }, DamageReason::InvalidElement),
    ];
    let mut bytes = Vec::new();
    stream().write(1, &mut bytes);
    for (limits, expected) in cases {
        let all = items(FragmentReader::new(limits), &bytes, Cuts::Every(100));
        let length = bytes.len() as u64;
        assert_eq!(all, [Item::Damaged { offset: 0, skipped: length, reason: expected }], "{limits:?}");
    }
}

#[test]
fn the_end_within_an_element_keeps_what_came_before_it() {
    let mut bytes = Vec::new();
    let expected = stream().fragment();
    expected.write(&mut bytes);
    let cut = bytes.len() - 3_000;
    let all = fragments(&bytes[..cut]);
    assert_eq!(all[0].end, FragmentEnd::Truncated);
    assert!(all[0].blocks.len() > 25 && expected.fragment.payload.starts_with(&all[0].payload));
    let header_alone = fragments(&bytes[..7]);
    assert_eq!((header_alone.len(), header_alone[0].end), (1, FragmentEnd::Truncated));
}

#[test]
fn damage_can_be_asked_for_before_the_next_fragment_is_found() {
    let mut reader = FragmentReader::for_producer(Limits::CONNECT);
    reader.push(b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska\x18\x53\x80\x67\xFF");
    assert_eq!((reader.next(), reader.damage_reason()), (None, None));
    reader.push(b"\xA3\x81");
    assert_eq!((reader.next(), reader.damage_reason()), (None, Some(DamageReason::BadNesting)));
}

#[test]
fn bytes_that_are_no_matroska_are_one_damage() {
    for bytes in [&b"RIFF\0\0\0\0WAVEfmt "[..], &[0; 5_000], b"\x1A\x45\xDF\xA3\x87\x42\x82\x84avi "] {
        let all = read(bytes);
        let length = bytes.len() as u64;
        assert!(
            matches!(all[..], [Item::Damaged { offset: 0, skipped, .. }] if skipped == length),
            "{all:?}"
        );
    }
    assert_eq!(read(b""), []);
}

#[test]
fn a_document_of_another_kind_is_no_matroska() {
    let mut bytes = Vec::new();
    write::master(&mut bytes, id::EBML, Width::Short, |out| {
        write::text(out, id::DOC_TYPE, Width::Short, "other")
    });
    write::unknown_size(&mut bytes, id::SEGMENT);
    assert!(matches!(read(&bytes)[..], [Item::Damaged { .. }]));
}
