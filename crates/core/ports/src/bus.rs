//! What the hosts of one installation tell each other at once.

use async_trait::async_trait;
use events::{DoneBy, Envelope};
use model::{CallKey, ContactId, TenantId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the bus could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BusError {
    /// The bus failed, or was not reached.
    #[error("the bus failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What hosts tell each other. Everything but partials can also be found in a store: the bus only makes it quick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum BusMessage {
    /// An event was appended, or a partial is to be shown.
    Event(Envelope),
    /// The directory has news of a contact.
    ContactChanged {
        /// Whose contact it is.
        tenant: TenantId,
        /// The contact.
        contact_id: ContactId,
    },
    /// A call waits for an owner.
    Offered(CallKey),
    /// Somebody did something at a call's desk. For the call's owner; whoever sent it sees by the event that comes of it
    /// that it was done, and sends it again otherwise.
    Act {
        /// The call.
        key: CallKey,
        /// What was done, and by whom.
        done: DoneBy,
    },
    /// A host could not say everything: look into the stores.
    Missed,
}

impl BusMessage {
    /// What is ordered among itself: messages of one key arrive in the order in which one host published them.
    #[must_use]
    pub fn order_key(&self) -> String {
        match self {
            Self::Event(envelope) => format!("{}/{}", envelope.tenant, envelope.call_id),
            Self::ContactChanged { tenant, contact_id } => format!("{tenant}/{contact_id}"),
            Self::Offered(key) | Self::Act { key, .. } => key.to_string(),
            Self::Missed => String::new(),
        }
    }
}

/// What a subscriber receives.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// A message of any host, this one's own too.
    Message(BusMessage),
    /// Messages may have been lost here: the bus was away, or the reader too slow. Look into the stores.
    Lost,
}

/// Carries messages between hosts.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands messages to all subscribers of all hosts, at least once, in order by [`BusMessage::order_key`].
    async fn publish(&self, messages: &[BusMessage]) -> Result<(), BusError>;

    /// Receives what is published from now on.
    async fn subscribe(&self) -> Result<Box<dyn BusSubscription>, BusError>;
}

/// Receives messages. Dropping it ends it.
#[async_trait]
pub trait BusSubscription: Send {
    /// The next messages, at least one. Waits while the bus is away, and then gives [`Received::Lost`] if messages
    /// may have been missed. Cancel-safe.
    async fn next(&mut self) -> Vec<Received>;
}
