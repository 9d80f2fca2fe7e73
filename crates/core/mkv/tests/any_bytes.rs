//! Rules that hold for all bytes and all cuts of them.

use mkv::{
    Fragment, FragmentEnd, FragmentReader, Item, Limits,
    testing::{ConnectStream, Cuts, check_any_bytes, items},
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// A short stream with small fragments, so that many cases run.
fn short_stream(seed: u64, fragments: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = ConnectStream::new("5ca32fbd-8f92-46af-92a5-6b0f970f0efe", 1_726_677_688_724, seed);
    stream.blocks_per_track = 2;
    stream.write(fragments, &mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_keep_the_rules(bytes in vec(any::<u8>(), 0..2_000)) {
        check_any_bytes(&bytes);
    }

    #[test]
    fn bytes_made_of_ids_and_sizes_keep_the_rules(parts in vec(part(), 0..60)) {
        check_any_bytes(&parts.concat());
    }

    #[test]
    fn a_stream_with_damage_keeps_the_rules(
        seed: u64,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = short_stream(seed, 3);
        for (at, value) in changes {
            *at.get_mut(&mut bytes) = value;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        check_any_bytes(&bytes);
    }

    #[test]
    fn what_is_written_reads_back(seed: u64, cuts: u64, blocks in 0_usize..5, from_first: bool, tagged: bool) {
        let mut stream = ConnectStream::new("c", 1_000_000, seed);
        stream.blocks_per_track = blocks;
        stream.from_first = from_first;
        if !tagged {
            stream.contact = None;
        }
        let mut bytes = Vec::new();
        let written: Vec<_> = (0..3).map(|_| stream.fragment()).collect();
        for fragment in &written {
            fragment.write(&mut bytes);
        }
        let read = fragments(&bytes, Cuts::Seeded(cuts));
        prop_assert_eq!(read.len(), written.len());
        for (read, written) in read.iter().zip(&written) {
            prop_assert_eq!(&read.tracks, &written.fragment.tracks);
            prop_assert_eq!(&read.blocks, &written.fragment.blocks);
            prop_assert_eq!(&read.payload, &written.fragment.payload);
            prop_assert_eq!(read.timecode_ms, written.fragment.timecode_ms);
            let tags = written.before.len() + written.fragment.tags.len() + written.after.len();
            prop_assert_eq!(read.tags.len(), tags);
        }
    }
}

/// Seeded the same in every run: a change that damages bytes so that they still read as others would fail it, and
/// no reader could tell.
#[test]
fn damage_costs_the_fragments_it_touches_and_no_other() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner =
        TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::with_cases(10_000) }, rng);
    let damage = (any::<u64>(), any::<prop::sample::Index>(), vec(any::<u8>(), 1..400), any::<u64>());
    runner
        .run(&damage, |(seed, at, noise, cuts)| {
            let clean = short_stream(seed, 5);
            let mut bytes = clean.clone();
            let start = at.index(bytes.len());
            let end = (start + noise.len()).min(bytes.len());
            bytes[start..end].copy_from_slice(&noise[..end - start]);
            let expected = fragments(&clean, Cuts::None);
            let read = items(FragmentReader::new(Limits::default()), &bytes, Cuts::Seeded(cuts));
            for (index, fragment) in expected.iter().enumerate() {
                let from = usize::try_from(fragment.offset).unwrap();
                let to =
                    expected.get(index + 1).map_or(bytes.len(), |next| usize::try_from(next.offset).unwrap());
                let touched = start < to && from < end;
                if !touched {
                    let there = read.iter().any(|item| *item == Item::Fragment(fragment.clone()));
                    prop_assert!(there, "lost the fragment at {from}; damage at {start}..{end}");
                }
            }
            let lost = read.iter().filter(|item| matches!(item, Item::Fragment(_))).count() < expected.len();
            let tells = |item: &Item| match item {
                Item::Damaged { .. } => true,
                Item::Fragment(fragment) => fragment.end == FragmentEnd::Truncated,
            };
            prop_assert!(read.iter().any(tells) || !lost, "a fragment is missing and nothing says so");
            Ok(())
        })
        .unwrap();
}

fn fragments(bytes: &[u8], cuts: Cuts) -> Vec<Fragment> {
    let whole = |item| if let Item::Fragment(fragment) = item { fragment } else { panic!("{item:?}") };
    items(FragmentReader::new(Limits::default()), bytes, cuts).into_iter().map(whole).collect()
}

/// Pieces of which streams are made, right and wrong.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let header = b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska".to_vec();
    let block = b"\xA3\x85\x81\x00\x00\x80p".to_vec();
    let token = {
        let mut out = Vec::new();
        mkv::write::tags(&mut out, mkv::write::Width::Short, &[(mkv::tag::CONTINUATION_TOKEN, "1")]);
        out
    };
    prop_oneof![
        4 => Just(header),
        4 => Just(b"\x18\x53\x80\x67\xFF".to_vec()),
        4 => Just(b"\x1F\x43\xB6\x75\xFF\xE7\x81\x05".to_vec()),
        2 => Just(b"\x18\x53\x80\x67\x90".to_vec()),
        2 => Just(b"\x1F\x43\xB6\x75\x8A\xE7\x81\x05".to_vec()),
        4 => Just(block),
        2 => Just(token),
        1 => Just(b"\x16\x54\xAE\x6B\x85\xAE\x83\xD7\x81\x01".to_vec()),
        1 => Just(b"\xEC\x83abc".to_vec()),
        1 => Just(b"\x4F\xFE\x84\x1A\x45\xDF\xA3".to_vec()),
        1 => Just(b"\xA0\x87\xA1\x85\x81\x00\x00\x00q".to_vec()),
        1 => vec(any::<u8>(), 1..12),
    ]
}
