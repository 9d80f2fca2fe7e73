use std::time::Duration;

use call::{Anomaly, CallConfig, Command, ContactState, Event, Input, Reason, StartAt, StreamError, Timing};
use events::{CallEndReason, QuarantineReason};
use mkv::{DamageReason, Fragment, FragmentEnd, tag};
use model::{Channel, GapCause, MediaTime, Timestamp};

use crate::support::{Call, Spoken, T0, contact, number};

const SECOND: Duration = Duration::from_secs(1);

fn values(call: &Call) -> Vec<i16> {
    call.runs(Channel::Customer).into_iter().map(|(value, _)| value).collect()
}

fn quarantined(call: &Call) -> Vec<(u64, QuarantineReason)> {
    let of = |event: &Event| match event {
        Event::Quarantined { fragment: Some(fragment), reason } => {
            let text = fragment.as_str();
            Some((text[text.len() - 11..].parse().unwrap(), *reason))
        }
        _ => None,
    };
    call.events.iter().filter_map(of).collect()
}

#[test]
fn the_first_reading_begins_a_margin_before_the_start() {
    let start = Some(Timestamp::from_millis(T0));
    let call = Call::new(CallConfig { start, ..CallConfig::new(contact("mine")) });
    let start = StartAt::ProducerTime(Timestamp::from_millis(T0 - 2_000));
    assert_eq!(call.commands, [Command::OpenMedia { start }]);
}

#[test]
fn fragments_below_the_start_fragment_are_passed_over_in_silence() {
    let start_fragment = Some(number(5));
    let mut call = Call::opened(CallConfig { start_fragment, ..CallConfig::new(contact("mine")) });
    call.hear(&Spoken::mine(4).of(&["other"]));
    call.hear(&Spoken::mine(5));
    assert_eq!(values(&call), [6]);
    assert_eq!(quarantined(&call), []);
}

#[test]
fn a_foreign_fragment_before_ours_is_kept_out_and_one_after_ours_ends_the_call() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1).of(&["other"]));
    call.hear(&Spoken::mine(2).of(&["other"]));
    call.hear(&Spoken::mine(9));
    assert_eq!(call.end_reason(), None);
    call.hear(&Spoken::mine(20).of(&["third"]));
    assert_eq!(call.end_reason(), Some(CallEndReason::NextContact));
    assert_eq!(values(&call), [10]);
    let foreign = QuarantineReason::ForeignContact;
    assert_eq!(quarantined(&call), [(1, foreign), (20, foreign)]);
    assert_eq!(call.commands.last(), Some(&Command::CloseMedia));
    assert_eq!(call.timeout.1, Reason::Ended);
}

#[test]
fn a_transfer_goes_on_under_the_next_contact() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 2_000) });
    call.feed(Input::Transferred { next: contact("next") });
    call.hear(&Spoken::mine(2).of(&["next"]));
    call.pass(20 * SECOND);
    assert_eq!(call.end_reason(), None);
    assert_eq!(values(&call), [2, 3]);
}

#[test]
fn two_contacts_in_one_fragment_are_kept_out_and_leave_a_gap() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(0));
    call.hear(&Spoken::mine(1).of(&["mine", "other"]));
    call.hear(&Spoken::mine(2));
    assert_eq!(quarantined(&call), [(1, QuarantineReason::MixedContacts)]);
    assert_eq!(call.runs(Channel::Customer), [(1, 8_192), (0, 8_192), (3, 8_192)]);
    let gaps = call.gaps();
    assert_eq!(gaps.len(), 2);
    assert!(gaps.iter().all(|gap| gap.cause == GapCause::Quarantined));
    assert_eq!((gaps[0].from, gaps[0].to), (MediaTime::from_millis(1_024), MediaTime::from_millis(2_048)));
}

