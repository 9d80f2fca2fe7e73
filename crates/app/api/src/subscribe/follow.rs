//! One subscription: what the log holds after its cursor, then what happens.

use std::{ops::ControlFlow, time::Duration};

use axum::extract::ws::Utf8Bytes;
use engine::{Delivery, Published, Subscription, Topic};
use ports::{CallFilter, EventLogError};
use tokio::{sync::mpsc, time};

use super::{ServerMessage, hidden::Hidden, send};
use crate::state::ApiState;

/// How long a subscription waits before it reads a failing log again.
const RETRY: Duration = Duration::from_secs(1);

/// A subscription of a socket.
pub(super) struct Follower {
    /// The client's name for it.
    pub(super) id: String,
    pub(super) topic: Topic,
    /// The last place that the client has.
    pub(super) cursor: u64,
    pub(super) hidden: Hidden,
    pub(super) outgoing: mpsc::Sender<Utf8Bytes>,
}

impl Follower {
    /// Sends the subscription's deliveries until the socket closes. A log that does not answer is warned of, and
    /// read again at the same place; `caught_up` says that the trouble is over.
    pub(super) async fn run(mut self, state: ApiState) {
        let mut checked = false;
        loop {
            let step = if checked { Ok(ControlFlow::Continue(())) } else { self.check(&state).await };
            let step = match step {
                Ok(ControlFlow::Continue(())) => {
                    checked = true;
                    self.deliver(&state).await
                }
                done => done,
            };
            let Err(error) = step else { return };
            tracing::warn!(error = &error as &dyn std::error::Error, "a subscription could not read the log");
            if self.warn().await.is_break() {
                return;
            }
            time::sleep(RETRY).await;
        }
    }

    /// Refuses a cursor that this log has not reached: the client knows another log than this one, and would
    /// take this one's events for repeats.
    async fn check(&self, state: &ApiState) -> Result<ControlFlow<()>, EventLogError> {
        if self.cursor == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        let last = self.end_of_log(state).await?;
        if self.cursor <= last {
            return Ok(ControlFlow::Continue(()));
        }
        let refusal = ServerMessage::Error {
            id: Some(&self.id),
            code: "cursor_ahead",
            detail: format!("the log ends at {last}, before {}", self.cursor),
            cursor: Some(last),
        };
        // Refused is done, whether the client still hears it or not.
        Ok(match send(&self.outgoing, &refusal).await {
            ControlFlow::Continue(()) | ControlFlow::Break(()) => ControlFlow::Break(()),
        })
    }

    async fn end_of_log(&self, state: &ApiState) -> Result<u64, EventLogError> {
        match &self.topic {
            Topic::Calls => {
                let newest = CallFilter { limit: 1, ..CallFilter::default() };
                Ok(state.log.calls(&state.tenant, &newest).await?.position)
            }
            Topic::Call(call) => match state.log.call(&state.tenant, call).await {
                Ok(summary) => Ok(summary.seq),
                // A call may be followed before its first event.
                Err(EventLogError::NoSuchCall(_)) => Ok(0),
                Err(error) => Err(error),
            },
        }
    }

    /// Sends until the socket closes or the log fails.
    async fn deliver(&mut self, state: &ApiState) -> Result<ControlFlow<()>, EventLogError> {
        let (log, fanout) = (state.log.clone(), state.engine.fanout());
        let mut subscription =
            Subscription::new(log, fanout, state.tenant.clone(), self.topic.clone(), self.cursor);
        let head =
            format!("{{\"type\":\"event\",\"id\":{},\"event\":", serde_json::Value::from(self.id.as_str()));
        loop {
            let sent = match subscription.next().await? {
                Delivery::Event(event) if self.hidden.hides(state, event.envelope()).await? => {
                    self.advance(&event);
                    if matches!(self.topic, Topic::Calls) {
                        continue;
                    }
                    return Ok(self.refuse_hidden().await);
                }
                Delivery::Event(event) => {
                    self.advance(&event);
                    let text = [head.as_str(), event.json(), "}"].concat();
                    self.outgoing.send(text.into()).await.is_ok()
                }
                Delivery::CaughtUp(cursor) => {
                    send(&self.outgoing, &ServerMessage::CaughtUp { id: &self.id, cursor })
                        .await
                        .is_continue()
                }
            };
            if !sent {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// The call waits for a reviewer, and this viewer is none: nothing more comes.
    async fn refuse_hidden(&self) -> ControlFlow<()> {
        let refusal = ServerMessage::Error {
            id: Some(&self.id),
            code: "quarantined",
            detail: "a check found something in the call that a reviewer has to decide on first".to_owned(),
            cursor: None,
        };
        match send(&self.outgoing, &refusal).await {
            ControlFlow::Continue(()) | ControlFlow::Break(()) => ControlFlow::Break(()),
        }
    }

    fn advance(&mut self, event: &Published) {
        let place = match self.topic {
            Topic::Calls => event.envelope().position,
            Topic::Call(_) => event.envelope().seq,
        };
        self.cursor = self.cursor.max(place);
    }

    async fn warn(&self) -> ControlFlow<()> {
        let detail = "the log does not answer; the subscription goes on when it does".to_owned();
        send(&self.outgoing, &ServerMessage::Warning { id: &self.id, code: "store_failed", detail }).await
    }
}

#[cfg(test)]
mod tests;
