//! What every event travels in.

use model::{CallId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AgentRef, AlertCleared, AlertRaised, AttributesMissing, CallEnded, CallMetrics, CallStarted,
    ChecklistChanged, FindingDecided, Gap, GuidanceMuted, GuidanceStarted, HintChanged, HintShown, Hold,
    LegalHold, MediaStatus, MessageSent, QuarantineLifted, Quarantined, Recording, RecordingFailed,
    RecordingRemoved, SummaryWritten, TranscriptUtterance, TranscriptionStatus, UtteranceRevised, Verified,
    WorkflowChanged,
};

/// The version of the schema that this crate writes.
pub const VERSION: u16 = 1;

/// When an event passed each stage, in microseconds since the epoch. Absent where a stage has no meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Stages {
    /// The last sample it rests on was spoken (producer's clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub captured_us: Option<Timestamp>,
    /// That sample reached this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub received_us: Option<Timestamp>,
    /// The recogniser gave the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub recognised_us: Option<Timestamp>,
    /// The words were redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub redacted_us: Option<Timestamp>,
    /// The event was in the log (partials are never logged).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub appended_us: Option<Timestamp>,
    /// The event was handed to subscribers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub published_us: Option<Timestamp>,
    /// The recogniser was behind its deadline when it took this up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

/// One event of one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Envelope {
    /// Schema version.
    pub v: u16,
    /// Whose call it is.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub tenant: TenantId,
    /// Which call it is.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub call_id: CallId,
    /// Place within the call's log, from 1 without holes. 0 for a partial, which has no place in the log.
    pub seq: u64,
    /// Place within the tenant's log, from 1, rising. 0 for a partial.
    pub position: u64,
    /// Stage times.
    pub stages: Stages,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The call's audio began to arrive.
    CallStarted(CallStarted),
    /// The flow did not set attributes that are expected of it.
    AttributesMissing(AttributesMissing),
    /// The reading of the stream changed.
    MediaStatus(MediaStatus),
    /// Whether words can be expected from here on.
    TranscriptionStatus(TranscriptionStatus),
    /// An agent is heard on `to_customer` from here on.
    AgentConnected(AgentRef),
    /// No agent is heard on `to_customer` from here on.
    AgentDisconnected(AgentRef),
    /// The customer was put on hold.
    HoldStarted(Hold),
    /// The customer was taken off hold.
    HoldEnded(Hold),
    /// Words so far. Never logged, may be dropped; the next one replaces it.
    UtteranceUpdated(TranscriptUtterance),
    /// The words as they stay.
    UtteranceCompleted(TranscriptUtterance),
    /// Later evidence masked words of a finished utterance.
    UtteranceRevised(UtteranceRevised),
    /// Audio is truly missing.
    MediaGap(Gap),
    /// A fragment was kept out of the call.
    FragmentQuarantined(Quarantined),
    /// The redacted recording is committed.
    RecordingCompleted(Recording),
    /// The recording stopped; the call goes on.
    RecordingFailed(RecordingFailed),
    /// The call is over: nothing more was said. What follows is only what becomes of what is kept of it.
    CallEnded(CallEnded),
    /// What is kept of the call was verified.
    CallVerified(Verified),
    /// A reviewer decided on a finding.
    FindingDecided(FindingDecided),
    /// Nothing keeps the call hidden any more.
    QuarantineLifted(QuarantineLifted),
    /// The call must be kept, whatever its retention says.
    LegalHoldPlaced(LegalHold),
    /// It need not be kept any more.
    LegalHoldReleased(LegalHold),
    /// The recording is no longer kept.
    RecordingRemoved(RecordingRemoved),
    /// The call is guided by these playbooks.
    GuidanceStarted(GuidanceStarted),
    /// A card was given to the agent.
    HintShown(HintShown),
    /// Something became of a card.
    HintChanged(HintChanged),
    /// The agent wants no cards, or wants them again.
    GuidanceMuted(GuidanceMuted),
    /// An item of the checklist changed.
    ChecklistChanged(ChecklistChanged),
    /// A workflow began, moved on or ended.
    WorkflowChanged(WorkflowChanged),
    /// The call needs a supervisor's eye.
    AlertRaised(AlertRaised),
    /// What an alert was about has passed.
    AlertCleared(AlertCleared),
    /// How the call goes so far.
    MetricsSampled(CallMetrics),
    /// A summary of the call, replacing the one before it.
    SummaryWritten(SummaryWritten),
    /// A supervisor said something to the agent.
    MessageSent(MessageSent),
}

impl Event {
    /// Whether the event belongs in the log. Only partials do not.
    #[must_use]
    pub const fn is_logged(&self) -> bool {
        !matches!(self, Self::UtteranceUpdated(_))
    }

    /// The words of an utterance, where the event carries them.
    #[must_use]
    pub const fn utterance(&self) -> Option<&TranscriptUtterance> {
        if let Self::UtteranceUpdated(said)
        | Self::UtteranceCompleted(said)
        | Self::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = self
        {
            Some(said)
        } else {
            None
        }
    }

