//! Cards and the budget they have.

use events::{Act, Event, HintOutcome};
use model::Participant;

use crate::call::{Call, agent_says, at, book, customer, hold, partial, unhold};

const SAVE: &str = r#"
playbook: save
version: 3
title: Keep the customer
budget: { cards_per_minute: 2, life: 30s, cooldown: 10s }
rules:
  - id: cancel
    title: wants to cancel
    when: { says: { who: customer, any_of: ["cancel~ * account", "close my account"] } }
    then:
      - card: { title: Ask why, say: "May I ask what made you decide to leave?", topic: leaving }
    times: 3
  - id: price
    when: { says: { who: customer, any_of: [too expensive] } }
    then: [{ card: { title: Offer half price, say: "I can offer three months at half price.", topic: price } }]
  - id: partial
    when: { says: { who: customer, any_of: [competitor], on: partial } }
    then: [{ card: { title: Compare } }]
  - id: recording
    when: { says: { who: agent, any_of: [card number] } }
    then: [{ card: { kind: compliance, title: Pause the recording, until: { says: { who: agent, any_of: [recording is paused] } } } }]
"#;

#[test]
fn a_card_is_shown_once_lives_and_expires() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "I want to cancel my account"));
    assert_eq!(call.news(), ["show h-save.cancel-1"]);
    call.until(33_999);
    assert!(call.news().is_empty());
    call.until(34_000);
    assert_eq!(call.news(), ["expired h-save.cancel-1"]);
}

#[test]
fn words_of_a_card_carry_the_stage_times_of_what_called_for_it() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "close my account please"));
    let shown = call.said.iter().find(|said| matches!(said.event, Event::HintShown(_))).unwrap();
    assert_eq!(shown.stages.captured_us, Some(at(4_000)));
    assert_eq!(shown.stages.appended_us, None, "that is the log's to fill in");
    let Event::HintShown(hint) = &shown.event else { unreachable!() };
    assert_eq!((hint.why.as_str(), hint.version, hint.at_ms), ("wants to cancel", 3, 4_000));
    assert_eq!(hint.utterance.map(|id| id.to_string()).as_deref(), Some("c-2000"));
}

#[test]
fn said_again_it_fires_again_but_not_while_it_rests() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "cancel my account"));
    call.feed(customer(8_000, 9_000, "I said cancel my account"));
    call.until(34_000);
    assert_eq!(call.news(), ["show h-save.cancel-1", "expired h-save.cancel-1"]);
    call.feed(customer(40_000, 41_000, "so please cancel the account"));
    assert_eq!(call.news(), ["show h-save.cancel-2"]);
}

#[test]
fn another_topic_takes_the_place_but_not_at_once() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "cancel my account"));
    call.feed(customer(4_500, 6_000, "it is too expensive"));
    assert_eq!(call.news(), ["show h-save.cancel-1"]);
    call.until(8_000);
    assert_eq!(call.news(), ["withdrawn h-save.cancel-1", "show h-save.price-1"]);
}

#[test]
fn what_must_be_said_goes_first_and_beyond_the_budget() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "cancel my account"));
    call.feed(customer(9_000, 10_000, "too expensive"));
    call.news();
    call.feed(agent_says(11_000, 12_000, "what is your card number"));
    assert_eq!(call.news(), ["withdrawn h-save.price-1", "show h-save.recording-1"]);
    call.feed(agent_says(13_000, 15_000, "the recording is paused now"));
    assert_eq!(call.news(), ["said h-save.recording-1"]);
}

#[test]
fn no_more_cards_than_the_budget_has_and_none_that_is_stale() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "cancel my account"));
    call.feed(customer(9_000, 10_000, "too expensive"));
    call.news();
    call.feed(customer(20_000, 21_000, "your competitor has it"));
    call.until(100_000);
    assert_eq!(call.news(), ["expired h-save.price-1"], "the third was stale when its turn came");
}

#[test]
fn words_in_the_making_count_where_the_rule_says_so() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(partial(Participant::Customer, 2_000, 2_900, "your competitor"));
    assert_eq!(call.news(), ["show h-save.partial-1"]);
    call.feed(partial(Participant::Customer, 2_000, 3_500, "cancel my account"));
    assert!(call.news().is_empty(), "the other rule waits for words as they stay");
    call.feed(customer(2_000, 3_600, "your competitor has it"));
    assert!(call.news().is_empty(), "it is the same utterance");
}

#[test]
fn prompts_bots_and_words_on_hold_fire_nothing() {
    let mut call = Call::new(&[book(SAVE)]);
    for who in [Participant::System, Participant::Bot] {
        let said = crate::call::utterance(who, 2_000, 3_000, "give me your card number");
        call.feed(Event::UtteranceCompleted(said));
    }
    call.feed(hold(5_000));
    call.feed(customer(6_000, 8_000, "honey I will cancel my account"));
    assert!(call.news().is_empty());
    call.feed(customer(21_000, 22_000, "so, cancel my account"));
    call.feed(unhold(20_000));
    assert_eq!(call.news(), ["show h-save.cancel-1"], "told late that the hold was over");
}

#[test]
fn cards_wait_for_an_agent() {
    let mut call =
        Call::unstarted(assist::SessionConfig { playbooks: vec![book(SAVE)], ..Default::default() });
    call.live(0);
    call.feed(crate::call::started());
    call.feed(customer(2_000, 4_000, "I want to close my account"));
    assert!(call.news().is_empty());
    call.feed(crate::call::agent(10_000));
    assert_eq!(call.news(), ["show h-save.cancel-1"]);
}

#[test]
fn said_afterwards_counts_and_is_told_once() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "too expensive"));
    call.act("act-0001", Act::Hint { id: "h-save.price-1".into(), outcome: HintOutcome::Accepted });
    call.act("act-0001", Act::Hint { id: "h-save.price-1".into(), outcome: HintOutcome::Accepted });
    call.act("act-0002", Act::Hint { id: "h-save.price-1".into(), outcome: HintOutcome::Dismissed });
    call.feed(agent_says(8_000, 12_000, "what I can offer you is three months for half price"));
    call.feed(agent_says(13_000, 15_000, "so three months, half price, that is my offer"));
    assert_eq!(call.news(), ["show h-save.price-1", "accepted h-save.price-1", "said h-save.price-1"]);
}

#[test]
fn a_muted_agent_is_left_alone() {
    let mut call = Call::new(&[book(SAVE)]);
    call.feed(customer(2_000, 4_000, "cancel my account"));
    call.act("act-0001", Act::Mute { muted: true });
    call.feed(customer(6_000, 7_000, "too expensive"));
    call.feed(agent_says(8_000, 9_000, "what is your card number"));
    assert_eq!(call.news(), ["show h-save.cancel-1", "muted true", "withdrawn h-save.cancel-1"]);
    call.act("act-0002", Act::Mute { muted: false });
    call.feed(customer(40_000, 41_000, "cancel my account I said"));
    assert_eq!(call.news(), ["muted false", "show h-save.cancel-2"]);
}
