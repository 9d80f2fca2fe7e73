//! The recording by ranges, and its waveform.

use axum::{body::Body, http::header};
use engine::peaks_key;
use events::{Event, Recording, Stages};
use ports::{
    NewEvent,
    testing::{call_ended, call_started},
};

use crate::support::{Answer, World, ask, request};

const PATH: &str = "/v1/calls/call-1/recording";

/// More than is read from the store at once.
fn audio() -> Vec<u8> {
    (0..600_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect()
}

async fn recorded() -> World {
    let world = World::new();
    let completed = Event::RecordingCompleted(Recording {
        key: "recording".to_owned(),
        bytes: 600_000,
        duration_ms: 1_000,
        masks: 0,
        sha256: "00".repeat(32),
    });
    let completed = NewEvent { stages: Stages::default(), event: completed };
    world.append("call-1", vec![call_started(1), call_ended(1_000), completed]).await;
    world.store("recording", audio()).await;
    world.store(&peaks_key("recording"), b"{\"duration_ms\":1000}".to_vec()).await;
    world
}

async fn ranged(world: &World, range: &str) -> Answer {
    let request = request("GET", PATH).header(header::RANGE, range);
    ask(world.router(), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_whole_recording_is_given_and_ranges_are_offered() {
    let answer = recorded().await.get(PATH).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header(header::CONTENT_TYPE), "audio/wav");
    assert_eq!(answer.header(header::ACCEPT_RANGES), "bytes");
    assert_eq!(answer.header(header::CONTENT_LENGTH), "600000");
    assert!(answer.body == audio(), "the bytes are those stored");
}

#[tokio::test]
async fn a_range_gives_just_its_bytes() {
    let world = recorded().await;
    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=10-300009", 10, 300_010),
        ("bytes=599990-", 599_990, 600_000),
        ("bytes=599990-9999999", 599_990, 600_000),
        ("bytes=-7", 599_993, 600_000),
        ("bytes=0-18446744073709551615", 0, 600_000),
    ] {
        let answer = ranged(&world, range).await;
        assert_eq!(answer.status, 206, "{range}");
        let content = format!("bytes {start}-{}/600000", end - 1);
        assert_eq!(answer.header(header::CONTENT_RANGE), content, "{range}");
        assert_eq!(answer.header(header::CONTENT_LENGTH), (end - start).to_string(), "{range}");
        assert!(answer.body == audio()[start..end], "{range}");
    }
}

#[tokio::test]
async fn a_range_beyond_the_end_is_refused_and_other_forms_get_the_whole() {
    let world = recorded().await;
    for range in ["bytes=600000-", "bytes=-0"] {
        let answer = ranged(&world, range).await;
        answer.assert_problem(416, "range_not_satisfiable");
        assert_eq!(answer.header(header::CONTENT_RANGE), "bytes */600000", "{range}");
    }
    for range in ["bytes=9-3", "bytes=0-1,5-6", "lines=0-1", "bytes=x-"] {
        assert_eq!(ranged(&world, range).await.status, 200, "{range}");
    }
}

#[tokio::test]
async fn there_is_no_recording_until_one_is_committed() {
    let world = World::new();
    world.append("call-1", vec![call_started(1)]).await;
    world.get(PATH).await.assert_problem(404, "no_recording");
    world.get("/v1/calls/call-1/waveform").await.assert_problem(404, "no_recording");
    world.get("/v1/calls/call-2/recording").await.assert_problem(404, "no_such_call");
    world.get("/v1/calls/%2e%2e%2fetc/recording").await.assert_problem(404, "no_such_call");
}

#[tokio::test]
async fn the_waveform_is_the_one_stored() {
    let answer = recorded().await.get("/v1/calls/call-1/waveform").await;
    assert_eq!((answer.status.as_u16(), answer.header(header::CONTENT_TYPE)), (200, "application/json"));
    assert_eq!(answer.json()["duration_ms"], 1_000);
}
