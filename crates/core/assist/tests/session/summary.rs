//! Summaries: as the call goes on, at its end, and by the model.

use assist::{QuestionId, SessionConfig, WrittenSummary};
use events::{Act, Disposition, Event, SummaryPoint, SummarySection, SummarySource, SummaryWritten};
use model::UtteranceId;

use crate::call::{Call, agent, agent_says, at, book, customer, ended, started};

const BOOK: &str = r#"
playbook: wrap
version: 1
title: Wrap up
summary:
  sections:
    - { id: why, title: Why, kind: reason, ask: Why did they call? }
    - { id: done, title: Done, kind: steps }
    - { id: promised, title: Promised, kind: matching, when: { says: { who: agent, any_of: [refund] } } }
    - { id: end, title: End, kind: outcome }
  dispositions:
    - { code: saved, title: Saved, when: { says: { who: customer, any_of: [I will stay] } } }
    - { code: refunded, title: Refunded, when: { says: { who: agent, any_of: [refund] } } }
    - { code: other, title: Other }
"#;

fn guided(model: bool) -> Call {
    let config =
        SessionConfig { playbooks: vec![book(BOOK)], summaries_by_model: model, ..SessionConfig::default() };
    let mut call = Call::unstarted(config);
    call.live(0);
    call.feed(started());
    call.feed(agent(1_000));
    call.feed(agent_says(1_000, 3_000, "Thank you for calling Acme, how can I help you?"));
    call.feed(customer(4_000, 8_000, "Hi, I am calling because I was charged twice for my order."));
    call.feed(agent_says(9_000, 14_000, "I see that, let me check the two charges on your account."));
    call
}

fn summaries(call: &Call) -> Vec<SummaryWritten> {
    let of = |said: &assist::GuidanceEvent| {
        if let Event::SummaryWritten(written) = &said.event { Some(written.clone()) } else { None }
    };
    call.said.iter().filter_map(of).collect()
}

fn finish(call: &mut Call) {
    call.feed(agent_says(
        30_000,
        34_000,
        "I will refund the second one and you will receive an email about it.",
    ));
    call.feed(customer(35_000, 37_000, "Great, thank you so much for that."));
    call.feed(ended(40_000));
}

fn ids(section: &SummarySection) -> Vec<String> {
    section.points.iter().filter_map(|point| point.utterance).map(|id| id.to_string()).collect()
}

#[test]
fn it_is_written_as_the_call_goes_on_but_not_too_often() {
    let mut call = guided(false);
    call.until(60_000);
    let all = summaries(&call);
    assert!(!all.is_empty() && all.len() <= 3, "{all:?}");
    assert!(all.iter().all(|one| !one.complete && one.source == SummarySource::Extracted));
    assert!(all.windows(2).all(|two| two[1].at_ms >= two[0].at_ms + 20_000));
    assert_eq!(ids(&all.last().unwrap().sections[0]), ["c-4000"]);
}

#[test]
fn at_the_end_it_is_whole_and_names_sentences() {
    let mut call = guided(false);
    finish(&mut call);
    let whole = summaries(&call).pop().unwrap();
    assert!(whole.complete && whole.fallback.is_none());
    let sections: Vec<Vec<String>> = whole.sections.iter().map(ids).collect();
    assert_eq!(sections[0], ["c-4000"]);
    assert!(sections[1].contains(&"t-9000".to_owned()));
    assert_eq!(sections[2], ["t-30000"]);
    assert!(sections[3].contains(&"t-30000".to_owned()));
    assert_eq!(whole.actions.len(), 1);
    assert_eq!(whole.disposition.as_ref().map(|of| of.code.as_str()), Some("refunded"));
    assert!(
        whole.sections.iter().flat_map(|of| &of.points).all(|point| point.text.is_none()),
        "no copies of words"
    );
    assert!(call.session.is_done());
}

fn point(text: &str, id: &str) -> SummaryPoint {
    SummaryPoint { text: Some(text.into()), utterance: id.parse::<UtteranceId>().ok() }
}

