//! The session against recognisers whose words depend on the audio alone.

mod world;

use std::{collections::BTreeSet, time::Duration};

use model::{Channel, MediaTime};
use ports::{Language, SpeechResult};
use proptest::prelude::*;

use self::world::{RATE_HZ, World};
use super::*;
use crate::ear::{self, Speech, times};

const CUSTOMER: Channel = Channel::Customer;

#[derive(Clone, Debug)]
enum Act {
    Push(usize, usize),
    Deliver(usize),
    Stale(usize),
    Fail(Fault, Vec<Fault>),
    EndEarly,
    Wait(u64),
    Slow,
    LetOpen,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop::sample::select(vec![Fault::Unavailable, Fault::Busy, Fault::Garbled, Fault::Failed, Fault::Hung])
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..2_usize, 1..3_000_usize).prop_map(|(channel, count)| Act::Push(channel, count)),
        6 => (1..12_usize).prop_map(Act::Deliver),
        1 => (1..12_usize).prop_map(Act::Stale),
        2 => (fault(), prop::collection::vec(fault(), 0..5)).prop_map(|(fault, next)| Act::Fail(fault, next)),
        1 => Just(Act::EndEarly),
        2 => (1..30_000_u64).prop_map(Act::Wait),
        1 => Just(Act::Slow),
        1 => Just(Act::LetOpen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever fails and whenever, every word is told once, in order, and nothing that was shown stays open.
    #[test]
    fn no_word_is_lost_or_repeated(
        customer in Speech::any(),
        agent in Speech::any(),
        tiers in 1..4_usize,
        acts in prop::collection::vec(act(), 0..80),
    ) {
        let speech = [customer, agent];
        let audio = speech.each_ref().map(Speech::samples);
        let mut world = World::new(tiers);
        let mut pushed = [0_usize; 2];
        for act in acts {
            match act {
                Act::Push(n, count) => {
                    let end = (pushed[n] + count).min(audio[n].len());
                    world.push(Channel::ALL[n], pushed[n] as u64, &audio[n][pushed[n]..end]);
                    pushed[n] = end;
                }
                Act::Deliver(count) => { world.deliver(count); }
                Act::Stale(count) => (0..count).for_each(|_| world.deliver_stale()),
                Act::Fail(fault, next) => {
                    world.refusals = next;
                    world.fail(fault);
                }
                Act::EndEarly => world.end_early(),
                Act::Wait(ms) => world.advance(Duration::from_millis(ms)),
                Act::Slow => world.slow = true,
                Act::LetOpen => world.let_open(),
            }
            prop_assert_eq!(world.over, None);
        }
        for n in 0..2 {
            world.push(Channel::ALL[n], pushed[n] as u64, &audio[n][pushed[n]..]);
        }
        world.let_open();
        world.run_to_the_end();
        prop_assert_eq!(world.over, Some(Ok(())));
        for n in 0..2 {
            prop_assert_eq!(&world.reader.words[n], &speech[n].words());
            prop_assert_eq!(&world.reader.shown[n], &BTreeSet::new());
            let end = MediaTime::from_samples(audio[n].len() as u64, RATE_HZ);
            prop_assert_eq!(world.reader.settled[n], end);
        }
    }
}

/// Half a second of speech from `at` on, silent before and after.
fn one_utterance(at: usize, end: usize) -> Vec<i16> {
    let mut samples = vec![0; end];
    samples[at..at + 200].fill(1);
    samples[at + 250..at + 500].fill(2);
    samples
}

fn partial(start: u64, end: u64) -> SpeechResult {
    let (start, end) = times(start, end);
    SpeechResult::Partial {
        channel: CUSTOMER,
        start,
        end,
        words: vec![ear::word(1, start, end)],
        late: false,
    }
}

fn finished(start: u64, end: u64, words: &[(u64, u64)]) -> SpeechResult {
    let words = words.iter().zip(1..).map(|(&(from, to), n)| {
        let (from, to) = times(from, to);
        ear::word(n, from, to)
    });
    let words = words.collect();
    let (start, end) = times(start, end);
    SpeechResult::Final { channel: CUSTOMER, start, end, words, late: false }
}

