//! Playbooks, backtests and the use of rules over HTTP.

use std::sync::Arc;

use api::Guiding;
use model::Channel;
use playbooks::{Library, SHIPPED};
use ports::testing::{call_ended, call_started, utterance};
use serde_json::{Value, json};

use crate::support::{Answer, World};

/// A server with the shipped playbooks.
fn guided() -> World {
    let mut world = World::new();
    let guiding = Guiding::new(Arc::new(Library::shipped()), Arc::clone(&world.state.log), None);
    world.state.guiding = Some(guiding);
    world
}

fn lines(answer: &Answer) -> Vec<Value> {
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_live_playbooks_are_listed_and_given_with_their_files() {
    let world = guided();
    let list = world.get("/v1/playbooks").await.json();
    assert_eq!(list["problems"], json!([]));
    let ids: Vec<&str> =
        list["playbooks"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["cancellation-save", "card-collection", "technical-triage"]);
    let one = world.get("/v1/playbooks/card-collection").await.json();
    assert_eq!(one["yaml"], SHIPPED[0].yaml);
    assert_eq!(one["digest"].as_str().unwrap().len(), 12);
    world.get("/v1/playbooks/none").await.assert_problem(404, "no_such_playbook");
}

#[tokio::test]
async fn a_file_is_checked_and_all_of_it_told() {
    let world = guided();
    let check = async |yaml: &str| {
        world.post("/v1/playbooks/check", json!({"yaml": yaml}).to_string()).await.json()["problems"].clone()
    };
    assert_eq!(check(SHIPPED[1].yaml).await, json!([]));
    let problems = check("playbook: a\nversion: x\ntitel: A\n").await;
    assert_eq!(problems[0]["line"], 1);
    let version = problems.as_array().unwrap().iter().find(|problem| problem["key"] == "version").unwrap();
    assert_eq!((version["line"].clone(), version["column"].clone()), (json!(2), json!(10)));
    world.post("/v1/playbooks/check", "{}").await.assert_problem(400, "bad_request");
    assert!(world.get("/v1/playbooks/schema").await.json()["$defs"]["condition"].is_object());
}

#[tokio::test]
async fn a_backtest_tells_its_progress_and_ends_with_the_result() {
    let world = guided();
    let said = utterance(Channel::Customer, 2_000, "i want to cancel my contract");
    world.append("call-1", vec![call_started(1_000), said, call_ended(9_000)]).await;
    let body = |yaml: &str, days: u32| json!({"yaml": yaml, "days": days}).to_string();
    let yaml = SHIPPED[1].yaml;
    let answer = world.post("/v1/playbooks/backtest", body(yaml, 366)).await;
    assert_eq!(answer.status, 200);
    let told = lines(&answer);
    let last = told.last().unwrap();
    assert_eq!(last["type"], "result");
    assert!(told.iter().rev().skip(1).all(|line| line["type"] == "progress"));
    assert!(last["rules"].as_array().unwrap().iter().all(|rule| rule["added"] == json!([])));

    let mistaken = world.post("/v1/playbooks/backtest", body("playbook: a\n", 7)).await;
    mistaken.assert_problem(400, "bad_playbook");
    world.post("/v1/playbooks/backtest", body(yaml, 0)).await.assert_problem(400, "bad_parameter");
    // The one before is read to its end, so that the next may begin.
    assert_eq!(world.post("/v1/playbooks/backtest", body(yaml, 7)).await.status, 200);
}

#[tokio::test]
async fn the_use_of_rules_is_counted_over_days() {
    let world = guided();
    let found = world.get("/v1/guidance/statistics?days=7").await.json();
    assert_eq!((found["calls"].clone(), found["rules"].clone()), (json!(0), json!([])));
    assert_eq!(found["to_ms"].as_i64().unwrap() - found["from_ms"].as_i64().unwrap(), 7 * 86_400_000);
    world.get("/v1/guidance/statistics?days=400").await.assert_problem(400, "bad_parameter");
}

#[tokio::test]
async fn a_server_without_guidance_says_so() {
    let world = World::new();
    for path in ["/v1/playbooks", "/v1/playbooks/a", "/v1/guidance/statistics"] {
        world.get(path).await.assert_problem(503, "not_guided");
    }
}
