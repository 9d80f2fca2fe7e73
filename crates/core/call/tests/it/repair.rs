//! Holes that the archive fills, or does not.

use std::time::Duration;

use call::{CallConfig, Command, Event, Input, Limits, Reason, StartAt};
use events::{CallEndReason, QuarantineReason};
use mkv::{DamageReason, FragmentEnd, tag};
use model::{Channel, GapCause, MediaTime, Timestamp};

use crate::support::{Call, Spoken, T0, contact, number};

const SECOND: Duration = Duration::from_secs(1);

/// The contact `mine`, its stream open, its archive there to be asked.
fn open() -> Call {
    Call::opened(CallConfig { archive: true, ..CallConfig::new(contact("mine")) })
}

/// A call that has heard 0 and 1, could not read 2, and has heard 3 and 4.
fn with_hole() -> Call {
    let mut call = open();
    (0..2).for_each(|n| call.hear(&Spoken::mine(n)));
    damage(&mut call);
    (3..5).for_each(|n| call.hear(&Spoken::mine(n)));
    call
}

fn damage(call: &mut Call) {
    call.feed(Input::Damaged { skipped: 30_000, reason: DamageReason::InvalidElement });
}

/// A fragment as the archive gives it.
fn archived(spoken: &Spoken) -> Input {
    Input::ArchiveFragment(Spoken { end: FragmentEnd::NextHeader, ..spoken.clone() }.build())
}

fn values(call: &Call) -> Vec<i16> {
    call.runs(Channel::Customer).into_iter().map(|(value, _)| value).collect()
}

fn asked(call: &Call) -> Vec<(i64, i64)> {
    let range = |command: &Command| match command {
        Command::ReadArchive { from, to } => Some((from.as_millis() - T0, to.as_millis() - T0)),
        _ => None,
    };
    call.commands.iter().filter_map(range).collect()
}

#[test]
fn what_follows_a_hole_waits_for_the_archive_and_comes_after_what_it_has() {
    let mut call = with_hole();
    assert_eq!(values(&call), [1, 2]);
    assert_eq!(asked(&call), [(2_048 - 500, 3_072 + 500)], "once, with its neighbours");
    (1..4).for_each(|n| call.feed(archived(&Spoken::mine(n))));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 3, 4, 5]);
    assert_eq!(call.gaps(), []);
    call.hear(&Spoken::mine(5));
    assert_eq!(asked(&call).len(), 1);
}

#[test]
fn what_the_archive_has_not_is_a_gap_as_it_was() {
    for end in [Input::ArchiveEnded, Input::ArchiveFailed] {
        let mut call = with_hole();
        call.feed(end);
        assert_eq!(values(&call), [1, 2, 0, 4, 5]);
        let gaps = call.gaps();
        assert_eq!(gaps.len(), 2);
        assert!(gaps.iter().all(|gap| gap.cause == GapCause::Damaged), "{gaps:?}");
        assert_eq!(gaps[0].from, MediaTime::from_millis(2_048));
    }
}

#[test]
fn a_part_of_the_hole_leaves_a_gap_of_the_rest() {
    let mut call = open();
    call.hear(&Spoken::mine(0));
    damage(&mut call);
    call.hear(&Spoken::mine(4));
    call.feed(archived(&Spoken::mine(2)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 0, 3, 0, 5]);
    assert!(call.gaps().iter().all(|gap| gap.cause == GapCause::Damaged), "{:?}", call.gaps());
}

#[test]
fn a_pause_of_the_producer_is_asked_for_once_and_was_not_sent() {
    let mut call = open();
    call.hear(&Spoken::mine(0));
    call.hear(&Spoken::mine(1).at_ms(5_000));
    call.feed(Input::ArchiveEnded);
    call.hear(&Spoken::mine(2).at_ms(6_024));
    assert_eq!(asked(&call).len(), 1);
    assert!(call.gaps().iter().all(|gap| gap.cause == GapCause::NotSent));
}

#[test]
fn a_stream_full_of_pauses_is_not_asked_for_each() {
    let mut call = open();
    for n in 0..20 {
        call.hear(&Spoken::mine(n).at_ms(i64::try_from(n).unwrap() * 2_000));
        if asked(&call).len() > call.gaps().len() / 2 {
            call.feed(Input::ArchiveEnded);
        }
    }
    assert_eq!(asked(&call).len(), 4);
    damage(&mut call);
    call.hear(&Spoken::mine(30).at_ms(60_000));
    assert_eq!(asked(&call).len(), 5, "what was damaged is asked for all the same");
}