fn settled(through: u64) -> SpeechResult {
    SpeechResult::Settled { channel: CUSTOMER, through: MediaTime::from_millis(through) }
}

/// A world whose recogniser says nothing by itself, with ten seconds of sound pushed.
fn mute_world(tiers: usize) -> World {
    let mut world = World::new(tiers);
    world.push_all([&[9; 10_000], &[9; 10_000]]);
    world
}

#[test]
fn a_stream_that_fails_is_tried_again_twice_before_the_next_recogniser() {
    let mut world = mute_world(2);
    for _ in 0..3 {
        world.fail(Fault::Failed);
        world.wake();
    }
    assert_eq!(world.asked, [vec![0, 1], vec![0, 1], vec![0, 1], vec![1]]);
    assert_eq!(world.reader.names, ["tier-1"]);
}

#[test]
fn one_that_fails_after_every_few_words_is_left_and_one_that_lasts_is_not() {
    for (lasts, asked_last) in [(5, vec![1]), (31, vec![0, 1])] {
        let mut world = mute_world(2);
        for n in 1..=3 {
            world.advance(Duration::from_secs(lasts));
            world.say(settled(n * 1_000));
            world.fail(Fault::Failed);
            world.wake();
        }
        assert_eq!(world.asked.last(), Some(&asked_last), "{lasts}");
    }
}

#[test]
fn garbage_is_forgiven_once() {
    let mut world = mute_world(2);
    for _ in 0..2 {
        world.say(settled(1_000_000));
        world.wake();
    }
    assert_eq!(world.asked, [vec![0, 1], vec![0, 1], vec![1]]);
}

#[test]
fn a_recogniser_that_has_no_room_is_left_at_once() {
    for fault in [Fault::Busy, Fault::Unavailable, Fault::Hung] {
        let mut world = mute_world(3);
        world.fail(fault);
        assert_eq!(world.asked, [vec![0, 1, 2], vec![1, 2]], "{fault:?}");
    }
}

#[test]
fn when_all_have_failed_all_are_asked_again_after_a_while() {
    let mut world = World::unopened(2, vec![Fault::Busy; 4]);
    world.drain();
    assert_eq!(world.asked, [vec![0, 1], vec![1]]);
    assert!(world.session.is_waiting());
    world.wake();
    assert_eq!(world.asked.len(), 4);
    world.wake();
    assert_eq!(world.asked[4], [0, 1]);
    assert_eq!(world.reader.names, ["tier-0"], "the one that was away is back");
}

#[test]
fn when_everyone_needs_someone_to_act_there_is_no_hope() {
    let mut world = World::unopened(2, vec![Fault::Unavailable; 2]);
    world.drain();
    assert_eq!(world.over, Some(Err(GiveUp::Unavailable)));
}

#[test]
fn one_that_may_come_back_is_hope_enough() {
    let mut world = World::unopened(2, vec![Fault::Unavailable, Fault::Busy]);
    world.drain();
    assert_eq!(world.over, None);
}

#[test]
fn a_recogniser_that_has_heard_the_call_is_believed_to_come_back() {
    let mut world = mute_world(1);
    world.refusals = vec![Fault::Unavailable; 3];
    world.fail(Fault::Unavailable);
    for _ in 0..4 {
        assert_eq!(world.over, None);
        world.wake();
    }
    assert!(world.stream.is_some());
}

#[test]
fn a_call_that_gets_no_further_is_given_up_after_its_time_and_not_before() {
    let mut world = mute_world(1);
    world.refusals = vec![Fault::Busy; 10_000];
    let began = world.now;
    world.fail(Fault::Busy);
    while world.over.is_none() && world.wake() {}
    assert_eq!(world.over, Some(Err(GiveUp::TooLong)));
    let took = world.now.since(began);
    assert!((900..920).contains(&took.as_secs()), "{took:?}");
    let beats = world.reader.told.iter().filter(|told| matches!(told, SpeechResult::Settled { .. }));
    assert!(beats.count() >= 50, "whoever reads hears that it goes on");
}

