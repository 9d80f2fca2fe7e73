//! A call that is longer than any body may last.

use std::time::Duration;

use call::{Command, Event, Input, StartAt};
use mkv::tag;
use model::{Channel, Timestamp};

use crate::support::{Call, Spoken, T0, number};

const FRAGMENT_MS: u64 = 1_024;

#[test]
fn no_sample_of_two_hours_is_lost_or_repeated_where_bodies_are_replaced() {
    let mut call = Call::open();
    let count = 2 * 3_600_000 / FRAGMENT_MS;
    let (mut opened, mut longest) = (call.commands.len(), Duration::ZERO);
    let mut since = call.now;
    for n in 0..count {
        call.pass(Duration::from_millis(FRAGMENT_MS));
        call.hear(&Spoken::mine(n));
        if call.commands.len() > opened {
            let replaced = &call.commands[opened..];
            let start = StartAt::AfterFragment(number(n));
            assert_eq!(replaced, [Command::CloseMedia, Command::OpenMedia { start }]);
            opened = call.commands.len();
            longest = longest.max(call.now.since(since));
            since = call.now;
            call.feed(Input::Opened);
            // The service may begin with what was read last.
            call.hear(&Spoken::mine(n));
        }
    }
    assert_eq!(opened, 1 + 2 * 2, "every forty minutes");
    assert!(longest < Duration::from_secs(41 * 60), "before the service closes it: {longest:?}");
    let expected: Vec<_> = (1..=count).map(|n| (i16::try_from(n).unwrap(), 8_192)).collect();
    assert_eq!(call.runs(Channel::Customer), expected);
    assert_eq!(call.events, [Event::Started { at: Timestamp::from_millis(T0) }]);
}

#[test]
fn lag_is_told_when_it_begins_changes_much_and_ends() {
    let mut call = Call::open();
    let behind = [0, 900, 45_000, 44_000, 34_000, 30_000, 20_000, 6_000, 1_900, 200, 0];
    call.now = Timestamp::from_millis(T0);
    for (n, behind) in (0..).zip(behind) {
        let tags = vec![(tag::MILLIS_BEHIND_NOW, behind.to_string())];
        call.hear(&Spoken { tags, ..Spoken::mine(n) });
    }
    let told = call.events.iter().filter_map(|event| match event {
        Event::StreamLag { behind_ms } => Some(*behind_ms),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [45_000, 34_000, 20_000, 6_000, 200]);
}

#[test]
fn a_producer_that_is_late_is_lag_too() {
    let mut call = Call::open();
    call.now = Timestamp::from_millis(T0 + 21_024);
    let tags = vec![(tag::MILLIS_BEHIND_NOW, "0".to_owned())];
    call.hear(&Spoken { tags, ..Spoken::mine(0) });
    assert!(call.events.contains(&Event::StreamLag { behind_ms: 20_000 }), "{:?}", call.events);
}
