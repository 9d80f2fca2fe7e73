//! Subscriptions over server-sent events: for networks that let no WebSocket through.

use std::{convert::Infallible, ops::ControlFlow};

use axum::{
    Extension,
    body::Body,
    extract::RawQuery,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use metrics::counter;
use tokio::{sync::mpsc, time};

use super::{
    messages::{Outgoing, Subscribe},
    places::{Place, Sockets},
    session::{Clock, Pulse},
    socket::MAX_SEND,
    subscriptions::{MAX_CLIENT_MESSAGE, MAX_SUBSCRIPTIONS, Subscriptions},
};
use crate::{
    caller::Caller,
    extract::{Asked, query_pairs},
    names,
    problem::Problem,
    reviewer::Viewer,
};

/// How soon a client that lost the stream should come again, in milliseconds, as the stream's first line says.
const RETRY_MS: u32 = 2_000;
/// Where a client that comes again had got to.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks proxies not to hold the stream back.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Follow calls over server-sent events: each `data` is one message of the WebSocket
///
/// The `id` of an event is the cursor after it where there is one subscription; `Last-Event-ID` is then taken for its
/// `after`.
#[utoipa::path(get, path = "/v1/subscribe/events", tag = "calls",
    params(("subscribe" = Vec<String>, Query, description = "A `subscribe` message as JSON; up to 64 of them"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last id that was received")),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn stream_events(
    Asked(state): Asked,
    viewer: Viewer,
    Caller(principal): Caller,
    Extension(sockets): Extension<Sockets>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut wanted = read(query.as_deref().unwrap_or_default())?;
    if let ([only], Some(last)) = (wanted.as_mut_slice(), last_id(&headers)?) {
        // It has what came before: the state at the beginning would be older than that.
        (only.after, only.snapshot) = (last, false);
    }
    let with_ids = wanted.len() == 1;
    let place = sockets.take("events")?;
    let (subscriptions, queue) = Subscriptions::new(state, viewer, Some(principal));
    let (frames, body) = mpsc::channel(1);
    tokio::spawn(serve(subscriptions, wanted));
    tokio::spawn(write(queue, frames, with_ids, place));
    let body = stream::unfold(body, |mut body| async move {
        body.recv().await.map(|frame: Bytes| (Ok::<_, Infallible>(frame), body))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (BUFFERING, "no"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The subscriptions of a query: `subscribe=JSON`, repeated.
fn read(query: &str) -> Result<Vec<Subscribe>, Problem> {
    let mut wanted = Vec::new();
    for (name, value) in query_pairs(query) {
        if name != "subscribe" {
            continue;
        }
        if wanted.len() >= MAX_SUBSCRIPTIONS {
            return Err(Problem::bad_parameter("a stream has 64 subscriptions at the most"));
        }
        let message = serde_json::from_str(&value).ok().filter(|_| value.len() <= MAX_CLIENT_MESSAGE);
        let message = message.ok_or_else(|| {
            Problem::bad_parameter("subscribe is no JSON of a subscribe message: see /openapi.json")
        })?;
        wanted.push(message);
    }
    if wanted.is_empty() {
        return Err(Problem::bad_parameter("give subscribe= with a subscribe message as JSON"));
    }
    Ok(wanted)
}

fn last_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(id) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let id = id.to_str().ok().and_then(|id| id.trim().parse().ok());
    id.map(Some).ok_or_else(|| Problem::bad_parameter("Last-Event-ID is no cursor"))
}

/// Follows until the client has gone, or its token has expired: it comes again with a new one.
async fn serve(mut subscriptions: Subscriptions, wanted: Vec<Subscribe>) {
    let mut clock = Clock::start();
    // The first heartbeat comes at once, and shows the client that nothing holds the stream back.
    let first = clock.next(&subscriptions).await;
    let mut step = clock.beat(first, &mut subscriptions).await;
    for one in wanted {
        if step.is_continue() {
            step = subscriptions.subscribe(one).await;
        }
    }
    while step.is_continue() {
        let pulse = tokio::select! {
            pulse = clock.next(&subscriptions) => pulse,
            () = subscriptions.closed() => return,
        };
        step = clock.beat(pulse, &mut subscriptions).await;
        if pulse == Pulse::Expired {
            step = ControlFlow::Break(());
        }
    }
}

/// Writes messages as events of the stream; ends when the client has gone or takes nothing for too long.
async fn write(
    mut queue: mpsc::Receiver<Outgoing>,
    frames: mpsc::Sender<Bytes>,
    with_ids: bool,
    place: Place,
) {
    let written = counter!(names::SOCKET_MESSAGES, "transport" => "events");
    let mut next = Some(Bytes::from(format!("retry: {RETRY_MS}\n\n")));
    while let Some(frame) = next {
        match time::timeout(MAX_SEND, frames.send(frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => break,
        }
        next = queue.recv().await.map(|message| {
            written.increment(1);
            framed(&message, with_ids)
        });
    }
    drop(place);
}

/// One event of the stream. JSON without line breaks is one line of data.
fn framed(message: &Outgoing, with_id: bool) -> Bytes {
    let id = message.cursor.filter(|_| with_id).map_or_else(String::new, |cursor| format!("id: {cursor}\n"));
    [id.as_str(), "data: ", message.text.as_str(), "\n\n"].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscribe::messages::Kind;

    #[test]
    fn subscriptions_are_read_from_the_query() {
        let query = "tenant=acme&subscribe=%7B%22id%22%3A%22a%22%2C%22topic%22%3A%22calls%22%7D&\
            subscribe=%7b%22id%22:%22b%22,%22topic%22:%22call%22,%22call_id%22:%22call-1%22,%22after%22:7%7d";
        let wanted = read(query).unwrap();
        assert_eq!(
            wanted.iter().map(|one| (one.id.as_str(), one.after)).collect::<Vec<_>>(),
            [("a", 0), ("b", 7)]
        );
        for bad in ["", "subscribe=", "subscribe=%7B%7D", "subscribe=%ff", "other=1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_message_is_one_line_of_data_with_its_cursor() {
        let message = Outgoing { text: "{\"a\":\"\\n\"}".into(), kind: Kind::Logged, cursor: Some(7) };
        assert_eq!(framed(&message, true), "id: 7\ndata: {\"a\":\"\\n\"}\n\n");
        assert_eq!(framed(&message, false), "data: {\"a\":\"\\n\"}\n\n");
        let partial = Outgoing { cursor: None, ..message };
        assert_eq!(framed(&partial, true), "data: {\"a\":\"\\n\"}\n\n");
    }
}
