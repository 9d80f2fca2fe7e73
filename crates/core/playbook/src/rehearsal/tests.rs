use events::{EntityKind, Event};

use super::*;

const WHOLE: &str = r#"
rehearsal: A card is taken
playbook: ../card.yaml
call: { queue: Billing, attributes: { tier: gold } }
script:
  - { at: 1s, prompt: Welcome to Harbor Electric. }
  - { at: 5s, agent_connected: daniel }
  - { at: 6s, agent: "How can I help?", until: 8s }
  - { at: 9s, customer: "My card is [card], and [cvv]." }
  - { at: 9s, agent: "Go on." }
  - { at: 20s, hold: true }
  - { at: 30s, hold: false }
expect:
  - { at: 10s, card: permission }
  - { ticked: greeting, tolerance: 500ms, meaning: true }
  - { workflow: pay, step: number }
never:
  - { alert: digits }
"#;

fn problems(yaml: &str) -> String {
    Rehearsal::read(yaml).unwrap_err().to_string()
}

#[test]
fn a_rehearsal_is_a_call_with_all_its_events() {
    let rehearsal = Rehearsal::read(WHOLE).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(rehearsal.expect[1].outcome, Outcome::Ticked("greeting".to_owned()));
    assert!(rehearsal.expect[1].by_meaning);
    let events = rehearsal.events();
    let names: Vec<&str> = events.iter().map(|envelope| envelope.event.type_name()).collect();
    assert_eq!(
        names,
        [
            "call_started",
            "utterance_completed",
            "agent_connected",
            "utterance_completed",
            "utterance_completed",
            "utterance_completed",
            "hold_started",
            "hold_ended",
            "call_ended"
        ]
    );
    let said: Vec<_> = events.iter().filter_map(|envelope| envelope.event.utterance()).collect();
    assert_eq!(said[0].participant, Participant::System);
    let card = said.iter().find(|said| said.participant == Participant::Customer).unwrap();
    assert_eq!((card.words[3].masked, card.words[3].text.as_str()), (Some(EntityKind::Card), "[card]"));
    assert_eq!(card.words[5].masked, Some(EntityKind::Cvv));
    assert!(matches!(&events[0].event, Event::CallStarted(started) if started.attributes["tier"] == "gold"));
    let end = events.last().unwrap();
    assert_eq!(rehearsal.place(end.stages.appended_us.unwrap()), Span::secs(31));
    assert!(events.iter().zip(1..).all(|(envelope, seq)| envelope.seq == seq));
}

#[test]
fn an_agent_is_there_from_the_beginning_where_none_is_named() {
    let yaml = "rehearsal: A\nplaybook: p\nscript: [{ at: 1s, agent: Hello }, { at: 9s, ended: true }]\nnever: [{ card: a }]\n";
    let events = Rehearsal::read(yaml).unwrap().events();
    assert!(matches!(events[1].event, Event::AgentConnected(_)));
    assert_eq!(events.iter().filter(|envelope| matches!(envelope.event, Event::CallEnded(_))).count(), 1);
}

#[test]
fn what_cannot_be_played_is_refused() {
    for (part, message) in [
        ("script: [{ at: 5s, agent: Hi }, { at: 4s, agent: Ho }]", "begins before the line above it"),
        ("script: [{ at: 5s, agent: Hi }, { at: 5s, prompt: Ho }]", "begins at the same time"),
        ("script: [{ at: 5s, agent: Hi, until: 5s }]", "is not after its beginning"),
        ("script: [{ at: 5s, ended: true }, { at: 6s, agent: Hi }]", "comes after the end"),
        ("script: [{ at: 5s, agent: 'my [crad]' }]", "did you mean \"card\"?"),
        ("script: [{ at: 5s, agent: Hi, customer: Ho }]", "must have one of these keys"),
        ("script: [{ at: 5s, hold: true, until: 6s }]", "has no place here"),
        ("script: [{ agent: Hi }]", "needs the key \"at\""),
        ("expect: [{ card: a, alert: b }]", "must have one of these keys"),
        ("expect: [{ card: a, step: b }]", "only a workflow has steps"),
        ("expect: [{ cart: a }]", "must have one of these keys"),
    ] {
        let base = if part.starts_with("script") {
            "never: [{ card: a }]"
        } else {
            "script: [{ at: 1s, agent: Hi }]"
        };
        let told = problems(&format!("rehearsal: A\nplaybook: p\n{base}\n{part}\n"));
        assert!(told.contains(message), "{part}: {told}");
    }
    assert!(
        problems("rehearsal: A\nplaybook: p\nscript: [{ at: 1s, agent: Hi }]\n").contains("expects nothing")
    );
}

#[test]
fn what_the_playbook_lacks_is_told() {
    let playbook = Playbook::read(
        "playbook: card\nversion: 1\ntitle: A\nchecklist: [{ id: greeting, title: A, done: { elapsed: 3s } }]\n",
    )
    .unwrap();
    let told: Vec<String> =
        Rehearsal::read(WHOLE).unwrap().unknown_to(&playbook).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "14:5 the playbook has no rule \"permission\"",
            "16:5 the playbook has no workflow \"pay\"",
            "18:5 the playbook has no rule \"digits\""
        ]
    );
}