#[test]
fn the_next_stream_begins_where_the_first_channel_is_settled_and_hears_the_other_from_there_on() {
    let mut world = mute_world(1);
    world.say(settled(4_000));
    world.say(SpeechResult::Settled { channel: Channel::ToCustomer, through: MediaTime::from_millis(6_000) });
    world.fail(Fault::Failed);
    world.wake();
    assert_eq!(world.starts[1], MediaTime::from_millis(4_000));
    let (_, ear) = world.stream.as_ref().unwrap();
    let heard = &ear.heard;
    assert_eq!(heard[0], vec![9; 6_000]);
    assert_eq!(heard[1], [vec![0; 2_000], vec![9; 4_000]].concat());
}

#[test]
fn a_final_is_not_repeated_and_one_that_straddles_keeps_what_is_new() {
    let mut world = mute_world(1);
    world.say(finished(1_000, 2_000, &[(1_000, 2_000)]));
    world.fail(Fault::Failed);
    world.wake();
    let before = world.reader.told.len();
    world.say(finished(1_050, 1_990, &[(1_050, 1_990)]));
    assert_eq!(world.reader.told.len(), before, "a repetition");
    world.say(finished(1_700, 3_000, &[(1_700, 1_950), (1_900, 2_050), (1_980, 2_400), (2_400, 3_000)]));
    assert_eq!(*world.last(), {
        let SpeechResult::Final { channel, start, end, mut words, late } =
            finished(2_000, 3_000, &[(0, 0), (0, 0), (2_000, 2_400), (2_400, 3_000)])
        else {
            unreachable!()
        };
        words.drain(..2);
        SpeechResult::Final { channel, start, end, words, late }
    });
}

#[test]
fn what_was_shown_is_taken_back_when_the_next_stream_hears_it_otherwise() {
    let mut world = mute_world(1);
    world.say(partial(3_000, 4_000));
    world.fail(Fault::Failed);
    world.wake();
    world.say(partial(2_000, 3_500));
    let told = &world.reader.told;
    assert_eq!(told[told.len() - 2], finished(3_000, 4_000, &[]));
    assert_eq!(told[told.len() - 1], partial(2_000, 3_500));
}

#[test]
fn what_was_shown_is_taken_back_when_the_next_stream_has_passed_it() {
    for pass in [settled(3_001), finished(4_600, 5_000, &[(4_600, 5_000)])] {
        let mut world = mute_world(1);
        world.say(partial(3_000, 4_000));
        world.fail(Fault::Failed);
        world.wake();
        world.say(settled(3_000));
        assert_eq!(world.reader.shown[0].len(), 1, "it may still come");
        world.say(pass);
        assert_eq!(world.reader.shown[0].len(), 0);
    }
}

#[test]
fn an_utterance_that_two_recognisers_hear_a_little_apart_stays_one() {
    let mut world = mute_world(1);
    world.say(partial(3_000, 4_000));
    world.fail(Fault::Failed);
    world.wake();
    world.say(partial(2_800, 4_500));
    world.say(finished(2_800, 5_000, &[(2_900, 5_000)]));
    let starts = world.reader.told.iter().filter_map(|told| match told {
        SpeechResult::Partial { start, .. } | SpeechResult::Final { start, .. } => Some(start.as_millis()),
        SpeechResult::Settled { .. }
        | SpeechResult::LanguageIdentified { .. }
        | SpeechResult::RecogniserChanged { .. } => None,
    });
    assert_eq!(starts.collect::<Vec<_>>(), [3_000; 3]);
}

#[test]
fn a_stream_that_ends_before_the_audio_is_followed_by_another() {
    let mut world = mute_world(1);
    world.input(Input::Finish);
    world.say(settled(9_000));
    world.end_early();
    assert_eq!(world.over, None);
    world.wake();
    assert_eq!(world.starts.len(), 2);
}

