//! Subscriptions over long polling: for networks that let nothing else through. The server keeps nothing between two
//! requests: the client moves its cursors.

use std::time::Duration;

use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};
use metrics::counter;
use serde::Deserialize;
use tokio::{
    sync::mpsc,
    time::{self, Instant},
};
use utoipa::ToSchema;

use super::{
    messages::{Kind, Outgoing, ServerMessage, Subscribe},
    places::Sockets,
    subscriptions::{MAX_SUBSCRIPTIONS, Subscriptions},
};
use crate::{
    caller::Caller,
    extract::{Asked, Body},
    names,
    problem::Problem,
    reviewer::Viewer,
};

/// The longest wait for something to happen; proxies give up a little later.
const MAX_WAIT: Duration = Duration::from_secs(25);
/// What the log holds is read for no longer than this before it is answered with what there is.
const MAX_BACKLOG_WAIT: Duration = Duration::from_secs(5);
/// What is being said now follows the end of the log within this, even where no wait is asked for.
const OPEN_WAIT: Duration = Duration::from_millis(20);
/// Messages of one answer; the rest comes with the next.
const MAX_MESSAGES: usize = 1_024;
/// Bytes of one answer, give or take the last message.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// A subscription of a request: a `subscribe` message.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PollSubscription {
    #[serde(flatten)]
    wanted: Subscribe,
}

/// What to wait for, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PollRequest {
    /// Up to 64 `subscribe` messages, each with the cursor that the client has got to.
    subscriptions: Vec<PollSubscription>,
    /// How long to wait for something to happen, up to 25000; 0 answers with what there is.
    #[serde(default)]
    wait_ms: u64,
}

/// What happened.
#[expect(dead_code, reason = "messages are JSON already when they are put together; this describes them")]
#[derive(ToSchema)]
pub(crate) struct PollAnswer {
    /// Messages of the server, the very same as on the WebSocket and in the same order.
    #[schema(value_type = Vec<Object>)]
    messages: Vec<serde_json::Value>,
}

/// Follow calls by asking again and again: answers at once when there is something, else when there is
///
/// The answer holds the same messages as the WebSocket. `caught_up` says where each subscription stands, and is nothing
/// that an answer is given for; a request with `wait_ms` 0 tells it at once.
#[utoipa::path(post, path = "/v1/subscribe/poll", tag = "calls", request_body = PollRequest,
    responses((status = 200, body = PollAnswer), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn poll(
    Asked(state): Asked,
    viewer: Viewer,
    Caller(principal): Caller,
    Extension(sockets): Extension<Sockets>,
    Body(body): Body,
) -> Result<Response, Problem> {
    let request: PollRequest = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("the body is no PollRequest: see /openapi.json"))?;
    if request.subscriptions.is_empty() || request.subscriptions.len() > MAX_SUBSCRIPTIONS {
        return Err(Problem::bad_request("give 1 to 64 subscriptions"));
    }
    let _place = sockets.take("poll")?;
    let deadline = Instant::now() + Duration::from_millis(request.wait_ms).min(MAX_WAIT);
    let (mut subscriptions, queue) = Subscriptions::new(state, viewer, Some(principal));
    let filling = Answer::new(request.subscriptions.len()).fill(queue, deadline);
    let asking = async {
        for one in request.subscriptions {
            if subscriptions.subscribe(one.wanted).await.is_break() {
                break;
            }
        }
    };
    let (mut answer, ()) = tokio::join!(filling, asking);
    if !answer.has_news {
        let at_ms = subscriptions.state.engine.now().as_millis();
        answer.push(&(&ServerMessage::Heartbeat { at_ms }).into());
    }
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, answer.into_json()).into_response())
}

/// An answer, as it is put together.
struct Answer {
    messages: Vec<Outgoing>,
    bytes: usize,
    /// Subscriptions whose backlog is not through.
    behind: usize,
    /// Whether there is something to answer for.
    has_news: bool,
}

impl Answer {
    const fn new(subscriptions: usize) -> Self {
        Self { messages: Vec::new(), bytes: 0, behind: subscriptions, has_news: false }
    }

    fn push(&mut self, message: &Outgoing) {
        match message.kind {
            Kind::CaughtUp => self.behind = self.behind.saturating_sub(1),
            Kind::Ended => {
                self.behind = self.behind.saturating_sub(1);
                self.has_news = true;
            }
            Kind::Logged | Kind::Partial | Kind::Warning => self.has_news = true,
            Kind::Other => {}
        }
        self.bytes += message.text.len();
        self.messages.push(message.clone());
    }

    const fn is_full(&self) -> bool {
        self.messages.len() >= MAX_MESSAGES || self.bytes >= MAX_ANSWER_BYTES
    }

    fn take_ready(&mut self, queue: &mut mpsc::Receiver<Outgoing>) {
        while !self.is_full()
            && let Ok(message) = queue.try_recv()
        {
            self.push(&message);
        }
    }

    /// Takes what comes until there is something to answer for and no more of it waits, or the time is over.
    async fn fill(mut self, mut queue: mpsc::Receiver<Outgoing>, deadline: Instant) -> Self {
        let backlog = Instant::now() + MAX_BACKLOG_WAIT;
        while !self.is_full() {
            let is_through = self.behind == 0;
            let until = if is_through && self.has_news {
                Instant::now()
            } else if is_through {
                deadline.max(Instant::now() + OPEN_WAIT)
            } else {
                backlog.max(deadline)
            };
            match time::timeout_at(until, queue.recv()).await {
                Ok(Some(message)) => self.push(&message),
                Ok(None) | Err(_) => break,
            }
            self.take_ready(&mut queue);
        }
        counter!(names::SOCKET_MESSAGES, "transport" => "poll").increment(self.messages.len() as u64);
        self
    }

    /// The messages are JSON already.
    fn into_json(self) -> String {
        let texts: Vec<&str> = self.messages.iter().map(|message| message.text.as_str()).collect();
        ["{\"messages\":[", &texts.join(","), "]}"].concat()
    }
}
