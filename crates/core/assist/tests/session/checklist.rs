//! Checklists, workflows and the alerts of what was missed.

use events::Act;
use model::Participant;

use crate::call::{Call, agent_says, book, customer, ended, revised};

const CARD: &str = r#"
playbook: card
version: 1
title: Taking a card
meanings:
  pays: { examples: ["I want to pay money"], threshold: 0.8 }
checklist:
  - id: greet
    title: Greeted
    done: { says: { who: agent, any_of: [thank you for calling] } }
  - id: verify
    title: Verified who calls
    done: { sequence: { of: [ { says: { who: agent, any_of: [date of birth] } }, { says: { who: customer, pattern: "\\bborn\\b|19\\d\\d" } } ] } }
    by: 30s
    required: true
  - id: terms
    title: Read the terms
    when: { means: { who: customer, meaning: pays } }
    done: { says: { who: agent, all_of: [terms, conditions] } }
    required: true
workflows:
  - id: pay
    title: Take a payment
    steps:
      - { id: amount, title: Tell the amount, say: "It comes to the amount on your bill.", done: { says: { who: agent, any_of: [comes to] } } }
      - id: agree
        title: Get a yes
        branches:
          - { when: { says: { who: customer, any_of: ["no"] } }, go: end }
        done: { says: { who: customer, any_of: ["yes"] } }
      - { id: number, title: Take the number, done: { masked: { kinds: [card] } } }
rules:
  - id: start
    when: { means: { who: customer, meaning: pays } }
    then: [{ workflow: pay }]
"#;

#[test]
fn an_item_is_ticked_by_the_sentence_that_says_it() {
    let mut call = Call::new(&[book(CARD)]);
    call.feed(agent_says(1_000, 3_000, "Thank you for calling Acme"));
    call.feed(customer(3_500, 5_000, "I was born in 1970"));
    call.feed(agent_says(5_500, 7_000, "and your date of birth?"));
    assert_eq!(call.news(), ["done greet by t-1000"], "the answer came before the question");
    call.feed(customer(8_000, 9_000, "born in 1970"));
    assert_eq!(call.news(), ["done verify by c-8000"]);
    call.feed(revised(Participant::Agent, 1_000, 3_000, "[name]"));
    assert!(call.news().is_empty(), "a tick stays when its words are masked");
}

#[test]
fn what_is_late_alerts_until_it_is_done() {
    let mut call = Call::new(&[book(CARD)]);
    call.until(30_999);
    assert!(call.news().is_empty());
    call.until(31_000);
    assert_eq!(call.news(), ["missed verify", "alert a-card.item.verify-1"]);
    call.feed(agent_says(40_000, 41_000, "your date of birth"));
    call.feed(customer(42_000, 43_000, "1970"));
    assert_eq!(call.news(), ["done verify by c-42000", "clear a-card.item.verify-1"]);
}

#[test]
fn what_was_asked_for_and_not_done_is_missed_at_the_end() {
    let mut call = Call::new(&[book(CARD)]);
    call.feed(ended(10_000));
    assert_eq!(call.news(), ["missed verify"], "nobody was to read the terms");
    let mut call = Call::new(&[book(CARD)]);
    call.feed(customer(2_000, 3_000, "I have money here"));
    call.news();
    call.feed(ended(10_000));
    assert_eq!(call.news(), ["missed verify", "missed terms", "withdrawn h-card.pay.amount-1"]);
}

#[test]
fn a_person_ticks_and_takes_back() {
    let check = |done| Act::Check { playbook: "card".into(), item: "greet".into(), done };
    let mut call = Call::new(&[book(CARD)]);
    call.feed(agent_says(1_000, 3_000, "Thank you for calling"));
    call.act("act-0001", check(false));
    call.until(5_000);
    assert_eq!(call.news(), ["done greet by t-1000", "open greet"], "the same words do not tick it again");
    call.act("act-0002", check(true));
    call.act("act-0003", check(true));
    assert_eq!(call.news(), ["done greet"]);
}

#[test]
fn a_workflow_goes_its_way_by_what_is_said() {
    let mut call = Call::new(&[book(CARD)]);
    call.feed(customer(2_000, 3_000, "yes I want to pay"));
    assert_eq!(call.news(), ["pay -> amount", "show h-card.pay.amount-1"]);
    call.feed(agent_says(4_000, 6_000, "it comes to twelve dollars"));
    assert_eq!(
        call.news(),
        ["pay -> agree", "withdrawn h-card.pay.amount-1"],
        "the yes before it does not count"
    );
    call.feed(customer(7_000, 8_000, "yes"));
    call.feed(customer(9_000, 12_000, "it is [card]"));
    assert_eq!(call.news(), ["pay -> number", "pay -> done"]);
}

#[test]
fn a_branch_and_a_person_lead_elsewhere() {
    let mut call = Call::new(&[book(CARD)]);
    call.feed(customer(2_000, 3_000, "I have money"));
    call.feed(agent_says(4_000, 6_000, "it comes to twelve dollars"));
    call.feed(customer(7_000, 8_000, "no that is too much"));
    call.news();
    let go = |step: Option<&str>| Act::Workflow {
        playbook: "card".into(),
        workflow: "pay".into(),
        step: step.map(str::to_owned),
    };
    call.act("act-0001", go(Some("number")));
    call.act("act-0002", go(None));
    call.act("act-0003", go(None));
    assert_eq!(call.news(), ["pay -> number", "pay -> left"]);
}