#[test]
fn a_stream_that_hangs_is_left_but_not_one_that_owes_nothing() {
    let mut world = World::new(2);
    assert_eq!(world.drain(), None, "nothing was pushed");
    world.push_all([&[9; 34_000], &[9; 34_000]]);
    assert_eq!(world.drain(), None, "it may be silent for so long");
    world.push(CUSTOMER, 34_000, &[9; 1_000]);
    let at = world.drain().expect("now it owes something");
    assert_eq!(at.since(world.now), Duration::from_secs(30));
    world.say(partial(1_000, 34_000));
    world.wake();
    assert_eq!(world.asked.len(), 2);
    assert_eq!(world.asked[1], [1]);
}

#[test]
fn a_sentence_that_stops_growing_is_noticed_sooner() {
    let mut world = World::new(2);
    world.push_all([&[9; 15_000], &[9; 15_000]]);
    world.say(partial(1_000, 4_000));
    assert!(world.drain().is_some());
}

#[test]
fn one_that_opens_too_slowly_is_left() {
    let mut world = World::unopened(2, Vec::new());
    let Output::Open { attempt, .. } = world.session.poll_output() else { panic!("it asks") };
    world.session.handle_input(world.now, Input::Opening { attempt, tier: 0 });
    assert!(matches!(world.session.poll_output(), Output::Timeout(Some(_))));
    world.advance(Duration::from_secs(10));
    assert_eq!(world.asked, [[1]]);
    let begun = world.starts.len();
    world.input(Input::Opened { attempt });
    assert_eq!(world.starts.len(), begun, "the slow one is not heard any more");
}

#[test]
fn a_stream_is_sent_no_more_than_a_minute_ahead() {
    let mut world = World::new(1);
    let long = vec![9; 100_000];
    world.push_all([&long, &long]);
    let heard = |world: &World| world.stream.as_ref().unwrap().1.heard[0].len();
    assert_eq!(heard(&world), 60_000);
    world.say(settled(20_000));
    assert_eq!(heard(&world), 60_000 + 4_000, "the other channel waits");
    world
        .say(SpeechResult::Settled { channel: Channel::ToCustomer, through: MediaTime::from_millis(20_000) });
    assert_eq!(heard(&world), 80_000);
}

#[test]
fn more_audio_than_may_wait_is_said_aloud() {
    let mut world = World::new(1);
    let long = vec![9; 181_000];
    world.push(CUSTOMER, 0, &long);
    assert_eq!(world.over, Some(Err(GiveUp::Overflow)));
}

#[test]
fn a_call_without_sound_waiting_is_opened_again_only_for_new_sound() {
    let mut world = World::new(1);
    world.push(CUSTOMER, 0, &[9; 1_000]);
    world.say(settled(1_000));
    world.fail(Fault::Failed);
    assert_eq!(world.drain(), None);
    assert_eq!(world.starts.len(), 1);
    world.push(CUSTOMER, 1_000, &[9; 1_000]);
    assert_eq!(world.starts.len(), 2);
    assert_eq!(world.starts[1], MediaTime::ZERO, "the other channel is settled up to there");
}

#[test]
fn a_language_that_was_found_is_kept() {
    let mut world = mute_world(1);
    for tag in ["es-US", "es-US", "en-US"] {
        world.say(SpeechResult::LanguageIdentified { tag: tag.to_owned() });
    }
    assert_eq!(world.reader.tags, ["es-US", "en-US"]);
    world.fail(Fault::Failed);
    world.wake();
    let language = world.languages.last().cloned();
    assert_eq!(language, Some(Language::Tag("en-US".to_owned())));
}

#[test]
fn a_call_that_ends_while_nobody_hears_it_ends_when_all_was_heard() {
    let mut world = World::new(1);
    world.push_all([&one_utterance(100, 3_000), &[0; 3_000]]);
    world.refusals = vec![Fault::Busy; 5];
    world.fail(Fault::Busy);
    world.run_to_the_end();
    assert_eq!(world.over, Some(Ok(())));
    assert_eq!(world.reader.words[0], ["w1", "w2"]);
}
