/** The shapes that the HTTP API and the WebSocket speak. */

export type Channel = 'customer' | 'to_customer';
export type Participant = 'customer' | 'agent' | 'system' | 'bot';
export type EntityKind = 'card' | 'cvv' | 'government_id' | 'phone' | 'number';
export type GapCause =
  'not_sent' | 'damaged' | 'quarantined' | 'stream_error' | 'connection_lost' | 'overflow';
export type CallState = 'live' | 'ended';
export type CallEndReason =
  'disconnected' | 'stop_fragment' | 'next_contact' | 'idle' | 'stream_gone' | 'owner_lost';
export type TranscriptionState = 'running' | 'absent' | 'failed';
export type QuarantineReason = 'foreign_contact' | 'unknown_contact' | 'mixed_contacts';
export type RecordingFailure = 'disk_full' | 'store_failed' | 'not_redacted';
export type Stage = 'capture' | 'recognise' | 'redact' | 'append' | 'deliver' | 'total';

export interface CallStarted {
  contact_id: string;
  initial_contact_id?: string | null;
  stream: string;
  customer?: string | null;
  queue?: string | null;
  started_at_ms: number;
  sample_rate_hz: number;
}
export interface AgentRef {
  id: string;
  name?: string | null;
  at_ms: number;
}
export interface Hold {
  at_ms: number;
}
export interface Quarantined {
  fragment?: string | null;
  reason: QuarantineReason;
}
export interface TranscriptionStatus {
  state: TranscriptionState;
  recogniser?: string | null;
  detail?: string | null;
}
export interface Recording {
  key: string;
  bytes: number;
  duration_ms: number;
  masks: number;
  sha256: string;
}
export interface RecordingFailed {
  cause: RecordingFailure;
  at_ms: number;
}
export interface CallEnded {
  reason: CallEndReason;
  duration_ms: number;
}
export interface TranscriptWord {
  text: string;
  start_ms: number;
  end_ms: number;
  confidence: number;
  masked?: EntityKind | null;
}
export interface TranscriptUtterance {
  id: string;
  revision: number;
  channel: Channel;
  participant: Participant;
  start_ms: number;
  end_ms: number;
  words: TranscriptWord[];
}
export interface UtteranceRevised {
  utterance: TranscriptUtterance;
  reason: string;
}
export interface Gap {
  channel: Channel;
  from_ms: number;
  to_ms: number;
  cause: GapCause;
}

export interface Stages {
  captured_us?: number | null;
  received_us?: number | null;
  recognised_us?: number | null;
  redacted_us?: number | null;
  appended_us?: number | null;
  published_us?: number | null;
  late?: boolean;
}

export type Event =
  | { type: 'call_started'; data: CallStarted }
  | { type: 'transcription_status'; data: TranscriptionStatus }
  | { type: 'agent_connected'; data: AgentRef }
  | { type: 'agent_disconnected'; data: AgentRef }
  | { type: 'hold_started'; data: Hold }
  | { type: 'hold_ended'; data: Hold }
  | { type: 'utterance_updated'; data: TranscriptUtterance }
  | { type: 'utterance_completed'; data: TranscriptUtterance }
  | { type: 'utterance_revised'; data: UtteranceRevised }
  | { type: 'media_gap'; data: Gap }
  | { type: 'fragment_quarantined'; data: Quarantined }
  | { type: 'recording_completed'; data: Recording }
  | { type: 'recording_failed'; data: RecordingFailed }
  | { type: 'call_ended'; data: CallEnded };

export type Envelope = {
  v: number;
  tenant: string;
  call_id: string;
  seq: number;
  position: number;
  stages: Stages;
} & Event;

export interface CallSummary {
  call_id: string;
  contact_id: string;
  customer?: string | null;
  queue?: string | null;
  agent?: string | null;
  started_at_ms: number;
  state: CallState;
  end_reason?: CallEndReason | null;
  duration_ms?: number | null;
  on_hold: boolean;
  utterances: number;
  masks: number;
  gaps: number;
  has_recording: boolean;
  transcription?: TranscriptionStatus | null;
  last_utterance?: TranscriptUtterance | null;
  seq: number;
  position: number;
}
export interface CallPage {
  calls: CallSummary[];
  next?: string | null;
  position: number;
}
export interface HoldSpan {
  from_ms: number;
  to_ms?: number | null;
}
export interface Transcript {
  utterances: TranscriptUtterance[];
  gaps: Gap[];
  holds: HoldSpan[];
  seq: number;
}
export interface EventPage {
  events: Envelope[];
  next_after?: number | null;
}
export interface WaveformMask {
  channel: Channel;
  from_ms: number;
  to_ms: number;
  kind: EntityKind;
}
export interface Waveform {
  duration_ms: number;
  peaks_per_second: number;
  channels: Record<Channel, number[]>;
  masks: WaveformMask[];
}
export interface StageLatency {
  stage: Stage;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  count: number;
}
export interface Latency {
  stages: StageLatency[];
}
export interface RecordingStatus {
  state: 'running' | 'stopped';
  detail?: string | null;
}
export interface ServerStatus {
  version: string;
  profile: string;
  transcription: TranscriptionStatus;
  live_calls: number;
  started_at_ms: number;
  latency: Latency;
  recording: RecordingStatus;
}
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string | null;
  code: string;
}
