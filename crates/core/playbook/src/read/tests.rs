use std::fmt::Write as _;

use proptest::prelude::*;

use crate::{Action, Condition, Heard, Playbook, Span, Speaker, Words};

const WHOLE: &str = r#"
playbook: cancellation-save
version: 3
title: Cancellation save
applies:
  queues: [Retention]
  languages: [en]
budget: { cards_per_minute: 3, life: 20s, cooldown: 1m30s }
meanings:
  wants-to-leave:
    examples: ["I want to cancel my contract", "please close my account"]
    counter_examples: [I want to cancel the appointment]
    threshold: 0.55
    margin: 0.05
rules:
  - id: ask-why
    title: The customer wants to leave
    when:
      any:
        - says: { who: customer, any_of: ["cancel~ * contract"], none_of: [not cancel], on: partial }
        - means: { who: customer, meaning: wants-to-leave }
    then:
      - card: { title: Ask why, say: "May I ask what made you think of leaving?", topic: leaving, priority: 80 }
      - workflow: save
    times: 2
  - id: long-hold
    when: { metric: { name: hold, at_least: 120 } }
    then: [{ alert: { kind: hold, severity: warning, title: On hold for two minutes } }]
  - id: all-kinds
    when:
      all:
        - masked: { kinds: [card, cvv] }
        - metric: { name: talk_ratio, who: agent, over: 60s, at_least: 0.7, at_most: 1 }
        - fact: { name: queue, is: [Retention] }
        - elapsed: 30s
        - with_agent: 20s
        - on_hold: false
        - not: { done: greeting }
        - fired: ask-why
        - within: { time: 10s, of: [{ fired: ask-why }, { done: greeting }] }
        - sequence: { of: [{ fired: ask-why }, { done: greeting }] }
        - fact: { name: tier, matches: "gold|silver" }
    then:
      - answer: { title: From the documents, score: 0.4 }
      - model: { title: An offer, prompt: save-offer }
checklist:
  - { id: greeting, title: Greeting, by: 20s, required: true, done: { says: { who: agent, any_of: [thank you for calling] } } }
workflows:
  - id: save
    title: Save
    steps:
      - { id: ask, title: Ask why, say: Why?, branches: [{ when: { fired: long-hold }, go: end }] }
      - { id: offer, title: Make an offer, next: ask, done: { says: { any_of: [offer] } } }
summary:
  sections:
    - { id: reason, title: Why they called, kind: reason, ask: One sentence. }
    - { id: offers, title: Offers, kind: matching, when: { says: { any_of: [offer~] } } }
  dispositions:
    - { code: SAVED, title: Saved, when: { fired: ask-why } }
    - { code: other, title: Other }
"#;

fn problems(yaml: &str) -> String {
    Playbook::read(yaml).unwrap_err().to_string()
}

/// A playbook with one rule, whose condition is this.
fn with_condition(condition: &str) -> String {
    format!(
        "playbook: a\nversion: 1\ntitle: A\nrules:\n- id: r\n  when: {condition}\n  then: [{{ card: {{ title: T }} }}]\n"
    )
}

