//! Contact Lens segments over the real router.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::World;

const PATH: &str = "/v1/events/contact-lens";

fn event(kind: &str, segments: &Value) -> Value {
    json!({"Version": "1.0.0", "Channel": "VOICE", "AccountId": "111122223333", "InstanceId": "i-1",
        "ContactId": "contact-1", "LanguageCode": "en-US", "EventType": kind, "Segments": segments})
}

fn said(id: &str, begin_ms: u64, words: &str) -> Value {
    json!({"Transcript": {"Id": id, "ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER", "Content": words,
        "BeginOffsetMillis": begin_ms, "EndOffsetMillis": begin_ms + 900, "Sentiment": "NEUTRAL"}})
}

#[tokio::test]
async fn segments_are_redacted_and_in_the_transcript_when_they_are_answered() {
    let world = World::new();
    let card = said("t-1", 1_000, "My card is 4111 1111 1111 1111.");
    assert_eq!(world.post(PATH, event("STARTED", &json!([])).to_string()).await.status, 202);
    assert_eq!(world.post(PATH, event("SEGMENTS", &json!([card])).to_string()).await.status, 202);
    let record =
        |event: &Value| json!({"kinesis": {"data": STANDARD.encode(event.to_string()), "partitionKey": "p"}});
    let again = record(&event("SEGMENTS", &json!([card, said("t-2", 3_000, "Thank you.")])));
    let batch = json!({"Records": [again, record(&event("COMPLETED", &Value::Null))]});
    assert_eq!(world.post(PATH, batch.to_string()).await.status, 202);

    let calls = world.get("/v1/calls").await.json();
    let call = calls["calls"][0]["call_id"].as_str().unwrap();
    assert_eq!(calls["calls"].as_array().unwrap().len(), 1);
    assert_eq!(calls["calls"][0]["transcription"]["recogniser"], "Contact Lens");
    let transcript = world.get(&format!("/v1/calls/{call}/transcript")).await;
    assert!(!transcript.text().contains("4111"), "{}", transcript.text());
    assert_eq!(transcript.json()["utterances"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_whole_and_without_its_words() {
    let world = World::new();
    let unreadable =
        json!({"Transcript": {"Id": "t", "Content": 4111, "BeginOffsetMillis": 1, "EndOffsetMillis": 2}});
    let good = event("SEGMENTS", &json!([said("t-1", 0, "hello")]));
    let batch = json!({"Records": [
        {"kinesis": {"data": STANDARD.encode(good.to_string())}},
        {"kinesis": {"data": STANDARD.encode(event("SEGMENTS", &json!([unreadable])).to_string())}}]});
    let encoded = json!({"Records": [{"kinesis": {"data": "*"}}]});
    for body in [batch, encoded, event("SEGMENTS", &json!([unreadable])), json!({}), json!([])] {
        let answer = world.post(PATH, body.to_string()).await;
        answer.assert_problem(400, "bad_event");
        assert!(!answer.text().contains("4111"), "{}", answer.text());
    }
    assert_eq!(world.get("/v1/calls").await.json()["calls"], json!([]));
}
