//! The advisor over a real connection to a server that speaks the protocol, with its rules and its faults.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use advisor::{Advisor, AdvisorParts, GuardedModel, Limits, ModelState, Models, Purpose};
use assist::{Asked, QuestionId, Wanted};
use llm::{ApiKey, ChatModel, LlmConfig};
use model::TenantId;
use model_server::{Fault, ModelServer, Options, Reply};
use ports::testing::MemoryKnowledge;
use redaction::TenantPolicy;
use serde_json::json;

const MANUAL: &str = "# Refunds\n\n## How long it takes\n\nRefunds are paid within 5 business days to the card that was \
                      used for the order.";

fn tenant() -> TenantId {
    TenantId::new("acme").expect("a name")
}

fn guarded(server: &ModelServer) -> GuardedModel {
    let mut config = LlmConfig::new(format!("{}/v1", server.url()), "scripted");
    config.api_key = Some(ApiKey::new("test-key"));
    GuardedModel::new(Arc::new(ChatModel::new(config).expect("a configuration")), Limits::default())
}

fn advisor(model: &GuardedModel, within: Duration) -> Advisor {
    let knowledge = MemoryKnowledge::default();
    knowledge.add(&tenant(), "refunds.md", MANUAL);
    let mut models = Models::builder().told(model.clone());
    for purpose in Purpose::ALL {
        models = models.with(None, purpose, Arc::new(model.clone()), within);
    }
    Advisor::new(AdvisorParts {
        knowledge: Some(Arc::new(knowledge)),
        models: models.build(),
        prompts: BTreeMap::new(),
        policy_of: Arc::new(|_| Arc::new(TenantPolicy::default())),
    })
}

fn asked() -> Asked {
    Asked {
        id: QuestionId(1),
        wanted: Wanted::Model { prompt: None, may_quote: true },
        question: "when is the refund of my order paid to my card".to_owned(),
        context: "[c-100] Customer: hello\n".to_owned(),
        score: 0.3,
    }
}

#[tokio::test]
async fn a_strict_server_takes_every_schema_that_is_sent() {
    for json_schema in [true, false] {
        let server = ModelServer::start(Options { json_schema, ..Options::default() }).await.unwrap();
        let answer = json!({
            "answer": "Refunds are paid within 5 business days.",
            "passage": 0,
            "quote": "Refunds are paid within 5 business days",
        });
        let summary = json!({
            "sections": [{"id": "reason", "points": [{"text": "The customer asked.", "utterance": "c-100"}]}],
            "actions": [],
            "disposition": null,
        });
        server.script([Reply::say(answer.to_string()), Reply::say(summary.to_string())]);
        let model = guarded(&server);
        let advisor = advisor(&model, Duration::from_secs(20));
        let found = advisor.ask(&tenant(), &asked()).await.unwrap();
        assert_eq!(found.model.as_deref(), Some("scripted"));
        let sections = [("reason".to_owned(), "Why".to_owned(), None)];
        let dispositions = [("done".to_owned(), "Done".to_owned())];
        let call = "[c-100] Customer: hello\n";
        let written = advisor.summarise(&tenant(), call, &sections, &dispositions).await.unwrap();
        assert_eq!(written.sections[0].points.len(), 1);
        let formats: Vec<_> =
            server.seen().iter().map(|seen| seen.body["response_format"]["type"].clone()).collect();
        assert_eq!(formats.contains(&json!("json_object")), !json_schema);
    }
}

#[tokio::test]
async fn whatever_the_server_does_a_passage_is_there() {
    let server = ModelServer::start(Options::default()).await.unwrap();
    for fault in [
        Fault::Status { status: 500, retry_after: None },
        Fault::Garbage,
        Fault::Break,
        Fault::CutShort,
        Fault::Endless,
        Fault::HangMidway,
        Fault::Hang,
        Fault::Filtered,
    ] {
        server.script([Reply::broken("word ".repeat(2_000), fault)]);
        let advisor = advisor(&guarded(&server), Duration::from_millis(500));
        let found = advisor.ask(&tenant(), &asked()).await.unwrap();
        assert!(found.model.is_none() && found.suggestion.starts_with("Refunds are paid"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_refused_is_told_by_the_status() {
    let server =
        ModelServer::start(Options { api_key: Some("other".to_owned()), ..Options::default() }).await;
    let server = server.unwrap();
    let advisor = advisor(&guarded(&server), Duration::from_secs(20));
    assert_eq!(advisor.models().status()[0].state, ModelState::Well);
    assert!(advisor.ask(&tenant(), &asked()).await.unwrap().model.is_none());
    let status = &advisor.models().status()[0];
    assert_eq!((status.state, status.cause), (ModelState::Refusing, Some("model_refused")));
}
