//! The guide over the real engine, in virtual time: what it logs, what becomes of a call whose host dies, and acts.

mod world;

use std::time::Duration;

use events::{
    Act, Envelope, Event, HintOutcome, ItemState, SummaryPoint, SummarySection, SummarySource, SummaryWritten,
};
use guidance::{ActRefused, DeskActs};
use model::{CallId, CallKey, TenantId};
use ports::EventLog;
use projection::{GuidanceProjection, GuidanceView};

use crate::world::{World, Writer, done, kinds};

fn view(events: &[Envelope]) -> GuidanceView {
    let mut projection = GuidanceProjection::new();
    events.iter().for_each(|envelope| projection.apply(envelope));
    projection.view()
}

fn states(view: &GuidanceView) -> Vec<(&str, ItemState)> {
    view.checklist.iter().map(|entry| (entry.item.as_str(), entry.state)).collect()
}

fn summaries(events: &[Envelope]) -> Vec<&SummaryWritten> {
    events
        .iter()
        .filter_map(
            |envelope| {
                if let Event::SummaryWritten(summary) = &envelope.event { Some(summary) } else { None }
            },
        )
        .collect()
}

fn correction(text: &str) -> Act {
    let point = SummaryPoint { text: Some(text.into()), utterance: None };
    let section = SummarySection { id: "reason".into(), title: "Reason".into(), points: vec![point] };
    Act::Summary { sections: vec![section], actions: Vec::new(), disposition: None }
}

