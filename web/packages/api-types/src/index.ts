/**
 * The shapes that the HTTP API and the WebSocket speak, by the names that the server gives them.
 * `openapi.ts` is generated from `openapi.json`, which is what `trunkline openapi` prints.
 */
import type { components } from './openapi.ts';

type Schemas = components['schemas'];

export type AccessInfo = Schemas['AccessInfo'];
export type Act = Schemas['Act'];
export type AgentRef = Schemas['AgentRef'];
export type AlertCleared = Schemas['AlertCleared'];
export type AlertKind = Schemas['AlertKind'];
export type AlertRaised = Schemas['AlertRaised'];
export type BacktestItem = Schemas['ItemChange'];
export type BacktestLine = Schemas['BacktestMessage'];
export type BacktestResult = Schemas['BacktestResult'];
export type BacktestRule = Schemas['RuleChange'];
export type BegunUpload = Schemas['BegunUpload'];
export type CallEnded = Schemas['CallEnded'];
export type CallEndReason = Schemas['CallEndReason'];
export type CallList = Schemas['CallList'];
export type CallMetrics = Schemas['CallMetrics'];
export type CallSnapshot = Schemas['CallSnapshot'];
export type CallsSnapshot = Schemas['CallsSnapshot'];
export type CallStarted = Schemas['CallStarted'];
export type CallState = Schemas['CallState'];
export type CallSummary = Schemas['CallSummary'];
export type Channel = Schemas['Channel'];
export type ChecklistChanged = Schemas['ChecklistChanged'];
export type ChecklistEntry = Schemas['ChecklistEntry'];
export type ChecklistItem = Schemas['ChecklistItem'];
export type ClientMessage = Schemas['ClientMessage'];
export type Disposition = Schemas['Disposition'];
export type EntityKind = Schemas['EntityKind'];
export type Envelope = Schemas['Envelope'];
export type Event = Schemas['Event'];
export type EventPage = Schemas['EventPage'];
export type ExportFormat = Schemas['ExportFormat'];
export type Finding = Schemas['Finding'];
export type FindingDecided = Schemas['FindingDecided'];
export type FindingRule = Schemas['FindingRule'];
export type Firing = Schemas['Firing'];
export type Gap = Schemas['Gap'];
export type GapCause = Schemas['GapCause'];
export type GuidanceMuted = Schemas['GuidanceMuted'];
export type GuidanceStarted = Schemas['GuidanceStarted'];
export type GuidanceStatistics = Schemas['Usefulness'];
export type HintChanged = Schemas['HintChanged'];
export type HintKind = Schemas['HintKind'];
export type HintOutcome = Schemas['HintOutcome'];
export type HintRecord = Schemas['HintView'];
export type HintShown = Schemas['HintShown'];
export type HintSource = Schemas['HintSource'];
export type Hold = Schemas['Hold'];
export type HoldSpan = Schemas['HoldSpan'];
export type ItemState = Schemas['ItemState'];
export type KnowledgeAnswer = Schemas['KnowledgeAnswer'];
export type KnowledgeFound = Schemas['KnowledgeFound'];
export type KnowledgePassage = Schemas['PassageFound'];
export type Latency = Schemas['Latency'];
export type MessageSent = Schemas['MessageSent'];
export type NewUpload = Schemas['NewUpload'];
export type Participant = Schemas['Participant'];
export type PlaybookList = Schemas['PlaybookList'];
export type PlaybookListed = Schemas['PlaybookRow'];
export type PlaybookOutline = Schemas['PlaybookOutline'];
export type PlaybookProblem = Schemas['PlaybookProblem'];
export type PlaybookText = Schemas['PlaybookFile'];
export type Problem = Schemas['Problem'];
export type Quarantined = Schemas['Quarantined'];
export type QuarantineReason = Schemas['QuarantineReason'];
export type Recording = Schemas['Recording'];
export type RecordingFailed = Schemas['RecordingFailed'];
export type RecordingFailure = Schemas['RecordingFailure'];
export type RecordingStatus = Schemas['RecordingStatus'];
export type ReviewAction = Schemas['ReviewAction'];
export type ReviewDecision = Schemas['ReviewDecision'];
export type ReviewItem = Schemas['ReviewItem'];
export type ReviewLook = Schemas['ReviewLook'];
export type ReviewOutcome = Schemas['ReviewOutcome'];
export type ReviewPage = Schemas['ReviewPage'];
export type RuleStatistics = Schemas['RuleUse'];
export type ServerMessage = Schemas['ServerMessage'];
export type Severity = Schemas['Severity'];
export type SlowCall = Schemas['SlowCall'];
export type SpeakerMetrics = Schemas['SpeakerMetrics'];
export type StageLatency = Schemas['StageLatency'];
export type Stages = Schemas['Stages'];
export type Status = Schemas['Status'];
export type SummaryPoint = Schemas['SummaryPoint'];
export type SummarySection = Schemas['SummarySection'];
export type SummarySource = Schemas['SummarySource'];
export type SummaryWritten = Schemas['SummaryWritten'];
export type Transcript = Schemas['Transcript'];
export type TranscriptionStatus = Schemas['TranscriptionStatus'];
export type TranscriptUtterance = Schemas['TranscriptUtterance'];
export type TranscriptWord = Schemas['TranscriptWord'];
export type UploadAck = Schemas['UploadAck'];
export type UploadMessage = Schemas['UploadMessage'];
export type UploadProgress = Schemas['UploadProgress'];
export type UtteranceRevised = Schemas['UtteranceRevised'];
export type Verdict = Schemas['Verdict'];
export type Verified = Schemas['Verified'];
export type Whoami = Schemas['WhoAmI'];
export type WorkflowChanged = Schemas['WorkflowChanged'];
export type WorkflowEntry = Schemas['WorkflowView'];
export type WorkflowOutline = Schemas['WorkflowOutline'];
export type WorkflowState = Schemas['WorkflowState'];
export type WorkflowStep = Schemas['WorkflowStep'];

/** The file that the recorder writes beside a recording; the API hands it on as it is. */
export interface Waveform {
  duration_ms: number;
  peaks_per_second: number;
  /** Peaks from 0 to 100. */
  channels: Record<Channel, number[]>;
  masks: { channel: Channel; from_ms: number; to_ms: number; kind: EntityKind }[];
}

/** Where guidance of a call stands. The server leaves out what is not there; whoever folds events says `null`. */
export type GuidanceView = Schemas['GuidanceView'] & {
  hint: HintShown | null;
  metrics: CallMetrics | null;
  summary: SummaryWritten | null;
};
