//! One stream: messages in, results out.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::{
    fault::{FaultKind, Garbage},
    params::Params,
    recogniser::{Recogniser, Told},
    server::Shared,
    wire::Voice,
};

const BYTES_PER_SAMPLE: usize = 2;
const NORMAL: u16 = 1000;
const POLICY: u16 = 1008;
const FAILED: u16 = 1011;

/// What a stream did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StreamReport {
    /// Its id, as results name it.
    pub request_id: String,
    /// What it asked for, in order.
    pub query: Vec<(String, String)>,
    /// Frames of audio that it sent.
    pub frames: u64,
    /// The largest message of audio, in frames.
    pub largest_message: u64,
    /// `KeepAlive` messages.
    pub keep_alives: u32,
    /// `Finalize` messages.
    pub finalizes: u32,
    /// It sent `CloseStream`.
    pub closed: bool,
    /// How it ended: `None` while it runs.
    pub ended: Option<String>,
}

/// A message of the client. `Configure` is not among them: nothing here depends on it.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Control {
    KeepAlive,
    Finalize { channel: Option<usize> },
    CloseStream,
}

/// What becomes of the stream.
enum Fate {
    Goes,
    Closes {
        code: u16,
        reason: String,
    },
    /// The connection ends without a close.
    Drops(&'static str),
}

pub(crate) struct Stream {
    shared: Arc<Shared>,
    place: usize,
    voice: Voice,
    channels: Vec<Recogniser>,
    faults: Vec<FaultKind>,
    frames: u64,
    stalled: bool,
    /// What is to be sent, and when.
    outbox: VecDeque<(Instant, Message)>,
}

impl Stream {
    pub(crate) fn new(
        shared: Arc<Shared>,
        place: usize,
        voice: Voice,
        params: &Params,
        faults: Vec<FaultKind>,
    ) -> Self {
        let decides = !faults.contains(&FaultKind::Undecided);
        let channels = (0..params.channels).map(|_| Recogniser::new(params, decides)).collect();
        Self { shared, place, voice, channels, faults, frames: 0, stalled: false, outbox: VecDeque::new() }
    }

    /// Carries the stream to its end.
    pub(crate) async fn run(mut self, mut socket: WebSocket) {
        let ended = match self.carry(&mut socket).await {
            Fate::Goes => "left by the client".to_owned(),
            Fate::Drops(why) => why.to_owned(),
            Fate::Closes { code, reason } => {
                let ended = format!("closed with {code}");
                let frame = CloseFrame { code, reason: reason.into() };
                if socket.send(Message::Close(Some(frame))).await.is_ok() {
                    self.linger(&mut socket).await;
                }
                ended
            }
        };
        self.report(|report| report.ended = Some(ended));
    }

    /// Waits for the client's own close, so that what was sent last is read and not reset.
    async fn linger(&self, socket: &mut WebSocket) {
        let closing = async { while let Some(Ok(_)) = socket.recv().await {} };
        // A client that does not close is left to itself.
        tokio::time::timeout(Duration::from_secs(2), closing).await.ok();
    }

    async fn carry(&mut self, socket: &mut WebSocket) -> Fate {
        let mut heard_at = Instant::now();
        let mut fate = Fate::Goes;
        loop {
            let going = matches!(fate, Fate::Goes);
            if !going && self.outbox.is_empty() {
                return fate;
            }
            let due = self.outbox.front().map_or_else(Instant::now, |(due, _)| *due);
            tokio::select! {
                () = sleep_until(due), if !self.outbox.is_empty() => {
                    if let Some((_, message)) = self.outbox.pop_front()
                        && socket.send(message).await.is_err()
                    {
                        return Fate::Goes;
                    }
                }
                message = socket.recv(), if going => {
                    let Some(Ok(message)) = message else { return Fate::Goes };
                    heard_at = Instant::now();
                    fate = match message {
                        Message::Binary(audio) => self.audio(&audio),
                        Message::Text(text) => self.control(&text),
                        Message::Close(_) => return Fate::Goes,
                        Message::Ping(_) | Message::Pong(_) => Fate::Goes,
                    };
                    if matches!(fate, Fate::Drops(_)) {
                        return fate;
                    }
                }
                () = sleep_until(heard_at + self.shared.options.audio_timeout), if going => {
                    let reason = "Deepgram did not receive audio data or a text message within the timeout \
                        window. See https://dpgr.am/net0001";
                    fate = Fate::Closes { code: FAILED, reason: reason.to_owned() };
                }
                () = self.shared.stopped() => return Fate::Drops("the server stopped"),
            }
        }
    }

    fn control(&mut self, text: &str) -> Fate {
        match serde_json::from_str(text) {
            Ok(Control::KeepAlive) => {
                self.report(|report| report.keep_alives += 1);
                Fate::Goes
            }
            Ok(Control::Finalize { channel }) => {
                self.report(|report| report.finalizes += 1);
                for place in 0..self.channels.len() {
                    if channel.is_none_or(|wanted| wanted == place) {
                        let told = self.channels[place].finalize();
                        self.tell(place, told);
                    }
                }
                Fate::Goes
            }
            Ok(Control::CloseStream) => self.close(),
            Err(_) => {
                self.send(&json!({
                    "type": "Error",
                    "variant": "UnparsableClientMessage",
                    "description": "The client sent a message that is not a control message.",
                }));
                Fate::Closes { code: POLICY, reason: "DATA-0000: not a control message".to_owned() }
            }
        }
    }

