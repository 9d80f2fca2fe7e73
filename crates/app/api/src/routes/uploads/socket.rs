//! An upload over a WebSocket: binary messages are its audio, each from where the one before ended.

use std::{ops::ControlFlow, time::Duration};

use axum::{
    Extension,
    extract::{
        Path, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use serde::{Deserialize, Serialize};
use tokio::time::{self, MissedTickBehavior};
use uploads::{UploadError, Uploads};
use utoipa::ToSchema;

use super::Named;
use crate::{extract::Asked, problem::Problem, subscribe::Sockets};

/// The largest message: a second of two channels at 48 kHz is below it.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// A client that sends nothing for this long, not even silence, has gone.
const MAX_QUIET: Duration = Duration::from_secs(30);
/// How often the client is shown that the server is there.
const PING_EVERY: Duration = Duration::from_secs(10);
/// While there is no room, it is looked this often whether the upload is still this host's.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a client sends beside its audio.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum UploadMessage {
    /// What follows begins at this offset: the audio before it is lost.
    Gap { offset: u64 },
    /// Nothing more will come.
    Finish,
}

/// What the server sends.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum UploadAck {
    /// The first message: audio is taken from this offset on.
    Ready { offset: u64 },
    /// Everything before this offset was taken.
    Ack { offset: u64 },
    /// Too much waits to be read: what was sent is taken when there is room, and an `ack` says so.
    Wait { offset: u64 },
    /// The upload is finished; the socket closes.
    Finished { offset: u64 },
    /// It cannot go on over this socket, which closes: codes are those of the other routes.
    Error {
        code: &'static str,
        detail: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        offset: Option<u64>,
    },
}

/// Upload over a WebSocket: see `UploadMessage` and `UploadAck`
#[utoipa::path(get, path = "/v1/uploads/{upload_id}/socket", tag = "uploads", params(("upload_id" = String, Path)),
    responses((status = 101, description = "The socket is open"), (status = 404, body = Problem),
        (status = 410, body = Problem), (status = 421, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn open(
    Asked(state): Asked,
    Extension(uploads): Extension<Option<Uploads>>,
    Extension(sockets): Extension<Sockets>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let named = Named::of(state, uploads, &id)?;
    let offset = match named.uploads.offset(&named.state.tenant, &named.id) {
        Ok(offset) => offset,
        Err(error) => return Err(named.problem(error).await),
    };
    let place = sockets.take("upload")?;
    Ok(upgrade.max_message_size(MAX_MESSAGE_BYTES).on_upgrade(move |socket| async move {
        Sender { named, socket, offset }.serve().await;
        drop(place);
    }))
}

/// One client's socket.
struct Sender {
    named: Named,
    socket: WebSocket,
    /// Where the next binary message begins.
    offset: u64,
}

impl Sender {
    async fn serve(mut self) {
        let mut step = self.say(&UploadAck::Ready { offset: self.offset }).await;
        let mut pings = time::interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut quiet_until = time::Instant::now() + MAX_QUIET;
        while step.is_continue() {
            step = tokio::select! {
                message = self.socket.recv() => {
                    quiet_until = time::Instant::now() + MAX_QUIET;
                    self.obey(message).await
                }
                _ = pings.tick() => self.send(Message::Ping(Vec::new().into())).await,
                () = time::sleep_until(quiet_until) => ControlFlow::Break(()),
            };
        }
        // A client that has gone need not be told.
        drop(self.socket.send(Message::Close(None)).await);
    }

    async fn obey(&mut self, message: Option<Result<Message, axum::Error>>) -> ControlFlow<()> {
        match message {
            Some(Ok(Message::Binary(bytes))) => self.take(&bytes).await,
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(UploadMessage::Gap { offset }) => self.gap(offset).await,
                Ok(UploadMessage::Finish) => self.finish().await,
                Err(error) => self.fail(Problem::bad_audio(error.to_string())).await,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => ControlFlow::Continue(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => ControlFlow::Break(()),
        }
    }

    /// Takes a piece; while there is no room nothing more is read from the socket.
    async fn take(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let mut told = false;
        loop {
            let Named { state, uploads, id } = &self.named;
            match uploads.push(&state.tenant, id, self.offset, bytes) {
                Ok(offset) => {
                    self.offset = offset;
                    return self.say(&UploadAck::Ack { offset }).await;
                }
                Err(UploadError::Wait { offset }) => {
                    if !std::mem::replace(&mut told, true) {
                        self.say(&UploadAck::Wait { offset }).await?;
                    }
                    let Named { state, uploads, id } = &self.named;
                    drop(time::timeout(LOOK_EVERY, uploads.room(&state.tenant, id)).await);
                }
                Err(error) => {
                    let problem = self.named.problem(error).await;
                    return self.fail(problem).await;
                }
            }
        }
    }

    async fn gap(&mut self, to: u64) -> ControlFlow<()> {
        let Named { state, uploads, id } = &self.named;
        match uploads.skip(&state.tenant, id, to) {
            Ok(offset) => {
                self.offset = offset;
                self.say(&UploadAck::Ack { offset }).await
            }
            Err(error) => {
                let problem = self.named.problem(error).await;
                self.fail(problem).await
            }
        }
    }

    async fn finish(&mut self) -> ControlFlow<()> {
        match self.named.finish(Some(self.offset)).await {
            Ok(progress) => {
                self.say(&UploadAck::Finished { offset: progress.offset }).await?;
                ControlFlow::Break(())
            }
            Err(problem) => self.fail(problem).await,
        }
    }

    async fn fail(&mut self, problem: Problem) -> ControlFlow<()> {
        let Problem { code, detail, offset, .. } = problem;
        self.say(&UploadAck::Error { code, detail, offset }).await?;
        ControlFlow::Break(())
    }

    async fn say(&mut self, ack: &UploadAck) -> ControlFlow<()> {
        let json = serde_json::to_string(ack).expect("messages are plain data");
        self.send(Message::Text(json.into())).await
    }

    async fn send(&mut self, message: Message) -> ControlFlow<()> {
        match time::timeout(MAX_QUIET, self.socket.send(message)).await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) | Err(_) => ControlFlow::Break(()),
        }
    }
}
