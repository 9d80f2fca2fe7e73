use mkv::{
    Block, Track,
    write::{self, Info, Tracks, Width},
};
use proptest::prelude::*;

use super::*;

fn tracks() -> Vec<Track> {
    let track = |number, name: &str| Track {
        number,
        uid: number,
        name: name.to_owned(),
        codec_id: "A_AAC".to_owned(),
        track_type: 2,
        codec_private: vec![0x11, 0x90],
    };
    vec![track(1, "AUDIO_FROM_CUSTOMER"), track(2, "AUDIO_TO_CUSTOMER")]
}

fn header() -> Vec<u8> {
    let mut out = Vec::new();
    write::producer_header(&mut out, Info::Connect { segment_uuid: [7; 16] }, Tracks::Entries(&tracks()));
    out
}

fn cluster(timecode_ms: u64, fill: u8) -> Vec<u8> {
    let data = vec![fill; 1024];
    let blocks: Vec<_> = (0..16_i64)
        .flat_map(|n| {
            [1, 2].map(|track| Block { track, timecode_ms: timecode_ms as i64 + n * 64, bytes: 0..1024 })
        })
        .collect();
    let mut out = Vec::new();
    write::cluster(&mut out, timecode_ms, blocks.iter().map(|block| (block, data.as_slice())));
    out
}

fn tags(value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write::producer_tags(&mut out, &[("ContactId", value), ("Events", "[]")]);
    out
}

/// Everything that comes of these bytes in these pieces.
fn split(bytes: &[u8], pieces: &[usize], clean: bool) -> (Vec<u64>, Vec<Split>, Option<AckError>) {
    let mut splitter = Splitter::new(Limits::default());
    let (mut began, mut complete) = (Vec::new(), Vec::new());
    let mut rest = bytes;
    let mut lengths = pieces.iter().copied().chain(std::iter::repeat(usize::MAX));
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(lengths.next().unwrap().clamp(1, rest.len()));
        rest = later;
        splitter.push(piece);
        loop {
            match splitter.next() {
                Ok(None) => break,
                Ok(Some(Event::Began(timecode_ms))) => began.push(timecode_ms),
                Ok(Some(Event::Complete(one))) => complete.push(one),
                Err(error) => return (began, complete, Some(error)),
            }
        }
    }
    match splitter.finish(clean) {
        Ok(last) => complete.extend(last),
        Err(error) => return (began, complete, Some(error)),
    }
    (began, complete, None)
}

fn stream() -> Vec<u8> {
    [
        header(),
        tags("early"),
        cluster(10_000, 1),
        tags("a"),
        cluster(11_024, 2),
        tags("b"),
        cluster(12_048, 3),
    ]
    .concat()
}

#[test]
fn each_part_of_a_fragment_stays_as_it_was_written() {
    let (began, complete, error) = split(&stream(), &[], true);
    assert_eq!(error, None);
    assert_eq!(began, [10_000, 11_024, 12_048]);
    let first = &complete[0];
    assert_eq!((first.timecode_ms, first.duration_ms), (10_000, 1_024));
    assert_eq!(first.content.head, header());
    assert_eq!(first.content.tags_before, tags("early"));
    assert_eq!(first.content.cluster, cluster(10_000, 1));
    assert_eq!(first.content.tags_after, tags("a"));
    assert_eq!(complete[1].content.tags_before, Bytes::new());
    assert_eq!(complete[1].content.head, header());
    assert_eq!(complete[2].content.tags_after, Bytes::new());
}

#[test]
fn a_new_document_ends_a_fragment_and_begins_with_its_own_head() {
    let second = [header(), tags("early"), cluster(20_000, 4)].concat();
    let bytes = [header(), cluster(10_000, 1), tags("a"), second].concat();
    let (_, complete, error) = split(&bytes, &[], true);
    assert_eq!(error, None);
    assert_eq!(complete[0].content.tags_after, tags("a"));
    assert_eq!(complete[1].content.tags_before, tags("early"));
    assert_eq!(complete[1].content.head, header());
}

#[test]
fn a_cluster_of_known_size_is_taken_too() {
    let body = cluster(10_000, 1).split_off(5);
    let mut known = Vec::new();
    write::element(&mut known, id::CLUSTER, Width::Four, &body);
    let (_, complete, error) = split(&[header(), known.clone(), tags("a")].concat(), &[], false);
    assert_eq!(error, None);
    assert_eq!(complete[0].content.cluster, known);
    let (_, complete, _) = split(&[header(), known.clone()].concat(), &[], false);
    assert_eq!(complete.len(), 1, "its end is known without tags");
    known.pop();
    let (_, complete, _) = split(&[header(), known].concat(), &[], true);
    assert_eq!(complete.len(), 0);
}