fn by_model() -> WrittenSummary {
    WrittenSummary {
        model: "small-1".into(),
        sections: vec![
            SummarySection {
                id: "why".into(),
                title: "Forged".into(),
                points: vec![point("Charged twice.", "c-4000"), point("Wants a car.", "c-5000")],
            },
            SummarySection {
                id: "secret".into(),
                title: "Secret".into(),
                points: vec![point("x", "c-4000")],
            },
        ],
        actions: vec![point("Email about the refund", "t-30000")],
        disposition: Some("nonsense".into()),
    }
}

fn asked(call: &mut Call) -> QuestionId {
    let (id, transcript) = call.summarise.pop().unwrap();
    assert!(transcript.starts_with("[t-1000] Agent: Thank you"), "{transcript}");
    id
}

#[test]
fn the_models_summary_replaces_it_and_keeps_to_what_was_said() {
    let mut call = guided(true);
    finish(&mut call);
    assert!(summaries(&call).last().unwrap().complete, "the extracted one is out at once");
    assert!(!call.session.is_done());
    let id = asked(&mut call);
    call.session.handle_summary(at(42_000), id, Ok(by_model()));
    call.drain();
    let whole = summaries(&call).pop().unwrap();
    assert_eq!(
        (whole.source, whole.by.as_deref(), whole.complete),
        (SummarySource::Model, Some("small-1"), true)
    );
    assert_eq!(
        whole.sections.iter().map(|of| of.title.as_str()).collect::<Vec<_>>(),
        ["Why", "Done", "Promised", "End"]
    );
    assert_eq!(whole.sections[0].points, [point("Charged twice.", "c-4000")]);
    assert_eq!(
        whole.disposition.map(|of| of.code).as_deref(),
        Some("refunded"),
        "the model's is none of the list"
    );
    assert!(call.session.is_done());
}

#[test]
fn without_the_model_it_says_why() {
    let mut call = guided(true);
    finish(&mut call);
    let id = asked(&mut call);
    call.session.handle_summary(at(42_000), id, Err("model_timeout"));
    call.session.handle_summary(at(43_000), id, Ok(by_model()));
    call.drain();
    let whole = summaries(&call).pop().unwrap();
    assert_eq!((whole.source, whole.fallback.as_deref()), (SummarySource::Extracted, Some("model_timeout")));
    assert!(call.summarise.is_empty());
}

#[test]
fn a_person_has_the_last_word() {
    let mut call = guided(true);
    finish(&mut call);
    let sections = vec![SummarySection {
        id: "why".into(),
        title: "Why".into(),
        points: vec![point("Double charge", "c-4000")],
    }];
    let act = |id: &str| {
        (
            id.to_owned(),
            Act::Summary {
                sections: sections.clone(),
                actions: Vec::new(),
                disposition: Some(Disposition { code: "other".into(), title: "Other".into() }),
            },
        )
    };
    for (id, act) in [act("act-0001"), act("act-0002")] {
        call.act(&id, act);
    }
    let id = asked(&mut call);
    call.session.handle_summary(at(42_000), id, Ok(by_model()));
    call.drain();
    let all = summaries(&call);
    let last = all.last().unwrap();
    assert_eq!((last.source, last.by.as_deref()), (SummarySource::Person, Some("ann")));
    assert_eq!(all.iter().filter(|one| one.source == SummarySource::Person).count(), 1);
}

#[test]
fn a_next_owner_asks_the_model_only_if_it_has_not_answered() {
    let restore = |log: &[events::Envelope]| {
        let mut next = Call::unstarted(SessionConfig {
            playbooks: vec![book(BOOK)],
            summaries_by_model: true,
            ..SessionConfig::default()
        });
        for envelope in log {
            next.session.handle_event(envelope);
        }
        next.now_ms = 41_000;
        next.live(41_000);
        next
    };
    let mut call = guided(true);
    finish(&mut call);
    let mut next = restore(&call.log);
    assert!(summaries(&next).is_empty(), "it is in the log");
    let id = asked(&mut next);
    next.session.handle_summary(at(42_000), id, Ok(by_model()));
    next.drain();
    call.log.extend(next.log);
    let done = restore(&call.log);
    assert!(done.summarise.is_empty() && summaries(&done).is_empty());
}
