use std::time::Duration;

use call::{Anomaly, Event};
use mkv::{Fragment, tag};
use model::{Channel, GapCause, MediaTime};
use proptest::prelude::*;

use crate::support::{Call, Spoken, T0, push_block};

const CUSTOMER: u64 = 1;
const TO_CUSTOMER: u64 = 2;

/// The fragment `n` of ours with these blocks: track, milliseconds after [`T0`], value, samples.
fn fragment(n: u64, blocks: &[(u64, i64, i16, usize)]) -> Fragment {
    let mut fragment = Spoken { blocks: 0, ..Spoken::mine(n) }.build();
    fragment.timecode_ms = blocks.iter().map(|block| u64::try_from(T0 + block.1).unwrap_or(0)).min();
    for &(track, at_ms, value, samples) in blocks {
        push_block(&mut fragment, track, T0 + at_ms, &vec![value; samples]);
    }
    fragment
}

fn heard(fragments: Vec<Fragment>) -> Call {
    let mut call = Call::open();
    for fragment in fragments {
        call.feed(call::Input::Fragment(fragment));
    }
    call
}

#[test]
fn a_short_block_leaves_silence_up_to_the_grid_and_no_gap() {
    let blocks = [(CUSTOMER, 0, 1, 512), (CUSTOMER, 64, 2, 96), (CUSTOMER, 128, 3, 512)];
    let call = heard(vec![fragment(0, &blocks)]);
    assert_eq!(call.runs(Channel::Customer), [(1, 512), (2, 96), (0, 416), (3, 512)]);
    let gaps = call.gaps();
    assert!(gaps.iter().all(|gap| gap.channel == Channel::ToCustomer), "{gaps:?}");
}

#[test]
fn jitter_makes_no_seam() {
    let blocks = [(CUSTOMER, 0, 1, 512), (CUSTOMER, 60, 2, 512), (CUSTOMER, 133, 3, 512)];
    let call = heard(vec![fragment(0, &blocks)]);
    assert_eq!(call.runs(Channel::Customer), [(1, 512), (2, 512), (3, 512)]);
}

#[test]
fn a_missing_block_is_silence_and_a_gap() {
    let blocks = [(CUSTOMER, 0, 1, 512), (CUSTOMER, 128, 3, 512), (TO_CUSTOMER, 0, -1, 1_536)];
    let call = heard(vec![fragment(0, &blocks)]);
    assert_eq!(call.runs(Channel::Customer), [(1, 512), (0, 512), (3, 512)]);
    let gaps = call.gaps();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].from, gaps[0].to), (MediaTime::from_millis(64), MediaTime::from_millis(128)));
    assert_eq!(gaps[0].cause, GapCause::NotSent);
}

#[test]
fn overlapping_audio_is_cut_and_told() {
    let call = heard(vec![fragment(0, &[(CUSTOMER, 0, 1, 512)]), fragment(1, &[(CUSTOMER, 32, 2, 512)])]);
    assert_eq!(call.runs(Channel::Customer), [(1, 512), (2, 256)]);
    let at = MediaTime::from_millis(64);
    let told = Event::Anomaly(Anomaly::Overlap { channel: Channel::Customer, at, samples: 256 });
    assert!(call.events.contains(&told), "{:?}", call.events);
}

#[test]
fn a_channel_that_is_missing_from_a_fragment_is_silent_up_to_its_end() {
    let one = Spoken { tracks: vec!["AUDIO_FROM_CUSTOMER"], ..Spoken::mine(1) }.build();
    let call = heard(vec![Spoken::mine(0).build(), one, Spoken::mine(2).build()]);
    assert_eq!(call.runs(Channel::ToCustomer), [(-1, 8_192), (0, 8_192), (-3, 8_192)]);
    assert_eq!(call.runs(Channel::Customer), [(1, 8_192), (2, 8_192), (3, 8_192)]);
    assert_eq!(call.gaps().len(), 1);
    assert_eq!(call.gaps()[0].channel, Channel::ToCustomer);
}

#[test]
fn a_stream_of_one_direction_has_no_gaps_on_the_other() {
    let one = |n| Spoken { tracks: vec!["Track_audio/L16"], ..Spoken::mine(n) }.build();
    let call = heard(vec![one(0), one(1)]);
    assert_eq!(call.runs(Channel::ToCustomer), [(0, 16_384)]);
    assert_eq!(call.gaps(), []);
}

#[test]
fn half_a_sample_is_dropped_and_told() {
    let mut odd = fragment(0, &[(CUSTOMER, 0, 1, 512)]);
    odd.payload.push(7);
    odd.blocks[0].bytes.end += 1;
    let call = heard(vec![odd]);
    assert_eq!(call.runs(Channel::Customer), [(1, 512)]);
    assert!(call.events.contains(&Event::Anomaly(Anomaly::OddPayload { channel: Channel::Customer })));
}

