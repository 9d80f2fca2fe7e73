//! Amazon Bedrock's Converse and `ConverseStream`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    frames,
    play::{Pieces, body, words},
    script::{Fault, Said},
    server::{Options, Shared},
};

/// An error as Bedrock has it.
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, code: "ValidationException", message: message.into() }
    }

    fn of(status: u16) -> Self {
        let (code, message) = match status {
            400 => ("ValidationException", "The provided request is not valid"),
            403 => {
                ("AccessDeniedException", "You don't have access to the model with the specified model ID.")
            }
            404 => ("ResourceNotFoundException", "The model was not found."),
            408 => ("ModelTimeoutException", "The request took too long to process."),
            424 => ("ModelErrorException", "The request failed due to an error while processing the model."),
            429 => ("ThrottlingException", "Too many requests, please wait before trying again."),
            503 => ("ServiceUnavailableException", "Bedrock is unable to process your request."),
            _ => ("InternalServerException", "The server encountered an unexpected error."),
        };
        Self { status, code, message: message.to_owned() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(json!({"message": self.message}))).into_response();
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        response
    }
}

/// `POST /model/{id}/converse`.
pub(crate) async fn converse(
    State(shared): State<Arc<Shared>>,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Response {
    match answer(&shared, &model, &headers, body).await {
        Ok((said, tool)) => whole(&said, tool.as_deref()),
        Err(refusal) => refusal.into_response(),
    }
}

/// `POST /model/{id}/converse-stream`.
pub(crate) async fn converse_stream(
    State(shared): State<Arc<Shared>>,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Response {
    match answer(&shared, &model, &headers, body).await {
        Ok((said, tool)) => streamed(&said, tool.as_deref()),
        Err(refusal) => refusal.into_response(),
    }
}

/// What is said, and the tool that has to be used.
async fn answer(
    shared: &Shared,
    model: &str,
    headers: &HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<(Said, Option<String>), Refusal> {
    check_signature(headers, shared.options())?;
    let Ok(Json(request)) = body else { return Err(Refusal::invalid("The request body is not valid JSON.")) };
    shared.saw(model, &request);
    if !shared.options().models.iter().any(|known| known == model) {
        return Err(Refusal::invalid("The provided model identifier is invalid."));
    }
    let words = check_messages(&request)?;
    check_numbers(&request)?;
    let tool = check_tools(&request)?;
    let said = shared.reply_to(&words);
    match said.fault {
        Some(Fault::Status { status, .. }) => Err(Refusal::of(status)),
        Some(Fault::Hang) => std::future::pending().await,
        Some(_) | None => Ok((said, tool)),
    }
}

/// Checks that the request is signed by the key, for this service. The signature itself is the client's own matter.
fn check_signature(headers: &HeaderMap, options: &Options) -> Result<(), Refusal> {
    let refused = |code, message: &str| Refusal { status: 403, code, message: message.to_owned() };
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(fields) = given.strip_prefix("AWS4-HMAC-SHA256 Credential=") else {
        return Err(refused("MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let scope = fields.split(',').next().unwrap_or_default();
    let parts: Vec<&str> = scope.split('/').collect();
    let [access_key, _date, region, service, "aws4_request"] = parts[..] else {
        return Err(refused("IncompleteSignatureException", "Credential must have five parts."));
    };
    if access_key != options.access_key {
        let message = "The security token included in the request is invalid.";
        return Err(refused("UnrecognizedClientException", message));
    }
    if service != "bedrock" || region != options.region {
        let message = "Credential should be scoped to a valid region and to the correct service.";
        return Err(refused("InvalidSignatureException", message));
    }
    Ok(())
}

/// Checks the messages, and gives the words of the last one.
fn check_messages(request: &Value) -> Result<String, Refusal> {
    let messages = request.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return Err(Refusal::invalid("A conversation must start with a user message."));
    };
    let mut last = String::new();
    for (message, wanted) in messages.iter().zip(["user", "assistant"].into_iter().cycle()) {
        if message.get("role").and_then(Value::as_str) != Some(wanted) {
            let why = "A conversation must alternate between user and assistant roles, beginning with user.";
            return Err(Refusal::invalid(why));
        }
        let content = message.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<&str> =
            content.iter().filter_map(|block| block.get("text").and_then(Value::as_str)).collect();
        if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
            let why = "The text field in the ContentBlock object is blank. Add text to the text field.";
            return Err(Refusal::invalid(why));
        }
        last = texts.concat();
    }
    let system = request.get("system").and_then(Value::as_array).into_iter().flatten();
    for block in system {
        if block.get("text").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::invalid("The text field in the SystemContentBlock object is blank."));
        }
    }
    Ok(last)
}

fn check_numbers(request: &Value) -> Result<(), Refusal> {
    let number = |name: &str| request.pointer(&format!("/inferenceConfig/{name}"));
    if number("maxTokens").is_some_and(|value| value.as_u64().is_none_or(|value| value == 0)) {
        return Err(Refusal::invalid("Value at 'inferenceConfig.maxTokens' must be at least 1."));
    }
    let is_share = |value: &Value| value.as_f64().is_some_and(|value| (0.0..=1.0).contains(&value));
    if number("temperature").is_some_and(|value| !is_share(value)) {
        return Err(Refusal::invalid("Value at 'inferenceConfig.temperature' must be from 0 to 1."));
    }
    Ok(())
}

/// Checks the tools, and gives the one that has to be used.
fn check_tools(request: &Value) -> Result<Option<String>, Refusal> {
    let Some(config) = request.get("toolConfig") else { return Ok(None) };
    let tools = config.get("tools").and_then(Value::as_array).filter(|tools| !tools.is_empty());
    let Some(tools) = tools else {
        return Err(Refusal::invalid("Value at 'toolConfig.tools' must have at least 1 member."));
    };
    let mut names = Vec::new();
    for tool in tools {
        let name = tool.pointer("/toolSpec/name").and_then(Value::as_str).unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
            return Err(Refusal::invalid("A tool's name must match [a-zA-Z0-9_-]{1,64}."));
        }
        let kind = tool.pointer("/toolSpec/inputSchema/json/type").and_then(Value::as_str);
        if kind != Some("object") {
            return Err(Refusal::invalid(
                "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of: object.",
            ));
        }
        names.push(name.to_owned());
    }
    match config.pointer("/toolChoice/tool/name").and_then(Value::as_str) {
        Some(name) if !names.iter().any(|known| known == name) => {
            Err(Refusal::invalid("The tool of toolChoice is not among the tools."))
        }
        Some(name) => Ok(Some(name.to_owned())),
        None => Ok(None),
    }
}

/// A tool is used with an object; a model that says none answers in words, whatever it was asked.
fn tool_input(said: &Said, tool: Option<&str>) -> Option<Value> {
    tool?;
    serde_json::from_str(&said.text).ok().filter(Value::is_object)
}

const fn stop_reason(fault: Option<Fault>, uses_tool: bool) -> &'static str {
    match (fault, uses_tool) {
        (Some(Fault::TooLong), _) => "max_tokens",
        (Some(Fault::Filtered), _) => "guardrail_intervened",
        (_, true) => "tool_use",
        (_, false) => "end_turn",
    }
}

