//! The adapter against a server that speaks the protocol, with its rules and its faults.

use std::time::Duration;

use bedrock::{BedrockConfig, BedrockModel, JsonBy};
use model::TenantId;
use model_server::{Fault, ModelServer, Options, Reply};
use ports::{LanguageModel, LanguageModelError, Prompt, testing::language_model_suite};
use serde_json::json;

async fn server() -> ModelServer {
    ModelServer::start(Options::default()).await.expect("a free port")
}

fn config(server: &ModelServer) -> BedrockConfig {
    BedrockConfig { endpoint: Some(server.url()), ..BedrockConfig::new("scripted") }
}

fn model(config: BedrockConfig) -> BedrockModel {
    BedrockModel::fixed("AKIDTEST", "secret", config)
}

fn prompt(material: &str) -> Prompt {
    Prompt {
        tenant: TenantId::new("acme").expect("a name"),
        purpose: "hint",
        instructions: "Do as the material says.".to_owned(),
        material: material.to_owned(),
        schema: None,
        max_tokens: 100,
        timeout: Duration::from_secs(20),
    }
}

fn asked_json(material: &str) -> Prompt {
    let schema = json!({
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": false,
    });
    Prompt { schema: Some(schema), ..prompt(material) }
}

#[tokio::test]
async fn the_adapter_conforms_in_each_of_its_forms() {
    let server = server().await;
    for streaming in [true, false] {
        for json in [JsonBy::Tool, JsonBy::Schema, JsonBy::Words] {
            let config = BedrockConfig { streaming, json, ..config(&server) };
            language_model_suite(async || model(config.clone())).await;
        }
    }
}

#[tokio::test]
async fn each_fault_has_its_error() {
    let server = server().await;
    for (fault, code) in [
        (Fault::Status { status: 403, retry_after: None }, "model_refused"),
        (Fault::Status { status: 404, retry_after: None }, "model_refused"),
        (Fault::Status { status: 408, retry_after: None }, "model_timeout"),
        (Fault::Status { status: 424, retry_after: None }, "model_unreachable"),
        (Fault::Status { status: 429, retry_after: None }, "model_busy"),
        (Fault::Status { status: 503, retry_after: None }, "model_unreachable"),
        (Fault::CutShort, "model_unreachable"),
        (Fault::ErrorMidway, "model_unreachable"),
        (Fault::TooLong, "model_rubbish"),
        (Fault::Filtered, "model_rubbish"),
    ] {
        server.script([Reply::broken("one two three four", fault)]);
        let refused = model(config(&server)).answer(&prompt("go")).await.unwrap_err();
        assert_eq!(refused.code(), code, "{fault:?}: {refused:?}");
    }
    for fault in [Fault::Break, Fault::Garbage] {
        server.script([Reply::broken("one two three four", fault)]);
        let refused = model(config(&server)).answer(&prompt("go")).await.unwrap_err();
        assert!(matches!(refused.code(), "model_unreachable" | "model_rubbish"), "{fault:?}: {refused:?}");
    }
}

#[tokio::test]
async fn one_that_hangs_is_given_up_and_one_without_end_cut_off() {
    let server = server().await;
    for fault in [Fault::Hang, Fault::HangMidway] {
        server.script([Reply::broken("one two", fault)]);
        let impatient = Prompt { timeout: Duration::from_millis(150), ..prompt("go") };
        let refused = model(config(&server)).answer(&impatient).await.unwrap_err();
        assert_eq!(refused.code(), "model_timeout", "{fault:?}");
    }
    server.script([Reply::broken("word".repeat(2_000) + " ", Fault::Endless)]);
    let refused = model(config(&server)).answer(&prompt("go")).await.unwrap_err();
    assert!(matches!(refused, LanguageModelError::Rubbish("it is too long")), "{refused:?}");
}

#[tokio::test]
async fn instructions_and_material_stay_apart_and_json_comes_by_a_tool() {
    let server = server().await;
    let answer = model(config(&server)).answer(&asked_json(r#"say {"answer":"a"}"#)).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.model.as_str()), (r#"{"answer":"a"}"#, "scripted"));
    assert!(answer.input_tokens > 0 && answer.output_tokens > 0);
    let seen = &server.seen()[0];
    assert_eq!(seen.body["system"], json!([{"text": "Do as the material says."}]));
    assert_eq!(
        seen.body["messages"],
        json!([{"role": "user", "content": [{"text": r#"say {"answer":"a"}"#}]}])
    );
    assert_eq!(seen.body["toolConfig"]["toolChoice"]["tool"]["name"], "answer");
    assert_eq!(seen.body["inferenceConfig"]["maxTokens"], 100);
}

#[tokio::test]
async fn a_wrong_key_region_or_model_asks_for_somebody() {
    let server = server().await;
    let unknown = BedrockModel::fixed("AKIDOTHER", "secret", config(&server));
    let elsewhere = model(BedrockConfig { region: Some("eu-west-1".to_owned()), ..config(&server) });
    let nothing = model(BedrockConfig { model: "unknown".to_owned(), ..config(&server) });
    for model in [unknown, elsewhere, nothing] {
        let refused = model.answer(&prompt("say a")).await.unwrap_err();
        assert_eq!(refused.code(), "model_refused", "{refused:?}");
    }
}

#[tokio::test]
async fn a_tenant_may_have_its_own_model() {
    let options = Options { models: vec!["acme.model:1".to_owned()], ..Options::default() };
    let server = ModelServer::start(options).await.unwrap();
    let mut config = config(&server);
    config.tenant_models.insert(TenantId::new("acme").unwrap(), "acme.model:1".to_owned());
    assert_eq!(model(config).answer(&prompt("say a")).await.unwrap().model, "acme.model:1");
    assert_eq!(server.seen()[0].to, "acme.model:1");
}