#[test]
fn a_late_contact_id_releases_what_waited_for_it() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1).of(&[]));
    call.hear(&Spoken::mine(2).of(&[]));
    assert!(values(&call).is_empty());
    assert_eq!(call.timeout.1, Reason::Held);
    call.hear(&Spoken::mine(3));
    assert_eq!(values(&call), [2, 3, 4]);
}

#[test]
fn what_waits_too_long_is_kept_out() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1).of(&[]));
    call.pass(10 * SECOND);
    assert_eq!(quarantined(&call), [(1, QuarantineReason::UnknownContact)]);
}

#[test]
fn the_end_of_a_body_leads_to_the_next_one_after_the_last_whole_fragment() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    call.hear(&Spoken::mine(2));
    call.pass(SECOND);
    call.feed(Input::BodyClosed);
    assert_eq!(call.commands.last(), Some(&Command::OpenMedia { start: StartAt::AfterFragment(number(2)) }));
    assert_eq!(call.end_reason(), None);
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(2));
    call.hear(&Spoken::mine(3));
    assert_eq!(values(&call), [2, 3, 4]);
    assert_eq!(call.gaps(), []);
}

#[test]
fn a_fragment_cut_short_is_read_again() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    call.hear(&Spoken { blocks: 5, end: FragmentEnd::Truncated, ..Spoken::mine(2) });
    assert_eq!(values(&call), [2]);
    call.feed(Input::BodyFailed { retryable: true });
    call.pass(SECOND);
    assert_eq!(call.commands.last(), Some(&Command::OpenMedia { start: StartAt::AfterFragment(number(1)) }));
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(2));
    assert_eq!(call.runs(Channel::Customer), [(2, 8_192), (3, 8_192)]);
}

#[test]
fn a_fragment_without_an_end_is_whole_when_reading_it_again_gives_the_same() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    let last = Spoken { end: FragmentEnd::EndOfStream, ..Spoken::mine(2) };
    call.hear(&last);
    call.feed(Input::BodyClosed);
    call.pass(SECOND);
    call.feed(Input::Opened);
    assert_eq!(values(&call), [2]);
    call.hear(&last);
    assert_eq!(values(&call), [2, 3]);
}

#[test]
fn what_came_of_the_last_fragment_is_given_at_the_end() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    call.hear(&Spoken { blocks: 5, end: FragmentEnd::Truncated, ..Spoken::mine(2) });
    call.feed(Input::BodyFailed { retryable: false });
    assert_eq!(call.end_reason(), Some(CallEndReason::StreamGone));
    assert_eq!(call.runs(Channel::Customer), [(2, 8_192), (3, 5 * 512)]);
}

#[test]
fn a_body_is_replaced_at_a_fragments_end_before_the_service_closes_it() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    let later = |n: u64| Spoken::mine(n).at_ms(i64::try_from(n).unwrap() * 20_000);
    for n in 2..121 {
        call.pass(20 * SECOND);
        call.hear(&later(n));
    }
    assert!(!call.commands.contains(&Command::CloseMedia));
    call.pass(20 * SECOND);
    call.hear(&later(121));
    let last = &call.commands[call.commands.len() - 2..];
    let start = StartAt::AfterFragment(number(121));
    assert_eq!(last, [Command::CloseMedia, Command::OpenMedia { start }]);
    call.hear(&later(122));
    assert_eq!(values(&call).last(), Some(&122), "the closed body is heard no more");
}

#[test]
fn a_silent_body_is_replaced_too() {
    let mut call = Call::open();
    for _ in 0..42 * 60 {
        call.pass(SECOND);
        call.feed(Input::DirectoryAnswer(ContactState::Open));
    }
    let opened = call.commands.iter().filter(|command| matches!(command, Command::OpenMedia { .. })).count();
    assert_eq!(opened, 2);
    assert_eq!(call.end_reason(), None);
}

