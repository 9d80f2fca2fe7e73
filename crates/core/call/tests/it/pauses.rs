//! While the driver does not read, silence says nothing.

use std::time::Duration;

use call::{CallConfig, Command, ContactState, Input, Timing};
use events::CallEndReason;
use model::{Channel, Timestamp};

use crate::support::{Call, Spoken, T0, contact};

const SECOND: Duration = Duration::from_secs(1);
const HOURS: Duration = Duration::from_secs(48 * 60 * 60);

fn heard(call: &Call) -> Vec<i16> {
    call.runs(Channel::Customer).into_iter().map(|(value, _)| value).collect()
}

fn checks(call: &Call) -> usize {
    call.commands.iter().filter(|command| **command == Command::CheckDirectory).count()
}

/// A call that has heard one fragment, on a body that is never too old.
fn heard_one() -> Call {
    let timing = Timing { rollover_after: 10 * HOURS, ..Timing::default() };
    let mut call = Call::opened(CallConfig { timing, ..CallConfig::new(contact("mine")) });
    call.hear(&Spoken::mine(0));
    call
}

fn disconnect(call: &mut Call) {
    call.feed(Input::Disconnected { at: Timestamp::from_millis(T0 + 3_072) });
}

#[test]
fn no_silence_asks_or_ends_while_nothing_is_read() {
    let mut call = heard_one();
    call.feed(Input::ReadingPaused);
    call.pass(HOURS);
    assert_eq!((checks(&call), call.end_reason()), (0, None));
}

#[test]
fn the_idle_clock_goes_on_where_it_stood() {
    let mut call = heard_one();
    call.pass(20 * SECOND);
    call.feed(Input::ReadingPaused);
    call.pass(HOURS);
    call.feed(Input::ReadingResumed);
    call.pass(10 * SECOND - Duration::from_micros(1));
    assert_eq!(checks(&call), 0);
    call.pass(SECOND);
    assert_eq!(checks(&call), 1);
}

#[test]
fn a_disconnect_while_nothing_is_read_waits_for_all_that_is_to_be_read() {
    let mut call = heard_one();
    call.feed(Input::ReadingPaused);
    call.pass(SECOND);
    disconnect(&mut call);
    call.pass(HOURS);
    assert_eq!(call.end_reason(), None);
    call.feed(Input::ReadingResumed);
    for n in 1..3 {
        call.pass(2 * SECOND);
        call.hear(&Spoken::mine(n));
    }
    call.pass(4 * SECOND);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
    assert_eq!(heard(&call), [1, 2, 3]);
}

#[test]
fn a_pause_while_the_rest_is_awaited_does_not_cut_it() {
    let mut call = heard_one();
    disconnect(&mut call);
    call.pass(9 * SECOND);
    call.feed(Input::ReadingPaused);
    call.pass(HOURS);
    call.feed(Input::ReadingResumed);
    call.pass(2 * SECOND);
    call.hear(&Spoken::mine(1));
    assert_eq!(heard(&call), [1, 2]);
    call.pass(10 * SECOND);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
}

#[test]
fn a_body_that_ended_unread_is_replaced_before_the_call_ends() {
    let mut call = heard_one();
    call.feed(Input::BodyClosed);
    call.pass(SECOND);
    call.feed(Input::Opened);
    disconnect(&mut call);
    call.feed(Input::ReadingPaused);
    call.pass(HOURS);
    call.feed(Input::ReadingResumed);
    call.feed(Input::BodyFailed { retryable: true });
    call.pass(60 * SECOND);
    assert_eq!(call.end_reason(), None);
    call.feed(Input::Opened);
    call.hear(&Spoken::mine(1));
    call.pass(10 * SECOND);
    assert_eq!(heard(&call), [1, 2]);
    assert_eq!(call.end_reason(), Some(CallEndReason::Disconnected));
}

#[test]
fn the_directory_ends_no_call_that_nobody_reads() {
    let mut call = heard_one();
    call.pass(30 * SECOND);
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    call.pass(10 * SECOND);
    assert_eq!(checks(&call), 2);
    call.feed(Input::ReadingPaused);
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    call.pass(HOURS);
    call.feed(Input::ReadingResumed);
    assert_eq!(call.end_reason(), None);
    call.hear(&Spoken::mine(1));
    assert_eq!(heard(&call), [1, 2]);
}

#[test]
fn an_answer_from_before_a_pause_does_not_count_after_it() {
    let mut call = heard_one();
    call.pass(30 * SECOND);
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    call.feed(Input::ReadingPaused);
    call.pass(HOURS);
    call.feed(Input::ReadingResumed);
    call.pass(10 * SECOND);
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    assert_eq!(call.end_reason(), None);
    call.pass(10 * SECOND);
    call.feed(Input::DirectoryAnswer(ContactState::Closed));
    assert_eq!(call.end_reason(), Some(CallEndReason::Idle));
}

#[test]
fn what_waits_for_its_contact_waits_only_while_the_stream_is_read() {
    let mut call = Call::open();
    call.hear(&Spoken::mine(1).of(&[]));
    call.pass(9 * SECOND);
    call.feed(Input::ReadingPaused);
    call.pass(600 * SECOND);
    call.feed(Input::ReadingResumed);
    call.hear(&Spoken::mine(2));
    assert_eq!(heard(&call), [2, 3]);
}

#[test]
fn giving_up_counts_only_the_time_of_reading() {
    let mut call = heard_one();
    call.feed(Input::BodyFailed { retryable: true });
    call.feed(Input::ReadingPaused);
    call.pass(2 * HOURS);
    call.feed(Input::ReadingPaused);
    assert_eq!(call.end_reason(), None);
    call.feed(Input::ReadingResumed);
    call.feed(Input::ReadingResumed);
    call.pass(HOURS / 2);
    assert_eq!(call.end_reason(), Some(CallEndReason::Idle));
}
