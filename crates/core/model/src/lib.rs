//! The ids and value types that every room shares.
//!
//! Pure data: no clock, no randomness, no behaviour beyond checking and formatting. A type belongs here
//! only when at least two rooms speak of it.

mod id;
mod media;
mod pii;
mod speech;
mod time;

pub use id::{
    CallId, CallKey, ContactId, Epoch, FragmentNumber, InvalidId, MediaOrigin, StreamAddress, StreamName,
    TenantId, UtteranceId, WorkerId,
};
pub use media::{AudioFormat, Channel, GapCause, MediaGap, Participant};
pub use pii::Pii;
pub use speech::{SpokenWord, Utterance, UtteranceText};
pub use time::{MediaTime, Timestamp};
