//! One stream: audio in, the script out.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::script::Script;

/// One sample of each channel.
const FRAME_BYTES: u64 = 4;
/// The largest message that is read.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Small, for every call has one.
const BUFFER_BYTES: usize = 8 << 10;

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// Serves a stream until its client closes it or goes.
pub(super) async fn serve(connection: TlsStream<TcpStream>) {
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    let accepted = tokio_tungstenite::accept_async_with_config(connection, Some(limits)).await;
    let Ok(mut socket) = accepted else { return };
    let mut script = Script::default();
    while let Some(Ok(message)) = socket.next().await {
        let (answers, ends) = match message {
            Message::Binary(audio) => (script.hear(audio.len() as u64 / FRAME_BYTES), false),
            Message::Text(text) if text.contains("CloseStream") => (script.close(), true),
            Message::Close(_) => return,
            // `KeepAlive` and `Finalize` need no answer: nothing here is undecided.
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        if !say(&mut socket, &answers).await {
            return;
        }
        if ends {
            let normal = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            // A client that has gone needs no close.
            drop(socket.close(Some(normal)).await);
        }
    }
}

/// Says it in one write; false when nobody hears it any more.
async fn say(socket: &mut Socket, answers: &[super::script::Message]) -> bool {
    for answer in answers {
        let Ok(text) = serde_json::to_string(answer) else { return false };
        if socket.feed(Message::text(text)).await.is_err() {
            return false;
        }
    }
    answers.is_empty() || socket.flush().await.is_ok()
}
