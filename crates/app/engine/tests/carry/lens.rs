//! Calls without audio: Contact Lens segments that come to any host, again, and out of order.
#![expect(clippy::unwrap_used, reason = "a test's own set-up")]

use std::time::Duration;

use contacts::{ContactSignal, LensEvent, LensKind, LensSegment, LensSpeaker, SignalKind};
use engine::{Delivery, LensTaken, Topic};
use events::{CallEndReason, Event, TranscriptionState};
use model::{CallId, ContactId, Pii, Timestamp};
use ports::testing::ScriptedTranscriber;

use crate::support::{CONTACT, World, kinds, logged};

fn lens(kind: LensKind) -> LensEvent {
    let contact_id = ContactId::new(CONTACT).unwrap();
    LensEvent { contact_id, instance_id: None, language: Some("en-US".to_owned()), kind }
}

fn segment(speaker: LensSpeaker, id: &str, begin_ms: u64, text: &str, is_final: bool) -> LensSegment {
    LensSegment {
        transcript_id: id.to_owned(),
        speaker,
        begin_ms,
        end_ms: begin_ms + 1_500,
        text: Pii::new(text.to_owned()),
        is_final,
    }
}

fn said(speaker: LensSpeaker, id: &str, begin_ms: u64, text: &str) -> LensEvent {
    lens(LensKind::Segments(vec![segment(speaker, id, begin_ms, text, true)]))
}

async fn take(world: &World, event: LensEvent) -> CallId {
    match world.engine.contact_lens(&world.tenant, event).await.unwrap() {
        LensTaken::Call(call) => call,
        LensTaken::HasAudio => panic!("the contact has no audio"),
    }
}

/// The finals of a call by their beginning, as they are shown.
async fn finals(world: &World, call: &CallId) -> Vec<String> {
    let mut finals: Vec<_> = logged(world, call).await;
    finals.retain(|event| matches!(event.event, Event::UtteranceCompleted(_)));
    let mut finals: Vec<(u64, String)> = finals
        .into_iter()
        .map(|event| match event.event {
            Event::UtteranceCompleted(said) => (said.start_ms, said.text()),
            _ => unreachable!(),
        })
        .collect();
    finals.sort();
    finals.into_iter().map(|(_, text)| text).collect()
}

#[tokio::test(start_paused = true)]
async fn segments_become_a_redacted_call_that_ends_when_the_analysis_does() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.engine.start();
    let call = take(&world, lens(LensKind::Started)).await;
    take(&world, said(LensSpeaker::Agent, "a", 1_000, "what is your card number")).await;
    let digits = "it is four one one one one one one one one one one one one one one one";
    take(&world, said(LensSpeaker::Customer, "b", 4_000, digits)).await;
    take(&world, lens(LensKind::Completed)).await;
    let events = world.until_ended(&call).await;
    let text = serde_json::to_string(&events).unwrap();
    assert!(text.contains("[card]") && !text.contains("four one"), "{text}");
    assert!(text.contains("Contact Lens"), "{text}");
    let kinds = kinds(&events);
    assert_eq!(kinds[..2], ["call_started", "transcription_status"], "{kinds:?}");
    let Event::CallEnded(ended) = &events.last().unwrap().event else { panic!("{kinds:?}") };
    assert_eq!((ended.reason, ended.duration_ms), (CallEndReason::Disconnected, 5_500));
    // What comes after the end is not the call's any more.
    take(&world, said(LensSpeaker::Agent, "c", 6_000, "late")).await;
    assert_eq!(logged(&world, &call).await.len(), events.len());
}