#[test]
fn a_whole_playbook_is_read() {
    let playbook = Playbook::read(WHOLE).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((playbook.id.as_str(), playbook.version), ("cancellation-save", 3));
    assert_eq!(playbook.budget.cooldown, Span::secs(90));
    assert_eq!(playbook.meanings["wants-to-leave"].counter_examples.len(), 1);
    let rule = &playbook.rules[0];
    let Condition::Any(any) = &rule.when else { panic!("no any") };
    let Condition::Says(says) = &any[0] else { panic!("no says") };
    assert_eq!((says.who, says.on), (Speaker::Customer, Heard::Partial));
    assert!(says.any_of[0].matches(&Words::of("I'm cancelling my contract")));
    assert!(matches!(&rule.then[..], [Action::Card(card), Action::Workflow(_)] if card.priority == 80));
    assert_eq!((rule.times, playbook.rules[1].times), (2, 1));
    assert_eq!(playbook.workflows[0].steps[1].next.as_deref(), Some("ask"));
    assert_eq!(playbook.summary.unwrap().dispositions.len(), 2);
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places() {
    let yaml = "playbook: Bad Id\nversion: 0\ntitle: A\nbugdet: {}\nrules:\n- id: a\n  when: { says: { who: caller, any_off: [x] } }\n  then: [{ card: { title: T, priority: 101 } }]\n- id: a\n  when: { done: nothing }\n  then: []\n";
    let told = problems(yaml);
    for line in [
        "1:11 playbook: must begin with a small letter and have small letters, digits and dashes, 64 at the most",
        "2:10 version: must be a whole number from 1 to 4294967295",
        "4:1 bugdet: is not known; did you mean \"budget\"?; allowed: playbook, version, title, applies, budget, meanings, rules, checklist, workflows, summary",
        "7:24 rules[0].when.says.who: \"caller\" is not known; allowed: customer, agent, anyone",
        "7:32 rules[0].when.says.any_off: is not known; did you mean \"any_of\"?; allowed: who, any_of, all_of, none_of, pattern, on",
        "8:40 rules[0].then[0].card.priority: must be a whole number from 0 to 100",
        "9:7 rules[1].id: is there twice",
        "10:17 rules[1].when.done: \"nothing\" is not known",
        "11:3 rules[1].then: is empty: name at least one, or leave the key out",
    ] {
        assert!(told.lines().any(|told| told == line), "{line}\nis not in\n{told}");
    }
}

#[test]
fn a_condition_that_cannot_be_meant_is_refused() {
    for (condition, message) in [
        ("{ says: {} }", "listens for nothing"),
        ("{ says: { none_of: [x] } }", "listens for nothing"),
        ("{ says: { any_of: [] } }", "any_of: is empty"),
        ("{ says: { any_of: cancel } }", "must be a list"),
        ("{ says: { any_of: ['* x'] } }", "begins or ends with *"),
        ("{ says: { pattern: '(' } }", "is no regular expression: unclosed group"),
        ("{ says: { any_of: [x], on: partials } }", "did you mean \"partial\"?"),
        ("{ means: { meaning: x } }", "\"x\" is not known"),
        ("{ masked: { kinds: [cards] } }", "did you mean \"card\"?"),
        ("{ metric: { name: silence } }", "needs at_least or at_most"),
        ("{ metric: { name: sentiment, who: customer, at_most: -2 } }", "must be a number from -1 to 1"),
        ("{ metric: { name: sentiment, at_most: 0 } }", "needs the key \"who\""),
        ("{ metric: { name: sentiment, who: anyone, at_most: 0 } }", "must be one speaker"),
        ("{ metric: { name: hold, who: agent, at_least: 3 } }", "it is the call's number"),
        ("{ metric: { name: hold, over: 1m, at_least: 3 } }", "has no place here"),
        ("{ metric: { name: silence, at_least: 3, at_most: 2 } }", "is never so"),
        ("{ fact: { name: queue } }", "needs is or matches"),
        ("{ fact: { name: queue, is: [a], matches: a } }", "has both"),
        ("{ elapsed: 30 }", "is no length of time"),
        ("{ elapsed: 0s }", "must be from 1s to 43200s"),
        ("{ on_hold: yes }", "allowed: true, false"),
        ("{ within: { time: 10s, of: [{ elapsed: 3s }] } }", "needs at least 2 conditions"),
        ("{ sequence: { of: [] } }", "is empty"),
        ("{ elapsed: 3s, on_hold: true }", "must have one key: put several into all or any"),
        ("{}", "must have one key; allowed: says, means"),
        ("{ say: {} }", "did you mean \"says\"?"),
        ("3", "must be a table"),
    ] {
        let told = problems(&with_condition(condition));
        assert!(told.contains(message), "{condition}: {told}");
        assert!(told.lines().all(|line| line.contains(" rules[0].when")), "{condition}: {told}");
    }
}

#[test]
fn more_than_is_bounded_is_refused() {
    let deep = format!("{}{{ elapsed: 3s }}{}", "{ not: ".repeat(8), " }".repeat(8));
    assert!(problems(&with_condition(&deep)).contains("is more than 8 conditions deep"));
    let mut rules = String::from("playbook: a\nversion: 1\ntitle: A\nrules:\n");
    for rule in 0..=super::MAX_RULES {
        writeln!(rules, "- {{ id: r{rule}, when: {{ elapsed: 3s }}, then: [{{ card: {{ title: T }} }}] }}")
            .unwrap();
    }
    assert_eq!(problems(&rules), "4:1 rules: has 201 entries, and 200 are the most");
    let say = with_condition("{ elapsed: 3s }")
        .replace("title: T", &format!("title: T, say: {}", "word ".repeat(26)));
    assert!(problems(&say).contains("has 26 words, and 25 are the most"));
}

#[test]
fn a_summary_or_workflow_that_cannot_be_meant_is_refused() {
    for (part, message) in [
        ("summary: { sections: [{ id: a, title: A, kind: matching }] }", "needs the key \"when\""),
        (
            "summary: { sections: [{ id: a, title: A, kind: reason, when: { elapsed: 3s } }] }",
            "has no place here",
        ),
        (
            "summary: { sections: [{ id: a, title: A, kind: matching, when: { elapsed: 3s } }] }",
            "by a sentence alone",
        ),
        (
            "summary: { sections: [{ id: a, title: A, kind: all }] }",
            "allowed: reason, steps, outcome, matching",
        ),
        ("workflows: [{ id: w, title: W, steps: [{ id: end, title: E }] }]", "no step has this name"),
        ("workflows: [{ id: w, title: W, steps: [{ id: a, title: E, next: b }] }]", "\"b\" is not known"),
        ("workflows: [{ id: w, title: W }]", "needs the key \"steps\""),
        ("checklist: [{ id: a, title: A }]", "needs the key \"done\""),
        ("meanings: { 'A B': { examples: [x] } }", "is no name for a meaning"),
        ("meanings: { a: {} }", "needs the key \"examples\""),
        ("applies: { languages: ['e n'] }", "is no language"),
        ("rules: 3", "must be a list"),
        ("", "does nothing"),
    ] {
        let told = problems(&format!("playbook: a\nversion: 1\ntitle: A\n{part}\n"));
        assert!(told.contains(message), "{part}: {told}");
    }
}

#[test]
fn a_file_that_is_no_playbook_is_one_problem() {
    for yaml in ["", "hello", "- 1", "{", "\u{0}", "42"] {
        assert_eq!(problems(yaml).lines().count(), 1, "{yaml:?}");
    }
}

proptest! {
    #[test]
    fn a_playbook_with_a_piece_missing_never_panics(from in 0..WHOLE.len(), length in 1_usize..40) {
        let cut: String = WHOLE.chars().enumerate().filter(|(at, _)| !(from..from + length).contains(at)).map(|(_, c)| c).collect();
        if let Err(problems) = Playbook::read(&cut) {
            prop_assert!(!problems.to_string().contains("cannot be read"), "{}", problems);
        }
    }
}