#[test]
fn a_hang_up_is_heard_before_the_last_fragment() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(0));
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 2_048) });
    call.pass(SECOND);
    call.hear(&Spoken::mine(1));
    call.pass(3 * SECOND - Duration::from_micros(1));
    assert_eq!(call.end_reason(), None);
    call.pass(SECOND);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
    assert_eq!(values(&call), [1, 2]);
}

#[test]
fn the_stop_fragment_is_the_last_one() {
    let mut call = Call::open();
    call.feed(Input::StopFragment(number(2)));
    call.hear(&Spoken::mine(1));
    call.hear(&Spoken::mine(2));
    call.hear(&Spoken::mine(3));
    assert_eq!(call.end_reason(), Some(CallEndReason::StopFragment));
    assert_eq!(values(&call), [2, 3]);
}

#[test]
fn a_stop_fragment_that_was_read_already_ends_at_once() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(2));
    call.feed(Input::StopFragment(number(2)));
    assert_eq!(call.end_reason(), Some(CallEndReason::StopFragment));
}

#[test]
fn silence_and_a_directory_that_knows_of_no_contact_end_the_call() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    call.pass(30 * SECOND);
    assert_eq!(call.commands.last(), Some(&Command::CheckDirectory));
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    assert_eq!(call.end_reason(), None);
    call.pass(10 * SECOND);
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    assert_eq!(call.end_reason(), Some(CallEndReason::Idle));
}

#[test]
fn ends_of_bodies_alone_never_end_a_call() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1));
    for _ in 0..2_000 {
        call.feed(Input::BodyClosed);
        call.pass(13 * SECOND);
        call.feed(Input::Opened);
        call.feed(Input::DirectoryAnswer(ContactState::Open));
    }
    assert_eq!(call.end_reason(), None);
}

#[test]
fn a_key_that_cannot_be_used_is_told_and_tried_again_slowly() {
    let mut call = Call::open();
    let error = vec![(tag::ERROR_CODE, "4503".to_owned())];
    call.hear(&Spoken { blocks: 0, contacts: Vec::new(), number: None, tags: error, ..Spoken::mine(1) });
    assert_eq!(call.events, [Event::StreamError(StreamError::Kms { id: 4503 })]);
    assert_eq!(call.commands.last(), Some(&Command::CloseMedia));
    call.feed(Input::BodyClosed);
    call.pass(29 * SECOND);
    assert_eq!(call.commands.last(), Some(&Command::CloseMedia));
    call.pass(SECOND);
    assert!(matches!(
        call.commands[call.commands.len() - 2..],
        [Command::OpenMedia { .. }, Command::CheckDirectory]
    ));
}

#[test]
fn a_fragment_that_is_gone_is_replaced_by_its_time() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(0));
    call.feed(Input::BodyClosed);
    call.pass(SECOND);
    call.feed(Input::Opened);
    let error = vec![(tag::ERROR_CODE, "FRAGMENT_NOT_FOUND".to_owned()), (tag::ERROR_ID, "3000".to_owned())];
    call.hear(&Spoken { blocks: 0, number: None, tags: error, ..Spoken::mine(1) });
    call.pass(SECOND);
    let reached = Timestamp::from_millis(T0 + 1_024 - 2_000);
    assert_eq!(call.commands.last(), Some(&Command::OpenMedia { start: StartAt::ProducerTime(reached) }));
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(0));
    call.hear(&Spoken::mine(3));
    assert_eq!(values(&call), [1, 0, 4]);
    assert!(call.gaps().iter().all(|gap| gap.cause == GapCause::StreamError));
}

#[test]
fn a_place_that_the_service_keeps_refusing_is_replaced_by_its_time() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(5));
    call.feed(Input::BodyClosed);
    for _ in 0..6 {
        call.pass(20 * SECOND);
        call.feed(Input::BodyFailed { retryable: true });
        call.feed(Input::DirectoryAnswer(ContactState::Open));
    }
    call.pass(20 * SECOND);
    let by_place = Command::OpenMedia { start: StartAt::AfterFragment(number(5)) };
    let reached = Timestamp::from_millis(T0 + 6 * 1_024 - 2_000);
    let by_time = Command::OpenMedia { start: StartAt::ProducerTime(reached) };
    let opened: Vec<_> =
        call.commands.iter().skip(1).filter(|command| matches!(command, Command::OpenMedia { .. })).collect();
    let (place, time) = (&by_place, &by_time);
    assert_eq!(opened, [place, place, place, time, place, time, place]);
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(6));
    assert_eq!(values(&call), [6, 7]);
}

