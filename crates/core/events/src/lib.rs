//! The published events: the only shape on the log, the bus, the WebSocket and in TypeScript.
//!
//! Everything here is already redacted: no type of this crate can hold a caller's sensitive words.
//! Versioned by [`VERSION`]; fields are only ever added, and a reader ignores what it does not know.

mod call;
mod entity;
mod envelope;
mod guidance;
mod review;
mod transcript;

pub use call::{
    AgentRef, AttributesMissing, CallEndReason, CallEnded, CallStarted, Hold, MediaState, MediaStatus,
    MediaTrouble, QuarantineReason, Quarantined, Recording, RecordingFailed, RecordingFailure,
    RecordingRemoved, RemovalCause, TranscriptionState, TranscriptionStatus,
};
pub use entity::{EntityGroup, EntityKind};
pub use envelope::{Envelope, Event, Stages, VERSION};
pub use guidance::{
    Act, AlertCleared, AlertKind, AlertRaised, CallMetrics, ChecklistChanged, ChecklistItem, Disposition,
    DoneBy, GuidanceMuted, GuidanceStarted, HintChanged, HintKind, HintOutcome, HintShown, HintSource,
    ItemState, MessageSent, PlaybookOutline, Severity, SpeakerMetrics, SummaryPoint, SummarySection,
    SummarySource, SummaryWritten, WorkflowChanged, WorkflowOutline, WorkflowState, WorkflowStep,
};
pub use review::{
    Finding, FindingDecided, FindingRule, LegalHold, QuarantineLifted, ReviewAction, Verdict, Verified,
};
pub use transcript::{Gap, TranscriptUtterance, TranscriptWord, UtteranceRevised};
