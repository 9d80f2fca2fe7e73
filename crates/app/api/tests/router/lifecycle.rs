//! Erasure, holds, retention and the audit log over HTTP.

use ports::testing::{call_ended, call_started};
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn a_call_is_erased_and_certified() {
    let world = World::new();
    let call = world.append("call-1", vec![call_started(0), call_ended(10)]).await;
    let look = json!({"call_id": call, "by": "ann", "dry_run": true}).to_string();
    let looked = world.post("/v1/erasures", look).await.json();
    assert_eq!(looked["certificate"]["erased"][0]["call_id"], "call-1");
    assert!(looked["signature"].is_null() && looked["blob"].is_null());
    assert_eq!(world.get("/v1/calls/call-1").await.status, 200);

    let erased = world.post("/v1/erasures", json!({"call_id": call, "by": "ann"}).to_string()).await.json();
    assert_eq!(erased["certificate"]["complete"], true);
    assert_eq!(erased["signature"]["algorithm"], "ed25519");
    world.get("/v1/calls/call-1").await.assert_problem(404, "no_such_call");
    let audit = world.get("/v1/audit").await.json();
    assert_eq!(audit["entries"][0]["act"], "erased");
    assert_eq!(world.get("/v1/audit/check").await.json()["broken_at"], json!(null));
}

#[tokio::test]
async fn a_held_call_is_not_erased() {
    let world = World::new();
    let call = world.append("call-1", vec![call_started(0), call_ended(10)]).await;
    let hold = json!({"matter": "case 7", "by": "bob"}).to_string();
    assert_eq!(world.post("/v1/calls/call-1/hold", hold.clone()).await.status, 204);
    let body = json!({"call_id": call, "by": "ann"}).to_string();
    let kept = world.post("/v1/erasures", body.clone()).await.json();
    assert_eq!(kept["certificate"]["kept"][0]["why"], "legal_hold");
    let due = world.get("/v1/retention").await.json();
    assert_eq!((&due["held"], &due["calls"], &due["days"]["recording"]), (&json!(1), &json!(0), &json!(30)));
    assert_eq!(world.post("/v1/calls/call-1/hold/release", hold).await.status, 204);
    assert_eq!(world.post("/v1/erasures", body).await.json()["certificate"]["complete"], true);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_without_repeating_a_number() {
    let world = World::new();
    world.append("live", vec![call_started(0)]).await;
    let hold = json!({"matter": "case 7", "by": "bob"}).to_string();
    world.post("/v1/calls/live/hold", hold.clone()).await.assert_problem(409, "call_goes_on");
    world.post("/v1/calls/none/hold", hold).await.assert_problem(404, "no_such_call");
    for body in [
        json!({"by": "ann"}),
        json!({"by": "ann", "call_id": "a", "contact_id": "b"}),
        json!({"by": "", "call_id": "live"}),
        json!({"by": "ann", "customer": "5555550134"}),
        json!({"by": "ann", "customer": 15555550134_u64}),
        json!({"by": "ann", "number": "+15555550134"}),
        json!("+15555550134"),
    ] {
        let answer = world.post("/v1/erasures", body.to_string()).await;
        answer.assert_problem(400, "bad_request");
        assert!(!answer.text().contains("5550134"), "{}", answer.text());
    }
}
