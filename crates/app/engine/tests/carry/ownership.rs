//! Who carries a call, and what becomes of it when its worker dies, sleeps, or loses sight of the stores.

use std::time::Duration;

use contacts::{ContactRecord, ContactSignal, SignalKind};
use engine::{LeaseTiming, Started};
use events::{Event, MediaState, MediaTrouble};
use model::{CallKey, Channel, ContactId, Timestamp, WorkerId};
use ports::{
    ContactDirectory, EventLog, LeaseCounts, Leases,
    testing::{BodyStep, MediaFailure, ScriptLine, ScriptedTranscriber, append_as_owner, call_ended},
};

use crate::support::{CONTACT, START_MS, World, kinds, logged};

fn two_utterances() -> ScriptedTranscriber {
    ScriptedTranscriber::new([
        ScriptLine::said(Channel::Customer, 200, 2_000, "hello there"),
        ScriptLine::said(Channel::Customer, 5_000, 6_000, "goodbye"),
    ])
}

fn finals(events: &[events::Envelope]) -> Vec<String> {
    let finals = events.iter().filter_map(|envelope| {
        if let Event::UtteranceCompleted(said) = &envelope.event { Some(said.text()) } else { None }
    });
    finals.collect()
}

#[tokio::test(start_paused = true)]
async fn a_killed_workers_call_is_taken_when_its_lease_runs_out_and_no_word_is_repeated() {
    let world = World::new(two_utterances());
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "utterance_completed").await;
    world.engine.abort();

    let next = world.restarted(two_utterances());
    next.stream(8, |_| {}, [BodyStep::Stall]);
    next.engine.start();
    next.hang_up_after(8).await;
    let events = next.until_ended(&call).await;
    assert_eq!(finals(&events), ["hello there", "goodbye"]);
    assert_eq!(kinds(&events).last(), Some(&"call_ended"));
    assert!(kinds(&events).contains(&"recording_completed"), "{:?}", kinds(&events));
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "call_started").count(), 1);
}

