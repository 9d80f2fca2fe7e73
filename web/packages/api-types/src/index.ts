/**
 * The shapes that the HTTP API and the WebSocket speak, by the names that the server gives them.
 * `openapi.ts` is generated from `openapi.json`, which is what `trunkline openapi` prints.
 */
import type { GuidanceEvent, GuidanceOfRow } from './guidance.ts';
import type { components } from './openapi.ts';

export type * from './guidance.ts';

type Schemas = components['schemas'];

export type AgentRef = Schemas['AgentRef'];
export type CallEnded = Schemas['CallEnded'];
export type CallEndReason = Schemas['CallEndReason'];
export type CallList = Omit<Schemas['CallList'], 'calls'> & { calls: CallSummary[] };
export type CallStarted = Schemas['CallStarted'];
export type CallState = Schemas['CallState'];
export type CallSummary = Schemas['CallSummary'] & GuidanceOfRow;
export type Channel = Schemas['Channel'];
export type ClientMessage = Schemas['ClientMessage'];
export type EntityKind = Schemas['EntityKind'];
export type Envelope = Omit<Schemas['Envelope'], 'type' | 'data'> & Event;
export type Event = Schemas['Event'] | GuidanceEvent;
export type EventPage = Omit<Schemas['EventPage'], 'events'> & { events: Envelope[] };
export type ExportFormat = Schemas['ExportFormat'];
export type Finding = Schemas['Finding'];
export type FindingDecided = Schemas['FindingDecided'];
export type FindingRule = Schemas['FindingRule'];
export type Gap = Schemas['Gap'];
export type GapCause = Schemas['GapCause'];
export type Hold = Schemas['Hold'];
export type HoldSpan = Schemas['HoldSpan'];
export type Latency = Schemas['Latency'];
export type BegunUpload = Schemas['BegunUpload'];
export type NewUpload = Schemas['NewUpload'];
export type Participant = Schemas['Participant'];
export type Problem = Schemas['Problem'];
export type QuarantineReason = Schemas['QuarantineReason'];
export type Quarantined = Schemas['Quarantined'];
export type Recording = Schemas['Recording'];
export type RecordingFailed = Schemas['RecordingFailed'];
export type RecordingFailure = Schemas['RecordingFailure'];
export type RecordingStatus = Schemas['RecordingStatus'];
export type ReviewAction = Schemas['ReviewAction'];
export type ReviewPage = Schemas['ReviewPage'];
export type ReviewOutcome = Schemas['ReviewOutcome'];
export type ReviewLook = Schemas['ReviewLook'];
export type ReviewItem = Schemas['ReviewItem'];
export type ReviewDecision = Schemas['ReviewDecision'];
export type ServerMessage = Schemas['ServerMessage'];
export type StageLatency = Schemas['StageLatency'];
export type Stages = Schemas['Stages'];
export type Status = Schemas['Status'];
export type Transcript = Schemas['Transcript'];
export type TranscriptUtterance = Schemas['TranscriptUtterance'];
export type TranscriptWord = Schemas['TranscriptWord'];
export type TranscriptionStatus = Schemas['TranscriptionStatus'];
export type UploadAck = Schemas['UploadAck'];
export type UploadMessage = Schemas['UploadMessage'];
export type UploadProgress = Schemas['UploadProgress'];
export type UtteranceRevised = Schemas['UtteranceRevised'];
export type Verdict = Schemas['Verdict'];
export type Verified = Schemas['Verified'];

/** The file that the recorder writes beside a recording; the API hands it on as it is. */
export interface Waveform {
  duration_ms: number;
  peaks_per_second: number;
  /** Peaks from 0 to 100. */
  channels: Record<Channel, number[]>;
  masks: { channel: Channel; from_ms: number; to_ms: number; kind: EntityKind }[];
}
