import type {
  AgentRef,
  CallEnded,
  CallStarted,
  Envelope,
  Gap,
  GuidanceView,
  HoldSpan,
  Recording,
  RecordingFailed,
  TranscriptionStatus,
  Verified,
} from '@trunkline/api-types';
import { emptyGuidance, reduceGuidance } from '../guidance.ts';
import type { TranscriptView } from '../transcript.ts';
import { emptyTranscript, withoutPartials, withPartial, withSettled } from '../transcript.ts';

/** Everything that a call's events say, folded. The same events give the same view, however often they come. */
export interface CallView {
  lastSeq: number;
  started: CallStarted | null;
  ended: CallEnded | null;
  transcript: TranscriptView;
  gaps: readonly Gap[];
  holds: readonly HoldSpan[];
  /** The agent on the call, or the last one. */
  agent: AgentRef | null;
  transcription: TranscriptionStatus | null;
  recording: Recording | null;
  recordingFailed: RecordingFailed | null;
  /** How its last verification came out. */
  verified: Verified | null;
  /** What was found waits for a reviewer, and the call is hidden from everybody else. */
  isQuarantined: boolean;
  /** The card on show, the checklist, alerts, metrics, the summary. */
  guidance: GuidanceView;
  /** The logged events but for words and measurements, oldest first. */
  milestones: readonly Envelope[];
  /** The recogniser was behind its deadline when it took up the last words. */
  isLate: boolean;
  /** The end of the latest media known, in milliseconds of the call. */
  mediaMs: number;
}

export const emptyCall: CallView = {
  lastSeq: 0,
  started: null,
  ended: null,
  transcript: emptyTranscript,
  gaps: [],
  holds: [],
  agent: null,
  transcription: null,
  recording: null,
  recordingFailed: null,
  verified: null,
  isQuarantined: false,
  guidance: emptyGuidance,
  milestones: [],
  isLate: false,
  mediaMs: 0,
};

/** Folds one event in. Returns the same object when the event says nothing new. */
export function reduceCall(view: CallView, event: Envelope): CallView {
  if (event.seq === 0) return reducePartial(view, event);
  if (event.seq <= view.lastSeq) return view;
  return { ...reduceLogged(view, event), lastSeq: event.seq };
}

/** Whether the customer is on hold now. */
export function isOnHold(view: CallView): boolean {
  return view.holds.at(-1)?.to_ms === null && view.ended === null;
}

function reducePartial(view: CallView, event: Envelope): CallView {
  if (event.type !== 'utterance_updated' || view.ended !== null) return view;
  const transcript = withPartial(view.transcript, event.data);
  if (transcript === view.transcript) return view;
  return {
    ...view,
    transcript,
    isLate: event.stages.late ?? false,
    mediaMs: Math.max(view.mediaMs, event.data.end_ms),
  };
}

function reduceLogged(view: CallView, event: Envelope): CallView {
  switch (event.type) {
    case 'utterance_updated':
      return view;
    case 'utterance_completed':
      return {
        ...view,
        transcript: withSettled(view.transcript, event.data),
        isLate: event.stages.late ?? false,
        mediaMs: Math.max(view.mediaMs, event.data.end_ms),
      };
    case 'utterance_revised': {
      const { utterance, reason } = event.data;
      return { ...view, transcript: withSettled(view.transcript, utterance, reason) };
    }
    case 'metrics_sampled':
      return withGuidance(view, event);
    default: {
      const seen = withGuidance(view, event);
      return { ...reduceMilestone(seen, event), milestones: [...view.milestones, event] };
    }
  }
}

function withGuidance(view: CallView, event: Envelope): CallView {
  const guidance = reduceGuidance(view.guidance, event);
  return guidance === view.guidance ? view : { ...view, guidance };
}

function reduceMilestone(view: CallView, event: Envelope): CallView {
  switch (event.type) {
    case 'call_started':
      return { ...view, started: event.data };
    case 'transcription_status':
      return { ...view, transcription: event.data };
    case 'agent_connected':
      return { ...view, agent: event.data };
    case 'hold_started':
      return { ...view, holds: [...view.holds, { from_ms: event.data.at_ms, to_ms: null }] };
    case 'hold_ended':
      return { ...view, holds: endHold(view.holds, event.data.at_ms) };
    case 'media_gap':
      return {
        ...view,
        gaps: [...view.gaps, event.data],
        mediaMs: Math.max(view.mediaMs, event.data.to_ms),
      };
    case 'recording_completed':
      return { ...view, recording: event.data };
    case 'recording_removed':
      return { ...view, recording: null };
    case 'recording_failed':
      return { ...view, recordingFailed: event.data };
    case 'call_verified':
      return {
        ...view,
        verified: event.data,
        isQuarantined: event.data.verdict === 'quarantined',
      };
    case 'quarantine_lifted':
      return { ...view, isQuarantined: false };
    case 'call_ended':
      return {
        ...view,
        ended: event.data,
        transcript: withoutPartials(view.transcript),
        holds: endHold(view.holds, event.data.duration_ms),
        mediaMs: Math.max(view.mediaMs, event.data.duration_ms),
      };
    default:
      return view;
  }
}

function endHold(holds: readonly HoldSpan[], atMs: number): readonly HoldSpan[] {
  const last = holds.at(-1);
  if (last?.to_ms !== null) return holds;
  return [...holds.slice(0, -1), { from_ms: last.from_ms, to_ms: atMs }];
}