#[test]
fn a_jump_of_hours_is_one_span_of_silence() {
    let call = heard(vec![Spoken::mine(0).build(), Spoken::mine(1).at_ms(7_200_000).build()]);
    assert_eq!(call.runs(Channel::Customer), [(1, 8_192), (0, 7_200 * 8_000 - 8_192), (2, 8_192)]);
    assert_eq!(call.gaps().len(), 2);
}

#[test]
fn a_timecode_from_nowhere_is_dropped_and_what_follows_is_kept() {
    let servers = |n: u64| vec![(tag::SERVER_TIMESTAMP, format!("{}.000", 1_726_677_688 + n))];
    let far = [i64::from(i32::MAX), 90_000_000_000, 100_000, -1_000_000];
    for far in far {
        let call = heard(vec![
            Spoken { tags: servers(0), ..Spoken::mine(0) }.build(),
            Spoken { tags: servers(1), ..Spoken::mine(1) }.at_ms(far).build(),
            Spoken { tags: servers(2), ..Spoken::mine(2) }.build(),
        ]);
        assert_eq!(call.runs(Channel::Customer), [(1, 8_192), (0, 8_192), (3, 8_192)], "{far}");
        let told = |event: &&Event| matches!(event, Event::Anomaly(Anomaly::Timecode { .. }));
        assert_eq!(call.events.iter().filter(told).count(), 1);
        assert!(call.gaps().iter().all(|gap| gap.cause == GapCause::Damaged));
    }
}

#[test]
fn a_clock_set_anew_is_followed_after_three_fragments() {
    let late = |n: u64| Spoken::mine(n).at_ms(i64::try_from(n).unwrap() * 1_024 - 10_000_000).build();
    let call = heard(vec![Spoken::mine(0).build(), late(1), late(2), late(3), late(4)]);
    let values: Vec<i16> = call.runs(Channel::Customer).into_iter().map(|(value, _)| value).collect();
    assert_eq!(values, [1, 4, 5]);
    let told = |event: &Event| matches!(event, Event::Anomaly(Anomaly::ClockChanged { .. }));
    assert!(call.events.iter().any(told));
}

#[test]
fn one_wild_block_does_not_push_the_rest_off_the_timeline() {
    for wild in [30_000, -30_000] {
        let blocks = [
            (CUSTOMER, 0, 1, 512),
            (CUSTOMER, 64, 2, 512),
            (CUSTOMER, 128 + wild, 3, 512),
            (CUSTOMER, 192, 4, 512),
            (TO_CUSTOMER, 0, -1, 2_048),
        ];
        let call = heard(vec![fragment(0, &blocks), fragment(1, &[(CUSTOMER, 256, 5, 512)])]);
        assert_eq!(
            call.runs(Channel::Customer)[..5],
            [(1, 512), (2, 512), (0, 512), (4, 512), (5, 512)],
            "{wild}"
        );
    }
}

#[test]
fn relative_timecodes_take_the_wall_time_of_the_server() {
    let mut relative = Spoken::mine(0).build();
    relative.timecode_ms = Some(1_109_909);
    relative.blocks.iter_mut().for_each(|block| block.timecode_ms -= T0 - 1_109_909);
    relative.tags.push((tag::SERVER_TIMESTAMP.to_owned(), "1726677690.500".to_owned()));
    let call = heard(vec![relative]);
    let at = model::Timestamp::from_millis(1_726_677_690_500);
    assert_eq!(call.events[0], Event::Started { at });
}

proptest! {
    /// Whatever the timecodes, lengths and tracks: audio is contiguous (checked as it comes), the channels end
    /// together, every given sample was sent, none is given twice, and nothing panics.
    #[test]
    fn any_blocks_give_two_contiguous_channels(
        fragments in prop::collection::vec(
            prop::collection::vec(
                (1_u64..4, prop_oneof![-200_i64..3_000, any::<i64>()], 0_usize..600),
                0..12,
            ),
            1..12,
        ),
    ) {
        let mut call = Call::open();
        let (mut n, mut sent) = (0, 0);
        for blocks in fragments {
            n += 1;
            let mut fragment = Spoken { blocks: 0, ..Spoken::mine(n) }.build();
            fragment.timecode_ms = None;
            for (track, at_ms, samples) in blocks {
                sent += 1;
                push_block(&mut fragment, track, T0.saturating_add(at_ms), &vec![sent; samples]);
            }
            call.feed(call::Input::Fragment(fragment));
        }
        call.feed(call::Input::Disconnected { at: call.now });
        call.pass(Duration::from_secs(1_000));
        prop_assert!(call.end_reason().is_some());
        for channel in Channel::ALL {
            let mut values: Vec<i16> =
                call.runs(channel).into_iter().map(|(value, _)| value).filter(|value| *value != 0).collect();
            let given = values.len();
            values.sort_unstable();
            values.dedup();
            prop_assert_eq!(values.len(), given, "a block was given twice");
        }
        prop_assert_eq!(call.position[0], call.position[1]);
    }
}