#[test]
fn a_stream_that_can_be_opened_again_at_last_is_read_before_the_call_ends() {
    let mut call = Call::open();
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 2_048) });
    call.pass(SECOND);
    for _ in 0..8 {
        call.feed(Input::BodyFailed { retryable: true });
        call.pass(13 * SECOND);
    }
    call.feed(Input::Opened);
    call.pass(SECOND);
    call.hear(&Spoken::mine(0));
    call.hear(&Spoken::mine(1));
    call.pass(4 * SECOND);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
    assert_eq!(values(&call), [1, 2]);
}

#[test]
fn a_body_that_ends_in_damage_is_no_sign_that_all_was_read() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(0));
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 3_072) });
    for _ in 0..4 {
        call.feed(Input::BodyFailed { retryable: true });
        call.pass(13 * SECOND);
    }
    call.feed(Input::Opened);
    call.feed(Input::Damaged { skipped: 8_507, reason: DamageReason::InvalidElement });
    call.feed(Input::BodyClosed);
    call.pass(13 * SECOND);
    assert_eq!(call.end_reason(), None);
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(2));
    call.pass(4 * SECOND);
    assert_eq!(values(&call), [1, 0, 3]);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
}

#[test]
fn damage_is_told_and_becomes_a_gap() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(0));
    call.feed(Input::Damaged { skipped: 30_000, reason: DamageReason::InvalidElement });
    call.hear(&Spoken::mine(2));
    assert_eq!(values(&call), [1, 0, 3]);
    assert_eq!(call.gaps().iter().map(|gap| gap.cause).collect::<Vec<_>>(), [GapCause::Damaged; 2]);
}

#[test]
fn contact_and_agent_events_get_their_places_once_the_first_sample_is_known() {
    let mut call = Call::open();
    let agent = Input::AgentConnected { id: "arn".into(), name: None, at: Timestamp::from_millis(T0 + 500) };
    call.feed(agent);
    assert_eq!(call.events, []);
    call.hear(&Spoken::mine(0));
    call.feed(Input::HoldStarted { at: Timestamp::from_millis(T0 + 900) });
    call.feed(Input::HoldEnded { at: Timestamp::from_millis(T0 - 900) });
    let expected = [
        Event::Started { at: Timestamp::from_millis(T0) },
        Event::AgentConnected { id: "arn".into(), name: None, at: MediaTime::from_millis(500) },
        Event::HoldStarted { at: MediaTime::from_millis(900) },
        Event::HoldEnded { at: MediaTime::ZERO },
    ];
    assert_eq!(call.events, expected);
}

#[test]
fn a_call_without_any_audio_still_ends_once() {
    let mut call = Call::open();
    call.feed(Input::Disconnected { at: call.now });
    call.pass(Duration::from_secs(3_600));
    let duration = MediaTime::ZERO;
    assert_eq!(call.events, [Event::Ended { reason: CallEndReason::Disconnected, duration }]);
    call.hear(&Spoken::mine(1));
    call.feed(Input::BodyClosed);
    assert_eq!(call.events.len(), 1);
}

