//! Chat completions.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    play::{Pieces, body, words},
    rules::{Refusal, check, check_key},
    script::{Fault, Said},
    server::Shared,
};

/// When answers are dated: 2026-01-01.
const CREATED: u64 = 1_767_225_600;
const ID: &str = "chatcmpl-scripted";

/// `POST /v1/chat/completions`.
pub(crate) async fn complete(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Response {
    match answer(&shared, &headers, body).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(
    shared: &Shared,
    headers: &HeaderMap,
    request: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Refusal> {
    check_key(headers, shared.options())?;
    let Ok(Json(request)) = request else {
        return Err(Refusal::bad("body", "We could not parse the JSON body of your request."));
    };
    shared.saw("/v1/chat/completions", &request);
    let words = check(&request, shared.options())?;
    let said = shared.reply_to(&words);
    match said.fault {
        Some(Fault::Status { status, retry_after }) => return Err(Refusal::of(status, retry_after)),
        Some(Fault::Hang) => std::future::pending::<()>().await,
        Some(_) | None => {}
    }
    let model = request.get("model").and_then(Value::as_str).unwrap_or_default();
    let is_streamed =
        request.get("stream") == Some(&Value::Bool(true)) && said.fault != Some(Fault::NotStreamed);
    let with_usage = request.pointer("/stream_options/include_usage") == Some(&Value::Bool(true));
    Ok(if is_streamed {
        streamed(model, &said, usage(&request, &said).filter(|_| with_usage))
    } else {
        whole(model, &said, usage(&request, &said))
    })
}

/// Words for tokens.
fn usage(request: &Value, said: &Said) -> Option<Value> {
    let messages = request.get("messages").and_then(Value::as_array)?;
    let texts = messages.iter().filter_map(|message| message.get("content").and_then(Value::as_str));
    let read: usize = texts.map(|text| text.split_whitespace().count()).sum();
    let written = said.text.split_whitespace().count();
    Some(json!({"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}))
}

const fn finish(fault: Option<Fault>) -> &'static str {
    match fault {
        Some(Fault::TooLong) => "length",
        Some(Fault::Filtered) => "content_filter",
        _ => "stop",
    }
}

fn whole(model: &str, said: &Said, usage: Option<Value>) -> Response {
    let answer = json!({
        "id": ID,
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": said.text, "refusal": null},
            "logprobs": null,
            "finish_reason": finish(said.fault),
        }],
        "usage": usage,
    });
    let text = answer.to_string();
    let pieces = Pieces {
        words: text.as_bytes().chunks(64).map(Bytes::copy_from_slice).collect(),
        garbage: Bytes::from_static(b"}{"),
        failure: Bytes::from_static(b"\x00"),
        ..Pieces::default()
    };
    respond("application/json", body(pieces, said.fault))
}

fn streamed(model: &str, said: &Said, usage: Option<Value>) -> Response {
    let chunk = |choices: Value, usage: Option<&Value>| {
        let mut chunk = json!({
            "id": ID,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model,
            "choices": choices,
        });
        if let Some(usage) = usage {
            chunk["usage"] = usage.clone();
        }
        event(&chunk.to_string())
    };
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), None)
    };
    let mut tail = vec![delta(json!({}), Some(finish(said.fault)))];
    tail.extend(usage.map(|usage| chunk(json!([]), Some(&usage))));
    tail.push(event("[DONE]"));
    let pieces = Pieces {
        // A comment, as proxies send them to keep a connection.
        head: vec![
            Bytes::from_static(b": keep-alive\n\n"),
            delta(json!({"role": "assistant", "content": ""}), None),
        ],
        words: words(&said.text).into_iter().map(|word| delta(json!({"content": word}), None)).collect(),
        tail,
        garbage: event("{\"choices\": [{"),
        failure: event(&Refusal::of(500, None).body().to_string()),
    };
    respond("text/event-stream", body(pieces, said.fault))
}

fn event(data: &str) -> Bytes {
    Bytes::from(format!("data: {data}\n\n"))
}

fn respond(kind: &'static str, body: Body) -> Response {
    ([(CONTENT_TYPE, kind)], body).into_response()
}