/// A worker dies when the end of its call is in the log, or the call is erased from it, and its lease is still its own.
#[expect(clippy::unwrap_used, reason = "a part of tests")]
async fn leaves_a_lease_of_a_call_that_is_over(is_erased: bool) {
    let world = World::new(two_utterances());
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "utterance_completed").await;
    world.engine.abort();
    let key = CallKey::new(world.tenant.clone(), call.clone());
    if is_erased {
        world.log.erase(&key).await.unwrap();
    } else {
        append_as_owner(
            world.log.as_ref(),
            &key.tenant,
            &key.call,
            Timestamp::from_millis(0),
            vec![call_ended(9)],
        )
        .await
        .unwrap();
        // Somebody adds to the log after the end, which shuts all owners out.
        world.log.claim_next(&key).await.unwrap();
    }
    let before = world.log.events(&key.tenant, &key.call);

    let next = world.restarted(two_utterances());
    next.engine.start();
    let over = async {
        while world.stores.leases.counts().await.unwrap() != LeaseCounts::default() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), over).await.expect("the lease ends");
    assert_eq!(world.log.events(&key.tenant, &key.call), before);
    assert_eq!(next.engine.status().live_calls, 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_ends_when_somebody_has_added_to_the_log_after_the_end() {
    leaves_a_lease_of_a_call_that_is_over(false).await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_ends_when_its_call_was_erased() {
    leaves_a_lease_of_a_call_that_is_over(true).await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_lost_its_call_says_nothing_more_of_it() {
    let world = World::new(two_utterances());
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "utterance_completed").await;
    // Another worker takes the lease, as it may after this one slept.
    let key = CallKey::new(world.tenant.clone(), call.clone());
    let held = world.stores.leases.clone();
    world.stores.sleep_past_the_lease().await;
    let thief = WorkerId::new("thief").unwrap();
    let taken = held.take(&key, &thief, Duration::from_secs(3_600)).await.unwrap();
    // Either it was renewed when the time was over, or it is the thief's for good.
    if taken.is_some() {
        let before = logged(&world, &call).await.len();
        world.hang_up_after(3).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(logged(&world, &call).await.len(), before);
        assert_eq!(world.engine.status().live_calls, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_where_there_is_no_room_and_is_taken_when_there_is() {
    let world = World::with(two_utterances(), |options| options.max_calls = 0);
    world.stream(8, |_| {}, [BodyStep::Stall]);
    world.engine.start();
    let started = world.engine.trigger(None, &world.trigger()).await.unwrap();
    let Started::Accepted { call, is_owned: false } = started else { panic!("{started:?}") };
    let next = world.restarted(two_utterances());
    next.stream(8, |_| {}, [BodyStep::Stall]);
    next.engine.start();
    next.hang_up_after(8).await;
    assert_eq!(finals(&next.until_ended(&call).await), ["hello there", "goodbye"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_named_later_starts_the_call() {
    let world = World::new(two_utterances());
    world.stream(8, |_| {}, [BodyStep::Stall]);
    world.engine.start();
    let mut first = world.trigger();
    (first.stream, first.start_fragment, first.started_at) = (None, None, None);
    assert_eq!(world.engine.trigger(None, &first).await.unwrap(), Started::WaitsForStream);
    let call = world.start().await;
    world.hang_up_after(8).await;
    assert_eq!(finals(&world.until_ended(&call).await), ["hello there", "goodbye"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_names_is_found_by_looking_into_the_streams() {
    let world = World::with(two_utterances(), |options| {
        let tenants = std::sync::Arc::make_mut(&mut options.tenants);
        let rules =
            engine::TenantRules { stream_prefix: Some("test-connect".to_owned()), ..Default::default() };
        tenants.rules.insert(tenants.default.clone(), rules);
    });
    world.stream(8, |_| {}, [BodyStep::Stall]);
    world.archive(8);
    world.engine.start();
    let mut first = world.trigger();
    (first.stream, first.start_fragment, first.started_at) = (None, None, None);
    assert_eq!(world.engine.trigger(None, &first).await.unwrap(), Started::WaitsForStream);
    let call = world.until_known().await;
    world.hang_up_after(8).await;
    assert_eq!(finals(&world.until_ended(&call).await), ["hello there", "goodbye"]);
}

#[tokio::test(start_paused = true)]
async fn a_transferred_contact_on_the_same_stream_goes_on_with_the_call() {
    let world = World::new(two_utterances());
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "call_started").await;
    let next = ContactId::new("the-next-contact").unwrap();
    let at = Timestamp::from_millis(i64::try_from(START_MS + 2_000).unwrap());
    let mut trigger = world.trigger();
    trigger.previous_contact_id = Some(ContactId::new(CONTACT).unwrap());
    trigger.contact_id = next.clone();
    let again = world.engine.trigger(None, &trigger).await.unwrap();
    assert_eq!(again, Started::AlreadyKnown(call.clone()));
    // The agent who transferred leaves; the customer stays.
    world.hang_up_at(2_000).await;
    let over = ContactSignal {
        contact_id: next,
        at: at + Duration::from_millis(6_192),
        kind: SignalKind::Disconnected,
    };
    world.engine.signal(&world.tenant, over).await.unwrap();
    let events = world.until_ended(&call).await;
    assert_eq!(finals(&events), ["hello there", "goodbye"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_role_is_on_the_calls_row_until_it_is_granted() {
    let world = World::new(two_utterances());
    world.refuse(MediaFailure::RoleRefused);
    world.refuse(MediaFailure::RoleRefused);
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(8).await;
    let events = world.until_ended(&call).await;
    let states: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::MediaStatus(s) = &e.event { Some((s.state, s.trouble)) } else { None })
        .collect();
    assert_eq!(
        states[..2],
        [(MediaState::Waiting, Some(MediaTrouble::RoleRefused)), (MediaState::Live, None)]
    );
    assert_eq!(kinds(&events)[..3], ["call_started", "transcription_status", "media_status"]);
    let Event::CallStarted(provisional) = &events[0].event else { panic!() };
    assert!(provisional.provisional);
    assert_eq!(finals(&events), ["hello there", "goodbye"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_fragment_that_a_second_lambda_tells_ends_the_call() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(4, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "call_started").await;
    let mut stop = world.trigger();
    stop.stop_fragment = Some(world.last_fragment(4));
    world.engine.trigger(None, &stop).await.unwrap();
    let events = world.until_ended(&call).await;
    let Some(Event::CallEnded(ended)) = events.last().map(|event| &event.event) else { panic!() };
    assert_eq!(ended.reason, events::CallEndReason::StopFragment);
}

#[tokio::test(start_paused = true)]
async fn what_the_directory_learned_elsewhere_reaches_the_call() {
    let world = World::new(two_utterances());
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "call_started").await;
    // Another host took the event, and no bus tells of it.
    let at = Timestamp::from_millis(i64::try_from(START_MS + 8_192).unwrap());
    let contact_id = ContactId::new(CONTACT).unwrap();
    let over = ContactRecord::of_signal(ContactSignal { contact_id, at, kind: SignalKind::Disconnected }, at);
    world.stores.contacts.put(&world.tenant, over).await.unwrap();
    let events = world.until_ended(&call).await;
    assert_eq!(finals(&events), ["hello there", "goodbye"]);
}

#[test]
fn a_lease_is_given_up_well_before_it_runs_out() {
    let timing = LeaseTiming::default();
    assert!(timing.renew_every * 2 < timing.ttl - timing.margin, "a renewal may fail once");
}