    fn close(&mut self) -> Fate {
        self.report(|report| report.closed = true);
        for place in 0..self.channels.len() {
            let told = self.channels[place].close();
            self.tell(place, told);
        }
        let summary = self.voice.summary(self.frames);
        self.send(&summary);
        if self.stalled { Fate::Goes } else { Fate::Closes { code: NORMAL, reason: String::new() } }
    }

    fn audio(&mut self, audio: &Bytes) -> Fate {
        if audio.is_empty() {
            return self.close();
        }
        let frame_bytes = self.channels.len() * BYTES_PER_SAMPLE;
        if !audio.len().is_multiple_of(frame_bytes) {
            let reason = "DATA-0000: The payload cannot be decoded as audio. See https://dpgr.am/data0000";
            return Fate::Closes { code: POLICY, reason: reason.to_owned() };
        }
        let frames = u64::try_from(audio.len() / frame_bytes).unwrap_or(u64::MAX);
        self.report(|report| {
            report.frames += frames;
            report.largest_message = report.largest_message.max(frames);
        });
        let mut told = Vec::new();
        for frame in audio.chunks_exact(frame_bytes) {
            for (place, sample) in frame.chunks_exact(BYTES_PER_SAMPLE).enumerate() {
                self.channels[place].take(i16::from_le_bytes([sample[0], sample[1]]), &mut told);
                for told in told.drain(..) {
                    self.tell(place, Some(told));
                }
            }
            self.frames += 1;
            if let Some(fault) = self.due_fault() {
                let fate = self.fail(fault);
                if !matches!(fate, Fate::Goes) {
                    return fate;
                }
            }
        }
        Fate::Goes
    }

    fn tell(&mut self, place: usize, told: Option<Told>) {
        if let Some(told) = told {
            let message = self.voice.message(place, &told);
            self.send(&message);
            if self.faults.contains(&FaultKind::Duplicate) {
                self.send(&message);
            }
        }
    }

    fn send(&mut self, message: &Value) {
        self.send_message(Message::text(message.to_string()));
    }

    fn send_message(&mut self, message: Message) {
        if self.stalled {
            return;
        }
        let late = self.faults.iter().find_map(|fault| match fault {
            FaultKind::Slow { by_ms } => Some(Duration::from_millis(*by_ms)),
            FaultKind::Refuse { .. }
            | FaultKind::Close { .. }
            | FaultKind::Error { .. }
            | FaultKind::Drop { .. }
            | FaultKind::Garbage { .. }
            | FaultKind::Stall { .. }
            | FaultKind::Duplicate
            | FaultKind::Undecided => None,
        });
        self.outbox.push_back((Instant::now() + late.unwrap_or_default(), message));
    }

    /// The fault whose position has come.
    fn due_fault(&mut self) -> Option<FaultKind> {
        if self.faults.is_empty() {
            return None;
        }
        let heard_ms = self.frames.saturating_mul(1_000) / u64::from(self.voice.rate_hz);
        let place = self.faults.iter().position(|fault| match fault {
            FaultKind::Close { after_ms, .. }
            | FaultKind::Error { after_ms, .. }
            | FaultKind::Drop { after_ms }
            | FaultKind::Garbage { after_ms, .. }
            | FaultKind::Stall { after_ms } => heard_ms >= *after_ms,
            FaultKind::Refuse { .. }
            | FaultKind::Slow { .. }
            | FaultKind::Duplicate
            | FaultKind::Undecided => false,
        })?;
        Some(self.faults.remove(place))
    }

    fn fail(&mut self, fault: FaultKind) -> Fate {
        match fault {
            FaultKind::Close { code, reason, .. } => return Fate::Closes { code, reason },
            FaultKind::Error { code, .. } => {
                self.send(&json!({"type": "Error", "variant": code, "description": "As asked for."}));
                return Fate::Closes { code: FAILED, reason: code };
            }
            FaultKind::Drop { .. } => return Fate::Drops("dropped as asked for"),
            FaultKind::Garbage { what, .. } => match what {
                Garbage::Text => self.send_message(Message::text("my card number is {")),
                Garbage::Binary => self.send_message(Message::binary(vec![0, 1, 2])),
                Garbage::Shape | Garbage::Times | Garbage::Backwards | Garbage::Channel => {
                    let garbage = self.voice.garbage(what);
                    self.send(&garbage);
                }
            },
            FaultKind::Stall { .. } => {
                self.stalled = true;
                self.outbox.clear();
            }
            FaultKind::Refuse { .. }
            | FaultKind::Slow { .. }
            | FaultKind::Duplicate
            | FaultKind::Undecided => {}
        }
        Fate::Goes
    }

    fn report(&self, change: impl FnOnce(&mut StreamReport)) {
        self.shared.report(self.place, change);
    }
}
