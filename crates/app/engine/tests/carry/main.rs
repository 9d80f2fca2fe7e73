//! Whole calls through the real engine over scripted streams, recogniser and stores, in virtual time.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at the events it is about")]

mod aside;
mod lens;
mod ownership;
mod support;

use contacts::SignalKind;
use engine::{Delivery, Started, Topic};
use events::{CallEndReason, Event, RecordingFailure, TranscriptionState};
use model::{Channel, GapCause};
use ports::{
    EventLog, SpeechResult,
    testing::{BodyStep, MediaFailure, ScriptLine, ScriptedTranscriber},
};
use support::{World, kinds, logged};

/// A recogniser says how far it is, in silence too.
fn settled(seconds: u64) -> [ScriptLine; 2] {
    Channel::ALL.map(|channel| {
        let through = model::MediaTime::from_millis(seconds * 1_000);
        ScriptLine::Result { at: through, result: SpeechResult::Settled { channel, through } }
    })
}

fn card_call() -> Vec<ScriptLine> {
    vec![
        ScriptLine::said(Channel::ToCustomer, 200, 2_000, "what is your card number"),
        ScriptLine::heard(Channel::Customer, 2_100, 3_000, "it is four one one one"),
        ScriptLine::said(
            Channel::Customer,
            2_100,
            6_000,
            "it is four one one one one one one one one one one one one one one one",
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_call_becomes_a_redacted_log_with_an_end_and_a_recording() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(8).await;
    let events = world.until_ended(&call).await;

    let kinds = kinds(&events);
    assert_eq!(kinds[..3], ["call_started", "attributes_missing", "transcription_status"], "{kinds:?}");
    assert_eq!(kinds[kinds.len() - 2..], ["recording_completed", "call_ended"], "{kinds:?}");
    let text = serde_json::to_string(&events).unwrap();
    assert!(text.contains("[card]"), "{text}");
    assert!(!text.contains("four one"), "{text}");
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!("{kinds:?}") };
    assert_eq!(ended.reason, CallEndReason::Disconnected);
    assert_eq!(ended.duration_ms, 8 * 1_024);
    assert!(!world.blobs.keys().is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_logged_event_of_speech_carries_its_stage_times_in_order() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(8).await;
    for event in world.until_ended(&call).await {
        let Event::UtteranceCompleted(_) = event.event else { continue };
        let s = event.stages;
        let times = [s.captured_us, s.recognised_us, s.redacted_us, s.appended_us].map(Option::unwrap);
        assert!(times.is_sorted(), "{times:?}");
        assert!(s.received_us.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn partials_are_published_and_never_logged() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    let mut follower = world.follow(Topic::Call(call.clone()), 0);
    world.hang_up_after(8).await;
    let mut partials = 0;
    loop {
        let Delivery::Event(event) = follower.next().await.unwrap() else { continue };
        match &event.envelope().event {
            Event::UtteranceUpdated(partial) => {
                partials += 1;
                assert_eq!(event.envelope().seq, 0);
                assert!(!partial.text().contains("four"), "{}", partial.text());
            }
            Event::CallEnded(_) => break,
            _ => {}
        }
    }
    assert!(partials > 0);
    assert!(!kinds(&logged(&world, &call).await).contains(&"utterance_updated"));
}

#[tokio::test(start_paused = true)]
async fn a_closed_body_is_read_on_and_nothing_is_lost_or_repeated() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    // Three bodies that overlap, as a service gives them when it is asked again.
    world.stream_parts(&[0..3, 2..6, 5..8]);
    let call = world.start().await;
    world.hang_up_after(8).await;
    let events = world.until_ended(&call).await;
    assert!(!kinds(&events).contains(&"media_gap"), "{:?}", kinds(&events));
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!() };
    assert_eq!(ended.duration_ms, 8 * 1_024);
}

#[tokio::test(start_paused = true)]
async fn lost_fragments_are_a_gap_and_the_timeline_keeps_its_length() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(8, |kept| kept.retain(|n| *n != 3), [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(8).await;
    let events = world.until_ended(&call).await;
    let gaps: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::MediaGap(gap) = &e.event { Some(gap) } else { None })
        .collect();
    assert_eq!(gaps.len(), 2, "one on each channel: {gaps:?}");
    assert!(
        gaps.iter().all(|gap| gap.cause == GapCause::NotSent && gap.to_ms - gap.from_ms == 1_024),
        "{gaps:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_recogniser_calls_are_carried_and_nothing_unredacted_is_kept() {
    let world = World::without_recogniser();
    world.stream(4, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(4).await;
    let events = world.until_ended(&call).await;
    let status =
        events.iter().find_map(|e| if let Event::TranscriptionStatus(s) = &e.event { Some(s) } else { None });
    assert_eq!(status.unwrap().state, TranscriptionState::Absent);
    assert!(status.unwrap().detail.as_deref().unwrap().contains("models"));
    let failed =
        events.iter().find_map(|e| if let Event::RecordingFailed(f) = &e.event { Some(f) } else { None });
    assert_eq!(failed.unwrap().cause, RecordingFailure::NotRedacted);
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_recogniser_that_fails_ends_the_words_and_not_the_call() {
    let at = model::MediaTime::from_millis(2_000);
    let world =
        World::new(ScriptedTranscriber::new([ScriptLine::Failure { channel: Channel::Customer, at }]));
    world.stream(6, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(6).await;
    let events = world.until_ended(&call).await;
    let states: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::TranscriptionStatus(s) = &e.event { Some(s.state) } else { None })
        .collect();
    assert_eq!(states, [TranscriptionState::Running, TranscriptionState::Failed]);
    assert_eq!(world.blobs.keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_log_without_room_makes_the_call_wait_and_loses_nothing() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    world.log.set_full(true);
    let call = world.start().await;
    world.hang_up_after(8).await;
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    world.log.set_full(false);
    let events = world.until_ended(&call).await;
    assert!(kinds(&events).contains(&"utterance_completed"));
    let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=events.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_the_recording_with_an_event_and_an_alarm_and_the_call_goes_on() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    world.blobs.set_room(Some(1_000));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(8).await;
    let events = world.until_ended(&call).await;
    let failed =
        events.iter().find_map(|e| if let Event::RecordingFailed(f) = &e.event { Some(f) } else { None });
    assert_eq!(failed.unwrap().cause, RecordingFailure::DiskFull);
    assert!(kinds(&events).contains(&"utterance_completed"));
    assert!(world.engine.status().recording_stopped.unwrap().contains("disk is full"));
}

#[tokio::test(start_paused = true)]
async fn the_same_trigger_again_names_the_same_call() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(4, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    let again = world.engine.trigger(None, &world.trigger()).await.unwrap();
    assert_eq!(again, Started::AlreadyKnown(call.clone()));
    world.hang_up_after(4).await;
    world.until_ended(&call).await;
    let after = world.engine.trigger(None, &world.trigger()).await.unwrap();
    assert_eq!(after, Started::AlreadyKnown(call));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_gone_ends_the_call_all_the_same() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.refuse(MediaFailure::Gone);
    let call = world.start().await;
    let events = world.until_ended(&call).await;
    assert_eq!(kinds(&events).first(), Some(&"call_started"));
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!() };
    assert_eq!(ended.reason, CallEndReason::StreamGone);
}

#[tokio::test(start_paused = true)]
async fn a_call_left_by_a_dead_process_is_carried_again_without_repeats() {
    let world = World::new(ScriptedTranscriber::new(card_call()));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "utterance_completed").await;
    world.engine.shutdown().await;
    let before = logged(&world, &call).await;

    // The next process has the log and the stream, and nothing else.
    let next = world.restarted(ScriptedTranscriber::new(card_call()));
    next.stream(8, |_| {}, [BodyStep::Stall]);
    next.engine.start();
    next.hang_up_after(8).await;
    let events = next.until_ended(&call).await;
    assert_eq!(events[..before.len()], before[..]);
    let mut finals: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::UtteranceCompleted(u) = &e.event { Some(u.id) } else { None })
        .collect();
    assert_eq!(finals.len(), 2, "{finals:?}");
    finals.dedup();
    assert_eq!(finals.len(), 2);
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "call_started").count(), 1);
    assert_eq!(next.blobs.keys().len(), 2, "the recording and its outline");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_comes_back_gets_what_it_missed_once_and_in_order() {
    let script: Vec<_> =
        (0..20).map(|n| ScriptLine::said(Channel::Customer, n * 400, n * 400 + 300, "hello again")).collect();
    let world = World::new(ScriptedTranscriber::new(script));
    world.stream(10, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(10).await;
    let events = world.until_ended(&call).await;
    for cursor in 0..=events.len() as u64 {
        let mut follower = world.follow(Topic::Call(call.clone()), cursor);
        let mut seen = Vec::new();
        loop {
            match follower.next().await.unwrap() {
                Delivery::Event(event) => seen.push(event.envelope().seq),
                Delivery::CaughtUp(at) => {
                    assert_eq!(at, events.len() as u64);
                    break;
                }
            }
        }
        assert_eq!(seen, (cursor + 1..=events.len() as u64).collect::<Vec<_>>());
    }
    let all = world.log.read_tenant(&world.tenant, 0, 500).await.unwrap();
    assert_eq!(all.len(), events.len());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_loses_partials_first_and_finals_never() {
    // More events than any queue holds, read only after all of them were published.
    let script: Vec<_> = (0..400)
        .flat_map(|n| {
            let start = n * 300;
            [
                ScriptLine::heard(Channel::Customer, start, start + 100, "hello"),
                ScriptLine::heard(Channel::Customer, start, start + 200, "hello there"),
                ScriptLine::said(Channel::Customer, start, start + 250, "hello there"),
            ]
        })
        .chain((1..120).step_by(20).flat_map(settled))
        .collect();
    let world = World::new(ScriptedTranscriber::new(script));
    world.stream(120, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    let mut follower = world.follow(Topic::Call(call.clone()), 0);
    world.hang_up_after(120).await;
    let events = world.until_ended(&call).await;
    let (mut seqs, mut partials) = (Vec::new(), 0);
    while seqs.len() < events.len() {
        let Delivery::Event(event) = follower.next().await.unwrap() else { continue };
        if event.envelope().seq == 0 { partials += 1 } else { seqs.push(event.envelope().seq) }
    }
    assert_eq!(seqs, (1..=events.len() as u64).collect::<Vec<_>>());
    assert!(partials < 800, "{partials} of 800 partials waited");
}

#[tokio::test(start_paused = true)]
async fn a_gap_of_an_hour_goes_to_the_recogniser_a_little_at_a_time() {
    let said = ScriptLine::said(Channel::Customer, 3_602_100, 3_603_000, "hello again");
    let script: Vec<_> = (1..3_600).step_by(20).flat_map(settled).chain([said]).collect();
    let world = World::new(ScriptedTranscriber::new(script));
    world.stream_with_pause(2, 3_600_000, 2);
    let call = world.start().await;
    world.hang_up_at(3_600_000 + 4 * 1_024).await;
    let events = world.until_ended(&call).await;
    assert!(kinds(&events).contains(&"utterance_completed"), "{:?}", kinds(&events));
    assert!(kinds(&events).contains(&"recording_completed"), "{:?}", kinds(&events));
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_began_before_a_restart_ends_after_it() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(8, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.signal(1_000, SignalKind::HoldStarted).await;
    world.until(&call, "hold_started").await;
    world.engine.shutdown().await;

    let next = world.restarted(ScriptedTranscriber::new([]));
    next.stream(8, |_| {}, [BodyStep::Stall]);
    next.engine.start();
    next.signal(3_000, SignalKind::HoldEnded).await;
    next.hang_up_after(8).await;
    let kinds = kinds(&next.until_ended(&call).await);
    assert_eq!(kinds.iter().filter(|kind| **kind == "hold_started").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "hold_ended").count(), 1, "{kinds:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_positions_stay_even_when_the_stream_forgot_the_beginning() {
    let said =
        || ScriptedTranscriber::new([ScriptLine::said(Channel::Customer, 5_000, 6_000, "hello there")]);
    let world = World::new(said());
    world.stream(3, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "call_started").await;
    world.engine.shutdown().await;

    let next = world.restarted(said());
    next.stream(8, |kept| kept.retain(|n| *n >= 4), [BodyStep::Stall]);
    next.engine.start();
    next.hang_up_after(8).await;
    let events = next.until_ended(&call).await;
    let starts: Vec<_> = events
        .iter()
        .filter_map(|e| if let Event::UtteranceCompleted(u) = &e.event { Some(u.start_ms) } else { None })
        .collect();
    assert_eq!(starts, [5_000], "{:?}", kinds(&events));
    assert!(kinds(&events).contains(&"media_gap"), "{:?}", kinds(&events));
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!() };
    assert_eq!(ended.duration_ms, 8 * 1_024);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_takes_up_a_call_that_was_left_without_an_end() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(4, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.until(&call, "call_started").await;
    world.engine.shutdown().await;

    let next = world.restarted(ScriptedTranscriber::new([]));
    next.stream(4, |_| {}, [BodyStep::Stall]);
    let again = next.engine.trigger(None, &next.trigger()).await.unwrap();
    assert_eq!(again, Started::AlreadyKnown(call.clone()));
    next.hang_up_after(4).await;
    assert_eq!(kinds(&next.until_ended(&call).await).last(), Some(&"call_ended"));
}

#[tokio::test(start_paused = true)]
async fn a_recogniser_that_lags_by_minutes_makes_the_call_late_and_not_shorter() {
    // The whole call is there at once, and the recogniser says how far it is only when it is told to go on.
    let said = ScriptLine::said(Channel::Customer, 140_000, 141_000, "the last words");
    let script: Vec<_> = (1..150).step_by(30).flat_map(settled).chain([said]).collect();
    let world = World::new(ScriptedTranscriber::new(script));
    world.stream(146, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(146).await;
    let events = world.until_ended(&call).await;
    assert!(kinds(&events).contains(&"utterance_completed"), "{:?}", kinds(&events));
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!() };
    assert_eq!(ended.duration_ms, 146 * 1_024);
}

#[tokio::test(start_paused = true)]
async fn a_recogniser_that_hangs_ends_the_words_and_not_the_call() {
    // It never says how far it is.
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(146, |_| {}, [BodyStep::Stall]);
    let call = world.start().await;
    world.hang_up_after(146).await;
    let events = world.until_ended(&call).await;
    let failed = events.iter().any(|event| {
        matches!(&event.event, Event::TranscriptionStatus(status) if status.state == TranscriptionState::Failed)
    });
    assert!(failed, "{:?}", kinds(&events));
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!() };
    assert_eq!(ended.duration_ms, 146 * 1_024);
}
