//! What people do at desks.

use async_trait::async_trait;
use events::DoneBy;
use model::CallKey;
use ports::EventLogError;
use thiserror::Error;

/// Why an act is not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ActRefused {
    /// There is no such call.
    #[error("there is no call {}", .0.call)]
    NoSuchCall(CallKey),
    /// The call is over: only its summary can be corrected, and what became of a card told.
    #[error("the call is over")]
    CallEnded,
    /// Nobody guides the call at this moment: its worker changes, or guidance is off. The same may be tried again.
    #[error("nobody guides the call at this moment")]
    NotGuided,
    /// Acts come faster than they are done. The same may be tried again.
    #[error("acts come faster than they are done")]
    Busy,
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] EventLogError),
}

impl ActRefused {
    /// Whether trying the same again can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NoSuchCall(_) | Self::CallEnded => false,
            Self::NotGuided | Self::Busy => true,
            Self::Log(error) => error.is_retryable(),
        }
    }
}

/// Takes what people do at desks to where it is done. Texts are redacted by then.
#[async_trait]
pub trait DeskActs: Send + Sync {
    /// Hands an act to whoever guides the call, on this host or another. What comes of it is an event; the same act may
    /// be handed in any number of times.
    ///
    /// # Errors
    /// When it is not taken.
    async fn take(&self, key: &CallKey, done: DoneBy) -> Result<(), ActRefused>;
}
