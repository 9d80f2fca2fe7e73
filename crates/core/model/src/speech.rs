//! Recognised words before redaction. Never stored, never serialised.

use crate::{MediaTime, Pii, UtteranceId};

/// One recognised word, in clear.
#[derive(Clone, Debug, PartialEq)]
pub struct SpokenWord {
    /// The word as the recogniser wrote it, with its punctuation and case.
    pub text: Pii<String>,
    /// Where it starts on the call's timeline.
    pub start: MediaTime,
    /// Where it ends on the call's timeline.
    pub end: MediaTime,
    /// How sure the recogniser is, 0 to 1.
    pub confidence: f32,
}

/// Whether an utterance may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UtteranceText {
    /// Words so far; the next revision replaces them.
    Partial,
    /// The words as they stay.
    Final,
}

/// What one speaker said without a long pause, in clear.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// Channel and start.
    pub id: UtteranceId,
    /// Counts the versions of this utterance, from 1.
    pub revision: u32,
    /// Partial or final.
    pub text: UtteranceText,
    /// The end of the speech heard so far.
    pub end: MediaTime,
    /// The words in order.
    pub words: Vec<SpokenWord>,
}