fn usage(said: &Said) -> Value {
    let written = said.text.split_whitespace().count();
    json!({"inputTokens": 10, "outputTokens": written, "totalTokens": 10 + written})
}

fn whole(said: &Said, tool: Option<&str>) -> Response {
    let input = tool_input(said, tool);
    let block = match &input {
        Some(input) => json!({"toolUse": {"toolUseId": "tooluse_1", "name": tool, "input": input}}),
        None => json!({"text": said.text}),
    };
    let answer = json!({
        "output": {"message": {"role": "assistant", "content": [block]}},
        "stopReason": stop_reason(said.fault, input.is_some()),
        "usage": usage(said),
        "metrics": {"latencyMs": 1},
    });
    let pieces = Pieces {
        words: answer.to_string().as_bytes().chunks(64).map(Bytes::copy_from_slice).collect(),
        garbage: Bytes::from_static(b"}{"),
        failure: Bytes::from_static(b"\x00"),
        ..Pieces::default()
    };
    ([(CONTENT_TYPE, "application/json")], body(pieces, said.fault)).into_response()
}

fn streamed(said: &Said, tool: Option<&str>) -> Response {
    let uses_tool = tool_input(said, tool).is_some();
    let mut head = vec![frames::event("messageStart", &json!({"role": "assistant"}))];
    if uses_tool {
        let start = json!({"toolUse": {"toolUseId": "tooluse_1", "name": tool}});
        let start = json!({"contentBlockIndex": 0, "start": start});
        head.push(frames::event("contentBlockStart", &start));
    }
    let delta = |word: &str| {
        let delta = if uses_tool { json!({"toolUse": {"input": word}}) } else { json!({"text": word}) };
        frames::event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": delta}))
    };
    let stop = json!({"stopReason": stop_reason(said.fault, uses_tool)});
    let pieces = Pieces {
        head,
        words: words(&said.text).into_iter().map(delta).collect(),
        tail: vec![
            frames::event("contentBlockStop", &json!({"contentBlockIndex": 0})),
            frames::event("messageStop", &stop),
            frames::event("metadata", &json!({"usage": usage(said), "metrics": {"latencyMs": 1}})),
        ],
        garbage: frames::garbage(),
        failure: frames::exception("modelStreamErrorException", "The stream failed."),
    };
    ([(CONTENT_TYPE, "application/vnd.amazon.eventstream")], body(pieces, said.fault)).into_response()
}
