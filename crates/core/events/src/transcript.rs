//! Redacted words and the holes between them.

use model::{Channel, GapCause, Participant, UtteranceId};
use serde::{Deserialize, Serialize};

use crate::EntityKind;

/// One shown word, or one masked stretch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TranscriptWord {
    /// The word as recognised; for a masked stretch the name of its kind in brackets, such as `[card]`.
    pub text: String,
    /// Start, in milliseconds since the call's first sample.
    pub start_ms: u64,
    /// End, in milliseconds since the call's first sample.
    pub end_ms: u64,
    /// How sure the recogniser is, 0 to 1. 1 for a masked stretch.
    pub confidence: f32,
    /// What was here, when it is masked. A masked stretch is one word, however many words it hides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<EntityKind>,
}

/// What one speaker said without a long pause, redacted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TranscriptUtterance {
    /// Stable name within the call: `c-12340`.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: UtteranceId,
    /// Counts the versions of this utterance, from 1. Show only the highest seen.
    pub revision: u32,
    /// The channel that carried it.
    pub channel: Channel,
    /// Who spoke.
    pub participant: Participant,
    /// Start of speech, in milliseconds since the call's first sample.
    pub start_ms: u64,
    /// End of speech, in milliseconds since the call's first sample.
    pub end_ms: u64,
    /// The words in order. Empty when a partial turned out to hold no words.
    pub words: Vec<TranscriptWord>,
}

impl TranscriptUtterance {
    /// The words joined by spaces, masks in brackets.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Later evidence masked words of a finished utterance: `utterance` replaces it whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UtteranceRevised {
    /// The new version, with a higher revision.
    pub utterance: TranscriptUtterance,
    /// The rule that changed it, such as `card_split_over_turns`.
    pub reason: String,
}

/// A stretch of a channel for which there is no audio; the recording holds silence there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Gap {
    /// The channel that lacks audio.
    pub channel: Channel,
    /// First missing millisecond since the call's first sample.
    pub from_ms: u64,
    /// First millisecond with audio again.
    pub to_ms: u64,
    /// Why it is missing.
    pub cause: GapCause,
}
