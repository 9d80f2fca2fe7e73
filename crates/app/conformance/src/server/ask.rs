//! Asking a server over HTTP.

use std::{fmt, io::Read as _, time::Duration};

use serde_json::Value;
use thiserror::Error;
use ureq::{Agent, Body, http::Response};

/// How long a request may take.
const MAX_WAIT: Duration = Duration::from_secs(40);
/// The largest answer that is read, in bytes.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// The address is none.
#[derive(Debug, Error)]
#[error("the server's address begins with http:// or https://, such as http://127.0.0.1:8080")]
pub struct BadUrl;

/// A server, and who asks it.
#[derive(Clone)]
pub struct Target {
    base: String,
    key: Option<String>,
    agent: Agent,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("base", &self.base).finish_non_exhaustive()
    }
}

/// An answer: its status and its JSON, null where there is none.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Target {
    /// A server by its address, asked with an API key or a token where one is given.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(url: &str, key: Option<String>) -> Result<Self, BadUrl> {
        let base = url.trim_end_matches('/');
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(BadUrl);
        }
        let config = Agent::config_builder()
            .timeout_global(Some(MAX_WAIT))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Ok(Self { base: base.to_owned(), key, agent: config.into() })
    }

    /// The same server, asked by nobody.
    pub(crate) fn by_nobody(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(crate) fn socket_url(&self) -> String {
        format!("{}/v1/subscribe", self.base.replacen("http", "ws", 1))
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, String> {
        let response = self.stream(path).await?;
        let status = response.status().as_u16();
        read(response).await.map(|body| Answer { status, body })
    }

    /// An answer that is still to be read.
    pub(crate) async fn stream(&self, path: &str) -> Result<Response<Body>, String> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        blocking(move || request.call().map_err(|error| error.to_string())).await?
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, String> {
        let mut request =
            self.agent.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let body = body.to_string();
        let response = blocking(move || request.send(body).map_err(|error| error.to_string())).await??;
        let status = response.status().as_u16();
        read(response).await.map(|body| Answer { status, body })
    }
}

async fn read(response: Response<Body>) -> Result<Value, String> {
    blocking(move || {
        let mut text = Vec::new();
        let mut body = response.into_body().into_reader().take(MAX_BODY);
        body.read_to_end(&mut text).map_err(|error| error.to_string())?;
        Ok(serde_json::from_slice(&text).unwrap_or(Value::Null))
    })
    .await?
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
}
