//! Subscriptions over a WebSocket.

use std::{ops::ControlFlow, time::Duration};

use axum::{
    Extension,
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use metrics::counter;
use tokio::{sync::mpsc, time};

use super::{
    messages::Outgoing,
    places::Sockets,
    session::Clock,
    subscriptions::{MAX_CLIENT_MESSAGE, Subscriptions},
};
use crate::{caller::MaybeCaller, extract::Asked, names, problem::Problem, reviewer::Viewer};

/// A client that takes no message for this long has gone.
pub(super) const MAX_SEND: Duration = Duration::from_secs(30);

/// Follow calls over a WebSocket: messages are JSON texts, see `ClientMessage`, `ServerMessage`, `Envelope`
///
/// Where access is controlled the first message is `authenticate`, unless the request has an `Authorization`.
#[utoipa::path(get, path = "/v1/subscribe", tag = "calls",
    responses((status = 101, description = "The socket is open"), (status = 401, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn subscribe(
    Asked(state): Asked,
    viewer: Viewer,
    MaybeCaller(principal): MaybeCaller,
    Extension(sockets): Extension<Sockets>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let place = sockets.take("websocket")?;
    Ok(upgrade.max_message_size(MAX_CLIENT_MESSAGE).on_upgrade(move |socket| async move {
        let (subscriptions, queue) = Subscriptions::new(state, viewer, principal);
        serve(socket, subscriptions, queue).await;
        drop(place);
    }))
}

async fn serve(socket: WebSocket, mut subscriptions: Subscriptions, queue: mpsc::Receiver<Outgoing>) {
    let (sink, mut incoming) = socket.split();
    let mut writer = tokio::spawn(write(sink, queue));
    let mut clock = Clock::start();
    loop {
        let step = tokio::select! {
            message = incoming.next() => obey(&mut subscriptions, message).await,
            pulse = clock.next(&subscriptions) => clock.beat(pulse, &mut subscriptions).await,
            _ = &mut writer => ControlFlow::Break(()),
        };
        if step.is_break() {
            break;
        }
    }
    drop(subscriptions);
    writer.abort();
}

async fn obey(
    subscriptions: &mut Subscriptions,
    message: Option<Result<Message, axum::Error>>,
) -> ControlFlow<()> {
    match message {
        Some(Ok(Message::Text(text))) => subscriptions.obey(&text).await,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => ControlFlow::Continue(()),
        Some(Ok(Message::Binary(_))) => {
            subscriptions.refuse(None, "bad_message", "messages are JSON texts").await
        }
        Some(Ok(Message::Close(_)) | Err(_)) | None => ControlFlow::Break(()),
    }
}

/// Writes what subscriptions send; ends when the client has gone or takes nothing for too long.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Outgoing>) {
    let written = counter!(names::SOCKET_MESSAGES, "transport" => "websocket");
    while let Some(message) = queue.recv().await {
        written.increment(1);
        match time::timeout(MAX_SEND, sink.send(Message::Text(message.text))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}
