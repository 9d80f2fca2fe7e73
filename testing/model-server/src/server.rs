//! The server.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
    serve::ListenerExt as _,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    bedrock, chat,
    script::{Reply, Said, obey},
};

/// So many requests are remembered, the last ones.
const MAX_SEEN: usize = 1_000;

/// What the server takes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key that chat completions need; none takes everybody, as local servers do.
    pub api_key: Option<String>,
    /// The access key that signs requests of Bedrock.
    pub access_key: String,
    /// The region that they are signed for.
    pub region: String,
    /// The models that it has.
    pub models: Vec<String>,
    /// Whether it takes JSON schemas as a format.
    pub json_schema: bool,
    /// Whether it takes "some JSON" as a format.
    pub json_object: bool,
    /// Whether its models reason before they speak: these take `max_completion_tokens`, and no temperature.
    pub reasoning: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_key: Some("test-key".to_owned()),
            access_key: "AKIDTEST".to_owned(),
            region: "us-east-1".to_owned(),
            models: vec!["scripted".to_owned()],
            json_schema: true,
            json_object: true,
            reasoning: false,
        }
    }
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    /// The path of chat completions, or the model's id for Bedrock.
    pub to: String,
    /// Its body.
    pub body: Value,
}

/// The running server. It stops when it is dropped.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl ModelServer {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { options, state: Mutex::default() });
        let router = router(Arc::clone(&shared));
        // A word does not wait for the next one.
        let listener = listener.tap_io(|tcp| {
            let _slower = tcp.set_nodelay(true);
        });
        let task = tokio::spawn(async move {
            // It goes on until it is aborted.
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, task })
    }

    /// Its address, as `http://127.0.0.1:1234`. Chat completions lie under `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers one of the next requests, each with one reply, in order.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.state().replies.extend(replies);
    }

    /// The requests that came and could be read, the last ones.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.iter().cloned().collect()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the routes share.
#[derive(Debug)]
pub(crate) struct Shared {
    options: Options,
    state: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    replies: VecDeque<Reply>,
    seen: VecDeque<Seen>,
}

impl Shared {
    pub(crate) const fn options(&self) -> &Options {
        &self.options
    }

    /// Remembers a request.
    pub(crate) fn saw(&self, to: &str, body: &Value) {
        let mut state = self.state();
        if state.seen.len() == MAX_SEEN {
            state.seen.pop_front();
        }
        state.seen.push_back(Seen { to: to.to_owned(), body: body.clone() });
    }

    /// The next reply; without one what the words tell.
    pub(crate) fn reply_to(&self, words: &str) -> Said {
        let reply = self.state().replies.pop_front();
        match reply {
            Some(Reply { say: Some(text), fault }) => Said { text, fault },
            Some(Reply { say: None, fault: Some(fault) }) => Said { fault: Some(fault), ..obey(words) },
            Some(Reply { say: None, fault: None }) | None => obey(words),
        }
    }

    fn state(&self) -> MutexGuard<'_, Script> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/models", get(models))
        .route("/model/{model}/converse", post(bedrock::converse))
        .route("/model/{model}/converse-stream", post(bedrock::converse_stream))
        .route("/admin/replies", post(add_replies).delete(clear_replies))
        .route("/admin/requests", get(requests))
        .with_state(shared)
}

async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let model = |id: &String| json!({"id": id, "object": "model", "owned_by": "script"});
    let models: Vec<Value> = shared.options.models.iter().map(model).collect();
    Json(json!({"object": "list", "data": models}))
}

async fn add_replies(State(shared): State<Arc<Shared>>, Json(replies): Json<Vec<Reply>>) -> StatusCode {
    shared.state().replies.extend(replies);
    StatusCode::NO_CONTENT
}

async fn clear_replies(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.state().replies.clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(shared): State<Arc<Shared>>) -> Json<Vec<Seen>> {
    Json(shared.state().seen.iter().cloned().collect())
}
