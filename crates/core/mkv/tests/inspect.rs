//! What the inspector says of a stream that has everything odd in it.

use mkv::{
    FragmentReader, Limits,
    inspect::{Anomaly, Finding, Inspector, Summary},
    tag,
    testing::{ConnectStream, Cuts, items},
    write::{self, Width},
};

const FIRST: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
const SECOND: &str = "0d3c5cbe-95a0-4fd1-a1f6-31a0c7a4f6d9";

fn inspect(bytes: &[u8]) -> (Vec<Finding>, Summary) {
    let mut inspector = Inspector::new();
    let all = items(FragmentReader::new(Limits::default()), bytes, Cuts::Every(1_000));
    let findings = all.iter().flat_map(|item| inspector.observe(item)).collect();
    (findings, inspector.summary().clone())
}

fn anomalies(bytes: &[u8]) -> Vec<Anomaly> {
    let anomaly = |finding| if let Finding::Anomaly(anomaly) = finding { Some(anomaly) } else { None };
    inspect(bytes).0.into_iter().filter_map(anomaly).collect()
}

/// Small fragments, whose tracks are numbered as the tags say.
fn stream() -> ConnectStream {
    let mut stream = ConnectStream::new(FIRST, 1_726_677_688_724, 3);
    stream.blocks_per_track = 2;
    stream
}

#[test]
fn a_whole_call_has_no_anomalies_and_no_gaps() {
    let mut bytes = Vec::new();
    stream().write(4, &mut bytes);
    let (findings, summary) = inspect(&bytes);
    assert!(findings.iter().all(|finding| matches!(finding, Finding::Fragment(_))), "{findings:#?}");
    insta::assert_json_snapshot!("clean_fragment", findings[1]);
    insta::assert_json_snapshot!("clean_summary", summary);
}

#[test]
fn everything_odd_is_found_once() {
    let mut bytes = Vec::new();
    let mut call = stream();
    call.write(1, &mut bytes);
    let first = bytes.clone();
    // 320 ms that were never sent, and a short block within.
    call.next_ms += 320;
    let mut short = call.fragment();
    let block = short.fragment.blocks[1].bytes.clone();
    short.fragment.blocks[1].bytes.end = block.start + 192;
    short.write(&mut bytes);
    // The first fragment again.
    bytes.extend_from_slice(&first);
    // One that says nothing of its contact, numbered below the last.
    call.next_number = 0;
    call.contact = None;
    call.write(1, &mut bytes);
    // Damage.
    let damaged = bytes.len();
    call.next_number = 9;
    call.write(1, &mut bytes);
    let block = bytes[damaged..].windows(9).position(|w| w == b"\xA3\x01\0\0\0\0\0\x04\x04").unwrap();
    bytes[damaged + block] = 0;
    // Another contact with its tracks the other way round, days later.
    call.contact = Some(SECOND.to_owned());
    call.from_first = false;
    call.next_ms += 200_000_000;
    call.write(1, &mut bytes);
    // An error, then a fragment without its end.
    write::document_header(&mut bytes);
    write::unknown_size(&mut bytes, mkv::id::SEGMENT);
    let error = [(tag::ERROR_CODE, "4501"), (tag::ERROR_ID, "KMS_KEY_DISABLED")];
    write::tags(&mut bytes, Width::Four, &error);
    let end = bytes.len() + 3_000;
    call.write(1, &mut bytes);
    bytes.truncate(end);

    let (findings, summary) = inspect(&bytes);

    let odd: Vec<_> = findings.iter().filter(|finding| matches!(finding, Finding::Anomaly(_))).collect();
    insta::assert_json_snapshot!("anomalies", odd);
    insta::assert_json_snapshot!("fragment_with_gaps", findings[1]);
    let with_error =
        findings.iter().rev().find(|f| matches!(f, Finding::Fragment(f) if !f.errors.is_empty()));
    insta::assert_json_snapshot!("fragment_with_error", with_error);
    insta::assert_json_snapshot!("summary", summary);
}

#[test]
fn blocks_of_a_track_that_is_not_declared_are_counted() {
    let mut bytes = Vec::new();
    let mut fragment = stream().fragment();
    fragment.fragment.tracks.pop();
    fragment.write(&mut bytes);
    let expected = Anomaly::UndeclaredTrack { fragment: 1, number: 2, blocks: 2 };
    assert_eq!(anomalies(&bytes), [expected]);
}

#[test]
fn sound_that_comes_too_early_overlaps() {
    let mut bytes = Vec::new();
    let mut call = stream();
    call.write(1, &mut bytes);
    call.next_ms -= 30;
    call.write(1, &mut bytes);
    let found = anomalies(&bytes);
    assert_eq!(found.len(), 2, "one per track: {found:?}");
    assert!(matches!(found[0], Anomaly::Overlap { fragment: 2, ms: 30, .. }));
}

#[test]
fn a_stream_of_others_is_not_asked_for_contacts_or_samples() {
    let mut bytes = Vec::new();
    let mut other = stream();
    other.contact = None;
    for _ in 0..2 {
        let mut fragment = other.fragment();
        for track in &mut fragment.fragment.tracks {
            "Video".clone_into(&mut track.name);
            track.track_type = 1;
        }
        fragment.write(&mut bytes);
    }
    let (findings, summary) = inspect(&bytes);
    assert_eq!(summary.anomalies, 0);
    let Finding::Fragment(report) = &findings[0] else { panic!("{findings:?}") };
    assert_eq!((report.tracks[0].samples, report.tracks[0].bytes), (None, 2_048));
}
