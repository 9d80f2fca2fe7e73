//! What people at desks do and look up.

use std::sync::{Arc, Mutex};

use api::{Answered, Answerer, Desk};
use async_trait::async_trait;
use axum::{body::Body, http::header};
use events::{Act, DoneBy};
use guidance::{ActRefused, DeskActs};
use model::{CallKey, TenantId};
use ports::{Knowledge, KnowledgeError, Passage, testing::call_started};
use serde_json::{Value, json};

use crate::{
    access::controlled,
    support::{Answer, World, ask, request},
};

/// Takes acts down, and questions.
#[derive(Default)]
struct Notes {
    acts: Mutex<Vec<(CallKey, DoneBy)>>,
    questions: Mutex<Vec<String>>,
}

#[async_trait]
impl DeskActs for Notes {
    async fn take(&self, key: &CallKey, done: DoneBy) -> Result<(), ActRefused> {
        match key.call.as_str() {
            "call-over" => return Err(ActRefused::CallEnded),
            "call-elsewhere" => return Err(ActRefused::NotGuided),
            _ => self.acts.lock().unwrap().push((key.clone(), done)),
        }
        Ok(())
    }
}

#[async_trait]
impl Knowledge for Notes {
    async fn search(
        &self,
        _: &TenantId,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Passage>, KnowledgeError> {
        self.questions.lock().unwrap().push(question.to_owned());
        let passage = Passage {
            document: "fees.md".to_owned(),
            title: "Fees".to_owned(),
            heading: None,
            text: "A change costs nothing.".to_owned(),
            score: 0.5,
            meaning: None,
        };
        Ok(vec![passage; limit.min(2)])
    }
}

#[async_trait]
impl Answerer for Notes {
    async fn answer(&self, _: &TenantId, question: &str, _: &[Passage]) -> Result<Answered, &'static str> {
        if question.contains("fee") {
            Ok(Answered { text: "Nothing.".to_owned(), passage: 1, model: "small".to_owned() })
        } else {
            Err("ungrounded")
        }
    }
}

async fn world() -> (World, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    let mut world = World::new();
    world.append("call-1", vec![call_started(1_000)]).await;
    world.state.desk = Desk {
        acts: Some(Arc::clone(&notes) as _),
        knowledge: Some(Arc::clone(&notes) as _),
        answerer: Some(Arc::clone(&notes) as _),
    };
    (world, notes)
}

async fn acted(world: &World, call: &str, act: Value) -> Answer {
    world.post(&format!("/v1/calls/{call}/acts"), act.to_string()).await
}

fn act(kind: &str, data: Value) -> Value {
    json!({"id": "act-0001", "type": kind, "data": data})
}

