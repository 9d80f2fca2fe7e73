//! What Connect sends, and what is not from it.

use crate::support::World;

const PATHS: [&str; 3] = ["/v1/triggers/connect", "/v1/events/contact", "/v1/events/agent"];

#[tokio::test]
async fn a_body_that_is_no_event_is_refused_without_its_content() {
    let world = World::new();
    for path in PATHS {
        for body in ["", "{", "null", "[]", "\u{0}", "\"+15555550134\""] {
            let answer = world.post(path, body).await;
            answer.assert_problem(400, "bad_event");
            assert!(!answer.text().contains("5555550134"), "{path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_trigger_without_media_streaming_is_taken_and_waits_for_its_stream() {
    let event =
        serde_json::json!({"Details": {"ContactData": {"ContactId": "contact-1", "Channel": "VOICE"}}});
    let answer = World::new().post("/v1/triggers/connect", event.to_string()).await;
    assert_eq!(answer.json(), serde_json::json!({"status": "waits_for_stream"}));
}

#[tokio::test]
async fn a_trigger_whose_tenant_does_not_exist_is_refused_by_the_attributes_name() {
    let event = serde_json::json!({"Details": {"ContactData": {
        "ContactId": "contact-1", "Channel": "VOICE", "Attributes": {"trunkline_tenant": "nobody"}}}});
    let answer = World::new().post("/v1/triggers/connect", event.to_string()).await;
    answer.assert_problem(400, "bad_event");
    assert!(answer.text().contains("trunkline_tenant"), "{}", answer.text());
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_is_not_asked_about() {
    World::new().get("/v1/calls?tenant=nobody").await.assert_problem(404, "no_such_tenant");
    assert_eq!(World::new().get("/v1/calls?tenant=acme").await.status, 200);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_taken() {
    for path in PATHS {
        World::new().post(path, vec![b' '; 512 * 1024 + 1]).await.assert_problem(413, "body_not_taken");
    }
}

#[tokio::test]
async fn a_server_that_stops_takes_no_call() {
    let world = World::new();
    world.state.engine.shutdown().await;
    let arn = "arn:aws:kinesisvideo:us-east-1:111122223333:stream/test-connect-acme-contact-1/1";
    let event = serde_json::json!({"Details": {"ContactData": {
        "ContactId": "5ca32fbd-8f92-46af-92a5-6b0f970f0efe", "Channel": "VOICE",
        "MediaStreams": {"Customer": {"Audio": {
            "StreamARN": arn, "StartTimestamp": "1726677688724",
            "StartFragmentNumber": "91343852333181432392682062622220590765191000001"}}}}}});
    world.post("/v1/triggers/connect", event.to_string()).await.assert_problem(503, "busy");
}
