import type { CallSnapshot, CallSummary, Envelope, GuidanceView } from '@trunkline/api-types';
import { emptyGuidance, reduceGuidance } from '../guidance.ts';
import type { TranscriptView } from '../transcript.ts';
import { emptyTranscript, withoutPartials, withPartial, withSettled } from '../transcript.ts';

export type SessionStatus = 'started' | 'on-hold' | 'ended';

/** What a session knows: its row from the start, the rest from when somebody looks at it. */
export interface SessionState {
  row: CallSummary;
  transcript: TranscriptView;
  guidance: GuidanceView;
  /** Whether transcript and guidance are those of the server, and not yet to be loaded. */
  isLoaded: boolean;
}

export function beginSession(row: CallSummary): SessionState {
  return { row, transcript: emptyTranscript, guidance: emptyGuidance, isLoaded: false };
}

/** How the call stands, as the server tells it: replaces what was known. */
export function loadSession(state: SessionState, snapshot: CallSnapshot): SessionState {
  return {
    row: newer(state.row, snapshot.call),
    transcript: snapshot.transcript.utterances.reduce(
      (view, utterance) => withSettled(view, utterance),
      emptyTranscript,
    ),
    guidance: { ...emptyGuidance, ...snapshot.guidance },
    isLoaded: true,
  };
}

/** Folds in an event of the call's own log, or words in the making. */
export function reduceSession(state: SessionState, event: Envelope): SessionState {
  const row = reduceRow(state.row, event);
  const transcript = reduceTranscript(state.transcript, event, row.state === 'ended');
  const guidance = event.seq === 0 ? state.guidance : reduceGuidance(state.guidance, event);
  const isSame =
    row === state.row && transcript === state.transcript && guidance === state.guidance;
  return isSame ? state : { ...state, row, transcript, guidance };
}

/** A row as the server gave it later. */
export function withRow(state: SessionState, row: CallSummary): SessionState {
  const known = newer(state.row, row);
  return known === state.row ? state : { ...state, row: known };
}

export function statusOf(row: CallSummary): SessionStatus {
  if (row.state === 'ended') return 'ended';
  return row.on_hold ? 'on-hold' : 'started';
}

/** Both the list and the call's own log tell of it: what one told already, the other does not undo. */
export function reduceRow(row: CallSummary, event: Envelope): CallSummary {
  if (event.seq === 0 || event.seq <= row.seq) return row;
  const seen = { ...row, seq: event.seq, position: Math.max(row.position, event.position) };
  switch (event.type) {
    case 'call_started':
      return { ...seen, started_at_ms: event.data.started_at_ms };
    case 'agent_connected':
      return { ...seen, agent: event.data.name ?? event.data.id, agent_id: event.data.id };
    case 'hold_started':
      return { ...seen, on_hold: true };
    case 'hold_ended':
      return { ...seen, on_hold: false };
    case 'call_ended':
      return {
        ...seen,
        state: 'ended',
        on_hold: false,
        end_reason: event.data.reason,
        duration_ms: event.data.duration_ms,
      };
    default:
      return seen;
  }
}

function reduceTranscript(view: TranscriptView, event: Envelope, isOver: boolean): TranscriptView {
  switch (event.type) {
    case 'utterance_updated':
      return isOver ? view : withPartial(view, event.data);
    case 'utterance_completed':
      return withSettled(view, event.data);
    case 'utterance_revised': {
      const { utterance, reason } = event.data;
      return withSettled(view, utterance, reason);
    }
    case 'call_ended':
      return withoutPartials(view);
    default:
      return view;
  }
}

function newer(known: CallSummary, given: CallSummary): CallSummary {
  return given.seq >= known.seq ? given : known;
}
