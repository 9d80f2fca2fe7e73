//! The subscriptions of one client: its messages in, the server's out, and nothing of what carries them.

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use access::Principal;
use engine::Topic;
use events::Event;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    follow::{Follower, Wanted},
    hidden::Hidden,
    messages::{ClientMessage, Outgoing, ServerMessage, Subscribe, TopicName},
};
use crate::{caller::Scope, reviewer::Viewer, state::ApiState};

/// How many subscriptions one client may hold.
pub(crate) const MAX_SUBSCRIPTIONS: usize = 64;
/// The largest message taken from a client, in bytes.
pub(super) const MAX_CLIENT_MESSAGE: usize = 8 * 1024;
/// Messages that wait for the transport; when they are many, subscriptions wait, which is the backpressure.
pub(super) const MAX_OUTGOING: usize = 32;
/// The longest name of a subscription, in bytes.
const MAX_ID: usize = 128;

/// The subscriptions of one client; dropping it ends them.
pub(super) struct Subscriptions {
    pub(super) state: ApiState,
    viewer: Viewer,
    principal: Option<Arc<Principal>>,
    outgoing: mpsc::Sender<Outgoing>,
    tasks: BTreeMap<String, JoinHandle<()>>,
}

impl Subscriptions {
    /// None yet, of somebody who is known or has yet to say who they are; and where what the server says comes out.
    pub(super) fn new(
        state: ApiState,
        viewer: Viewer,
        principal: Option<Arc<Principal>>,
    ) -> (Self, mpsc::Receiver<Outgoing>) {
        let (outgoing, incoming) = mpsc::channel(MAX_OUTGOING);
        (Self { state, viewer, principal, outgoing, tasks: BTreeMap::new() }, incoming)
    }

    /// Does what a client's message asks for.
    pub(super) async fn obey(&mut self, text: &str) -> ControlFlow<()> {
        let message: ClientMessage = match serde_json::from_str(text) {
            Ok(message) => message,
            // What the body holds may be a token, so the error must not tell what was wrong with it.
            Err(_) => {
                return self
                    .refuse(None, "bad_message", "the message is none of ClientMessage's: see /openapi.json")
                    .await;
            }
        };
        match message {
            ClientMessage::Subscribe(wanted) => self.subscribe(wanted).await,
            ClientMessage::Unsubscribe { id } => {
                self.end(&id);
                ControlFlow::Continue(())
            }
            ClientMessage::Authenticate { token } => self.authenticate(&token).await,
        }
    }

    /// Begins to follow; a subscription of the same name ends.
    pub(super) async fn subscribe(&mut self, wanted: Subscribe) -> ControlFlow<()> {
        let Subscribe { id, topic, call_id, after, snapshot, types, seen } = wanted;
        if id.len() > MAX_ID {
            return self
                .refuse(None, "bad_message", "the id of a subscription has 128 bytes at the most")
                .await;
        }
        let topic = match (topic, call_id) {
            (TopicName::Calls, None) => Topic::Calls,
            (TopicName::Call, Some(call)) => Topic::Call(call),
            (TopicName::Calls, Some(_)) | (TopicName::Call, None) => {
                let why = "the topic call needs a call_id, and calls takes none";
                return self.refuse(Some(&id), "bad_message", why).await;
            }
        };
        if types.iter().flatten().any(|name| !Event::TYPES.contains(&name.as_str())) {
            let why = "types names no type of event: see docs/events.md";
            return self.refuse(Some(&id), "bad_message", why).await;
        }
        let Some(principal) = self.principal.clone() else {
            return self
                .refuse(Some(&id), "unauthenticated", "say who asks first: authenticate with a token")
                .await;
        };
        if principal.is_expired(self.state.engine.now()) {
            return self
                .refuse(Some(&id), "token_expired", "the token has expired: authenticate with a new one")
                .await;
        }
        self.end(&id);
        // Those that were refused have ended by themselves.
        self.tasks.retain(|_, task| !task.is_finished());
        if self.tasks.len() >= MAX_SUBSCRIPTIONS {
            let why = "a client holds 64 subscriptions at the most";
            return self.refuse(Some(&id), "too_many_subscriptions", why).await;
        }
        let wanted = Wanted { id: id.clone(), topic, snapshot, types, seen };
        let hidden = Hidden::from(self.viewer.clone());
        let follower = Follower::new(wanted, after, hidden, Scope::of(principal), self.outgoing.clone());
        self.tasks.insert(id, tokio::spawn(follower.run(self.state.clone())));
        ControlFlow::Continue(())
    }

    /// Takes somebody's word for who they are.
    async fn authenticate(&mut self, token: &str) -> ControlFlow<()> {
        let known = match self.state.entry.known(token, self.state.engine.now()) {
            Ok(known) => known,
            Err(problem) => return self.refuse(None, problem.code, problem.detail).await,
        };
        if !known.may_ask(&self.state.tenant) {
            return self.refuse(None, "forbidden", "the token is of another tenant").await;
        }
        // Who goes on as the same goes on with what they follow.
        let same = self.principal.as_ref().is_some_and(|before| {
            Principal { expires_at: known.expires_at, ..Principal::clone(before) } == *known
        });
        if !same {
            self.end_all();
        }
        let authenticated = ServerMessage::Authenticated {
            name: &known.name,
            role: known.role.as_str(),
            expires_at_ms: known.expires_at.map(model::Timestamp::as_millis),
        };
        let sent = self.send(&authenticated).await;
        self.principal = Some(known);
        sent
    }

    /// Who follows; none before they said so.
    pub(super) const fn principal(&self) -> Option<&Arc<Principal>> {
        self.principal.as_ref()
    }

    /// Waits until nobody takes what the server says.
    pub(super) async fn closed(&self) {
        self.outgoing.closed().await;
    }

    pub(super) async fn refuse(
        &self,
        id: Option<&str>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> ControlFlow<()> {
        self.send(&ServerMessage::Error { id, code, detail: detail.into(), cursor: None }).await
    }

    pub(super) async fn send(&self, message: &ServerMessage<'_>) -> ControlFlow<()> {
        send(&self.outgoing, message).await
    }

    fn end(&mut self, id: &str) {
        if let Some(task) = self.tasks.remove(id) {
            task.abort();
        }
    }

    pub(super) fn end_all(&mut self) {
        for task in self.tasks.values() {
            task.abort();
        }
        self.tasks.clear();
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        self.end_all();
    }
}

pub(super) async fn send(outgoing: &mpsc::Sender<Outgoing>, message: &ServerMessage<'_>) -> ControlFlow<()> {
    if outgoing.send(message.into()).await.is_ok() {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}