#[test]
fn the_next_owner_goes_on_without_a_seam() {
    let mut first = Call::open();
    first.hear(&Spoken::mine(0));
    first.hear(&Spoken::mine(1));
    let checkpoint = first.session.checkpoint();
    let text = serde_json::to_string(&checkpoint).unwrap();
    let resume = Some(serde_json::from_str(&text).unwrap());
    let mut second = Call::opened(CallConfig { resume, ..CallConfig::new(contact("mine")) });
    assert_eq!(second.commands, [Command::OpenMedia { start: StartAt::AfterFragment(number(1)) }]);
    second.hear(&Spoken::mine(2));
    assert_eq!(second.runs(Channel::Customer), [(3, 8_192)]);
    assert_eq!(second.gaps(), []);
    assert_eq!(second.events, []);
}

#[test]
fn a_rewound_owner_gives_the_same_samples_again() {
    let mut first = Call::open();
    for n in 0..4 {
        first.hear(&Spoken::mine(n));
    }
    let to = MediaTime::from_samples(12_345, 8_000);
    let resume = Some(first.session.checkpoint().rewound(to));
    let mut second = Call::opened(CallConfig { resume, ..CallConfig::new(contact("mine")) });
    for n in 0..5 {
        second.hear(&Spoken::mine(n));
    }
    let expected = [(2, 2 * 8_192 - 12_345), (3, 8_192), (4, 8_192), (5, 8_192)];
    assert_eq!(second.runs(Channel::Customer), expected);
    assert!(second.events.is_empty(), "{:?}", second.events);
}

#[test]
fn another_contact_before_the_rewound_place_does_not_end_the_call() {
    let mut first = Call::open();
    first.hear(&Spoken::mine(10));
    first.hear(&Spoken::mine(11));
    let resume = Some(first.session.checkpoint().rewound(MediaTime::from_millis(500)));
    let mut second = Call::opened(CallConfig { resume, ..CallConfig::new(contact("mine")) });
    second.hear(&Spoken::mine(8).of(&["other"]));
    second.hear(&Spoken::mine(10));
    assert_eq!(second.end_reason(), None);
    assert_eq!(values(&second), [11]);
}

#[test]
fn no_input_in_any_state_makes_it_panic_or_end_twice() {
    let inputs: Vec<fn() -> Input> = vec![
        || Input::Opened,
        || Input::BodyClosed,
        || Input::BodyFailed { retryable: true },
        || Input::Fragment(Fragment::default()),
        || Input::Fragment(Spoken::mine(3).build()),
        || Input::Damaged { skipped: 1, reason: DamageReason::BadNesting },
        || Input::DirectoryAnswer(ContactState::Unknown),
        || Input::Disconnected { at: Timestamp::from_micros(i64::MAX) },
        || Input::HoldEnded { at: Timestamp::from_micros(i64::MIN) },
        || Input::BodyFailed { retryable: false },
    ];
    for first in &inputs {
        for second in &inputs {
            for third in &inputs {
                let mut call = Call::new(CallConfig::new(contact("mine")));
                for input in [first, second, third] {
                    call.feed(input());
                    call.pass(SECOND);
                }
                call.pass(Duration::from_secs(100_000));
                assert!(call.end_reason().is_some());
            }
        }
    }
}

#[test]
fn retries_keep_within_the_services_rate() {
    let timing = Timing { backoff_first: Duration::ZERO, backoff_max: Duration::ZERO, ..Timing::default() };
    let mut call = Call::new(CallConfig { timing, ..CallConfig::new(contact("mine")) });
    for _ in 0..100 {
        call.feed(Input::BodyFailed { retryable: true });
        call.pass(Duration::from_millis(100));
    }
    let opened = call.commands.len();
    assert!(opened <= 10 * 4 + 1, "{opened} openings in ten seconds");
}

#[test]
fn unknown_tracks_are_told_once() {
    let mut call = Call::open();
    for n in 1..4 {
        call.hear(&Spoken { tracks: vec!["AUDIO_FROM_CUSTOMER", "VIDEO"], ..Spoken::mine(n) });
    }
    let told =
        call.events.iter().filter(|event| matches!(event, Event::Anomaly(Anomaly::UnknownTrack { .. })));
    assert_eq!(told.count(), 1);
}
