//! Follows calls over the WebSocket, as a browser does, and shows their finished words in the terminal.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, anyhow};
use engine::{LatencyBoard, StageLatency};
use events::{CallEnded, Envelope, Event, TranscriptUtterance};
use futures_util::{SinkExt, StreamExt};
use model::UtteranceId;
use serde::Deserialize;
use serde_json::json;
use tokio::{net::TcpStream, sync::oneshot};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::guided::Guided;
use crate::{
    failure::Failure,
    node::{self, Node},
    output::line,
};

/// How long after the last call's end summaries are waited for.
const SUMMARIES_WITHIN: Duration = Duration::from_secs(10);

/// The samples' names by call.
pub(super) type Names = Arc<Mutex<BTreeMap<String, String>>>;

/// What was heard of one call.
#[derive(Debug, Default)]
pub(super) struct Followed {
    pub(super) contact_id: String,
    pub(super) utterances: BTreeMap<UtteranceId, TranscriptUtterance>,
    pub(super) partials: usize,
    pub(super) gaps: usize,
    pub(super) quarantined: usize,
    pub(super) holds: usize,
    pub(super) agents: BTreeSet<String>,
    pub(super) recorded: bool,
    pub(super) ended: Option<CallEnded>,
    pub(super) guided: Guided,
}

/// All that was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) calls: BTreeMap<String, Followed>,
    pub(super) stages: Vec<StageLatency>,
    /// How long cards took.
    pub(super) hints: Vec<StageLatency>,
    /// Spoken -> received by this client: partials and finals, in milliseconds.
    pub(super) screen: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Received {
    Event {
        event: Envelope,
    },
    #[serde(other)]
    Other,
}

/// A client of the API.
pub(super) struct Follower {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    quiet: bool,
    color: bool,
    heard: Heard,
    board: LatencyBoard,
    /// Calls in the order in which they began, for their colours.
    order: Vec<String>,
    names: Names,
}

impl Follower {
    /// Follows what happens from now on: a folder that is used again holds calls of before.
    pub(super) async fn connect(
        server: &Node,
        names: Names,
        quiet: bool,
        color: bool,
    ) -> Result<Self, Failure> {
        let url = format!("ws://{}/v1/subscribe", server.address);
        let (socket, _) =
            tokio_tungstenite::connect_async(url).await.context("the WebSocket does not open")?;
        let (heard, board, order) = (Heard::default(), LatencyBoard::default(), Vec::new());
        let mut this = Self { socket, quiet, color, heard, board, order, names };
        let after = server.position().await?;
        let subscribe = json!({"type":"subscribe","id":"calls","topic":"calls","after":after});
        this.send(subscribe.to_string()).await?;
        Ok(this)
    }

    /// Follows until every expected call has ended, and a moment longer for the summaries of those that are guided.
    pub(super) async fn run(
        mut self,
        mut expected: oneshot::Receiver<BTreeSet<String>>,
    ) -> Result<Heard, Failure> {
        let mut awaited: Option<BTreeSet<String>> = None;
        let (mut patience, mut is_over) = (pin!(tokio::time::sleep(SUMMARIES_WITHIN)), false);
        loop {
            let call = |id: &String| self.heard.calls.get(id);
            let ended = |id: &String| call(id).is_some_and(|call| call.ended.is_some());
            let open = |id: &String| call(id).is_some_and(|call| call.guided.is_open());
            let all_ended = awaited.as_ref().is_some_and(|calls| calls.iter().all(ended));
            if all_ended && (is_over || !awaited.iter().flatten().any(open)) {
                self.heard.stages = self.board.percentiles();
                self.heard.hints = self.board.hints();
                return Ok(self.heard);
            }
            if !all_ended {
                patience.as_mut().reset(tokio::time::Instant::now() + SUMMARIES_WITHIN);
            }
            tokio::select! {
                message = self.socket.next() => self.take(message).await?,
                calls = &mut expected, if awaited.is_none() => awaited = Some(calls.unwrap_or_default()),
                () = &mut patience, if all_ended => is_over = true,
            }
        }
    }

