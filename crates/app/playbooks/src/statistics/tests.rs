use events::{Event, HintChanged, HintKind, HintOutcome, HintShown};
use ports::NewEvent;
use ports::testing::{MemoryEventLog, append_as_owner, call_started, ids};

use super::*;

fn shown(id: &str, rule: &str) -> NewEvent {
    let card = HintShown {
        id: id.into(),
        playbook: "save".into(),
        version: 1,
        rule: rule.into(),
        kind: HintKind::Standard,
        title: "Ask why".into(),
        why: String::new(),
        suggestion: None,
        source: None,
        utterance: None,
        topic: None,
        priority: 50,
        model: None,
        at_ms: 0,
        life_ms: 30_000,
    };
    NewEvent { stages: Default::default(), event: Event::HintShown(card) }
}

fn became(id: &str, outcome: HintOutcome) -> NewEvent {
    let changed =
        HintChanged { id: id.into(), rule: "x".into(), outcome, by: None, utterance: None, at_ms: 0 };
    NewEvent { stages: Default::default(), event: Event::HintChanged(changed) }
}

#[tokio::test]
async fn what_became_of_cards_is_counted_by_rule() {
    let log = Arc::new(MemoryEventLog::new());
    let (tenant, call) = ids("acme", "call-1");
    let events = vec![
        call_started(1_000),
        shown("h-1", "ask"),
        became("h-1", HintOutcome::Accepted),
        became("h-1", HintOutcome::Accepted),
        shown("h-2", "ask"),
        became("h-2", HintOutcome::Accepted),
        became("h-2", HintOutcome::Said),
        shown("h-3", "offer"),
    ];
    append_as_owner(log.as_ref(), &tenant, &call, Timestamp::from_millis(1), events).await.unwrap();
    let statistics = Statistics::new(Arc::clone(&log) as _);
    let (from, to) = (Timestamp::from_millis(1_000), Timestamp::from_millis(2_000));
    let found = statistics.between(&tenant, from, to).await.unwrap();
    assert_eq!((found.calls, found.rules.len()), (1, 2));
    let ask = &found.rules[0];
    assert_eq!(
        (ask.rule.as_str(), ask.shown, ask.accepted, ask.said, ask.accepted_not_said),
        ("ask", 2, 2, 1, 1)
    );

    // What comes later is counted, too.
    let later = vec![became("h-3", HintOutcome::Dismissed)];
    append_as_owner(log.as_ref(), &tenant, &call, Timestamp::from_millis(2), later).await.unwrap();
    let found = statistics.between(&tenant, from, to).await.unwrap();
    assert_eq!(found.rules[1].dismissed, 1);
    let none = statistics.between(&tenant, to, Timestamp::from_millis(3_000)).await.unwrap();
    assert_eq!((none.calls, none.rules), (0, Vec::new()));
}
