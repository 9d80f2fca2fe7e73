//! The pool as its users see it, over recognisers that fail on demand, in virtual time.

mod fake;

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use model::{MediaTime, TenantId};
use ports::{
    Language, SpeechResult, Transcription,
    testing::{ids, transcriber_suite},
};
use tokio::time;

use self::fake::{Fake, Plan};
use super::*;
use crate::breaker::TierState;

const RATE_HZ: u32 = 1_000;

fn pool(tiers: &[&Arc<Fake>]) -> RecogniserPool {
    pool_of(tiers.iter().map(|&fake| Tier::new(Arc::clone(fake) as Arc<dyn Transcriber>)))
}

fn pool_of(tiers: impl IntoIterator<Item = Tier>) -> RecogniserPool {
    RecogniserPool::new(tiers.into_iter().collect(), Times::default()).unwrap()
}

fn request(call: &str) -> TranscriptionRequest {
    let (tenant, call): (TenantId, _) = ids("acme", call);
    TranscriptionRequest::new(tenant, call, RATE_HZ)
}

async fn open(pool: &RecogniserPool, call: &str) -> Transcription {
    pool.open(request(call)).await.unwrap()
}

/// Words of 200 ms with short pauses, one every 1.2 s a long one.
fn speech(words: i16) -> Vec<i16> {
    let mut samples = Vec::new();
    for number in 1..=words {
        samples.extend([number; 200]);
        let pause = if number % 3 == 0 { 1_000 } else { 60 };
        samples.extend(std::iter::repeat_n(0, pause));
    }
    samples
}

fn said(words: i16) -> Vec<String> {
    (1..=words).map(|number| format!("w{number}")).collect()
}

/// What a whole call was told.
#[derive(Debug, Default)]
struct Told {
    words: [Vec<String>; 2],
    names: Vec<String>,
    error: Option<TranscriberError>,
}

/// Pushes in steps of 100 ms, as far ahead as an engine would, and reads to the end.
async fn hear(mut call: Transcription, audio: [&[i16]; 2]) -> Told {
    let mut told = Told::default();
    let mut at = 0;
    let mut settled = [0_u64; 2];
    let mut finished = false;
    loop {
        let longest = audio[0].len().max(audio[1].len());
        while at < longest && at as u64 <= settled[0].min(settled[1]) + 60_000 {
            for (channel, samples) in Channel::ALL.into_iter().zip(audio) {
                let mut frame = [0; 100];
                let rest = samples.get(at..).unwrap_or_default();
                let count = rest.len().min(frame.len());
                frame[..count].copy_from_slice(&rest[..count]);
                call.audio.push(channel, MediaTime::from_samples(at as u64, RATE_HZ), &frame);
            }
            at += 100;
            if let Some(result) = call.results.next().now_or_never() {
                take(&mut told, &mut settled, result.expect("the call goes on"));
            }
        }
        if at >= longest && !std::mem::replace(&mut finished, true) {
            call.audio.finish();
        }
        match call.results.next().await {
            Some(result) => take(&mut told, &mut settled, result),
            None => return told,
        }
    }
}

