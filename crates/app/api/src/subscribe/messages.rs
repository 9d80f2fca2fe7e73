//! What clients and the server say to each other, whatever carries it.

use std::collections::BTreeMap;

use axum::extract::ws::Utf8Bytes;
use model::{CallId, UtteranceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::snapshot::SnapshotData;

/// What a subscription follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TopicName {
    /// All calls: logged events by `position`.
    Calls,
    /// One call: logged events by `seq`, and partials.
    Call,
}

/// What a client wants to follow.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct Subscribe {
    /// The client's name for it; what comes of it carries it.
    pub(crate) id: String,
    /// What is followed.
    pub(crate) topic: TopicName,
    /// The call, for the topic `call`.
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call_id: Option<CallId>,
    /// The last seq or position that the client has; 0 for all.
    #[serde(default)]
    pub(crate) after: u64,
    /// Begin with a `snapshot` of how it stands, and go on after that; `after` does not count then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) snapshot: bool,
    /// Only events of these types; all unless told. Cursors are as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) types: Option<Vec<String>>,
    /// The revisions of open utterances that the client has, by their id: these are not sent again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, u32>)]
    pub(crate) seen: BTreeMap<UtteranceId, u32>,
}

/// What a client sends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ClientMessage {
    /// Follow a topic from after a cursor.
    Subscribe(Subscribe),
    /// Stop following.
    Unsubscribe { id: String },
    /// Say who asks: first where access is controlled, and again before the token expires. WebSocket only; the other
    /// transports send `Authorization`.
    Authenticate { token: String },
}

/// What the server sends. Events come as `{"type":"event","id":…,"event":Envelope}`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerMessage<'a> {
    /// Who the client is known as from now on.
    Authenticated {
        name: &'a str,
        role: &'static str,
        /// When it ends, in milliseconds since the epoch; absent for an API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        expires_at_ms: Option<i64>,
    },
    /// How what is followed stands at the cursor; what follows comes after it.
    Snapshot { id: &'a str, cursor: u64, data: Box<SnapshotData> },
    /// What was in the log has been sent; what follows is live.
    CaughtUp { id: &'a str, cursor: u64 },
    /// A message could not be obeyed, or a subscription is refused; the transport stays open.
    Error {
        id: Option<&'a str>,
        code: &'static str,
        detail: String,
        /// The end of the log, with the code `cursor_ahead`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        cursor: Option<u64>,
    },
    /// A subscription is held up and goes on by itself; its next event or `caught_up` says that it does.
    Warning { id: &'a str, code: &'static str, detail: String },
    /// The server is there.
    Heartbeat { at_ms: i64 },
}

/// What a message is, as far as a transport has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An event of the log, or a snapshot.
    Logged,
    /// A partial.
    Partial,
    /// The end of a subscription's backlog.
    CaughtUp,
    /// The end of a subscription, or of all.
    Ended,
    /// A subscription is held up.
    Warning,
    /// Anything else.
    Other,
}

/// A message on its way to a client.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) text: Utf8Bytes,
    pub(super) kind: Kind,
    /// Where its subscription stands with it.
    pub(super) cursor: Option<u64>,
}

impl From<&ServerMessage<'_>> for Outgoing {
    fn from(message: &ServerMessage<'_>) -> Self {
        let (kind, cursor) = match message {
            ServerMessage::Snapshot { cursor, .. } => (Kind::Logged, Some(*cursor)),
            ServerMessage::CaughtUp { cursor, .. } => (Kind::CaughtUp, Some(*cursor)),
            ServerMessage::Error { .. } => (Kind::Ended, None),
            ServerMessage::Warning { .. } => (Kind::Warning, None),
            ServerMessage::Authenticated { .. } | ServerMessage::Heartbeat { .. } => (Kind::Other, None),
        };
        let json = serde_json::to_string(message).expect("messages are plain data");
        Self { text: json.into(), kind, cursor }
    }
}
