//! What happens to a call after its end: it is verified, reviewed, and held.

use model::{Channel, UtteranceId};
use serde::{Deserialize, Serialize};

use crate::EntityKind;

/// How the verification of a call came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// What was found was certain and is masked now.
    Repaired,
    /// Somebody has to look: the call is hidden from everyone but reviewers.
    Quarantined,
}

/// Which check found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingRule {
    /// A masked stretch of words has no masked range of the recording, or the other way round.
    Unaccounted,
    /// A second pass over the whole call, more suspicious than the first, found words in clear.
    SecondPass,
    /// Recognising the redacted recording again gave words that should not be heard.
    HeardAgain,
    /// Something else than the tone sounds in a masked range.
    SoundInMask,
    /// A check could not be made.
    NotChecked,
}

/// One thing that a check found. Holds no words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Names it within the call; the same finding of a later verification has the same name.
    pub id: String,
    /// Which check found it.
    pub rule: FindingRule,
    /// What was found, as far as it can be told.
    pub entity: EntityKind,
    /// The channel.
    pub channel: Channel,
    /// Where it starts on the call's timeline, in milliseconds.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
    /// The utterance, where it is one of words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub utterance: Option<UtteranceId>,
    /// How sure the check is, 0 to 1.
    pub confidence: f32,
    /// It was certain and has been masked.
    pub repaired: bool,
    /// Why, in a few words of ours, such as `nine digits`.
    pub reason: String,
}

/// A call was verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Verified {
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The signed report's key in the blob store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// What a reviewer makes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReviewAction {
    /// The masks are right as they stand; what was found is masked with its context.
    Approve,
    /// More is masked than was found.
    Mask,
    /// It is harmless and is shown.
    Release,
}

/// A reviewer decided on a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FindingDecided {
    /// The finding.
    pub finding: String,
    /// What was decided.
    pub action: ReviewAction,
    /// Who decided.
    pub by: String,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// It counts: as many people as the policy asks for have said so.
    pub settled: bool,
}

/// Nothing keeps the call hidden any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuarantineLifted {
    /// Who decided last.
    pub by: String,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
}

/// A call must be kept, whatever its retention says; or need not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LegalHold {
    /// The matter for which it is kept.
    pub matter: String,
    /// Who said so.
    pub by: String,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
}