    async fn take(
        &mut self,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), Failure> {
        let message =
            message.ok_or_else(|| anyhow!("the WebSocket closed"))?.context("the WebSocket broke")?;
        let Message::Text(text) = message else { return Ok(()) };
        let received: Received = serde_json::from_str(&text).context("the server sent what is no message")?;
        let Received::Event { event } = received else { return Ok(()) };
        let id = event.call_id.to_string();
        if let Event::CallStarted(started) = &event.event
            && !self.heard.calls.contains_key(&id)
        {
            // All calls bring their logged events; the call's own topic brings its partials, too.
            self.heard.calls.insert(
                id.clone(),
                Followed { contact_id: started.contact_id.to_string(), ..Followed::default() },
            );
            self.order.push(id.clone());
            let subscribe = json!({"type":"subscribe","id":id,"topic":"call","call_id":id,"after":0});
            self.send(subscribe.to_string()).await?;
            return Ok(());
        }
        if text.starts_with(r#"{"type":"event","id":"calls""#) {
            return Ok(());
        }
        if let Some(captured) = event.stages.captured_us.filter(|_| event.event.utterance().is_some()) {
            self.heard.screen.push(node::now().since(captured).as_secs_f64() * 1e3);
        }
        self.board.record(&event);
        self.hear(&id, event.event)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "other events are not shown in the terminal")]
    fn hear(&mut self, id: &str, event: Event) -> Result<(), Failure> {
        let Some(call) = self.heard.calls.get_mut(id) else { return Ok(()) };
        let guided = call.guided.hear(&event);
        let said = match event {
            Event::UtteranceUpdated(_) => {
                call.partials += 1;
                None
            }
            Event::UtteranceCompleted(utterance) => {
                let said = (!utterance.words.is_empty()).then(|| {
                    (utterance.start_ms, utterance.participant.as_str().to_owned(), utterance.text())
                });
                call.utterances.insert(utterance.id, utterance);
                said
            }
            Event::UtteranceRevised(revised) => {
                let utterance = revised.utterance;
                let said = (utterance.start_ms, "masked".to_owned(), utterance.text());
                call.utterances.insert(utterance.id, utterance);
                Some(said)
            }
            Event::MediaGap(gap) => {
                call.gaps += 1;
                Some((
                    gap.from_ms,
                    "gap".to_owned(),
                    format!("{} ms of {} missing", gap.to_ms - gap.from_ms, gap.channel),
                ))
            }
            Event::FragmentQuarantined(_) => {
                call.quarantined += 1;
                None
            }
            Event::HoldStarted(hold) => {
                call.holds += 1;
                Some((hold.at_ms, "hold".to_owned(), "the customer is on hold".to_owned()))
            }
            Event::HoldEnded(hold) => {
                Some((hold.at_ms, "hold".to_owned(), "the customer is back".to_owned()))
            }
            Event::AgentConnected(agent) => {
                call.agents.extend(agent.name.clone());
                // Connect's contact event comes first and has no name; the agent's own event brings it.
                agent.name.map(|name| (agent.at_ms, "agent".to_owned(), format!("{name} is connected")))
            }
            Event::RecordingCompleted(recording) => {
                call.recorded = true;
                Some((
                    recording.duration_ms,
                    "record".to_owned(),
                    format!("redacted recording kept, stretches masked: {}", recording.masks),
                ))
            }
            Event::RecordingFailed(failed) => {
                Some((failed.at_ms, "record".to_owned(), format!("no recording: {:?}", failed.cause)))
            }
            Event::CallEnded(ended) => {
                let said =
                    (ended.duration_ms, "end".to_owned(), format!("the call ended: {:?}", ended.reason));
                call.ended = Some(ended);
                Some(said)
            }
            _ => guided,
        };
        match said {
            Some((at, who, text)) if !self.quiet => self.print(id, at, &who, &text),
            _ => Ok(()),
        }
    }

    /// One line of a call: its number, the time, who, what.
    fn print(&self, id: &str, at_ms: u64, who: &str, text: &str) -> Result<(), Failure> {
        let number = self.order.iter().position(|call| call == id).unwrap_or(0);
        let (minutes, seconds) = (at_ms / 60_000, at_ms / 1_000 % 60);
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let name = names.get(id).map_or("call", String::as_str);
        let plain = format!("{name:<14} {minutes:02}:{seconds:02}  {who:<9} {text}");
        if !self.color {
            return line(&plain);
        }
        let hue = [36, 33, 35, 32, 34][number % 5];
        let text = text.replace('[', "\u{1b}[7m[").replace(']', "]\u{1b}[0m");
        line(&format!("\u{1b}[{hue}m{name:<14}\u{1b}[0m {minutes:02}:{seconds:02}  {who:<9} {text}"))
    }

    async fn send(&mut self, text: String) -> Result<(), Failure> {
        Ok(self.socket.send(Message::text(text)).await.context("the WebSocket broke")?)
    }
}
