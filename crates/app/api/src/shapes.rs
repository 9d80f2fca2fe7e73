//! What answers look like in JSON.

use events::{
    CallEndReason, EntityKind, Envelope, Gap, MediaStatus, TranscriptUtterance, TranscriptionStatus, Verdict,
};
use model::{CallId, Channel, ContactId, TenantId};
use projection::OpenAlert;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::GuidanceHealth;

/// Whether a call is still going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallState {
    Live,
    Ended,
}

/// One row of the list of calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallSummary {
    /// Which call.
    #[schema(value_type = String)]
    call_id: CallId,
    /// Connect's contact.
    #[schema(value_type = String)]
    contact_id: ContactId,
    /// The customer's number, all but the last four digits hidden.
    customer: Option<String>,
    /// The queue.
    queue: Option<String>,
    /// The agent who is or was last connected.
    agent: Option<String>,
    /// Their id.
    agent_id: Option<String>,
    /// The profile by which it is carried, as the flow named it.
    profile: Option<String>,
    /// Wall time of the first sample, in milliseconds since the epoch.
    started_at_ms: i64,
    /// Live or ended.
    state: CallState,
    /// What ended it.
    end_reason: Option<CallEndReason>,
    /// Its length, once it ended.
    duration_ms: Option<u64>,
    /// Whether the customer is on hold now.
    on_hold: bool,
    /// Since when, in milliseconds since the call's first sample.
    hold_since_ms: Option<u64>,
    /// Finished utterances.
    utterances: u32,
    /// Masked stretches in finished utterances.
    masks: u32,
    /// Gaps in the audio.
    gaps: u32,
    /// Whether a redacted recording is committed.
    has_recording: bool,
    /// How its last verification came out; null before the first.
    verdict: Option<Verdict>,
    /// Whether its words and its sound are hidden from everyone but reviewers.
    quarantined: bool,
    /// Findings on which a reviewer has yet to decide.
    open_findings: u32,
    /// Whether it must be kept, whatever its retention says.
    legal_hold: bool,
    /// Whether words can be expected, as last said.
    transcription: Option<TranscriptionStatus>,
    /// How the reading of its stream goes, when it is not live.
    media: Option<MediaStatus>,
    /// The last finished utterance; null while it is hidden.
    last_utterance: Option<TranscriptUtterance>,
    /// Open alerts, the oldest first.
    alerts: Vec<OpenAlert>,
    /// The titles of required items of the checklist that were not done in time.
    unmet: Vec<String>,
    /// Items of the checklist that are done.
    checklist_done: u32,
    /// Items of the checklist; 0 without guidance.
    checklist_total: u32,
    /// How content the customer sounds by their words, -1 to 1; null before they said enough.
    sentiment: Option<f32>,
    /// The last values of it, the newest last.
    sentiment_series: Vec<f32>,
    /// How long nobody had spoken when that was last measured; null once the call is over, and without guidance.
    silence_ms: Option<u64>,
    /// The call's last seq that this row takes in.
    seq: u64,
    /// The tenant's last position that this row takes in.
    position: u64,
}

impl From<ports::CallSummary> for CallSummary {
    fn from(call: ports::CallSummary) -> Self {
        Self {
            call_id: call.call_id,
            contact_id: call.contact_id,
            customer: call.customer,
            queue: call.queue,
            agent: call.agent,
            agent_id: call.agent_id,
            profile: call.profile,
            started_at_ms: call.started_at.as_millis(),
            state: match call.state {
                ports::CallState::Live => CallState::Live,
                ports::CallState::Ended => CallState::Ended,
            },
            end_reason: call.end_reason,
            duration_ms: call.duration_ms,
            on_hold: call.on_hold,
            hold_since_ms: call.hold_since_ms,
            utterances: call.utterances,
            masks: call.masks,
            gaps: call.gaps,
            has_recording: call.has_recording,
            verdict: call.verdict,
            quarantined: call.quarantined,
            open_findings: call.open_findings,
            legal_hold: call.legal_hold,
            transcription: call.transcription,
            media: call.media,
            last_utterance: call.last_utterance.filter(|_| !call.quarantined),
            alerts: call.need.alerts,
            unmet: call.need.unmet,
            checklist_done: call.need.checklist_done,
            checklist_total: call.need.checklist_total,
            sentiment: call.need.sentiment,
            sentiment_series: call.need.sentiment_series,
            silence_ms: call.need.silence_ms,
            seq: call.seq,
            position: call.position,
        }
    }
}

/// A page of calls, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallList {
    /// The calls.
    pub(crate) calls: Vec<CallSummary>,
    /// Pass as `after` for the next page; null on the last.
    #[schema(value_type = Option<String>)]
    pub(crate) next: Option<CallId>,
    /// The position to subscribe after, so that no event is missed or repeated.
    pub(crate) position: u64,
}

/// A time during which the customer was on hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldSpan {
    /// Start, in milliseconds since the call's first sample.
    from_ms: u64,
    /// End; null while it goes on.
    to_ms: Option<u64>,
}

/// A call's transcript.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Transcript {
    /// Finished utterances in their newest revision, by start.
    utterances: Vec<TranscriptUtterance>,
    /// Holes in the audio.
    gaps: Vec<Gap>,
    /// Times on hold.
    holds: Vec<HoldSpan>,
    /// The seq to subscribe after.
    seq: u64,
}

