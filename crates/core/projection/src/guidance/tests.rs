use events::{AlertCleared, AlertKind, GuidanceMuted, HintKind, Severity, Stages, SummarySource, VERSION};
use model::{CallId, TenantId};

use super::*;

fn project(events: impl IntoIterator<Item = Event>) -> GuidanceView {
    let mut projection = GuidanceProjection::new();
    for (seq, event) in (1..).zip(events) {
        let (tenant, call_id) = (TenantId::new("acme").unwrap(), CallId::new("call").unwrap());
        let stages = Stages::default();
        let envelope = Envelope { v: VERSION, tenant, call_id, seq, position: seq, stages, event };
        projection.apply(&envelope);
        projection.apply(&envelope);
    }
    projection.view()
}

fn hint(id: &str) -> Event {
    Event::HintShown(HintShown {
        id: id.into(),
        playbook: "save".into(),
        version: 1,
        rule: "cancel".into(),
        kind: HintKind::Standard,
        title: "Ask why".into(),
        why: "wants to cancel".into(),
        suggestion: None,
        source: None,
        utterance: None,
        topic: None,
        priority: 50,
        model: None,
        at_ms: 1_000,
        life_ms: 30_000,
    })
}

fn outcome(id: &str, outcome: HintOutcome) -> Event {
    let (id, rule) = (id.into(), "cancel".into());
    Event::HintChanged(HintChanged { id, rule, outcome, by: None, utterance: None, at_ms: 2_000 })
}

fn alert(id: &str) -> Event {
    Event::AlertRaised(AlertRaised {
        id: id.into(),
        playbook: "save".into(),
        rule: "calm".into(),
        kind: AlertKind::Hold,
        severity: Severity::Warning,
        title: "On hold".into(),
        utterance: None,
        at_ms: 0,
    })
}

#[test]
fn a_card_is_on_show_until_something_other_than_a_closer_look_comes_of_it() {
    let on_show = |view: GuidanceView| view.hint.map(|hint| hint.id);
    assert_eq!(on_show(project([hint("h-1")])), Some("h-1".into()));
    assert_eq!(on_show(project([hint("h-1"), outcome("h-1", HintOutcome::Expanded)])), Some("h-1".into()));
    assert_eq!(on_show(project([hint("h-1"), outcome("h-1", HintOutcome::Accepted)])), None);
    let other = [hint("h-1"), hint("h-2"), outcome("h-1", HintOutcome::Said)];
    assert_eq!(on_show(project(other)), Some("h-2".into()));
}

#[test]
fn outcomes_are_kept_in_order_and_once() {
    let view = project([
        hint("h-1"),
        outcome("h-1", HintOutcome::Accepted),
        outcome("h-1", HintOutcome::Accepted),
        outcome("h-1", HintOutcome::Said),
        outcome("h-9", HintOutcome::Said),
    ]);
    let outcomes: Vec<_> = view.hints[0].outcomes.iter().map(|known| known.outcome).collect();
    assert_eq!(outcomes, [HintOutcome::Accepted, HintOutcome::Said]);
}

#[test]
fn what_passed_is_gone_and_what_was_said_last_counts() {
    let muted = |muted| Event::GuidanceMuted(GuidanceMuted { muted, by: "ann".into(), at_ms: 0 });
    let cleared = Event::AlertCleared(AlertCleared { id: "a-1".into(), at_ms: 5 });
    let workflow = |state, step: Option<&str>| {
        Event::WorkflowChanged(WorkflowChanged {
            playbook: "save".into(),
            workflow: "offer".into(),
            state,
            step: step.map(Into::into),
            utterance: None,
            at_ms: 0,
        })
    };
    let view = project([
        muted(true),
        alert("a-1"),
        alert("a-2"),
        cleared,
        workflow(WorkflowState::Running, Some("ask")),
        workflow(WorkflowState::Done, None),
        muted(false),
    ]);
    assert!(!view.muted);
    assert_eq!(view.alerts.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>(), ["a-2"]);
    assert_eq!(view.workflows.len(), 1);
    assert_eq!(view.workflows[0].state, WorkflowState::Done);
}

#[test]
fn the_newest_summary_replaces_the_one_before_it() {
    let summary = |complete| {
        Event::SummaryWritten(SummaryWritten {
            complete,
            source: SummarySource::Extracted,
            by: None,
            fallback: None,
            sections: Vec::new(),
            actions: Vec::new(),
            disposition: None,
            at_ms: 0,
        })
    };
    assert!(project([summary(false), summary(true)]).summary.unwrap().complete);
}

#[test]
fn a_view_is_bounded_however_much_happens() {
    let message =
        |n: u32| MessageSent { id: n.to_string(), from: "sue".into(), text: String::new(), at_ms: 0 };
    let events = (0..500).flat_map(|n: u32| {
        [
            hint(&n.to_string()),
            alert(&n.to_string()),
            Event::MetricsSampled(CallMetrics::default()),
            Event::MessageSent(message(n)),
        ]
    });
    let view = project(events);
    let lengths = [view.hints.len(), view.alerts.len(), view.series.len(), view.messages.len()];
    assert_eq!(lengths, [MAX_HINTS, MAX_ALERTS, MAX_SAMPLES, MAX_MESSAGES]);
}
