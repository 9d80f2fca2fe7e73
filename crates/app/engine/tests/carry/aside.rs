//! Adding to calls that are carried here, without carrying them.

use std::time::Duration;

use engine::{AsideError, CarriedCall, CarriedNews};
use events::{Event, GuidanceMuted, Stages};
use model::Channel;
use ports::{
    NewEvent,
    testing::{BodyStep, ScriptLine, ScriptedTranscriber},
};
use tokio::sync::mpsc;

use crate::support::{World, kinds, logged};

fn said() -> ScriptedTranscriber {
    ScriptedTranscriber::new([ScriptLine::said(Channel::Customer, 200, 2_000, "hello there")])
}

fn muted(at_ms: u64) -> Vec<NewEvent> {
    let event = Event::GuidanceMuted(GuidanceMuted { muted: true, by: "ann".into(), at_ms });
    vec![NewEvent { stages: Stages::default(), event }]
}

#[expect(clippy::panic, reason = "a part of tests")]
async fn next_call(news: &mut mpsc::Receiver<CarriedNews>) -> CarriedCall {
    match news.recv().await {
        Some(CarriedNews::Call(call)) => call,
        other => panic!("no call: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_aside_is_in_the_log_in_order_and_before_the_end() {
    let world = World::new(said());
    let mut news = world.engine.follow_carried().unwrap();
    assert!(world.engine.follow_carried().is_none(), "there is one follower");
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    let carried = next_call(&mut news).await;
    assert_eq!(carried.key.call, call);
    world.until(&call, "utterance_completed").await;
    carried.append(muted(1), 0).await.unwrap();
    assert_eq!(kinds(&logged(&world, &call).await).last(), Some(&"guidance_muted"));
    world.hang_up_after(3).await;
    world.until_ended(&call).await;
    assert!(matches!(carried.append(muted(2), 0).await, Err(AsideError::Over)));
    let events = logged(&world, &call).await;
    assert_eq!(kinds(&events).last(), Some(&"call_ended"));
    assert!(events.iter().enumerate().all(|(n, event)| event.seq == n as u64 + 1));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_aside_of_a_call_that_is_anothers() {
    let world = World::new(said());
    let mut news = world.engine.follow_carried().unwrap();
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    let carried = next_call(&mut news).await;
    world.until(&call, "utterance_completed").await;
    world.engine.abort();
    let before = logged(&world, &call).await.len();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(matches!(carried.append(muted(1), 0).await, Err(AsideError::Elsewhere)));
    assert_eq!(logged(&world, &call).await.len(), before);
}

#[tokio::test(start_paused = true)]
async fn the_next_owner_does_not_log_again_what_was_said_aside() {
    let world = World::new(said());
    let mut news = world.engine.follow_carried().unwrap();
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    let carried = next_call(&mut news).await;
    world.until(&call, "utterance_completed").await;
    carried.append(muted(1), 0).await.unwrap();
    world.engine.abort();

    let next = world.restarted(said());
    let mut news = next.engine.follow_carried().unwrap();
    next.stream(8, |_| {}, [BodyStep::Stall]);
    next.engine.start();
    let carried = next_call(&mut news).await;
    carried.append(muted(1), 0).await.unwrap();
    carried.append(muted(7), 0).await.unwrap();
    next.hang_up_after(8).await;
    let events = next.until_ended(&call).await;
    let times = events.iter().filter_map(|envelope| {
        if let Event::GuidanceMuted(muted) = &envelope.event { Some(muted.at_ms) } else { None }
    });
    assert_eq!(times.collect::<Vec<_>>(), [1, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_owner_died_at_its_end_is_told_of_once_more() {
    let world = World::new(said());
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "utterance_completed").await;
    world.engine.abort();
    let at = model::Timestamp::from_millis(0);
    ports::testing::append_as_owner(
        world.log.as_ref(),
        &world.tenant,
        &call,
        at,
        vec![ports::testing::call_ended(9)],
    )
    .await
    .unwrap();

    let next = world.restarted(said());
    let mut news = next.engine.follow_carried().unwrap();
    next.engine.start();
    let carried = next_call(&mut news).await;
    assert!(matches!(carried.append(muted(1), 0).await, Err(AsideError::Over)));
}