#[test]
fn without_an_archive_a_hole_is_a_gap_at_once() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(0));
    damage(&mut call);
    call.hear(&Spoken::mine(2));
    assert_eq!((asked(&call), values(&call)), (vec![], vec![1, 0, 3]));
}

#[test]
fn an_archive_that_says_nothing_is_given_up_and_one_that_goes_on_is_not() {
    let mut call = with_hole();
    assert_eq!(call.timeout.1, Reason::Archive);
    call.pass(4 * SECOND);
    call.feed(archived(&Spoken::mine(1)));
    call.pass(4 * SECOND);
    assert_eq!(values(&call), [1, 2]);
    call.pass(SECOND);
    assert_eq!(call.commands.last(), Some(&Command::CloseArchive));
    assert_eq!(values(&call), [1, 2, 0, 4, 5]);
    call.feed(archived(&Spoken::mine(2)));
    assert_eq!(values(&call), [1, 2, 0, 4, 5], "what comes too late is not heard");
}

#[test]
fn while_nothing_is_read_the_archive_is_not_given_up() {
    let mut call = with_hole();
    call.feed(Input::ReadingPaused);
    call.pass(3_600 * SECOND);
    call.feed(Input::ReadingResumed);
    call.feed(archived(&Spoken::mine(2)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 3, 4, 5]);
}

#[test]
fn another_contacts_fragment_in_the_archive_is_kept_out() {
    let mut call = with_hole();
    call.feed(archived(&Spoken::mine(2).of(&["other"])));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 0, 4, 5]);
    let reason = QuarantineReason::ForeignContact;
    assert!(call.events.contains(&Event::Quarantined { fragment: Some(number(2)), reason }));
    assert_eq!(call.end_reason(), None, "it lies before audio of this call");
}

#[test]
fn an_archived_fragment_without_a_name_is_judged_by_its_neighbours() {
    let unnamed = archived(&Spoken::mine(2).of(&[]));
    let mut call = with_hole();
    call.feed(unnamed.clone());
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 0, 4, 5], "nothing tells whose it is");
    for neighbour in [1, 3] {
        let mut call = with_hole();
        let mut inputs = vec![unnamed.clone(), archived(&Spoken::mine(neighbour))];
        if neighbour == 1 {
            inputs.reverse();
        }
        inputs.into_iter().for_each(|input| call.feed(input));
        call.feed(Input::ArchiveEnded);
        assert_eq!(values(&call), [1, 2, 3, 4, 5], "beside {neighbour}");
    }
}

#[test]
fn fragments_twice_out_of_order_cut_short_or_beside_the_hole_are_not_heard() {
    let mut call = with_hole();
    call.feed(archived(&Spoken::mine(2)));
    call.feed(archived(&Spoken::mine(2)));
    call.feed(archived(&Spoken::mine(1)));
    call.feed(Input::ArchiveFragment(Spoken { end: FragmentEnd::Truncated, ..Spoken::mine(2) }.build()));
    call.feed(archived(&Spoken { number: None, ..Spoken::mine(2) }));
    call.feed(archived(&Spoken::mine(9).at_ms(2_100)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 3, 4, 5]);
}

#[test]
fn an_error_in_the_archive_is_told_unless_it_only_lacks_a_fragment() {
    let error = |code: &str| {
        let tags = vec![(tag::EXCEPTION_ERROR_CODE, code.to_owned())];
        archived(&Spoken { blocks: 0, contacts: Vec::new(), tags, ..Spoken::mine(2) })
    };
    let mut call = with_hole();
    let before = call.events.len();
    call.feed(error("4000"));
    assert_eq!(call.events.len(), before);
    call.feed(error("4500"));
    assert!(matches!(call.events[before..], [Event::StreamError(_)]));
    assert!(!call.commands.contains(&Command::CloseMedia), "the live body goes on");
}

