//! How conditions hold together, in whole calls.

use model::Participant;

use crate::call::{Call, agent_says, book, customer, hold, partial, revised, unhold};

fn fires(when: &str, feed: impl FnOnce(&mut Call)) -> Vec<String> {
    let yaml = format!(
        "playbook: when\nversion: 1\ntitle: When\nrules:\n  - id: it\n    when: {when}\n    then: [{{ card: {{ title: Now }} }}]\n"
    );
    let mut call = Call::new(&[book(&yaml)]);
    feed(&mut call);
    call.news().into_iter().filter(|one| one.starts_with("show")).collect()
}

const SHOWN: [&str; 1] = ["show h-when.it-1"];
const NOTHING: [&str; 0] = [];

#[test]
fn words_in_the_making_that_are_taken_back_hold_no_more() {
    let when = "{ all: [ { says: { who: customer, any_of: [lawyer], on: partial } }, { with_agent: 9s } ] }";
    let stays = fires(when, |call| {
        call.feed(partial(Participant::Customer, 2_000, 3_000, "my lawyer")).feed(customer(
            2_000,
            4_000,
            "my lawyer",
        ));
        call.until(10_000);
    });
    assert_eq!(stays, SHOWN);
    for last in [customer(2_000, 4_000, "my lawn mower"), customer(2_000, 4_000, "")] {
        let gone = fires(when, |call| {
            call.feed(partial(Participant::Customer, 2_000, 3_000, "my lawyer")).feed(last);
            call.until(60_000);
        });
        assert_eq!(gone, NOTHING);
    }
}

#[test]
fn words_that_are_masked_later_hold_no_more() {
    let when = "{ all: [ { says: { any_of: [smith] } }, { with_agent: 9s } ] }";
    let gone = fires(when, |call| {
        call.feed(customer(2_000, 4_000, "it is Smith")).feed(revised(
            Participant::Customer,
            2_000,
            4_000,
            "it is [name]",
        ));
        call.until(60_000);
    });
    assert_eq!(gone, NOTHING);
}

#[test]
fn what_was_not_said_by_then_is_known_then() {
    let when = "{ all: [ { with_agent: 30s }, { not: { says: { who: agent, any_of: [recorded line] } } } ] }";
    assert_eq!(
        fires(when, |call| {
            call.until(31_000);
        }),
        SHOWN
    );
    let said = fires(when, |call| {
        call.feed(agent_says(2_000, 4_000, "you are on a recorded line"));
        call.until(60_000);
    });
    assert_eq!(said, NOTHING);
}

#[test]
fn facts_of_the_call_count() {
    let when = "{ all: [ { fact: { name: tier, is: [gold] } }, { fact: { name: queue, matches: \"^Bill\" } }, { on_hold: true } ] }";
    assert_eq!(
        fires(when, |call| {
            call.feed(hold(5_000));
        }),
        SHOWN
    );
    let other = when.replace("gold", "silver");
    assert_eq!(
        fires(&other, |call| {
            call.feed(hold(5_000));
        }),
        NOTHING
    );
}

#[test]
fn a_silence_after_words_is_a_sequence() {
    let when = "{ sequence: { time: 20s, of: [ { says: { who: agent, any_of: [let me check] } }, { metric: { name: silence, at_least: 10 } } ] } }";
    let quiet = |from: u64| {
        move |call: &mut Call| {
            call.feed(agent_says(2_000, 4_000, "let me check"));
            call.feed(partial(Participant::Agent, from, from + 200, "still"));
            call.feed(agent_says(from, from + 1_000, "still here"));
            call.until(from + 15_000);
        }
    };
    assert_eq!(fires(when, quiet(6_000)), SHOWN);
    assert_eq!(fires(when, quiet(13_500)), NOTHING, "more than 20 s after the words");
}

#[test]
fn both_within_a_time_in_any_order() {
    let when = "{ within: { time: 10s, of: [ { says: { who: customer, any_of: [price] } }, { says: { who: agent, any_of: [discount] } } ] } }";
    let said = |gap: u64| {
        move |call: &mut Call| {
            call.feed(agent_says(2_000, 3_000, "a discount")).feed(customer(
                3_000 + gap - 500,
                3_000 + gap,
                "the price",
            ));
        }
    };
    assert_eq!(fires(when, said(10_000)), SHOWN);
    assert_eq!(fires(when, said(10_001)), NOTHING);
}

#[test]
fn a_hold_that_lasts_fires_once_it_does() {
    let when = "{ metric: { name: hold, at_least: 60 } }";
    assert_eq!(
        fires(when, |call| {
            call.feed(hold(5_000)).until(65_000);
        }),
        SHOWN
    );
    assert_eq!(
        fires(when, |call| {
            call.feed(hold(5_000)).feed(unhold(64_000)).until(90_000);
        }),
        NOTHING
    );
}