#[tokio::test]
async fn an_act_is_handed_on_with_whose_it_is_and_its_texts_masked() {
    let (world, notes) = world().await;
    for given in [
        act("hint", json!({"id": "h-1", "outcome": "accepted"})),
        act("mute", json!({"muted": true})),
        act("check", json!({"playbook": "save", "item": "greet", "done": true})),
        act("workflow", json!({"playbook": "save", "workflow": "w", "step": null})),
        act("message", json!({"text": "ask for 4111 1111 1111 1111 again"})),
    ] {
        let answer = acted(&world, "call-1", given.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (202, json!({"id": "act-0001"})), "{given}");
    }
    let point = json!({"text": "card 4111 1111 1111 1111", "utterance": null});
    let section = json!({"id": "s", "title": "Reason", "points": [point.clone()]});
    let summary = act("summary", json!({"sections": [section], "actions": [point], "disposition": null}));
    assert_eq!(acted(&world, "call-1", summary).await.status, 202);
    let acts = notes.acts.lock().unwrap();
    assert!(acts.iter().all(|(key, done)| key.call.as_str() == "call-1" && done.by == "local"));
    let texts: String = acts.iter().map(|(_, done)| serde_json::to_string(&done.act).unwrap()).collect();
    assert!(!texts.contains("1111") && texts.contains("ask for"), "{texts}");
    assert!(matches!(acts[0].1.act, Act::Hint { .. }));
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_without_repeating_it() {
    let (world, notes) = world().await;
    let long = "a".repeat(2_001);
    for bad in [
        json!({}),
        json!({"id": "short", "type": "mute", "data": {"muted": true}}),
        json!({"id": "act 0001!", "type": "mute", "data": {"muted": true}}),
        act("hint", json!({"id": "h-1", "outcome": "said"})),
        act("hint", json!({"id": "", "outcome": "accepted"})),
        act("hint", json!({"id": "h".repeat(129), "outcome": "accepted"})),
        act("message", json!({"text": "  "})),
        act("message", json!({"text": long})),
        act("message", json!({"text": ["secret"]})),
        act("dance", json!({})),
        act(
            "summary",
            json!({"sections": vec![json!({"id": "s", "title": "t", "points": []}); 17], "actions": []}),
        ),
    ] {
        let answer = acted(&world, "call-1", bad.clone()).await;
        answer.assert_problem(400, "bad_request");
        assert!(!answer.text().contains("secret"), "{bad}");
    }
    let mute = act("mute", json!({"muted": true}));
    acted(&world, "call-over", mute.clone()).await.assert_problem(409, "call_ended");
    let elsewhere = acted(&world, "call-elsewhere", mute.clone()).await;
    elsewhere.assert_problem(503, "not_guided");
    assert_eq!(elsewhere.header(header::RETRY_AFTER), "1");
    assert!(notes.acts.lock().unwrap().is_empty());
    acted(&World::new(), "call-1", mute).await.assert_problem(503, "not_guided");
}

#[tokio::test]
async fn agents_send_no_messages_and_act_on_their_own_calls_alone() {
    let (mut world, notes) = world().await;
    world.state.entry = controlled();
    let send = |who: &str, act: Value| {
        let asked = request("POST", "/v1/calls/call-1/acts")
            .header(header::AUTHORIZATION, format!("Bearer key of {who}"));
        ask(world.router(), asked.body(Body::from(act.to_string())).unwrap())
    };
    send("ann", act("mute", json!({"muted": true}))).await.assert_problem(403, "forbidden");
    assert_eq!(send("lead", act("message", json!({"text": "well done"}))).await.status, 202);
    assert_eq!(notes.acts.lock().unwrap()[0].1.by, "lead");
}

#[tokio::test]
async fn documents_are_searched_with_the_question_masked_and_answers_are_grounded_or_withheld() {
    let (world, notes) = world().await;
    let search = |query: Value| {
        let world = &world;
        async move { world.post("/v1/knowledge/search", query.to_string()).await }
    };
    let found = search(json!({"query": "what fee has card 4111 1111 1111 1111", "limit": 2, "answer": true}))
        .await
        .json();
    assert_eq!(found["passages"].as_array().unwrap().len(), 2);
    assert_eq!(found["answer"], json!({"text": "Nothing.", "passage": 1, "model": "small"}));
    assert!(!notes.questions.lock().unwrap()[0].contains("1111"));
    let withheld = search(json!({"query": "who won", "answer": true})).await.json();
    assert_eq!((&withheld["answer"], &withheld["withheld"]), (&Value::Null, &json!("ungrounded")));
    let plain = search(json!({"query": "who won"})).await.json();
    assert_eq!((&plain["answer"], &plain["withheld"]), (&Value::Null, &Value::Null));
    for bad in [json!({}), json!({"query": " "}), json!({"query": "a".repeat(501)}), json!({"query": 7})] {
        search(bad).await.assert_problem(400, "bad_request");
    }
    let nothing = World::new().post("/v1/knowledge/search", json!({"query": "a"}).to_string()).await;
    nothing.assert_problem(503, "no_documents");
}
