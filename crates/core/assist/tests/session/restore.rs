//! A session that is restored from the call's log, after its owner died or its task was started again.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use assist::{CompiledPlaybook, SessionConfig};
use events::{Act, Envelope, Event, HintOutcome, WorkflowState};
use model::Participant;
use proptest::prelude::*;

use crate::call::{
    Call, agent, agent_says, book, customer, ended, hold, partial, revised, short, started, unhold,
};

const BOOK: &str = r#"
playbook: desk
version: 1
title: At the desk
budget: { cards_per_minute: 3, life: 20s, cooldown: 15s }
meanings:
  pays: { examples: ["I want to pay money"], threshold: 0.8 }
rules:
  - id: cancel
    when: { says: { who: customer, any_of: [cancel~] } }
    then: [{ card: { title: Ask why, say: "What made you decide to leave us?", topic: leaving } }, { alert: { kind: other, severity: warning, title: Leaving } }]
    times: 3
  - id: price
    when: { says: { who: customer, any_of: [expensive], on: partial } }
    then: [{ card: { title: Offer, say: "Three months at half price.", topic: price } }]
    times: 2
  - id: pay
    when: { means: { who: customer, meaning: pays } }
    then: [{ workflow: pay }, { card: { kind: compliance, title: Pause the recording, until: { says: { who: agent, any_of: [paused] } } } }]
  - id: quiet
    when: { metric: { name: silence, at_least: 15 } }
    then: [{ alert: { kind: silence, severity: warning, title: Quiet } }]
    times: 5
    cooldown: 0s
  - id: ask
    when: { says: { who: customer, any_of: ["how do I"] } }
    then: [{ model: { title: Answer } }, { card: { title: Look it up } }]
    times: 2
checklist:
  - { id: greet, title: Greeted, done: { says: { who: agent, any_of: [hello] } }, by: 10s, required: true }
  - { id: both, title: Both, done: { sequence: { time: 60s, of: [ { says: { who: agent, any_of: [birth] } }, { says: { who: customer, any_of: [born] } } ] } }, by: 40s, required: true }
workflows:
  - id: pay
    title: Pay
    steps:
      - { id: amount, title: The amount, say: "It comes to twelve.", done: { says: { who: agent, any_of: [comes to] } } }
      - { id: yes, title: A yes, done: { says: { who: customer, any_of: ["yes"] } } }
"#;

fn config() -> SessionConfig {
    static DESK: LazyLock<Arc<CompiledPlaybook>> = LazyLock::new(|| book(BOOK));
    SessionConfig { playbooks: vec![Arc::clone(&DESK)], built_in_alerts: true, ..SessionConfig::default() }
}

#[derive(Clone, Debug)]
enum Step {
    Event(Event),
    Act(Act),
    Wait(u64),
}

const CUSTOMER: &[&str] = &[
    "I want to cancel this",
    "it is far too expensive for me",
    "I will pay the money now",
    "how do I set this up please",
    "I was born in May",
    "yes",
    "this is terrible awful horrible service",
    "okay and the sun is out",
];
const AGENT: &[&str] = &[
    "hello there",
    "your date of birth please",
    "what made you decide to leave us",
    "we have three months at half price",
    "it comes to twelve",
    "the recording is paused",
    "let me have a look at that",
];

fn steps() -> impl Strategy<Value = Vec<(u64, u8, usize)>> {
    prop::collection::vec((200_u64..12_000, 0_u8..12, 0_usize..64), 4..28)
}

/// A call made of random steps, each some time after the one before.
fn script(steps: &[(u64, u8, usize)]) -> Vec<Step> {
    let mut now = 2_000;
    let mut out = vec![Step::Event(started()), Step::Event(agent(1_000))];
    let mut held = false;
    for (gap, kind, pick) in steps {
        now += gap;
        let end = now + 1_500;
        let theirs = CUSTOMER[pick % CUSTOMER.len()];
        match kind {
            0..=3 => out.push(Step::Event(customer(now, end, theirs))),
            4..=6 => out.push(Step::Event(agent_says(now, end, AGENT[pick % AGENT.len()]))),
            7 => {
                out.push(Step::Event(partial(Participant::Customer, now, now + 700, theirs)));
                out.push(Step::Event(customer(now, end, theirs)));
            }
            8 => {
                out.push(Step::Event(if held { unhold(now) } else { hold(now) }));
                held = !held;
            }
            9 => out.push(Step::Wait(now)),
            10 => out.push(Step::Act(match pick % 5 {
                0 => Act::Hint { id: "h-desk.cancel-1".into(), outcome: HintOutcome::Accepted },
                1 => Act::Hint { id: "h-desk.price-1".into(), outcome: HintOutcome::Expanded },
                2 => Act::Check { playbook: "desk".into(), item: "greet".into(), done: pick % 2 == 0 },
                3 => Act::Mute { muted: pick % 2 == 1 },
                _ => Act::Workflow { playbook: "desk".into(), workflow: "pay".into(), step: None },
            })),
            _ => {
                out.push(Step::Event(customer(now, end, theirs)));
                out.push(Step::Event(revised(Participant::Customer, now, end, "[name]")));
            }
        }
        now = end;
    }
    out.push(Step::Event(ended(now + 3_000)));
    out
}

