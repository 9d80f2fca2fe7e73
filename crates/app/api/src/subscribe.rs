//! Following calls: one protocol of subscriptions with cursors, over three transports with the very same messages.
//!
//! [`Subscriptions`] takes a client's messages in and gives the server's out; a WebSocket, server-sent events and long
//! polling only carry them. A slow client slows only itself: partials are dropped first, and logged events are read from
//! the log again when it catches up. See docs/events.md for the protocol.

mod follow;
mod hidden;
mod messages;
mod places;
mod poll;
mod session;
mod snapshot;
mod socket;
mod sse;
mod subscriptions;

pub(crate) use self::{
    messages::{ClientMessage, ServerMessage, Subscribe},
    places::Sockets,
    poll::{PollAnswer, PollRequest},
    snapshot::{CallSnapshot, CallsSnapshot, SnapshotData},
};
pub(crate) mod routes {
    //! The routes of the transports.
    pub(crate) use super::{poll::*, snapshot::*, socket::*, sse::*};
}