#[tokio::test(start_paused = true)]
async fn an_utterance_is_shown_until_its_transcript_replaces_it() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.engine.start();
    let call = take(&world, lens(LensKind::Started)).await;
    let mut follower = world.follow(Topic::Call(call), 2);
    assert!(matches!(follower.next().await.unwrap(), Delivery::CaughtUp(2)));
    let utterance = segment(LensSpeaker::Customer, "t", 1_000, "my card", false);
    take(&world, lens(LensKind::Segments(vec![utterance]))).await;
    // Its transcript begins somewhere else.
    take(&world, said(LensSpeaker::Customer, "t", 900, "My card was charged.")).await;
    let mut shown = Vec::new();
    while shown.len() < 3 {
        if let Delivery::Event(event) = follower.next().await.unwrap() {
            shown.push(match &event.envelope().event {
                Event::UtteranceUpdated(said) => ("partial", said.start_ms, said.text()),
                Event::UtteranceCompleted(said) => ("final", said.start_ms, said.text()),
                other => panic!("{other:?}"),
            });
        }
    }
    let text = String::from;
    assert_eq!(
        shown,
        [
            ("partial", 1_000, text("my card")),
            ("final", 1_000, text("")),
            ("final", 900, text("My card was charged."))
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn any_host_takes_any_segment_again_and_in_any_order_and_each_final_is_logged_once() {
    let one = World::new(ScriptedTranscriber::new([]));
    let other = one.restarted(ScriptedTranscriber::new([]));
    one.engine.start();
    let words: Vec<String> = (0..12).map(|n| format!("sentence {}", char::from(b'a' + n))).collect();
    let event = |n: usize| said(LensSpeaker::Customer, &words[n], 2_000 * n as u64, &words[n]);
    let mut call = None;
    for n in [3, 0, 1, 2, 0, 11, 7, 5, 4, 6, 9, 8, 10, 11] {
        // Both hosts get it at once: whose append comes second reads the other's first.
        let (here, there) = tokio::join!(take(&one, event(n)), take(&other, event(n)));
        assert_eq!(here, there);
        call = Some(here);
    }
    let call = call.unwrap();
    assert_eq!(finals(&one, &call).await, words);
    let kinds =
        logged(&one, &call).await.iter().filter(|event| event.event.type_name() == "call_started").count();
    assert_eq!(kinds, 1);
    // The owner dies; another one ends the call.
    one.engine.abort();
    other.engine.start();
    take(&other, lens(LensKind::Completed)).await;
    other.until_ended(&call).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_of_which_nothing_more_is_heard_ends_by_itself() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.engine.start();
    let call = take(&world, said(LensSpeaker::Agent, "a", 60_000, "hello")).await;
    take(&world, lens(LensKind::Failed)).await;
    tokio::time::sleep(Duration::from_secs(9 * 60)).await;
    let events = logged(&world, &call).await;
    assert_eq!(kinds(&events).last(), Some(&"transcription_status"));
    let Event::TranscriptionStatus(status) = &events.last().unwrap().event else { panic!() };
    assert_eq!(status.state, TranscriptionState::Failed);
    let Event::CallEnded(ended) = &world.until_ended(&call).await.last().unwrap().event.clone() else {
        panic!()
    };
    assert_eq!(ended.reason, CallEndReason::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_contact_event_ends_a_call_whose_analysis_never_says_so() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.engine.start();
    let call = take(&world, said(LensSpeaker::Agent, "a", 0, "hello")).await;
    let contact_id = ContactId::new(CONTACT).unwrap();
    let at = Timestamp::from_millis(1);
    let over = ContactSignal { contact_id, at, kind: SignalKind::Disconnected };
    world.engine.signal(&world.tenant, over).await.unwrap();
    let Event::CallEnded(ended) = &world.until_ended(&call).await.last().unwrap().event.clone() else {
        panic!()
    };
    assert_eq!(ended.reason, CallEndReason::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_contact_with_audio_has_its_words_from_there() {
    let world = World::new(ScriptedTranscriber::new([]));
    world.stream(3, |_| {}, []);
    world.start().await;
    let event = said(LensSpeaker::Agent, "a", 0, "hello");
    assert_eq!(world.engine.contact_lens(&world.tenant, event).await.unwrap(), LensTaken::HasAudio);
}
