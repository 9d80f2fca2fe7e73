//! What is read of a call.

use std::time::Duration;

use events::{CallEndReason, Gap, MediaStatus, TranscriptUtterance, TranscriptionStatus, Verdict};
use model::{CallId, ContactId, Timestamp};

use crate::Need;

/// Whether a call is still going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It has no end yet.
    Live,
    /// It ended.
    Ended,
}

/// One row of the list of calls.
#[derive(Clone, Debug, PartialEq)]
pub struct CallSummary {
    /// Which call.
    pub call_id: CallId,
    /// Connect's contact.
    pub contact_id: ContactId,
    /// The customer's number, all but the last four digits hidden.
    pub customer: Option<String>,
    /// Blind names of the customer, by which their calls are found.
    pub customer_keys: Vec<String>,
    /// The queue.
    pub queue: Option<String>,
    /// The agent who is or was last connected: the name, else the id.
    pub agent: Option<String>,
    /// The id of the agent who is or was last connected.
    pub agent_id: Option<String>,
    /// The profile by which it is carried, as the flow named it.
    pub profile: Option<String>,
    /// Wall time of the first sample.
    pub started_at: Timestamp,
    /// Live or ended.
    pub state: CallState,
    /// What ended it.
    pub end_reason: Option<CallEndReason>,
    /// Its length, once it ended.
    pub duration_ms: Option<u64>,
    /// Whether the customer is on hold now.
    pub on_hold: bool,
    /// Since when, in milliseconds since the first sample.
    pub hold_since_ms: Option<u64>,
    /// Finished utterances.
    pub utterances: u32,
    /// Masked stretches in finished utterances.
    pub masks: u32,
    /// Gaps in the audio.
    pub gaps: u32,
    /// Whether a redacted recording is kept.
    pub has_recording: bool,
    /// How its last verification came out; none before the first.
    pub verdict: Option<Verdict>,
    /// Whether it is hidden from everyone but reviewers.
    pub quarantined: bool,
    /// Findings on which somebody has yet to decide.
    pub open_findings: u32,
    /// Whether it must be kept, whatever its retention says.
    pub legal_hold: bool,
    /// Whether words can be expected, as last said.
    pub transcription: Option<TranscriptionStatus>,
    /// How the reading of its stream goes, when it is not live.
    pub media: Option<MediaStatus>,
    /// The last finished utterance.
    pub last_utterance: Option<TranscriptUtterance>,
    /// What tells a supervisor whether it needs help.
    pub need: Need,
    /// The call's last seq that this row takes in.
    pub seq: u64,
    /// The tenant's last position that this row takes in.
    pub position: u64,
}

impl CallSummary {
    /// When it ended by wall time; none while it is live.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.duration_ms.map(|length| self.started_at + Duration::from_millis(length))
    }
}

/// A call's transcript as projected from its log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TranscriptView {
    /// Finished utterances in their newest revision, by start, then channel.
    pub utterances: Vec<TranscriptUtterance>,
    /// Holes in the audio.
    pub gaps: Vec<Gap>,
    /// Holds as `(from_ms, to_ms)`; an open one has no end.
    pub holds: Vec<(u64, Option<u64>)>,
    /// The call's last seq that this takes in.
    pub seq: u64,
}
