//! What requests of chat completions must be, and how they are refused.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{schema::check_strict, server::Options};

/// Parameters that are taken.
const KNOWN: &[&str] = &[
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "seed",
    "stop",
    "n",
    "user",
    "store",
    "response_format",
    "reasoning_effort",
];
const ROLES: &[&str] = &["system", "developer", "user", "assistant", "tool"];

/// An error as chat completions have it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    pub(crate) code: Option<&'static str>,
    pub(crate) param: Option<&'static str>,
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) fn bad(param: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into(), code: None, param: Some(param), retry_after: None }
    }

    pub(crate) fn of(status: u16, retry_after: Option<u32>) -> Self {
        let (code, message) = match status {
            401 => (Some("invalid_api_key"), "Incorrect API key provided."),
            403 => (None, "You are not allowed to use this model."),
            404 => (Some("model_not_found"), "The model does not exist or you do not have access to it."),
            429 => (Some("rate_limit_exceeded"), "Rate limit reached. Please try again later."),
            503 => (None, "The engine is currently overloaded, please try again later."),
            _ => (None, "The server had an error while processing your request."),
        };
        Self { status, message: message.to_owned(), code, param: None, retry_after }
    }

    pub(crate) fn body(&self) -> Value {
        let kind = if self.status >= 500 { "server_error" } else { "invalid_request_error" };
        json!({"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}})
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
        }
        response
    }
}

/// Checks the key.
pub(crate) fn check_key(headers: &HeaderMap, options: &Options) -> Result<(), Refusal> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given.and_then(|given| given.strip_prefix("Bearer ")).unwrap_or_default();
    match &options.api_key {
        Some(wanted) if key != wanted => Err(Refusal::of(401, None)),
        Some(_) | None => Ok(()),
    }
}

/// Checks a request, and gives the last user message.
pub(crate) fn check(body: &Value, options: &Options) -> Result<String, Refusal> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::bad("body", "The body is no JSON object."));
    };
    if let Some(unknown) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(Refusal::bad("body", format!("Unrecognized request argument supplied: {unknown}")));
    }
    let model = body.get("model").and_then(Value::as_str).unwrap_or_default();
    if model.is_empty() {
        return Err(Refusal::bad("model", "you must provide a model parameter"));
    }
    if !options.models.iter().any(|known| known == model) {
        return Err(Refusal::of(404, None));
    }
    check_numbers(body, options)?;
    if body.get("stream_options").is_some() && body.get("stream") != Some(&Value::Bool(true)) {
        let why = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(Refusal::bad("stream_options", why));
    }
    let messages = messages(body)?;
    check_format(body, &messages, options)?;
    let user = messages.iter().rev().find(|(role, _)| role == "user");
    Ok(user.map(|(_, content)| content.clone()).unwrap_or_default())
}

fn check_numbers(body: &Value, options: &Options) -> Result<(), Refusal> {
    for name in ["max_tokens", "max_completion_tokens"] {
        if body.get(name).is_some_and(|value| value.as_u64().is_none_or(|value| value == 0)) {
            let why = format!("Invalid '{name}': integer below minimum value. Expected a value >= 1.");
            return Err(Refusal::bad("max_tokens", why));
        }
    }
    if options.reasoning && body.get("max_tokens").is_some() {
        let why = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                   'max_completion_tokens' instead.";
        return Err(Refusal::bad("max_tokens", why));
    }
    let temperature = body.get("temperature");
    if options.reasoning && temperature.is_some_and(|value| value.as_f64() != Some(1.0)) {
        let why = "Unsupported value: 'temperature' does not support this value with this model. Only the \
                   default (1) value is supported.";
        return Err(Refusal::bad("temperature", why));
    }
    if temperature.is_some_and(|value| value.as_f64().is_none_or(|value| !(0.0..=2.0).contains(&value))) {
        return Err(Refusal::bad("temperature", "Invalid 'temperature': expected a value between 0 and 2."));
    }
    Ok(())
}

fn messages(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let messages = body.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return Err(Refusal::bad("messages", "Invalid 'messages': empty array."));
    };
    let read = |message: &Value| {
        let role = message.get("role").and_then(Value::as_str).filter(|role| ROLES.contains(role));
        let role = role.ok_or_else(|| Refusal::bad("messages", "Invalid value for 'messages[].role'."))?;
        let content = message.get("content").and_then(Value::as_str);
        let content =
            content.ok_or_else(|| Refusal::bad("messages", "Invalid type for 'messages[].content'."))?;
        Ok((role.to_owned(), content.to_owned()))
    };
    messages.iter().map(read).collect()
}

fn check_format(body: &Value, messages: &[(String, String)], options: &Options) -> Result<(), Refusal> {
    let Some(format) = body.get("response_format") else { return Ok(()) };
    let bad = |why: String| Err(Refusal::bad("response_format", why));
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(()),
        Some("json_object") if options.json_object => {
            if messages.iter().any(|(_, content)| content.to_lowercase().contains("json")) {
                return Ok(());
            }
            bad("'messages' must contain the word 'json' in some form, to use 'response_format' of type \
                 'json_object'."
                .to_owned())
        }
        Some("json_schema") if options.json_schema => {
            let schema = format.get("json_schema").unwrap_or(&Value::Null);
            let name = schema.get("name").and_then(Value::as_str).unwrap_or_default();
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
                return bad("Invalid 'response_format.json_schema.name'.".to_owned());
            }
            let Some(shape) = schema.get("schema") else {
                return bad("Missing required parameter: 'response_format.json_schema.schema'.".to_owned());
            };
            if schema.get("strict") == Some(&Value::Bool(true)) {
                check_strict(name, shape).or_else(bad)?;
            }
            Ok(())
        }
        other => bad(format!(
            "Invalid parameter: 'response_format' of type '{}' is not supported with this model.",
            other.unwrap_or_default()
        )),
    }
}
