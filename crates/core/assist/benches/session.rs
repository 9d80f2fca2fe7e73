//! What guidance costs for each event of an hour's call with a hundred rules.
//!
//! `cargo bench -p assist`. The numbers that were measured stand in docs/guidance.md.

use std::{fmt::Write as _, hint::black_box, sync::Arc};

use assist::{CompiledPlaybook, guide_again};
use divan::Bencher;
use events::{AgentRef, CallStarted, Envelope, Event, Stages, TranscriptUtterance, TranscriptWord};
use model::{CallId, Channel, ContactId, MediaTime, Participant, TenantId, UtteranceId};
use playbook::Playbook;

fn main() {
    divan::main();
}

/// A hundred rules of four phrases each, and twenty items.
fn playbook() -> Arc<CompiledPlaybook> {
    let mut yaml = String::from("playbook: many\nversion: 1\ntitle: Many\nrules:\n");
    for rule in 0..100 {
        let _infallible = writeln!(
            yaml,
            "  - id: rule-{rule}\n    when: {{ all: [ {{ says: {{ who: customer, any_of: [\"word{rule} * thing\", \"cancel{rule}~\", \"the number {rule} please\", \"want to talk of {rule}\"] }} }}, {{ with_agent: 5s }} ] }}\n    then: [{{ card: {{ title: Card {rule} }} }}]\n    times: 3"
        );
    }
    yaml.push_str("checklist:\n");
    for item in 0..20 {
        let _infallible = writeln!(
            yaml,
            "  - {{ id: item-{item}, title: Item, by: 5m, required: true, done: {{ says: {{ who: agent, any_of: [\"say {item} now\", \"tell {item}\"] }} }} }}"
        );
    }
    let playbook = Playbook::read(&yaml).expect("the playbook is well formed");
    Arc::new(CompiledPlaybook::new(playbook, String::new(), &|_| None).expect("and names what it has"))
}

fn envelope(seq: u64, event: Event) -> Envelope {
    Envelope {
        v: 1,
        tenant: TenantId::new("acme").expect("an id"),
        call_id: CallId::new("call").expect("an id"),
        seq,
        position: seq,
        stages: Stages::default(),
        event,
    }
}

/// An hour of turns of fifteen words, each three seconds after the one before.
fn call() -> Vec<Envelope> {
    let mut events = vec![
        Event::CallStarted(CallStarted {
            contact_id: ContactId::new("contact").expect("an id"),
            initial_contact_id: None,
            stream: "stream".into(),
            customer: None,
            customer_keys: Vec::new(),
            queue: None,
            started_at_ms: 1_700_000_000_000,
            sample_rate_hz: 8_000,
            profile: None,
            session: None,
            language: None,
            attributes: std::collections::BTreeMap::new(),
            provisional: false,
        }),
        Event::AgentConnected(AgentRef { id: "ann".into(), name: None, at_ms: 0 }),
    ];
    for turn in 0_u64..720 {
        let start_ms = 1_000 + turn * 5_000;
        let agent = turn % 2 == 0;
        let channel = if agent { Channel::ToCustomer } else { Channel::Customer };
        let words = format!(
            "so I would like to say {} and the number {} please if that is alright",
            turn % 30,
            turn % 130
        );
        let words: Vec<TranscriptWord> = words
            .split(' ')
            .zip(0_u64..)
            .map(|(word, index)| TranscriptWord {
                text: word.to_owned(),
                start_ms: start_ms + index * 250,
                end_ms: start_ms + (index + 1) * 250,
                confidence: 0.9,
                masked: None,
            })
            .collect();
        events.push(Event::UtteranceCompleted(TranscriptUtterance {
            id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
            revision: 1,
            channel,
            participant: if agent { Participant::Agent } else { Participant::Customer },
            start_ms,
            end_ms: start_ms + words.len() as u64 * 250,
            words,
        }));
    }
    events.into_iter().zip(1..).map(|(event, seq)| envelope(seq, event)).collect()
}

/// The whole hour, with words in the making each second: some 3,000 events.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn an_hour_with_a_hundred_rules(bencher: Bencher<'_, '_>) {
    let (book, call) = ([playbook()], call());
    bencher.bench(|| guide_again(black_box(&call), black_box(&book), &mut |_| None));
}
