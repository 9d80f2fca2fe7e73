//! The same subscription over each transport.

use std::{
    io::{BufRead as _, BufReader},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};
use tokio_tungstenite::tungstenite::Message;

use super::ask::Target;

/// How long one poll waits.
const POLL_WAIT_MS: u64 = 1_000;
/// How many messages are taken before a subscription is given up.
const MAX_MESSAGES: usize = 200_000;
/// Messages that wait between the thread that reads a stream and the check.
const MAX_WAITING: usize = 1_024;

/// How a subscription is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    WebSocket,
    Sse,
    Polling,
}

impl Transport {
    pub(crate) const ALL: [Self; 3] = [Self::WebSocket, Self::Sse, Self::Polling];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Sse => "sse",
            Self::Polling => "polling",
        }
    }

    /// Subscribes and takes messages until `enough` says so of what was taken, or `within` is over.
    pub(crate) async fn collect(
        self,
        target: &Target,
        subscribe: &Value,
        within: Duration,
        enough: impl Fn(&[Value]) -> bool + Send,
    ) -> Result<Vec<Value>, String> {
        let end = Instant::now() + within;
        match self {
            Self::WebSocket => socket(target, subscribe, end, enough).await,
            Self::Sse => sse(target, subscribe, end, enough).await,
            Self::Polling => polling(target, subscribe, end, enough).await,
        }
    }
}

async fn socket(
    target: &Target,
    subscribe: &Value,
    end: Instant,
    enough: impl Fn(&[Value]) -> bool,
) -> Result<Vec<Value>, String> {
    let connecting = tokio_tungstenite::connect_async(target.socket_url());
    let (mut socket, _) = timeout_at(end, connecting)
        .await
        .map_err(|_| "the socket did not open in time".to_owned())?
        .map_err(|error| error.to_string())?;
    let mut messages = Vec::new();
    if let Some(key) = target.key() {
        let authenticate = json!({"type": "authenticate", "token": key}).to_string();
        socket.send(Message::text(authenticate)).await.map_err(|error| error.to_string())?;
    }
    socket.send(Message::text(subscribe.to_string())).await.map_err(|error| error.to_string())?;
    while !enough(&messages) && messages.len() < MAX_MESSAGES {
        let Ok(next) = timeout_at(end, socket.next()).await else { break };
        match next {
            Some(Ok(Message::Text(text))) => {
                messages.push(serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}"))?);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => return Err("a message is no text".to_owned()),
            Some(Ok(Message::Close(_))) | None => return Err("the server closed the socket".to_owned()),
            Some(Err(error)) => return Err(error.to_string()),
        }
    }
    Ok(messages)
}

async fn sse(
    target: &Target,
    subscribe: &Value,
    end: Instant,
    enough: impl Fn(&[Value]) -> bool,
) -> Result<Vec<Value>, String> {
    let path = format!("/v1/subscribe/events?subscribe={}", escape(&subscribe.to_string()));
    let response = target.stream(&path).await?;
    if response.status().as_u16() != 200 {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    if !kind.starts_with("text/event-stream") {
        return Err(format!("the answer's type is {kind:?}, not text/event-stream"));
    }
    let (send, mut lines) = mpsc::channel::<Result<String, String>>(MAX_WAITING);
    // Ends when nobody takes its lines any more, or with the request's own time.
    let reader = tokio::task::spawn_blocking(move || {
        for line in BufReader::new(response.into_body().into_reader()).lines() {
            if send.blocking_send(line.map_err(|error| error.to_string())).is_err() {
                return;
            }
        }
    });
    let mut messages = Vec::new();
    let mut data = String::new();
    while !enough(&messages) && messages.len() < MAX_MESSAGES {
        let Ok(line) = timeout_at(end, lines.recv()).await else { break };
        let Some(line) = line else { return Err("the server ended the stream".to_owned()) };
        let line = line?;
        if let Some(more) = line.strip_prefix("data:") {
            data.push_str(more.strip_prefix(' ').unwrap_or(more));
        } else if line.is_empty() && !data.is_empty() {
            messages.push(serde_json::from_str(&data).map_err(|error| format!("no JSON: {error}"))?);
            data.clear();
        }
    }
    drop(lines);
    drop(reader);
    Ok(messages)
}

async fn polling(
    target: &Target,
    subscribe: &Value,
    end: Instant,
    enough: impl Fn(&[Value]) -> bool,
) -> Result<Vec<Value>, String> {
    let mut messages: Vec<Value> = Vec::new();
    let mut subscription = subscribe.clone();
    let topic = if subscribe["topic"] == "call" { "seq" } else { "position" };
    while !enough(&messages) && messages.len() < MAX_MESSAGES && Instant::now() < end {
        let body = json!({"subscriptions": [subscription], "wait_ms": POLL_WAIT_MS});
        let answer = target.post("/v1/subscribe/poll", &body).await?;
        if answer.status != 200 {
            return Err(format!("status {}: {}", answer.status, answer.body["code"]));
        }
        let Some(new) = answer.body["messages"].as_array() else {
            return Err("the answer has no messages".to_owned());
        };
        for message in new {
            advance(&mut subscription, message, topic);
        }
        messages.extend(new.iter().cloned());
    }
    Ok(messages)
}

/// Moves a subscription's cursor over a message, as a client does.
fn advance(subscription: &mut Value, message: &Value, place: &str) {
    match message["type"].as_str() {
        Some("snapshot") => {
            subscription["after"] = message["cursor"].clone();
            subscription["snapshot"] = json!(false);
        }
        Some("event") => {
            let event = &message["event"];
            if event[place].as_u64().is_some_and(|place| place > 0) {
                subscription["after"] = event[place].clone();
            }
            if let (Some(id), Some(revision)) =
                (event["data"]["id"].as_str(), event["data"]["revision"].as_u64())
            {
                subscription["seen"][id] = json!(revision);
            }
        }
        Some(_) | None => {}
    }
}

/// A text as part of a query.
pub(crate) fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