/// Runs a script from its step `from` on a session that may have been restored.
fn run(call: &mut Call, script: &[Step]) {
    for (index, step) in script.iter().enumerate() {
        match step {
            Step::Event(event) => {
                call.feed(event.clone());
            }
            Step::Act(act) => {
                // The same act has the same id, whoever takes it in.
                call.act(&format!("act-{}-{index}", call.now_ms), act.clone());
            }
            Step::Wait(ms) => {
                call.until((*ms).max(call.now_ms));
            }
        }
    }
}

fn restored(log: &[Envelope], now_ms: u64) -> Call {
    let mut call = Call::unstarted(config());
    for envelope in log {
        call.session.handle_event(envelope);
    }
    assert!(call.said.is_empty(), "while it is restored it says nothing");
    call.log = log.to_vec();
    call.now_ms = now_ms;
    call.live(now_ms);
    call
}

/// Whether guidance said it of itself. What people did and was not logged, they have to do again.
fn is_of_itself(event: &Event) -> bool {
    match event {
        Event::HintShown(_) | Event::AlertRaised(_) | Event::AlertCleared(_) => true,
        Event::HintChanged(changed) => changed.by.is_none(),
        Event::ChecklistChanged(changed) => changed.by.is_none(),
        Event::WorkflowChanged(changed) => changed.state != WorkflowState::Left,
        Event::MediaStatus(_) | _ => false,
    }
}

fn told(log: &[Envelope]) -> Vec<String> {
    log.iter().filter_map(|envelope| short(&envelope.event)).collect()
}

fn cards(log: &[Envelope]) -> BTreeSet<String> {
    told(log).into_iter().filter(|one| one.starts_with("show")).collect()
}

fn last_states(log: &[Envelope]) -> BTreeSet<String> {
    let mut states = std::collections::BTreeMap::new();
    for envelope in log {
        match &envelope.event {
            Event::ChecklistChanged(changed) => {
                states.insert(format!("item {}", changed.item), format!("{:?}", changed.state));
            }
            Event::WorkflowChanged(changed) => {
                states.insert(
                    format!("flow {}", changed.workflow),
                    format!("{:?} {:?}", changed.state, changed.step),
                );
            }
            Event::AlertRaised(raised) => {
                states.insert(format!("alert {}", raised.rule), "open".to_owned());
            }
            Event::AlertCleared(cleared) => {
                let rule = cleared.id.rsplit_once('-').unwrap().0;
                states.retain(|of, _| of.strip_prefix("alert ").is_none_or(|of| !rule.ends_with(of)));
            }
            Event::MediaStatus(_) | _ => {}
        }
    }
    states.into_iter().map(|(of, state)| format!("{of}: {state}")).collect()
}

#[test]
fn what_the_log_says_stands_and_what_it_lacks_is_said() {
    let mut first = Call::unstarted(config());
    first.live(0);
    run(
        &mut first,
        &[
            Step::Event(started()),
            Step::Event(agent(1_000)),
            Step::Event(agent_says(2_000, 3_000, "hello")),
            Step::Event(customer(4_000, 5_000, "cancel it")),
        ],
    );
    assert_eq!(first.news(), ["done greet by t-2000", "alert a-desk.cancel-1", "show h-desk.cancel-1"]);
    // Killed before anything but the tick was in the log.
    let tick = first.log.iter().position(|e| matches!(e.event, Event::ChecklistChanged(_))).unwrap();
    let log: Vec<Envelope> = first
        .log
        .iter()
        .enumerate()
        .filter(|(index, e)| *index <= tick || e.event.utterance().is_some())
        .map(|(_, e)| e.clone())
        .collect();
    let mut soon = restored(&log, 12_000);
    assert_eq!(soon.news(), ["alert a-desk.cancel-1", "show h-desk.cancel-1"]);
    let mut late = restored(&log, 26_000);
    assert_eq!(
        late.news(),
        ["alert a-desk.cancel-1", "alert a-desk.quiet-1"],
        "the card's words are old by then"
    );
}

