//! A restarted process knows of a call only when it began: it reads the call again from there.

use std::time::Duration;

use call::{CallConfig, Checkpoint, Command, Event, Input, Origin, StartAt};
use events::CallEndReason;
use model::{Channel, GapCause, MediaGap, MediaTime, Timestamp};

use crate::support::{Call, Spoken, T0, contact, number};

const START: Timestamp = Timestamp::from_millis(T0);

/// The next owner of a call that began with the fragment 0, a while later.
fn restarted() -> Call {
    let resume = Some(Checkpoint {
        last_complete: None,
        producer_time: Some(START),
        origin: Some(Origin { timecode_ms: T0, wall: START }),
        samples: [0, 0],
    });
    let config = CallConfig { resume, ..CallConfig::new(contact("mine")) };
    Call::new_at(config, START + Duration::from_secs(600))
}

fn reading() -> Call {
    let mut call = restarted();
    call.feed(Input::Opened);
    call
}

fn gap(channel: Channel, to_ms: u64) -> MediaGap {
    MediaGap {
        channel,
        from: MediaTime::ZERO,
        to: MediaTime::from_millis(to_ms),
        cause: GapCause::ConnectionLost,
    }
}

#[test]
fn it_opens_a_margin_before_the_calls_beginning() {
    let start = StartAt::ProducerTime(START - Duration::from_secs(2));
    assert_eq!(restarted().commands, [Command::OpenMedia { start }]);
}

#[test]
fn it_gives_what_the_first_owner_gave_and_does_not_begin_the_call_again() {
    let fragments = || (0..4).map(Spoken::mine);
    let mut first = Call::open();
    fragments().for_each(|fragment| first.hear(&fragment));
    let mut second = reading();
    fragments().for_each(|fragment| second.hear(&fragment));
    for channel in Channel::ALL {
        assert_eq!(first.runs(channel), second.runs(channel));
    }
    assert_eq!(first.events, [Event::Started { at: START }]);
    assert_eq!(second.events, []);
}

#[test]
fn what_the_stream_no_longer_has_is_a_gap_from_zero() {
    let mut call = reading();
    call.hear(&Spoken::mine(3));
    let gaps = Channel::ALL.map(|channel| gap(channel, 3 * 1_024));
    assert_eq!(call.gaps(), gaps);
    assert_eq!(call.events.len(), 2, "and no second beginning: {:?}", call.events);
    assert_eq!(call.runs(Channel::Customer), [(0, 3 * 8_192), (4, 8_192)]);
    assert_eq!(call.session.checkpoint().origin, Some(Origin { timecode_ms: T0, wall: START }));
}

#[test]
fn a_beginning_that_is_hours_gone_is_a_gap_too() {
    let mut call = reading();
    let hours_ms = 5 * 60 * 60 * 1_000;
    call.hear(&Spoken::mine(3).at_ms(hours_ms));
    assert_eq!(call.gaps(), Channel::ALL.map(|channel| gap(channel, hours_ms.unsigned_abs())));
}

#[test]
fn a_fragment_that_begins_before_the_call_is_cut_at_zero() {
    let mut call = reading();
    call.hear(&Spoken::mine(0).at_ms(-512));
    call.hear(&Spoken::mine(1).at_ms(512));
    assert_eq!(call.runs(Channel::Customer), [(1, 4_096), (2, 8_192)]);
    assert_eq!(call.events, []);
}

#[test]
fn contact_events_told_again_keep_their_places() {
    let mut call = reading();
    call.feed(Input::HoldStarted { at: START + Duration::from_millis(700) });
    assert_eq!(call.events, [Event::HoldStarted { at: MediaTime::from_millis(700) }]);
}

#[test]
fn another_contact_before_the_call_is_kept_out_and_one_after_it_ends_it() {
    let mut call = reading();
    call.hear(&Spoken::mine(0).of(&["other"]).at_ms(-5_000));
    call.hear(&Spoken::mine(1).of(&["other"]).at_ms(-3_976));
    call.hear(&Spoken::mine(2).at_ms(0));
    assert_eq!(call.end_reason(), None);
    call.hear(&Spoken::mine(9).of(&["next"]).at_ms(60_000));
    assert_eq!(call.end_reason(), Some(CallEndReason::NextContact));
    assert_eq!(call.runs(Channel::Customer), [(3, 8_192)]);
}

#[test]
fn once_it_has_read_something_it_goes_on_after_that() {
    let mut call = reading();
    call.hear(&Spoken::mine(0));
    call.feed(Input::BodyFailed { retryable: true });
    call.pass(Duration::from_secs(1));
    assert_eq!(call.commands.last(), Some(&Command::OpenMedia { start: StartAt::AfterFragment(number(0)) }));
}

#[test]
fn after_silence_of_its_own_it_follows_without_a_seam_again() {
    let mut call = reading();
    call.hear(&Spoken { tracks: vec!["AUDIO_FROM_CUSTOMER"], ..Spoken::mine(0) });
    call.hear(&Spoken::mine(1).at_ms(1_020));
    assert_eq!(call.runs(Channel::ToCustomer), [(0, 8_192), (-2, 8_192)]);
}

#[test]
fn a_channel_that_began_late_is_told_as_the_first_owner_told_it() {
    let mut late = Spoken::mine(0).build();
    let first_of_other = late.blocks.iter().position(|block| block.track == 2).unwrap();
    late.blocks.remove(first_of_other);
    let mut first = Call::open();
    first.feed(Input::Fragment(late.clone()));
    let mut second = reading();
    second.feed(Input::Fragment(late));
    assert_eq!(first.gaps().len(), 1);
    assert_eq!(first.gaps(), second.gaps());
}
