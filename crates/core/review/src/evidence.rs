//! The evidence report of one call: what was masked, how it was checked, what was found and decided. No words of the call.

mod html;

use events::{EntityKind, Finding, FindingDecided, Verdict};
use model::{CallId, Channel, ContactId, TenantId, UtteranceId};
use serde::{Deserialize, Serialize};

use crate::ReviewState;

pub use html::{SignatureLine, evidence_html};

/// The report's form. Another number means that fields have another meaning.
pub const EVIDENCE_FORMAT: &str = "trunkline-evidence/1";

/// The report as it is signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// [`EVIDENCE_FORMAT`].
    pub format: String,
    /// Whose call it is.
    pub tenant: TenantId,
    /// The call.
    pub call_id: CallId,
    /// Connect's contact.
    pub contact_id: ContactId,
    /// When it began, in milliseconds since the epoch.
    pub started_at_ms: i64,
    /// Its length, in milliseconds.
    pub duration_ms: u64,
    /// When the report was made, in milliseconds since the epoch.
    pub made_at_ms: i64,
    /// The program and its version.
    pub program: String,
    /// The redaction policy.
    pub policy: String,
    /// The place in the call's log up to which the report goes.
    pub seq: u64,
    /// How the call stands.
    pub verdict: Verdict,
    /// It is hidden from everyone but reviewers.
    pub quarantined: bool,
    /// What is proven of the recording; none when there is none.
    pub recording: Option<RecordingProof>,
    /// What is proven of the transcript.
    pub transcript: TranscriptProof,
    /// What was looked at.
    pub checks: Vec<CheckRow>,
    /// What was masked, by kind.
    pub entities: Vec<EntityRow>,
    /// Every masked stretch of words, and the range of the recording that covers it.
    pub spans: Vec<SpanRow>,
    /// Every masked range of the recording, and why it is one.
    pub ranges: Vec<RangeRow>,
    /// What was found, and what was done.
    pub findings: Vec<FindingRow>,
    /// Who decided what.
    pub decisions: Vec<DecisionRow>,
}

/// The recording as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingProof {
    /// Its key in the blob store.
    pub key: String,
    /// SHA-256 of the file, in hex, as it was read for this report.
    pub sha256: String,
    /// It is the one that was committed.
    pub as_committed: bool,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Its length, in milliseconds.
    pub duration_ms: u64,
}

/// The transcript as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptProof {
    /// SHA-256 of its utterances as JSON, in hex.
    pub sha256: String,
    /// How many utterances it has.
    pub utterances: u64,
    /// How many masked stretches.
    pub masked: u64,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It was made.
    Done,
    /// It could not be made.
    NotChecked,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// What was looked for, in a few words.
    pub check: String,
    /// How it went.
    pub state: CheckState,
    /// How much was looked at, and of what; or why it could not be.
    pub detail: String,
    /// How much it found.
    pub found: u64,
}

/// How often a kind was masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityRow {
    /// The kind.
    pub entity: EntityKind,
    /// Masked stretches of words.
    pub stretches: u64,
}

/// A masked stretch of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanRow {
    /// Its utterance.
    pub utterance: UtteranceId,
    /// Its channel.
    pub channel: Channel,
    /// Its start on the call's timeline, in milliseconds.
    pub from_ms: u64,
    /// Its end.
    pub to_ms: u64,
    /// What it hides.
    pub entity: EntityKind,
    /// The range of the recording that covers it, in milliseconds; none when none does.
    pub covered_by: Option<(u64, u64)>,
}

/// Why a range of the recording is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeCause {
    /// Words of its channel are masked.
    Words,
    /// What is masked on the other channel is heard.
    CrossTalk,
    /// A check or a reviewer had it masked.
    Review,
    /// Nothing says why.
    Unknown,
}

/// A masked range of the recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeRow {
    /// Its channel.
    pub channel: Channel,
    /// Its start on the call's timeline, in milliseconds.
    pub from_ms: u64,
    /// Its end.
    pub to_ms: u64,
    /// What it hides.
    pub entity: EntityKind,
    /// Why.
    pub cause: RangeCause,
    /// Every sample is the tone's own; none when the sound was not looked at.
    pub exact: Option<bool>,
}

/// A finding and what was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRow {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// What was done: `masked`, `approved`, `masked more`, `released`, or `open`.
    pub done: String,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// The decision.
    #[serde(flatten)]
    pub decided: FindingDecided,
}

impl Evidence {
    /// Takes findings and decisions from the state of the review.
    pub fn take_review(&mut self, state: &ReviewState) {
        use events::ReviewAction::{Approve, Mask, Release};
        self.quarantined = state.is_quarantined();
        if let Some(verified) = state.verified() {
            self.verdict = verified.verdict;
        }
        let done = |known: &crate::Reviewed| match (known.finding.repaired, known.settled()) {
            (true, _) => "masked",
            (false, Some(Approve)) => "approved",
            (false, Some(Mask)) => "masked more",
            (false, Some(Release)) => "released",
            (false, None) => "open",
        };
        self.findings = state
            .findings()
            .map(|known| FindingRow { finding: known.finding.clone(), done: done(known).to_owned() })
            .collect();
        let mut decisions: Vec<DecisionRow> = state
            .findings()
            .flat_map(|known| &known.decisions)
            .map(|decided| DecisionRow { decided: decided.clone() })
            .collect();
        decisions.sort_by_key(|row| row.decided.at_ms);
        self.decisions = decisions;
    }
}