#[tokio::test(start_paused = true)]
async fn words_give_a_card_a_tick_an_alert_and_a_summary() {
    let world = World::new();
    world.stream(12);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    world.hang_up_after(12).await;
    world.until(&key.call, "call_ended").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let events = world.logged(&key.call).await;
    let view = view(&events);
    assert_eq!(states(&view), [("greeting", ItemState::Done), ("farewell", ItemState::Done)]);
    assert_eq!(view.hints.len(), 1, "{:?}", kinds(&events));
    assert!(kinds(&events).contains(&"alert_raised"));
    let hint = events.iter().find(|envelope| matches!(envelope.event, Event::HintShown(_))).unwrap();
    assert!(hint.stages.captured_us.is_some() && hint.stages.appended_us.is_some());
    let summary = view.summary.unwrap();
    assert!(summary.complete && summary.source == SummarySource::Extracted);
    assert!(events.iter().enumerate().all(|(n, event)| event.seq == n as u64 + 1));
    assert_eq!(world.guide.status().sessions, 0);
    assert_eq!(world.engine.latency().hints().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_next_host_goes_on_where_a_killed_one_was_and_says_nothing_twice() {
    let world = World::new();
    world.stream(8);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    world.until(&key.call, "alert_raised").await;
    world.engine.abort();
    world.guide.stop();
    let before = view(&world.logged(&key.call).await);

    let next = world.next_host(Writer::Absent);
    next.stream(12);
    next.engine.start();
    next.hang_up_after(12).await;
    next.until(&key.call, "call_ended").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let events = next.logged(&key.call).await;
    let after = view(&events);
    assert_eq!(after.hints.len(), before.hints.len());
    for (kind, count) in [("guidance_started", 1), ("hint_shown", 1), ("alert_raised", 1)] {
        assert_eq!(kinds(&events).iter().filter(|known| **known == kind).count(), count, "{kind}");
    }
    assert_eq!(states(&after), [("greeting", ItemState::Done), ("farewell", ItemState::Done)]);
    assert_eq!(summaries(&events).iter().filter(|summary| summary.complete).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_host_dies_at_its_end_is_summed_up_by_the_next() {
    let world = World::new();
    world.stream(12);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    world.guide.stop();
    world.engine.abort();
    let at = world.engine.now();
    let end = ports::testing::call_ended(12_000);
    ports::testing::append_as_owner(world.log.as_ref(), &key.tenant, &key.call, at, vec![end]).await.unwrap();

    let next = world.next_host(Writer::Absent);
    next.engine.start();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let events = next.logged(&key.call).await;
    let view = view(&events);
    assert!(view.summary.as_ref().is_some_and(|summary| summary.complete), "{:?}", kinds(&events));
    assert_eq!(view.hints.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn acts_are_done_once_however_often_they_are_handed_in() {
    let world = World::new();
    world.stream(8);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    let hint = view(&world.logged(&key.call).await).hint.unwrap().id;
    let acts = [
        done("act-0004", Act::Hint { id: hint, outcome: HintOutcome::Accepted }),
        done("act-0001", Act::Message { text: "well done".into() }),
        done("act-0002", Act::Mute { muted: true }),
        done("act-0003", Act::Check { playbook: "save".into(), item: "farewell".into(), done: true }),
    ];
    for act in acts.iter().chain(&acts) {
        world.guide.take(&key, act.clone()).await.unwrap();
    }
    world.until(&key.call, "message_sent").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let events = world.logged(&key.call).await;
    let view = view(&events);
    assert_eq!(view.messages.len(), 1);
    assert!(view.muted);
    assert_eq!(states(&view)[1], ("farewell", ItemState::Done));
    for kind in ["message_sent", "guidance_muted"] {
        assert_eq!(kinds(&events).iter().filter(|known| **known == kind).count(), 1, "{kind}");
    }
    assert_eq!(view.hints[0].outcomes[0].outcome, HintOutcome::Accepted);
    let nobody = CallKey::new(TenantId::new("acme").unwrap(), CallId::new("nobodys").unwrap());
    assert!(matches!(world.guide.take(&nobody, acts[0].clone()).await, Err(ActRefused::NoSuchCall(_))));
}

#[tokio::test(start_paused = true)]
async fn an_act_at_another_host_reaches_the_one_that_guides_the_call() {
    let world = World::new();
    world.stream(8);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    let other = world.next_host(Writer::Absent);
    other.engine.start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    other.guide.take(&key, done("act-0001", Act::Message { text: "well done".into() })).await.unwrap();
    world.until(&key.call, "message_sent").await;
    assert_eq!((world.guide.status().sessions, other.guide.status().sessions), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn after_the_end_the_summary_can_be_corrected_on_any_host_and_nothing_else_is_taken() {
    let world = World::new();
    world.stream(12);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    let hint = view(&world.logged(&key.call).await).hints[0].hint.id.clone();
    world.hang_up_after(12).await;
    world.until(&key.call, "call_ended").await;
    tokio::time::sleep(Duration::from_secs(60)).await;

    let other = world.next_host(Writer::Absent);
    let mute = done("act-0001", Act::Mute { muted: true });
    assert!(matches!(other.guide.take(&key, mute).await, Err(ActRefused::CallEnded)));
    let corrected = done("act-0002", correction("They moved house."));
    other.guide.take(&key, corrected.clone()).await.unwrap();
    other.guide.take(&key, corrected).await.unwrap();
    let accepted = done("act-0003", Act::Hint { id: hint, outcome: HintOutcome::Accepted });
    other.guide.take(&key, accepted.clone()).await.unwrap();
    other.guide.take(&key, accepted).await.unwrap();
    let events = other.logged(&key.call).await;
    let persons = summaries(&events).into_iter().filter(|summary| summary.source == SummarySource::Person);
    assert_eq!(persons.count(), 1);
    let taken =
        view(&events).hints[0].outcomes.iter().filter(|of| of.outcome == HintOutcome::Accepted).count();
    assert_eq!(taken, 1);
}

#[tokio::test(start_paused = true)]
async fn the_models_summary_follows_the_extracted_one_and_gives_way_to_a_persons() {
    for corrects in [false, true] {
        let world = World::with(Writer::Writes);
        world.stream(12);
        let key = world.start().await;
        world.until(&key.call, "hint_shown").await;
        world.hang_up_after(12).await;
        world.until(&key.call, "call_ended").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let extracted = view(&world.logged(&key.call).await).summary.unwrap();
        assert!(extracted.complete && extracted.source == SummarySource::Extracted);
        if corrects {
            let other = world.next_host(Writer::Absent);
            other.guide.take(&key, done("act-0001", correction("They moved house."))).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        let summary = view(&world.logged(&key.call).await).summary.unwrap();
        let source = if corrects { SummarySource::Person } else { SummarySource::Model };
        assert_eq!(summary.source, source);
        assert_eq!(world.guide.status().sessions, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_panics_costs_its_answer_and_nothing_else() {
    let world = World::with(Writer::Panics);
    world.stream(12);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    world.hang_up_after(12).await;
    world.until(&key.call, "call_ended").await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let view = view(&world.logged(&key.call).await);
    assert!(view.summary.is_some_and(|summary| summary.complete));
    assert_eq!((world.guide.status().sessions, world.guide.status().restarts), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_erased_is_left() {
    let world = World::with(Writer::Writes);
    world.stream(12);
    let key = world.start().await;
    world.until(&key.call, "hint_shown").await;
    world.hang_up_after(12).await;
    world.until(&key.call, "call_ended").await;
    world.log.erase(&key).await.unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(world.log.events(&key.tenant, &key.call).is_empty());
    assert_eq!(world.guide.status().sessions, 0);
}
