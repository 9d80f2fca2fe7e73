//! One subscription: what the log holds after its cursor, then what happens.

use std::{collections::BTreeMap, ops::ControlFlow, time::Duration};

use engine::{Delivery, Published, Subscription, Topic};
use model::UtteranceId;
use ports::{CallFilter, EventLogError};
use tokio::{sync::mpsc, time};

use super::{
    hidden::Hidden,
    messages::{Kind, Outgoing, ServerMessage},
    snapshot::{self, Seen},
    subscriptions::send,
};
use crate::{caller::Scope, state::ApiState};

/// How long a subscription waits before it reads a failing log again.
const RETRY: Duration = Duration::from_secs(1);

/// What a client wants of a subscription.
pub(super) struct Wanted {
    /// The client's name for it.
    pub(super) id: String,
    pub(super) topic: Topic,
    /// Whether it begins with how things stand.
    pub(super) snapshot: bool,
    /// The types of its events; all where none are named.
    pub(super) types: Option<Vec<String>>,
    /// The revisions of open utterances that the client has.
    pub(super) seen: BTreeMap<UtteranceId, u32>,
}

/// A subscription of a client.
pub(super) struct Follower {
    wanted: Wanted,
    /// The last place that the client has.
    cursor: u64,
    hidden: Hidden,
    scope: Scope,
    outgoing: mpsc::Sender<Outgoing>,
    /// Whether what stands before the first event is done.
    begun: bool,
}

/// Whether a subscription goes on; it breaks when it was refused, or the client has gone.
type Step = Result<ControlFlow<()>, EventLogError>;

impl Follower {
    pub(super) const fn new(
        wanted: Wanted,
        cursor: u64,
        hidden: Hidden,
        scope: Scope,
        outgoing: mpsc::Sender<Outgoing>,
    ) -> Self {
        Self { wanted, cursor, hidden, scope, outgoing, begun: false }
    }

    /// Sends the subscription's deliveries until the transport closes. A log that does not answer is warned of, and
    /// read again at the same place; `caught_up` says that the trouble is over.
    pub(super) async fn run(mut self, state: ApiState) {
        loop {
            let step = if self.begun { Ok(ControlFlow::Continue(())) } else { self.begin(&state).await };
            let step = match step {
                Ok(ControlFlow::Continue(())) => {
                    self.begun = true;
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

    /// What comes before the first event: whether the call is theirs, whether the cursor is this log's, how it stands.
    async fn begin(&mut self, state: &ApiState) -> Step {
        if let Topic::Call(call) = &self.wanted.topic
            && !self.scope.sees_call(state, call).await?
        {
            return Ok(self.refuse("forbidden", "the call is none of yours to see", None).await);
        }
        if self.wanted.snapshot { self.send_snapshot(state).await } else { self.check(state).await }
    }

    /// Refuses a cursor that this log has not reached: the client knows another log than this one, and would
    /// take this one's events for repeats.
    async fn check(&self, state: &ApiState) -> Step {
        if self.cursor == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        let last = self.end_of_log(state).await?;
        if self.cursor <= last {
            return Ok(ControlFlow::Continue(()));
        }
        let detail = format!("the log ends at {last}, before {}", self.cursor);
        Ok(self.refuse("cursor_ahead", detail, Some(last)).await)
    }

    async fn end_of_log(&self, state: &ApiState) -> Result<u64, EventLogError> {
        match &self.wanted.topic {
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

    async fn send_snapshot(&mut self, state: &ApiState) -> Step {
        let seen = match &self.wanted.topic {
            Topic::Call(call) => snapshot::of_call(state, call, &mut self.hidden).await?,
            Topic::Calls => snapshot::of_live_calls(state, &self.scope).await?,
        };
        match seen {
            // A call that has no event yet stands nowhere: it is followed from its first.
            Seen::Nothing => {
                self.cursor = 0;
                Ok(ControlFlow::Continue(()))
            }
            Seen::Hidden => Ok(self.refuse_hidden().await),
            Seen::At(cursor, data) => {
                self.cursor = cursor;
                let message = ServerMessage::Snapshot { id: &self.wanted.id, cursor, data };
                Ok(send(&self.outgoing, &message).await)
            }
        }
    }

    /// Sends until the transport closes or the log fails.
    async fn deliver(&mut self, state: &ApiState) -> Step {
        let (log, fanout) = (state.log.clone(), state.engine.fanout());
        let topic = self.wanted.topic.clone();
        let mut subscription = Subscription::new(log, fanout, state.tenant.clone(), topic, self.cursor)
            .knowing(std::mem::take(&mut self.wanted.seen));
        let id = serde_json::Value::from(self.wanted.id.as_str());
        let head = format!("{{\"type\":\"event\",\"id\":{id},\"event\":");
        loop {
            let step = match subscription.next().await? {
                Delivery::Event(event) => self.send_event(state, &head, &event).await?,
                Delivery::CaughtUp(cursor) => {
                    send(&self.outgoing, &ServerMessage::CaughtUp { id: &self.wanted.id, cursor }).await
                }
            };
            if step.is_break() {
                return Ok(step);
            }
        }
    }

    async fn send_event(&mut self, state: &ApiState, head: &str, event: &Published) -> Step {
        let envelope = event.envelope();
        let is_one_call = matches!(self.wanted.topic, Topic::Call(_));
        // One call was asked after when it was begun to be followed.
        let is_theirs = is_one_call || self.scope.sees_event(state, envelope).await?;
        if is_theirs && self.hidden.hides(state, envelope).await? {
            self.advance(event);
            return Ok(if is_one_call { self.refuse_hidden().await } else { ControlFlow::Continue(()) });
        }
        self.advance(event);
        let name = envelope.event.type_name();
        let is_wanted = self.wanted.types.as_ref().is_none_or(|types| types.iter().any(|one| one == name));
        if !is_theirs || !is_wanted {
            return Ok(ControlFlow::Continue(()));
        }
        let text = [head, event.json(), "}"].concat().into();
        let is_logged = envelope.event.is_logged();
        let (kind, cursor) =
            if is_logged { (Kind::Logged, Some(self.cursor)) } else { (Kind::Partial, None) };
        let sent = self.outgoing.send(Outgoing { text, kind, cursor }).await;
        Ok(if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    /// The call waits for a reviewer, and this viewer is none: nothing more comes.
    async fn refuse_hidden(&self) -> ControlFlow<()> {
        let detail = "a check found something in the call that a reviewer has to decide on first";
        self.refuse("quarantined", detail, None).await
    }

    /// Refused is done, whether the client still hears it or not.
    async fn refuse(
        &self,
        code: &'static str,
        detail: impl Into<String>,
        cursor: Option<u64>,
    ) -> ControlFlow<()> {
        let refusal = ServerMessage::Error { id: Some(&self.wanted.id), code, detail: detail.into(), cursor };
        match send(&self.outgoing, &refusal).await {
            ControlFlow::Continue(()) | ControlFlow::Break(()) => ControlFlow::Break(()),
        }
    }

    fn advance(&mut self, event: &Published) {
        let place = match self.wanted.topic {
            Topic::Calls => event.envelope().position,
            Topic::Call(_) => event.envelope().seq,
        };
        self.cursor = self.cursor.max(place);
    }

    async fn warn(&self) -> ControlFlow<()> {
        let detail = "the log does not answer; the subscription goes on when it does".to_owned();
        send(&self.outgoing, &ServerMessage::Warning { id: &self.wanted.id, code: "store_failed", detail })
            .await
    }
}

#[cfg(test)]
mod tests;
