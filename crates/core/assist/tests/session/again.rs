//! A stored call, guided again.

use assist::guide_again;
use events::{Envelope, Event, Stages};

use crate::call::{
    Call, agent, agent_says, at, book, customer, ended, envelope, hold, short, started, unhold, vector,
};

const BOOK: &str = r#"
playbook: again
version: 2
title: Again
meanings:
  pays: { examples: ["I want to pay money"], threshold: 0.8 }
rules:
  - id: pay
    when: { means: { who: customer, meaning: pays } }
    then: [{ card: { title: Take the card } }]
  - id: leave
    when: { says: { who: customer, any_of: [leaving] } }
    then: [{ model: { title: Save } }, { card: { title: Ask why } }]
checklist:
  - { id: greet, title: Greeted, done: { says: { who: agent, any_of: [hello] } }, by: 20s, required: true }
"#;

/// A call as a log keeps it, stored much later and all at once.
fn stored() -> Vec<Envelope> {
    let late = Stages { appended_us: Some(at(900_000_000)), ..Stages::default() };
    let said = [
        started(),
        agent(1_000),
        agent_says(
            2_000,
            40_000,
            "so I am telling you all about the weather and the rest of my very long day at work",
        ),
        customer(41_000, 43_000, "I will pay now"),
        hold(50_000),
        unhold(60_000),
        customer(61_000, 63_000, "then I am leaving"),
        ended(90_000),
    ];
    said.into_iter().enumerate().map(|(seq, event)| envelope(seq as u64 + 1, event, late)).collect()
}

#[test]
fn it_says_in_the_calls_own_time_what_would_have_been_said() {
    let again = guide_again(&stored(), &[book(BOOK)], &mut |sentences| {
        Some(sentences.iter().filter_map(|one| vector(one)).collect())
    });
    let told: Vec<(u64, String)> = again
        .events
        .iter()
        .filter_map(|(when, said)| Some((when.since(at(0)).as_millis() as u64, short(&said.event)?)))
        .collect();
    let told: Vec<(u64, &str)> = told.iter().map(|(when, said)| (*when, said.as_str())).collect();
    assert_eq!(
        told,
        [
            (21_000, "missed greet"),
            (21_000, "alert a-again.item.greet-1"),
            (43_000, "show h-again.pay-1"),
            (73_000, "expired h-again.pay-1"),
            (73_000, "show h-again.leave-1.1"),
            (90_000, "withdrawn h-again.leave-1.1"),
        ]
    );
    assert_eq!(again.fired.iter().map(|fired| fired.rule.as_str()).collect::<Vec<_>>(), ["pay", "leave"]);
    assert!(!again.without_meaning);
}

#[test]
fn without_vectors_it_says_that_meanings_were_not_looked_at() {
    let again = guide_again(&stored(), &[book(BOOK)], &mut |_| None);
    assert!(again.without_meaning);
    assert_eq!(again.fired.len(), 1);
}

#[test]
fn what_guidance_said_then_is_passed_over() {
    let mut call = Call::new(&[book(BOOK)]);
    call.feed(agent_says(2_000, 3_000, "hello"));
    call.feed(customer(4_000, 5_000, "I pay"));
    call.feed(ended(9_000));
    let live: Vec<String> = call.log.iter().filter_map(|e| short(&e.event)).collect();
    let again = guide_again(&call.log, &[book(BOOK)], &mut |sentences| {
        Some(sentences.iter().filter_map(|one| vector(one)).collect())
    });
    let told: Vec<String> = again.events.iter().filter_map(|(_, said)| short(&said.event)).collect();
    assert_eq!(told, live, "the same playbook says the same");
}

#[test]
fn a_log_without_a_start_harms_nothing() {
    let again = guide_again(&stored()[2..], &[book(BOOK)], &mut |_| None);
    assert!(again.events.iter().any(|(_, said)| matches!(said.event, Event::SummaryWritten(_))));
    let nothing = guide_again(&[], &[], &mut |_| None);
    assert_eq!(nothing.events.len(), 0);
}