    /// As [`Self::utterance`], to mask them.
    #[must_use]
    pub const fn utterance_mut(&mut self) -> Option<&mut TranscriptUtterance> {
        if let Self::UtteranceUpdated(said)
        | Self::UtteranceCompleted(said)
        | Self::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = self
        {
            Some(said)
        } else {
            None
        }
    }

    /// The names that `type` can have, as this version knows them. A reader passes over events of other names.
    pub const TYPES: [&'static str; 33] = [
        "call_started",
        "attributes_missing",
        "media_status",
        "transcription_status",
        "agent_connected",
        "agent_disconnected",
        "hold_started",
        "hold_ended",
        "utterance_updated",
        "utterance_completed",
        "utterance_revised",
        "media_gap",
        "fragment_quarantined",
        "recording_completed",
        "recording_failed",
        "call_ended",
        "call_verified",
        "finding_decided",
        "quarantine_lifted",
        "legal_hold_placed",
        "legal_hold_released",
        "recording_removed",
        "guidance_started",
        "hint_shown",
        "hint_changed",
        "guidance_muted",
        "checklist_changed",
        "workflow_changed",
        "alert_raised",
        "alert_cleared",
        "metrics_sampled",
        "summary_written",
        "message_sent",
    ];

    /// The name of the event's `type`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::CallStarted(_) => "call_started",
            Self::AttributesMissing(_) => "attributes_missing",
            Self::MediaStatus(_) => "media_status",
            Self::TranscriptionStatus(_) => "transcription_status",
            Self::AgentConnected(_) => "agent_connected",
            Self::AgentDisconnected(_) => "agent_disconnected",
            Self::HoldStarted(_) => "hold_started",
            Self::HoldEnded(_) => "hold_ended",
            Self::UtteranceUpdated(_) => "utterance_updated",
            Self::UtteranceCompleted(_) => "utterance_completed",
            Self::UtteranceRevised(_) => "utterance_revised",
            Self::MediaGap(_) => "media_gap",
            Self::FragmentQuarantined(_) => "fragment_quarantined",
            Self::RecordingCompleted(_) => "recording_completed",
            Self::RecordingFailed(_) => "recording_failed",
            Self::CallEnded(_) => "call_ended",
            Self::CallVerified(_) => "call_verified",
            Self::FindingDecided(_) => "finding_decided",
            Self::QuarantineLifted(_) => "quarantine_lifted",
            Self::LegalHoldPlaced(_) => "legal_hold_placed",
            Self::LegalHoldReleased(_) => "legal_hold_released",
            Self::RecordingRemoved(_) => "recording_removed",
            Self::GuidanceStarted(_) => "guidance_started",
            Self::HintShown(_) => "hint_shown",
            Self::HintChanged(_) => "hint_changed",
            Self::GuidanceMuted(_) => "guidance_muted",
            Self::ChecklistChanged(_) => "checklist_changed",
            Self::WorkflowChanged(_) => "workflow_changed",
            Self::AlertRaised(_) => "alert_raised",
            Self::AlertCleared(_) => "alert_cleared",
            Self::MetricsSampled(_) => "metrics_sampled",
            Self::SummaryWritten(_) => "summary_written",
            Self::MessageSent(_) => "message_sent",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Channel, ContactId, GapCause, MediaTime, Participant, UtteranceId};

    use super::*;
    use crate::{
        AlertKind, CallEndReason, HintKind, HintOutcome, ItemState, MediaState, MediaTrouble,
        QuarantineReason, RecordingFailure, RemovalCause, ReviewAction, Severity, SummarySource,
        TranscriptUtterance, TranscriptionState, Verdict, WorkflowState,
    };

    fn one_of_each() -> Vec<Event> {
        let agent = AgentRef { id: "ann".into(), name: None, at_ms: 0 };
        let hold = LegalHold { matter: "matter".into(), by: "ann".into(), at_ms: 0 };
        let said = TranscriptUtterance {
            id: UtteranceId::new(Channel::Customer, MediaTime::ZERO),
            revision: 1,
            channel: Channel::Customer,
            participant: Participant::Customer,
            start_ms: 0,
            end_ms: 0,
            words: Vec::new(),
        };
        vec![
            Event::CallStarted(CallStarted {
                contact_id: ContactId::new("contact").unwrap(),
                initial_contact_id: None,
                stream: "stream".into(),
                customer: None,
                customer_keys: Vec::new(),
                queue: None,
                started_at_ms: 0,
                sample_rate_hz: 8_000,
                profile: None,
                session: None,
                language: None,
                attributes: BTreeMap::new(),
                provisional: false,
            }),
            Event::AttributesMissing(AttributesMissing { names: vec!["trunkline_profile".to_owned()] }),
            Event::MediaStatus(MediaStatus {
                state: MediaState::Waiting,
                trouble: Some(MediaTrouble::RoleRefused),
                behind_ms: None,
            }),
            Event::TranscriptionStatus(TranscriptionStatus {
                state: TranscriptionState::Running,
                recogniser: None,
                language: None,
                detail: None,
            }),
            Event::AgentConnected(agent.clone()),
            Event::AgentDisconnected(agent),
            Event::HoldStarted(Hold { at_ms: 0 }),
            Event::HoldEnded(Hold { at_ms: 0 }),
            Event::UtteranceUpdated(said.clone()),
            Event::UtteranceCompleted(said.clone()),
            Event::UtteranceRevised(UtteranceRevised { utterance: said, reason: "rule".into() }),
            Event::MediaGap(Gap {
                channel: Channel::Customer,
                from_ms: 0,
                to_ms: 1,
                cause: GapCause::Damaged,
            }),
            Event::FragmentQuarantined(Quarantined {
                fragment: None,
                reason: QuarantineReason::UnknownContact,
            }),
            Event::RecordingCompleted(Recording {
                key: "key".into(),
                bytes: 0,
                duration_ms: 0,
                masks: 0,
                sha256: String::new(),
            }),
            Event::RecordingFailed(RecordingFailed { cause: RecordingFailure::DiskFull, at_ms: 0 }),
            Event::CallEnded(CallEnded { reason: CallEndReason::Idle, duration_ms: 0 }),
            Event::CallVerified(Verified { verdict: Verdict::Clean, findings: Vec::new(), report: None }),
            Event::FindingDecided(FindingDecided {
                finding: "f-1".into(),
                action: ReviewAction::Mask,
                by: "ann".into(),
                at_ms: 0,
                settled: true,
            }),
            Event::QuarantineLifted(QuarantineLifted { by: "ann".into(), at_ms: 0 }),
            Event::LegalHoldPlaced(hold.clone()),
            Event::LegalHoldReleased(hold),
            Event::RecordingRemoved(RecordingRemoved { cause: RemovalCause::Retention, at_ms: 0 }),
            Event::GuidanceStarted(GuidanceStarted::default()),
            Event::HintShown(HintShown {
                id: "h-1".into(),
                playbook: "save".into(),
                version: 1,
                rule: "cancel".into(),
                kind: HintKind::Standard,
                title: "Ask why".into(),
                why: "wants to cancel".into(),
                suggestion: None,
                source: None,
                utterance: None,
                topic: None,
                priority: 50,
                model: None,
                at_ms: 0,
                life_ms: 30_000,
            }),
            Event::HintChanged(HintChanged {
                id: "h-1".into(),
                rule: "cancel".into(),
                outcome: HintOutcome::Accepted,
                by: Some("ann".into()),
                utterance: None,
                at_ms: 0,
            }),
            Event::GuidanceMuted(GuidanceMuted { muted: true, by: "ann".into(), at_ms: 0 }),
            Event::ChecklistChanged(ChecklistChanged {
                playbook: "save".into(),
                item: "greeting".into(),
                state: ItemState::Done,
                utterance: None,
                by: None,
                at_ms: 0,
            }),
            Event::WorkflowChanged(WorkflowChanged {
                playbook: "save".into(),
                workflow: "triage".into(),
                state: WorkflowState::Running,
                step: Some("restart".into()),
                utterance: None,
                at_ms: 0,
            }),
            Event::AlertRaised(AlertRaised {
                id: "a-1".into(),
                playbook: "save".into(),
                rule: "silence".into(),
                kind: AlertKind::Silence,
                severity: Severity::Warning,
                title: "Nobody speaks".into(),
                utterance: None,
                at_ms: 0,
            }),
            Event::AlertCleared(AlertCleared { id: "a-1".into(), at_ms: 0 }),
            Event::MetricsSampled(CallMetrics::default()),
            Event::SummaryWritten(SummaryWritten {
                complete: false,
                source: SummarySource::Extracted,
                by: None,
                fallback: None,
                sections: Vec::new(),
                actions: Vec::new(),
                disposition: None,
                at_ms: 0,
            }),
            Event::MessageSent(MessageSent {
                id: "m-1".into(),
                from: "sue".into(),
                text: "well done".into(),
                at_ms: 0,
            }),
        ]
    }

    #[test]
    fn the_names_of_types_are_as_they_are_written() {
        let events = one_of_each();
        let written: Vec<String> = events
            .iter()
            .map(|event| serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(written, Event::TYPES);
        assert!(events.iter().zip(Event::TYPES).all(|(event, name)| event.type_name() == name));
    }

    #[test]
    fn every_event_reads_back_in_its_envelope() {
        for event in one_of_each() {
            let envelope = Envelope {
                v: VERSION,
                tenant: TenantId::new("acme").unwrap(),
                call_id: CallId::new("call").unwrap(),
                seq: 1,
                position: 2,
                stages: Stages { appended_us: Some(Timestamp::from_micros(3)), ..Stages::default() },
                event,
            };
            let json = serde_json::to_string(&envelope).unwrap();
            assert_eq!(serde_json::from_str::<Envelope>(&json).unwrap(), envelope);
        }
    }
}