#[test]
fn another_version_of_a_playbook_does_not_fire_again() {
    let mut first = Call::unstarted(config());
    first.live(0);
    run(
        &mut first,
        &[
            Step::Event(started()),
            Step::Event(agent(1_000)),
            Step::Event(customer(4_000, 5_000, "cancel it")),
        ],
    );
    let newer = BOOK.replace("version: 1", "version: 2").replace("[cancel~]", "[cancel~, leave]");
    let mut call =
        Call::unstarted(SessionConfig { playbooks: vec![book(&newer)], ..SessionConfig::default() });
    for envelope in &first.log {
        call.session.handle_event(envelope);
    }
    call.now_ms = 6_000;
    call.live(6_000);
    assert!(call.news().is_empty());
}

#[test]
fn an_act_that_comes_twice_over_a_takeover_is_done_once() {
    let mut first = Call::unstarted(config());
    first.live(0);
    run(
        &mut first,
        &[
            Step::Event(started()),
            Step::Event(agent(1_000)),
            Step::Event(customer(4_000, 5_000, "cancel it")),
            Step::Act(Act::Hint { id: "h-desk.cancel-1".into(), outcome: HintOutcome::Dismissed }),
            Step::Act(Act::Message { text: "well done".into() }),
        ],
    );
    let sent = first.log.iter().find_map(|e| match &e.event {
        Event::MessageSent(sent) => Some(sent.id.clone()),
        Event::MediaStatus(_) | _ => None,
    });
    let mut second = restored(&first.log.clone(), 6_000);
    second.act("act-retry", Act::Hint { id: "h-desk.cancel-1".into(), outcome: HintOutcome::Dismissed });
    second.act(&sent.unwrap(), Act::Message { text: "well done".into() });
    assert!(second.news().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_same_call_is_guided_the_same_twice(steps in steps()) {
        let script = script(&steps);
        let mut logs = (0..2).map(|_| {
            let mut call = Call::unstarted(config());
            call.live(0);
            run(&mut call, &script);
            assert!(call.wakes <= 10 + call.now_ms / 500, "{} wakes in {} ms", call.wakes, call.now_ms);
            call.log
        });
        prop_assert_eq!(logs.next(), logs.next());
    }

    #[test]
    fn a_kill_at_any_event_repeats_nothing_and_leads_to_the_same(steps in steps(), cut in 0.0_f64..1.0, torn in 0_usize..3) {
        let script = script(&steps);
        let mut one = Call::unstarted(config());
        one.live(0);
        run(&mut one, &script);

        let place = ((script.len() as f64) * cut) as usize;
        let mut first = Call::unstarted(config());
        first.live(0);
        run(&mut first, &script[..place]);
        // Killed before the last of what it said was in the log.
        let mut log = first.log.clone();
        for _ in 0..torn {
            if log.last().is_some_and(|last| is_of_itself(&last.event)) {
                log.pop();
            }
        }
        let mut second = restored(&log, first.now_ms);
        run(&mut second, &script[place..]);

        let all = told(&second.log);
        let shown: Vec<&String> = all.iter().filter(|one| one.starts_with("show") || one.starts_with("alert")).collect();
        let distinct: BTreeSet<&&String> = shown.iter().collect();
        prop_assert_eq!(shown.len(), distinct.len(), "nothing twice: {:?}", all);
        prop_assert_eq!(last_states(&one.log), last_states(&second.log), "{:?}\n{:?}", told(&one.log), all);
        // Where nothing was lost the cards are the same, too. A card that was lost may be stale by now, and one that waited by
        // words in the making is offered by those that stay: it may be another's turn.
        if torn == 0 && steps.iter().all(|(_, kind, _)| *kind != 7) {
            prop_assert_eq!(cards(&one.log), cards(&second.log), "{:?}\n{:?}", told(&one.log), all);
        }
    }

    #[test]
    fn a_log_that_is_whole_adds_nothing(steps in steps()) {
        let mut one = Call::unstarted(config());
        one.live(0);
        run(&mut one, &script(&steps));
        let mut again = restored(&one.log.clone(), one.now_ms);
        prop_assert_eq!(again.news(), Vec::<String>::new());
    }
}
