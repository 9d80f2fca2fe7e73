//! Finds what must not be kept or shown in recognised speech, and masks it.
//!
//! One [`Redactor`] per call stands between the recogniser and everything else. It takes utterances in clear,
//! partial and final, of both channels, and gives what may be shown and which audio must become a tone. It
//! remembers, bounded and only in memory, what the call is about: which number was asked for, which digits
//! were just given, and the last finished utterances, so that a number split over turns can still be masked.
//! It does no recognition, stores nothing, and prints no words.

mod policy;
mod redactor;
mod view;

pub use policy::Policy;
pub use redactor::{Mute, Redacted, Redactor};
