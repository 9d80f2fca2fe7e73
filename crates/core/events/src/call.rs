//! What happens to a call as a whole.

use std::collections::BTreeMap;

use model::ContactId;
use serde::{Deserialize, Serialize};

/// A call's audio began to arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CallStarted {
    /// Connect's contact.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub contact_id: ContactId,
    /// The first contact of the chain of transfers, when it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub initial_contact_id: Option<ContactId>,
    /// The stream that carries it.
    pub stream: String,
    /// The customer's number with all but the last four digits hidden, such as `•••0134`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Blind names of the customer, by which their calls are found: keyed hashes of the number and of the id that the
    /// flow names, made under the tenant's key. Nobody without the key can tell the number from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_keys: Vec<String>,
    /// The queue's name, where Connect said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Wall time of the call's first sample, in milliseconds since the epoch.
    pub started_at_ms: i64,
    /// Sample rate of each channel of the recording.
    pub sample_rate_hz: u32,
    /// The profile by which it is carried, as the flow named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The desktop session that shows it, as the flow named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The language that is spoken, BCP 47, where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What else the flow said of the contact and the configuration shows, redacted, by the attribute's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// No audio was read yet, so that the start is what the flow said. When it is known this event comes once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

/// The flow did not set attributes that are expected of it: the call is carried by defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AttributesMissing {
    /// Their names.
    pub names: Vec<String>,
}

/// How the reading of the stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// It is read as it comes.
    Live,
    /// It is read faster than it comes, to make up for a time when it was not.
    CatchingUp,
    /// It cannot be read now; its audio waits in the stream and the reading is tried again.
    Waiting,
}

/// Why a stream cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaTrouble {
    /// The credentials do not permit it.
    Unauthorized,
    /// The tenant's role cannot be assumed: it does not trust us, or its external id is another one.
    RoleRefused,
    /// The stream's key may not be used, or is disabled.
    KeyRefused,
    /// The stream does not exist in that region and account.
    StreamGone,
    /// The service asks to wait.
    Throttled,
    /// The service is not reached, or fails.
    Connection,
}

/// The reading of the stream changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MediaStatus {
    /// How it goes.
    pub state: MediaState,
    /// Why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<MediaTrouble>,
    /// How far it is behind the stream, in milliseconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind_ms: Option<u64>,
}

/// An agent, by what the contact center calls them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AgentRef {
    /// The agent's ARN or user name.
    pub id: String,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it happened on the call's timeline, in milliseconds.
    pub at_ms: u64,
}

/// The customer was put on hold, or taken off it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Hold {
    /// When it happened on the call's timeline, in milliseconds.
    pub at_ms: u64,
}

/// Why a fragment's audio was kept out of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// The fragment names another contact.
    ForeignContact,
    /// The fragment names no contact, and nothing around it tells whose it is.
    UnknownContact,
    /// The fragment names two contacts.
    MixedContacts,
}

/// A fragment's audio was kept out of the call: it could not be shown to be this contact's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Quarantined {
    /// The fragment, when it has a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
    /// Why.
    pub reason: QuarantineReason,
}

/// Whether words can be expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TranscriptionState {
    /// Words come as they are spoken.
    Running,
    /// No words: `detail` says why and what to do.
    Absent,
    /// The recogniser failed during the call; words from here on are missing.
    Failed,
}

/// Whether words can be expected from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TranscriptionStatus {
    /// Whether words can be expected.
    pub state: TranscriptionState,
    /// The recogniser's name, such as `moonshine-base-en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recogniser: Option<String>,
    /// The language that it hears, BCP 47, where it was told or found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Why there are none, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The redacted recording is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Recording {
    /// Its key in the blob store.
    pub key: String,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Its length, in milliseconds.
    pub duration_ms: u64,
    /// How many stretches were replaced by a tone.
    pub masks: u32,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Why a call has no recording, or only part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingFailure {
    /// The spool's or the store's disk is full.
    DiskFull,
    /// The spool or the store failed in another way.
    StoreFailed,
    /// The words are not known for all of it, so nothing shows that it is free of sensitive audio.
    NotRedacted,
    /// The call's owner died, and the input cannot be read again.
    OwnerLost,
}

/// The recording stopped; the call goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RecordingFailed {
    /// Why.
    pub cause: RecordingFailure,
    /// When it stopped on the call's timeline, in milliseconds.
    pub at_ms: u64,
}

/// Why a recording is no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RemovalCause {
    /// The tenant keeps recordings no longer.
    Retention,
    /// Somebody had it removed.
    Erasure,
}

/// A recording that was committed is no longer kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RecordingRemoved {
    /// Why.
    pub cause: RemovalCause,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
}

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallEndReason {
    /// Connect said that the contact disconnected.
    Disconnected,
    /// The stop fragment was read.
    StopFragment,
    /// The stream went on with another contact.
    NextContact,
    /// Nothing came for the idle time, and the directory knows of no reason to go on waiting.
    Idle,
    /// The stream is gone or may not be read: no more audio can come.
    StreamGone,
    /// The process that carried it stopped and the audio could not be read again.
    OwnerLost,
}

/// The call is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CallEnded {
    /// What ended it.
    pub reason: CallEndReason,
    /// Its length on the timeline, in milliseconds.
    pub duration_ms: u64,
}
