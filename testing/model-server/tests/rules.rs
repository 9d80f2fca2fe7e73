//! What the stand-in refuses, as the real ones do.

use model_server::{ModelServer, Options};
use serde_json::{Value, json};

async fn chat(options: Options, body: &Value) -> (u16, Value) {
    let server = ModelServer::start(options).await.expect("a free port");
    let url = format!("{}/v1/chat/completions", server.url());
    send(reqwest::Client::new().post(url).bearer_auth("test-key"), body).await
}

async fn converse(authorization: &str, model: &str, body: &Value) -> (u16, Value) {
    let server = ModelServer::start(Options::default()).await.expect("a free port");
    let url = format!("{}/model/{model}/converse", server.url());
    send(reqwest::Client::new().post(url).header("authorization", authorization), body).await
}

async fn send(request: reqwest::RequestBuilder, body: &Value) -> (u16, Value) {
    let request = request.header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn asked(more: Value) -> Value {
    let mut body = json!({"model": "scripted", "messages": [{"role": "user", "content": "say hello"}]});
    let fields = more.as_object().expect("fields").clone();
    body.as_object_mut().expect("an object").extend(fields);
    body
}

#[tokio::test]
async fn chat_completions_take_what_the_real_ones_take() {
    let (status, body) = chat(Options::default(), &asked(json!({"max_tokens": 5}))).await;
    assert_eq!((status, &body["choices"][0]["message"]["content"]), (200, &json!("hello")));
}

#[tokio::test]
async fn chat_completions_refuse_what_the_real_ones_refuse() {
    let loose = json!({"type": "json_schema", "json_schema": {
        "name": "a", "strict": true, "schema": {"type": "object", "properties": {"b": {"type": "string"}}},
    }});
    let reasoning = || Options { reasoning: true, ..Options::default() };
    let other_key = Options { api_key: Some("other".to_owned()), ..Options::default() };
    for (options, more, status, why) in [
        (other_key, json!({}), 401, "Incorrect API key"),
        (Options::default(), json!({"model": "none"}), 404, "does not exist"),
        (Options::default(), json!({"messages": []}), 400, "empty array"),
        (Options::default(), json!({"messages": [{"role": "caller", "content": "x"}]}), 400, "role"),
        (Options::default(), json!({"max_tokens": 0}), 400, "minimum value"),
        (Options::default(), json!({"tokens": 1}), 400, "Unrecognized request argument supplied: tokens"),
        (Options::default(), json!({"stream_options": {}}), 400, "only allowed when 'stream'"),
        (Options::default(), json!({"response_format": {"type": "json_object"}}), 400, "the word 'json'"),
        (Options::default(), json!({"response_format": loose}), 400, "additionalProperties"),
        (reasoning(), json!({"max_tokens": 5}), 400, "max_completion_tokens"),
        (reasoning(), json!({"temperature": 0}), 400, "'temperature'"),
    ] {
        let (got, body) = chat(options, &asked(more)).await;
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert!(got == status && message.contains(why), "{got} {message}: {why}");
    }
}

#[tokio::test]
async fn converse_refuses_what_the_real_one_refuses() {
    let signed = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260801/us-east-1/bedrock/aws4_request, Signature=0";
    let foreign = signed.replace("AKIDTEST", "AKIDOTHER");
    let elsewhere = signed.replace("us-east-1", "eu-west-1");
    let message = |role: &str, text: &str| json!({"role": role, "content": [{"text": text}]});
    let good = json!({"messages": [message("user", "say hello")]});
    let (status, body) = converse(signed, "scripted", &good).await;
    assert_eq!((status, &body["output"]["message"]["content"][0]["text"]), (200, &json!("hello")));
    let tool = json!({"messages": [message("user", "x")], "toolConfig": {
        "tools": [{"toolSpec": {"name": "a", "inputSchema": {"json": {"type": "object"}}}}],
        "toolChoice": {"tool": {"name": "b"}},
    }});
    for (authorization, model, body, status, why) in [
        ("", "scripted", &good, 403, "Missing Authentication"),
        (foreign.as_str(), "scripted", &good, 403, "security token"),
        (elsewhere.as_str(), "scripted", &good, 403, "valid region"),
        (signed, "none", &good, 400, "model identifier"),
        (signed, "scripted", &json!({"messages": []}), 400, "must start with a user"),
        (signed, "scripted", &json!({"messages": [message("assistant", "x")]}), 400, "alternate"),
        (signed, "scripted", &json!({"messages": [message("user", " ")]}), 400, "blank"),
        (signed, "scripted", &tool, 400, "not among the tools"),
    ] {
        let (got, body) = converse(authorization, model, body).await;
        let message = body["message"].as_str().unwrap_or_default();
        assert!(got == status && message.contains(why), "{got} {message}: {why}");
    }
}