#[test]
fn a_second_hole_behind_the_first_is_asked_for_in_its_turn() {
    let mut call = with_hole();
    damage(&mut call);
    call.hear(&Spoken::mine(6));
    assert_eq!(asked(&call).len(), 1);
    call.feed(archived(&Spoken::mine(2)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 3, 4, 5]);
    assert_eq!(asked(&call)[1], (5 * 1_024 - 500, 6 * 1_024 + 500));
    call.feed(archived(&Spoken::mine(5)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(values(&call), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(call.gaps(), []);
}

#[test]
fn too_much_that_waits_closes_the_body_and_is_read_on_afterwards() {
    let limits = Limits { max_waiting_fragments: 3, ..Limits::default() };
    let mut call = Call::opened(CallConfig { archive: true, limits, ..CallConfig::new(contact("mine")) });
    call.hear(&Spoken::mine(0));
    damage(&mut call);
    (2..9).for_each(|n| call.hear(&Spoken::mine(n)));
    assert_eq!(call.commands.last(), Some(&Command::CloseMedia));
    call.pass(3 * SECOND);
    call.feed(archived(&Spoken::mine(1)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(call.commands.last(), Some(&Command::OpenMedia { start: StartAt::AfterFragment(number(4)) }));
    call.feed(Input::Opened);
    (5..9).for_each(|n| call.hear(&Spoken::mine(n)));
    assert_eq!(values(&call), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(call.gaps(), []);
}

#[test]
fn the_call_ends_after_its_hole_is_dealt_with() {
    let mut call = with_hole();
    call.hear(&Spoken::mine(20).of(&["next"]));
    assert_eq!(call.end_reason(), None);
    assert_eq!(call.commands.last(), Some(&Command::CloseMedia));
    call.feed(archived(&Spoken::mine(2)));
    call.feed(Input::ArchiveEnded);
    assert_eq!(call.end_reason(), Some(CallEndReason::NextContact));
    assert_eq!(values(&call), [1, 2, 3, 4, 5]);
}

#[test]
fn a_stream_that_is_gone_ends_the_call_at_once() {
    let mut call = with_hole();
    call.feed(Input::BodyFailed { retryable: false });
    assert_eq!(call.end_reason(), Some(CallEndReason::StreamGone));
    assert!(call.commands.contains(&Command::CloseArchive));
    assert_eq!(values(&call), [1, 2, 0, 4, 5]);
}

#[test]
fn last_words_that_were_damaged_are_asked_for_before_the_call_ends() {
    let mut call = open();
    call.hear(&Spoken::mine(0));
    damage(&mut call);
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 2_048) });
    call.pass(4 * SECOND);
    assert_eq!(asked(&call), [(1_024 - 500, 1_024 + 60_000 + 500)]);
    call.feed(archived(&Spoken::mine(1)));
    call.feed(archived(&Spoken::mine(2).of(&["next"])));
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
    assert_eq!(values(&call), [1, 2]);
    let quarantined = |event: &Event| matches!(event, Event::Quarantined { .. });
    assert!(!call.events.iter().any(quarantined), "the next contact is none of ours");
}

#[test]
fn a_call_that_was_heard_to_its_end_asks_for_nothing() {
    let mut call = open();
    call.hear(&Spoken::mine(0));
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 1_100) });
    call.pass(10 * SECOND);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
    assert_eq!(asked(&call), []);
}

#[test]
fn the_next_owner_asks_again_for_what_was_being_asked_for() {
    let mut first = with_hole();
    let resume = Some(first.session.checkpoint());
    assert_eq!(first.session.checkpoint().last_complete, Some(number(1)));
    first.feed(archived(&Spoken::mine(2)));
    assert_eq!(first.session.checkpoint().last_complete, Some(number(2)), "what is filled in is done");
    let config = CallConfig { archive: true, resume, ..CallConfig::new(contact("mine")) };
    let mut second = Call::opened(config);
    assert_eq!(second.commands, [Command::OpenMedia { start: StartAt::AfterFragment(number(1)) }]);
    (3..5).for_each(|n| second.hear(&Spoken::mine(n)));
    second.feed(archived(&Spoken::mine(2)));
    second.feed(Input::ArchiveEnded);
    assert_eq!(values(&second), [3, 4, 5]);
    assert_eq!(second.gaps(), []);
}

#[test]
fn what_the_session_keeps_out_itself_is_not_asked_for() {
    let mut call = open();
    call.hear(&Spoken::mine(0));
    call.hear(&Spoken::mine(1).of(&["mine", "other"]));
    call.hear(&Spoken::mine(2));
    assert_eq!(asked(&call), []);
    assert!(call.gaps().iter().all(|gap| gap.cause == GapCause::Quarantined));
}

#[test]
fn a_hole_of_hours_is_not_asked_for() {
    let mut call = open();
    call.hear(&Spoken::mine(0));
    call.feed(Input::BodyFailed { retryable: true });
    call.pass(SECOND);
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(1).at_ms(7_200_000));
    assert_eq!(asked(&call), []);
    assert_eq!(call.gaps().len(), 2);
}
