//! As much of HTTP/1.1 as the proxy has to read.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

/// The longest head of a request or an answer.
const MAX_HEAD: usize = 32 * 1024;
/// The longest body that is for us.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// How long a head may take to come.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The head of a request or an answer, with its blank line, and what came after it.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) text: String,
    pub(super) rest: Vec<u8>,
}

impl Head {
    /// Reads a head; none when the other side says nothing, too much, or nothing that is one.
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        timeout(MAX_WAIT, Self::read_on(from)).await.ok().flatten()
    }

    async fn read_on(from: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 2_048];
        loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = bytes.split_off(end + 4);
                return Some(Self { text: String::from_utf8(bytes).ok()?, rest });
            }
            if bytes.len() > MAX_HEAD {
                return None;
            }
            let read = from.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
            bytes.extend_from_slice(buffer.get(..read)?);
        }
    }

    pub(super) fn method(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    pub(super) fn path(&self) -> &str {
        self.text.split(' ').nth(1).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.text.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(super) fn upgrades(&self) -> bool {
        self.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }

    /// The head as it is handed on: each request has a connection of its own, so that its fault is its own.
    pub(super) fn closing(&self) -> String {
        if self.upgrades() {
            return self.text.clone();
        }
        let keeps = |line: &&str| {
            let name = line.split_once(':').map(|(name, _)| name);
            !line.is_empty() && !name.is_some_and(|name| name.eq_ignore_ascii_case("connection"))
        };
        let mut lines: Vec<&str> = self.text.split("\r\n").filter(keeps).collect();
        lines.push("Connection: close");
        format!("{}\r\n\r\n", lines.join("\r\n"))
    }

    /// The body as JSON; null when it is none, or too large.
    pub(super) async fn json(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Value {
        let length = self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        if length > MAX_BODY {
            return Value::Null;
        }
        let mut body = std::mem::take(&mut self.rest);
        let missing = length.saturating_sub(body.len());
        let mut more = vec![0; missing];
        if missing > 0 && !matches!(timeout(MAX_WAIT, from.read_exact(&mut more)).await, Ok(Ok(_))) {
            return Value::Null;
        }
        body.extend(more);
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    }
}

/// Answers with JSON, for pages of any origin: what is said here is no secret.
pub(super) async fn answer(
    to: &mut (impl AsyncWrite + Unpin),
    status: &str,
    body: &Value,
) -> std::io::Result<()> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\
         Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\nAccess-Control-Allow-Methods: *\r\n\r\n",
        body.len()
    );
    to.write_all(head.as_bytes()).await?;
    to.write_all(body.as_bytes()).await?;
    to.shutdown().await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn head(bytes: &[u8]) -> Option<Head> {
        Head::read(&mut &*bytes).await
    }

    #[tokio::test]
    async fn a_request_is_handed_on_with_a_connection_of_its_own() {
        let request = b"GET /v1/calls HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
        let head = head(request).await.unwrap();
        assert_eq!((head.method(), head.path()), ("GET", "/v1/calls"));
        assert_eq!(head.closing(), "GET /v1/calls HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    #[tokio::test]
    async fn an_upgrade_is_handed_on_as_it_is() {
        let request = b"GET /v1/subscribe HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        let head = head(request).await.unwrap();
        assert!(head.upgrades());
        assert_eq!(head.closing().as_bytes(), request);
    }

    #[tokio::test]
    async fn a_body_may_come_with_the_head_or_after_it() {
        let request: &[u8] = b"POST /x HTTP/1.1\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
        let mut from = request;
        let mut head = Head::read(&mut from).await.unwrap();
        assert_eq!(head.json(&mut from).await, json!({"a": 1}));
    }

    #[tokio::test]
    async fn what_is_no_request_is_none() {
        assert!(head(b"nonsense").await.is_none());
        assert!(head(&vec![b'a'; 100_000]).await.is_none());
    }
}