fn take(told: &mut Told, settled: &mut [u64; 2], result: Result<SpeechResult, TranscriberError>) {
    match result {
        Ok(SpeechResult::Final { channel, words, .. }) => {
            told.words[channel.index()].extend(words.iter().map(|word| word.text.expose().clone()));
        }
        Ok(SpeechResult::Settled { channel, through }) => {
            settled[channel.index()] = through.as_samples(RATE_HZ);
        }
        Ok(SpeechResult::RecogniserChanged { name }) => told.names.push(name),
        Ok(SpeechResult::Partial { .. } | SpeechResult::LanguageIdentified { .. }) => {}
        Err(error) => told.error = Some(error),
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_is_a_recogniser() {
    let audio = speech(40);
    transcriber_suite(async || pool(&[&Fake::new("one"), &Fake::new("two")]), [&audio, &[]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_whose_recognisers_fail_is_a_recogniser() {
    let audio = speech(40);
    let plans = [
        Plan::Refuse(Fault::Busy),
        Plan::FailsAt(3_000, Fault::Failed),
        Plan::FailsAt(9_000, Fault::Garbled),
        Plan::EndsAt(2_000),
    ];
    let make = async || {
        let (one, two) = (Fake::new("one"), Fake::new("two"));
        one.plan(plans);
        two.plan(plans);
        // The suite takes no change of name for silence.
        let name = |fake: &Arc<Fake>| Tier { name: "same".to_owned(), ..Tier::new(fake.clone()) };
        pool_of([name(&one), name(&two)])
    };
    transcriber_suite(make, [&audio, &audio]).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_changes_the_recogniser_in_the_middle_of_a_sentence_and_loses_no_word() {
    for at in (500..20_000).step_by(731) {
        let (one, two) = (Fake::new("one"), Fake::new("two"));
        one.plan([Plan::FailsAt(at, Fault::Failed), Plan::FailsAt(at + 50, Fault::Garbled)]);
        let pool = pool(&[&one, &two]);
        let audio = speech(60);
        let told = hear(open(&pool, "call-1").await, [&audio, &audio]).await;
        assert!(told.error.is_none());
        assert_eq!(told.words, [said(60), said(60)], "{at}");
        let status = pool.status();
        assert!(status[0].errors >= 1, "{status:?}");
        assert_eq!(status[0].streams + status[1].streams, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_to_fail_leads_to_the_next_recogniser() {
    for plan in [
        Plan::Refuse(Fault::Busy),
        Plan::Refuse(Fault::Unavailable),
        Plan::Refuse(Fault::Failed),
        Plan::NeverOpens,
        Plan::Mute,
        Plan::FailsAt(100, Fault::Garbled),
        Plan::FailsAt(100, Fault::Failed),
        Plan::EndsAt(100),
        Plan::Lies,
    ] {
        let (one, two) = (Fake::new("one"), Fake::new("two"));
        one.plan([plan; 10]);
        let pool = pool(&[&one, &two]);
        let audio = speech(100);
        let told = hear(open(&pool, "call-1").await, [&audio, &[]]).await;
        assert!(told.error.is_none(), "{plan:?}: {told:?}");
        assert_eq!(told.words[0], said(100), "{plan:?}");
        assert_eq!(told.names, ["two"], "{plan:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_all_need_someone_to_act_the_call_is_refused_with_each_ones_reason() {
    let (one, two) = (Fake::new("one"), Fake::new("two"));
    one.plan([Plan::Refuse(Fault::Unavailable)]);
    two.plan([Plan::Refuse(Fault::Unavailable)]);
    let pool = pool(&[&one, &two]);
    for _ in 0..2 {
        let error = pool.open(request("call-1")).await.unwrap_err();
        let TranscriberError::Unavailable(text) = error else { panic!("{error}") };
        assert!(text.contains("one: ") && text.contains("two: "), "{text}");
    }
    assert_eq!(one.opened().len(), 1, "the second call does not ask again");
    assert_eq!(pool.room(), Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_call_is_open_while_all_are_away_and_its_words_come_late_but_whole() {
    let (one, two) = (Fake::new("one"), Fake::new("two"));
    one.plan([Plan::Refuse(Fault::Busy); 4]);
    two.plan([Plan::Refuse(Fault::Failed); 12]);
    let pool = pool(&[&one, &two]);
    let audio = speech(100);
    let told = hear(open(&pool, "call-1").await, [&audio, &audio]).await;
    assert_eq!(told.words, [said(100), said(100)]);
    assert_eq!(told.names.len(), 1, "whoever reads is told who hears the call now");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_ever_takes_ends_in_an_error_that_names_the_reasons() {
    let one = Fake::new("one");
    one.plan([Plan::Refuse(Fault::Busy); 1_000]);
    let pool = pool(&[&one]);
    let began = Instant::now();
    let told = hear(open(&pool, "call-1").await, [&speech(10), &[]]).await;
    let Some(TranscriberError::Failed(error)) = told.error else { panic!("{told:?}") };
    assert!(error.to_string().contains("one: "), "{error}");
    assert!(began.elapsed() >= Times::default().give_up_after);
}

#[tokio::test(start_paused = true)]
async fn a_recogniser_that_was_away_is_tried_again_by_one_new_call() {
    let (one, two) = (Fake::new("one"), Fake::new("two"));
    one.plan([Plan::Refuse(Fault::Failed); 3]);
    let pool = pool(&[&one, &two]);
    let running = open(&pool, "call-1").await;
    assert_eq!(one.opened().len(), 3);
    assert_eq!(pool.status()[0].state, TierState::Failing);

    let second = open(&pool, "call-2").await;
    assert_eq!(one.opened().len(), 3, "it is left alone");

    time::advance(Duration::from_secs(10)).await;
    let probe = open(&pool, "call-3").await;
    let beside = open(&pool, "call-4").await;
    assert_eq!(one.opened().len(), 4, "one call tries it");
    assert_eq!(pool.status()[0].state, TierState::Probed);
    assert_eq!(pool.room(), None);

    hear(probe, [&speech(3), &[]]).await;
    assert_eq!(pool.status()[0].state, TierState::Well);
    let streams = |n: usize| pool.status()[n].streams;
    assert_eq!((streams(0), streams(1)), (0, 3), "running calls stay where they are");
    drop((running, second, beside));
    assert_eq!((streams(0), streams(1)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn streams_are_bounded_and_the_call_that_found_none_gets_the_next_free_one() {
    let (one, two) = (Fake::new("one"), Fake::new("two"));
    let bounded = |fake: &Arc<Fake>| Tier { max_streams: Some(1), ..Tier::new(fake.clone()) };
    let pool = pool_of([bounded(&one), bounded(&two)]);
    assert_eq!(pool.room(), Some(2));
    let first = open(&pool, "call-1").await;
    assert_eq!(pool.room(), Some(1));
    let second = open(&pool, "call-2").await;
    assert_eq!(pool.room(), Some(0));
    let third = open(&pool, "call-3").await;
    drop(second);
    let told = hear(third, [&speech(20), &[]]).await;
    assert_eq!(told.words[0], said(20));
    assert_eq!(told.names, ["two"]);
    drop(first);
    assert_eq!(pool.room(), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_was_away_has_room_for_the_call_that_tries_it() {
    let one = Fake::new("one");
    one.plan([Plan::Refuse(Fault::Unavailable)]);
    let pool = pool(&[&one]);
    pool.open(request("call-1")).await.unwrap_err();
    assert_eq!(pool.room(), Some(0));
    time::advance(Duration::from_secs(60)).await;
    assert_eq!(pool.room(), Some(1));
    let probe = open(&pool, "call-2").await;
    assert_eq!(pool.room(), None, "that it opens is all that was asked");
    drop(probe);
}

#[tokio::test(start_paused = true)]
async fn starts_are_spread_over_time() {
    let one = Fake::new("one");
    let tier = Tier { starts_per_second: Some(2.0), ..Tier::new(one.clone()) };
    let pool = pool_of([tier]);
    let began = Instant::now();
    let mut calls = Vec::new();
    for n in 0..10 {
        calls.push(open(&pool, &format!("call-{n}")).await);
    }
    for call in calls {
        let told = hear(call, [&speech(3), &[]]).await;
        assert_eq!(told.words[0], said(3));
    }
    assert_eq!(one.opened().len(), 10);
    assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_language_goes_to_those_that_speak_it() {
    let (one, two) = (Fake::new("one"), Fake::new("two"));
    let speaks = |fake: &Arc<Fake>, tags: &[&str]| {
        let languages = tags.iter().map(|&tag| tag.to_owned()).collect();
        Tier { languages: Some(languages), ..Tier::new(fake.clone()) }
    };
    let pool = pool_of([speaks(&one, &["en-US"]), speaks(&two, &["es"])]);
    let tag = |tag: &str| Language::Tag(tag.to_owned());
    let spanish = TranscriptionRequest { language: tag("es-US"), ..request("call-1") };
    let call = pool.open(spanish).await.unwrap();
    assert_eq!((one.opened().len(), two.opened().len()), (0, 1));
    assert_eq!(two.opened()[0].language, tag("es-US"));
    drop(call);
    let german = TranscriptionRequest { language: tag("de-DE"), ..request("call-2") };
    let error = pool.open(german).await.unwrap_err();
    assert!(matches!(error, TranscriberError::Unavailable(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_gives_its_stream_back() {
    let one = Fake::new("one");
    let pool = pool(&[&one]);
    let Transcription { audio, mut results } = open(&pool, "call-1").await;
    assert_eq!(pool.status()[0].streams, 1);
    drop(audio);
    assert!(results.next().await.is_none(), "nobody waits for words of audio that does not come");
    assert_eq!(pool.status()[0].streams, 0);

    let Transcription { mut audio, results } = open(&pool, "call-2").await;
    drop(results);
    assert_eq!(pool.status()[0].streams, 0);
    audio.push(Channel::Customer, MediaTime::ZERO, &[1; 100]);
    audio.finish();
}

#[tokio::test(start_paused = true)]
async fn a_slow_recogniser_may_be_given_more_time() {
    let (one, two) = (Fake::new("one"), Fake::new("two"));
    one.plan([Plan::Slow(Duration::from_secs(100))]);
    let patient = Tier { answers_within: Some(Duration::from_secs(120)), ..Tier::new(one.clone()) };
    let pool = pool_of([patient, Tier::new(two.clone())]);
    let told = hear(open(&pool, "call-1").await, [&speech(200), &[]]).await;
    assert_eq!(told.words[0], said(200));
    assert!(told.names.is_empty() && two.opened().is_empty());
}

#[test]
fn a_pool_needs_a_recogniser() {
    assert_eq!(RecogniserPool::new(Vec::new(), Times::default()).unwrap_err(), NoTiers);
}