impl From<ports::TranscriptView> for Transcript {
    fn from(view: ports::TranscriptView) -> Self {
        let holds = view.holds.into_iter().map(|(from_ms, to_ms)| HoldSpan { from_ms, to_ms }).collect();
        Self { utterances: view.utterances, gaps: view.gaps, holds, seq: view.seq }
    }
}

/// Logged events of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// The events in order.
    pub(crate) events: Vec<Envelope>,
    /// Pass as `after` for the next page; null when there was nothing more.
    pub(crate) next_after: Option<u64>,
}

/// Percentiles of one stage, in milliseconds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StageLatency {
    /// Its name.
    stage: &'static str,
    /// How many events count.
    count: u64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

/// A call and its longest time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SlowCall {
    /// Which call.
    #[schema(value_type = String)]
    call_id: CallId,
    /// The stage that took most of it: one of those above.
    stage: &'static str,
    /// What that stage took, in milliseconds.
    worst_ms: f64,
    /// What it took from the words to subscribers, in milliseconds.
    total_ms: f64,
}

/// Latency by stage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Latency {
    /// Of words: capture, recognise, redact, append, deliver, total.
    stages: Vec<StageLatency>,
    /// Of cards, from the words that called for them to subscribers: `hint` of those that no language model wrote,
    /// `hint_by_model` of those that one did, and `model`, what it took of that.
    hints: Vec<StageLatency>,
    /// The calls with the longest times, the slowest first.
    slowest: Vec<SlowCall>,
}

impl Latency {
    /// What a board shows of a tenant.
    pub(crate) fn of(board: &engine::LatencyBoard, tenant: &TenantId) -> Self {
        let stage = |of: engine::StageLatency| StageLatency {
            stage: of.stage.as_str(),
            count: of.count,
            p50_ms: of.p50_ms,
            p95_ms: of.p95_ms,
            p99_ms: of.p99_ms,
        };
        let slow = |of: engine::SlowCall| SlowCall {
            call_id: of.call,
            stage: of.stage.as_str(),
            worst_ms: of.worst_ms,
            total_ms: of.total_ms,
        };
        Self {
            stages: board.percentiles().into_iter().map(stage).collect(),
            hints: board.hints().into_iter().map(stage).collect(),
            slowest: board.slowest(tenant).into_iter().map(slow).collect(),
        }
    }
}

/// Whether recordings are kept.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordingState {
    Running,
    Stopped,
}

/// Whether recordings are kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordingStatus {
    pub(crate) state: RecordingState,
    /// Why they are not, and what to do about it.
    pub(crate) detail: Option<String>,
}

/// How this server is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// The program's version.
    pub(crate) version: &'static str,
    /// This process among all of the installation.
    pub(crate) worker: String,
    /// What it does: `api`, `worker`.
    pub(crate) roles: Vec<&'static str>,
    /// Whether words can be expected.
    pub(crate) transcription: TranscriptionStatus,
    /// Calls that are being carried here now.
    pub(crate) live_calls: usize,
    /// Of these, calls that are not surely this worker's at this moment, since the lease store does not answer: their
    /// events wait.
    pub(crate) unsure_calls: usize,
    /// How many more calls it takes now.
    pub(crate) room: usize,
    /// When the server started, in milliseconds since the epoch.
    pub(crate) started_at_ms: i64,
    /// Latency by stage since then.
    pub(crate) latency: Latency,
    /// Whether recordings are kept.
    pub(crate) recording: RecordingStatus,
    /// How guidance is doing; null where calls are not guided.
    pub(crate) guidance: Option<GuidanceHealth>,
}

/// What a flow's Lambda gets back: flat strings, as its `STRING_MAP` response wants them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriggerAnswer {
    /// `accepted`, `already_known` when this contact's stream is carried already, or `waits_for_stream` when it is not
    /// known yet: put the block after Start media streaming, or let another event name it.
    pub(crate) status: &'static str,
    /// The call, once its stream is known.
    #[serde(rename = "callId", skip_serializing_if = "Option::is_none")]
    pub(crate) call_id: Option<String>,
}

/// The outline of a redacted recording, as the recorder stores it.
#[expect(dead_code, reason = "the stored JSON is handed on as it is; this describes it")]
#[derive(ToSchema)]
pub(crate) struct Waveform {
    /// Length of the recording.
    duration_ms: u64,
    /// Peaks a second of each channel.
    peaks_per_second: u32,
    channels: WaveformChannels,
    /// Stretches replaced by a tone.
    masks: Vec<WaveformMask>,
}

/// Peaks of each channel, 0 to 100.
#[expect(dead_code, reason = "the stored JSON is handed on as it is; this describes it")]
#[derive(ToSchema)]
pub(crate) struct WaveformChannels {
    customer: Vec<u8>,
    to_customer: Vec<u8>,
}

/// A stretch replaced by a tone.
#[expect(dead_code, reason = "the stored JSON is handed on as it is; this describes it")]
#[derive(ToSchema)]
pub(crate) struct WaveformMask {
    channel: Channel,
    from_ms: u64,
    to_ms: u64,
    kind: EntityKind,
}