#[test]
fn a_producer_that_drops_loses_only_the_open_fragment() {
    let bytes = stream();
    let (_, complete, error) = split(&bytes[..bytes.len() - 100], &[], false);
    assert_eq!((complete.len(), error), (2, None));
    let (_, complete, _) = split(&bytes, &[], false);
    assert_eq!(complete.len(), 2, "a cluster without an end may go on");
    let (_, complete, _) = split(&[bytes, tags("c")].concat(), &[], false);
    assert_eq!(complete.len(), 3, "tags end it");
}

#[test]
fn an_ebml_header_in_sound_does_no_harm() {
    let mut bytes = cluster(10_000, 1);
    let at = bytes.len() - 600;
    bytes[at..at + 5].copy_from_slice(&[0x1A, 0x45, 0xDF, 0xA3, 0xA3]);
    let (_, complete, error) = split(&[header(), bytes.clone(), tags("a")].concat(), &[], true);
    assert_eq!(error, None);
    assert_eq!(complete[0].content.cluster, bytes);
}

#[test]
fn what_breaks_a_rule_is_named() {
    let error = |parts: &[Vec<u8>]| split(&parts.concat(), &[], true).2;
    let many: Vec<_> = (0..11).map(|n| (format!("k{n}"), "v")).collect();
    let mut eleven = Vec::new();
    write::producer_tags(&mut eleven, &many);
    let mut reserved = Vec::new();
    write::producer_tags(&mut reserved, &[("AWS_X", "v")]);
    for bad in [eleven, reserved, tags(&"x".repeat(257))] {
        assert_eq!(error(&[header(), cluster(1, 1), bad]), Some(AckError::FragmentMetadataLimitReached));
    }
    let mut one_track = cluster(1, 1);
    one_track.truncate(5 + 10 + 3 + 1 + 8 + 1028);
    assert_eq!(error(&[header(), one_track]), Some(AckError::FramesMissingForTrack));
    let mut long = Vec::new();
    write::cluster_start(&mut long, 1);
    write::simple_block(&mut long, 1, 0, b"x");
    write::simple_block(&mut long, 1, 20_001, b"x");
    assert_eq!(error(&[header(), long]), Some(AckError::MaxFragmentDurationReached));
    let mut foreign = Vec::new();
    write::cluster_start(&mut foreign, 1);
    write::simple_block(&mut foreign, 3, 0, b"x");
    assert_eq!(error(&[header(), foreign]), Some(AckError::TrackNumberMismatch));
    let four: Vec<_> = (1..=4).map(|number| Track { number, ..Track::default() }).collect();
    let mut out = Vec::new();
    write::producer_header(&mut out, Info::Connect { segment_uuid: [7; 16] }, Tracks::Entries(&four));
    assert_eq!(error(&[out]), Some(AckError::MoreThanAllowedTracksFound));
    assert_eq!(error(&[cluster(1, 1)]), Some(AckError::InvalidMkvData));
    assert_eq!(error(&[b"RIFF....WAVEfmt ".to_vec()]), Some(AckError::InvalidMkvData));
}

#[test]
fn a_fragment_beyond_its_size_is_refused_before_it_is_held() {
    let limits = Limits { fragment_bytes: 10_000, ..Limits::default() };
    let mut splitter = Splitter::new(limits);
    splitter.push(&[header(), cluster(1, 1)].concat());
    let error = loop {
        match splitter.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the fragment was taken"),
            Err(error) => break error,
        }
    };
    assert_eq!(error, AckError::MaxFragmentSizeReached);
}

proptest! {
    #[test]
    fn any_cut_of_the_bytes_gives_the_same_fragments(pieces in prop::collection::vec(1_usize..3_000, 0..200)) {
        let bytes = stream();
        let (began, complete, error) = split(&bytes, &pieces, true);
        let (whole_began, whole_complete, _) = split(&bytes, &[], true);
        prop_assert_eq!(error, None);
        prop_assert_eq!(began, whole_began);
        let contents = |all: Vec<Split>| all.into_iter().map(|one| one.content).collect::<Vec<_>>();
        prop_assert_eq!(contents(complete), contents(whole_complete));
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..500),
        at in 0_usize..20_000,
        pieces in prop::collection::vec(1_usize..700, 0..50),
    ) {
        let mut damaged = stream();
        let at = at.min(damaged.len());
        let end = (at + bytes.len()).min(damaged.len());
        damaged.splice(at..end, bytes);
        drop(split(&damaged, &pieces, true));
    }
}
