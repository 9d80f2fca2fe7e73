//! Finds what must not be kept or shown in recognised speech, and masks it.
//!
//! One [`Redactor`] per call stands between the recogniser and everything else. It takes utterances in clear,
//! partial and final, of both channels, and gives what may be shown and which audio must become a tone. It
//! remembers, bounded and only in memory, what the call is about: which number was asked for, which digits
//! were just given, and the last finished utterances, so that a number split over turns can still be masked.
//! It does no recognition, stores nothing, and prints no words.

mod asked;
mod cue;
mod detect;
mod dialogue;
mod echo;
mod judge;
mod lexicon;
mod lookup;
mod policy;
mod redactor;
mod run;
mod said;
mod slot;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod token;
mod verify;
mod view;

pub use policy::{Act, Acts, Policy, PolicyError, Quarantine, ReviewRules, Setting, TenantPolicy};
pub use redactor::{MAX_REMEMBERED_UTTERANCES, MAX_REMEMBERED_WORDS, Mute, Redacted, Redactor};
pub use text::{
    MaskedText, Revision, TextSpan, TextStream, Turn, WordByWord, masked, redact_dialogue, redact_text,
};
pub use verify::{HeardDigits, MAX_SUSPECTS, MIN_SPOTTED, Suspect, second_pass, spot_digits};
pub use view::{Span, mutes_of};
