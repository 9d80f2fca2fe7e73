//! Calls placed on the local Kinesis Video Streams server, and what a consumer reads of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails like a test")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Platform, channel, fragments, server, server_with};
use kvs_server::{Config, Credentials as ServerCredentials, Fault, FaultKind, Operation};
use lab::{Batch, Call, CallPlan, Media, NoticeUrls, OnProgress, Pace, PlaceError, Quirks, Target, place};
use mkv::tag;

fn call(seconds: usize) -> Call {
    let customer = (0..seconds * 8_000).map(|n| i16::try_from(n % 30_000).unwrap()).collect();
    let to_customer = (0..seconds * 8_000).map(|n| -i16::try_from(n % 20_000).unwrap()).collect();
    Call::new("test", customer, to_customer)
}

fn plan(call: &Call, target: &Target) -> CallPlan {
    CallPlan { pace: Pace::Max, ..CallPlan::new(Media::Audio(call.clone()), &target.instance) }
}

fn quiet() -> OnProgress {
    Arc::new(|_| {})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_reads_every_sample_on_its_channel() {
    let server = server().await;
    let target = Target::new(server.endpoint().parse().unwrap());
    let call = call(20);
    for seed in 0..6 {
        let plan = CallPlan { seed, ..plan(&call, &target) };
        let report = place(&plan, &target, &quiet()).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.fragments, report.acks.persisted, report.reopened), (20, 20, 0));

        let read = fragments(&server, &plan.stream).await;
        let base = u64::try_from(report.started_at.as_millis()).unwrap();
        assert_eq!(read[0].timecode_ms, Some(base));
        let samples = |name| channel(&read, name, base, 160_000);
        assert_eq!(samples("AUDIO_FROM_CUSTOMER"), *call.customer, "seed {seed}");
        assert_eq!(samples("AUDIO_TO_CUSTOMER"), *call.to_customer, "seed {seed}");
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contact_is_named_on_the_first_fragment_and_not_on_the_last() {
    let server = server().await;
    let target = Target::new(server.endpoint().parse().unwrap());
    let plan = plan(&call(10), &target);
    place(&plan, &target, &quiet()).await.unwrap();
    let read = fragments(&server, &plan.stream).await;
    assert_eq!(read[0].tag(tag::CONTACT_ID), Some(plan.contact_id.as_str()));
    assert_eq!(read.last().unwrap().tag(tag::CONTACT_ID), None);
    let (first, codec) = (&read[0].tracks[0], &read[0].tracks[0].codec_id);
    assert_eq!((codec.as_str(), first.codec_private.as_slice()), ("A_AAC", &[0x11, 0x90][..]));
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_streams_are_taken_by_the_service() {
    let server = server().await;
    let target = Target::new(server.endpoint().parse().unwrap());
    for seed in 0..4 {
        let plan = CallPlan { quirks: Quirks::hostile(), seed, ..plan(&call(30), &target) };
        let report = place(&plan, &target, &quiet()).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(fragments(&server, &plan.stream).await.len() as u64, report.fragments);
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_breaks_loses_nothing() {
    for kind in [
        FaultKind::Close { after_seconds: None, after_fragments: Some(3) },
        FaultKind::Error { code: 5_000, after_fragments: 5 },
        FaultKind::Throttle,
    ] {
        let server = server().await;
        let target = Target::new(server.endpoint().parse().unwrap());
        server.faults().add(Fault::new(kind.clone()).of(Operation::PutMedia).times(1)).unwrap();
        let call = call(15);
        let plan = plan(&call, &target);
        let report = place(&plan, &target, &quiet()).await.unwrap();
        assert_eq!(report.reopened, 1, "{kind:?}: {report:?}");
        let base = u64::try_from(report.started_at.as_millis()).unwrap();
        let read = fragments(&server, &plan.stream).await;
        assert_eq!(channel(&read, "AUDIO_FROM_CUSTOMER", base, 120_000), *call.customer, "{kind:?}");
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_goes_away_is_waited_for_and_gets_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        || Config { data: Some(folder.path().to_owned()), default_retention_hours: 24, ..Config::default() };
    let server = server_with(config()).await;
    let listen = server.local_addr();
    let target = Target::new(server.endpoint().parse().unwrap());
    let call = call(15);
    let plan = CallPlan { pace: Pace::Times(10.0), ..plan(&call, &target) };
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let begun = Mutex::new(Some(begun));
    let started: OnProgress =
        Arc::new(move |_| begun.lock().unwrap().take().map_or((), |begun| begun.send(()).unwrap()));
    let (report, server) = tokio::join!(place(&plan, &target, &started), async {
        has_begun.await.unwrap();
        server.shutdown().await;
        server_with(Config { listen, ..config() }).await
    });
    let report = report.unwrap();
    assert!(report.is_clean() && report.reopened > 0, "{report:?}");
    let base = u64::try_from(report.started_at.as_millis()).unwrap();
    let read = fragments(&server, &plan.stream).await;
    assert_eq!(channel(&read, "AUDIO_FROM_CUSTOMER", base, 120_000), *call.customer);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fragment_that_the_service_refuses_is_reported_and_not_sent_for_ever() {
    let mut config = Config::default();
    config.limits.fragment_bytes = 33_000;
    let server = server_with(config).await;
    let target = Target::new(server.endpoint().parse().unwrap());
    let report = place(&plan(&call(2), &target), &target, &quiet()).await.unwrap();
    assert_eq!((report.fragments, report.acks.persisted, report.acks.errors), (2, 1, 1), "{report:?}");
    // Once for the refusal; again when the connection broke before it was read.
    assert!((1..=3).contains(&report.reopened), "{report:?}");
    assert!(!report.is_clean() && report.errors[0].contains("4001"), "{report:?}");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platform_hears_the_trigger_first_and_then_the_contacts_life() {
    let server = server().await;
    let platform = Platform::start(2).await;
    let mut target = Target::new(server.endpoint().parse().unwrap());
    target.notices = Some(NoticeUrls::from_trigger(platform.url("/v1/triggers/connect").parse().unwrap()));
    let call = lab::samples::load("late-order").unwrap();
    let plan = plan(&call, &target);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let progress: OnProgress = {
        let seen = Arc::clone(&seen);
        Arc::new(move |progress| seen.lock().unwrap().push(progress))
    };
    let report = place(&plan, &target, &progress).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.call_id.as_deref(), Some("call-7"));

    let heard = platform.heard();
    let trigger =
        contacts::read_trigger(heard[0].1.as_bytes(), &contacts::AttributeNames::default()).unwrap();
    assert_eq!(trigger.contact_id.as_str(), plan.contact_id);
    assert_eq!(trigger.stream.unwrap().name.as_str(), plan.stream);
    assert_eq!(trigger.started_at, Some(model_millis(report.started_at)));
    let first = fragments(&server, &plan.stream).await.remove(0);
    assert_eq!(trigger.start_fragment.unwrap().as_str(), first.tag(tag::FRAGMENT_NUMBER).unwrap());

    let signals = platform.signals();
    let kinds: Vec<&str> = signals.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "agent+", "agent+", "hold-", "agent+", "hold+", "agent+", "hold-", "hold-", "agent-", "end",
            "hold-", "agent-", "end"
        ]
    );
    let held = signals.iter().find(|(kind, _)| kind == "hold+").unwrap().1;
    let moment = call.facts.events.iter().find(|event| event.kind == lab::EventKind::HoldStarted).unwrap();
    assert_eq!(held.since(model_millis(report.started_at)).as_millis(), u128::from(moment.at_ms));
    assert!(seen.lock().unwrap().len() >= 2 + call.facts.events.len());
    server.shutdown().await;
}

/// Connect's events carry milliseconds.
fn model_millis(at: model::Timestamp) -> model::Timestamp {
    model::Timestamp::from_millis(at.as_millis())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_contact_follows_on_the_same_stream() {
    let server = server().await;
    let target = Target::new(server.endpoint().parse().unwrap());
    let mut batch = Batch::new(vec![Media::Audio(call(3))]);
    (batch.times, batch.count, batch.pace, batch.quirks) = (2, 2, Pace::Max, Quirks::plain());
    assert_eq!(batch.calls(), 4);
    let reports: Vec<_> =
        batch.run(Arc::new(target), quiet()).await.into_iter().map(Result::unwrap).collect();
    assert!(reports.iter().all(lab::CallReport::is_clean), "{reports:?}");
    let mut streams: Vec<&str> = reports.iter().map(|report| report.stream.as_str()).collect();
    streams.sort_unstable();
    streams.dedup();
    assert_eq!(streams.len(), 2);
    for stream in streams {
        let read = fragments(&server, stream).await;
        let contacts: Vec<&str> = read.iter().filter_map(|fragment| fragment.tag(tag::CONTACT_ID)).collect();
        assert_eq!(contacts.len(), 6);
        assert_ne!(contacts[2], contacts[3]);
        assert!(read.is_sorted_by_key(|fragment| fragment.timecode_ms));
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_signed_and_a_wrong_key_is_named() {
    let keys = ServerCredentials {
        access_key: "AK".into(),
        secret_key: "SK".into(),
        session_token: Some("T".into()),
    };
    let server = server_with(Config { credentials: Some(keys), ..Config::default() }).await;
    let mut target = Target::new(server.endpoint().parse().unwrap());
    target.credentials = lab::Credentials {
        access_key: "AK".into(),
        secret_key: "SK".into(),
        session_token: Some("T".into()),
    };
    let call = call(2);
    assert!(place(&plan(&call, &target), &target, &quiet()).await.unwrap().is_clean());
    target.credentials.secret_key = "wrong".into();
    let error = place(&plan(&call, &target), &target, &quiet()).await.unwrap_err();
    let PlaceError::Stream { cause, .. } = error else { panic!("{error}") };
    assert!(cause.to_string().starts_with("CreateStream was refused with 4"), "{cause}");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_the_error_says_where_none_is() {
    let server = server().await;
    let endpoint = server.endpoint();
    server.shutdown().await;
    let target = Target::new(endpoint.parse().unwrap());
    let error = place(&plan(&call(1), &target), &target, &quiet()).await.unwrap_err();
    let PlaceError::Stream { cause, .. } = error else { panic!("{error}") };
    assert!(cause.to_string().contains(&endpoint), "{cause}");
}
