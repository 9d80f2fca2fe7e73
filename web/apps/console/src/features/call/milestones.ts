import type { Envelope, ReviewAction } from '@trunkline/client/console';
import { causeName, endName, shortName, span, verdictName } from '../../ui/format.ts';

/** A logged event in one line. `atMs` on the call's timeline, where the event has a place on it. */
export interface Milestone {
  seq: number;
  atMs: number | null;
  text: string;
}

/**
 * What is worth a line: Connect's contact event tells of an agent by id, and the agent's own event a moment
 * later brings the name; only the latter is shown.
 */
export function worthALine(events: readonly Envelope[]): Envelope[] {
  const named = new Set<string>();
  for (const event of events) {
    if (event.type === 'agent_connected' && event.data.name != null) named.add(event.data.id);
  }
  return events.filter(
    (event) =>
      !SHOWN_ELSEWHERE.has(event.type) &&
      (event.type !== 'agent_connected' || event.data.name != null || !named.has(event.data.id)),
  );
}

/** What the panels of guidance show where it belongs. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set<Envelope['type']>([
  'guidance_started',
  'hint_shown',
  'hint_changed',
  'checklist_changed',
  'workflow_changed',
  'metrics_sampled',
  'summary_written',
]);

export function milestoneOf(event: Envelope): Milestone {
  const [atMs, text] = say(event);
  return { seq: event.seq, atMs, text };
}

const KEPT_OUT = {
  foreign_contact: 'it belongs to another contact',
  unknown_contact: 'it names no contact',
  mixed_contacts: 'it names two contacts',
};

const WORDS = {
  running: 'Words are coming',
  absent: 'No words to be had',
  failed: 'Words stopped',
};

const RECORDING = {
  disk_full: 'Recording stopped: the disk is full',
  store_failed: 'Recording stopped: the store failed',
  not_redacted: 'No recording: not all of it could be redacted',
  owner_lost: 'No recording: the server that carried the call died',
};

const DECIDED: Record<ReviewAction, string> = {
  approve: 'a finding is masked',
  mask: 'more is masked than was found',
  release: 'a finding is harmless',
};

const MEDIA = {
  live: 'The stream is read as it comes',
  catching_up: 'The stream is read faster, to catch up',
  waiting: 'The stream cannot be read now',
};

function say(event: Envelope): [number | null, string] {
  switch (event.type) {
    case 'call_started':
      return [0, 'Call began'];
    case 'transcription_status':
      return [null, WORDS[event.data.state]];
    case 'agent_connected':
      return [event.data.at_ms, `${shortName(event.data.name ?? event.data.id)} connected`];
    case 'agent_disconnected':
      return [event.data.at_ms, `${shortName(event.data.name ?? event.data.id)} left`];
    case 'hold_started':
      return [event.data.at_ms, 'Hold began'];
    case 'hold_ended':
      return [event.data.at_ms, 'Hold ended'];
    case 'media_gap': {
      const { from_ms, to_ms, cause } = event.data;
      return [from_ms, `Sound missing for ${span(to_ms - from_ms)}: ${causeName(cause)}`];
    }
    case 'fragment_quarantined':
      return [null, `A fragment was kept out: ${KEPT_OUT[event.data.reason]}`];
    case 'recording_completed':
      return [null, 'Recording is ready'];
    case 'recording_removed':
      return [null, 'The recording is no longer kept'];
    case 'recording_failed':
      return [event.data.at_ms, RECORDING[event.data.cause]];
    case 'call_verified':
      return [null, verdictName(event.data.verdict)];
    case 'finding_decided':
      return [null, `${event.data.by}: ${DECIDED[event.data.action]}`];
    case 'quarantine_lifted':
      return [null, 'No longer hidden'];
    case 'legal_hold_placed':
      return [null, `Legal hold placed: ${event.data.matter}`];
    case 'legal_hold_released':
      return [null, `Legal hold released: ${event.data.matter}`];
    case 'media_status':
      return [null, MEDIA[event.data.state]];
    case 'attributes_missing':
      return [null, `The flow did not set ${event.data.names.join(', ')}`];
    case 'alert_raised':
      return [event.data.at_ms, `Alert: ${event.data.title}`];
    case 'alert_cleared':
      return [event.data.at_ms, 'An alert is over'];
    case 'guidance_muted':
      return [event.data.at_ms, event.data.muted ? 'Suggestions muted' : 'Suggestions again'];
    case 'message_sent':
      return [event.data.at_ms, `${event.data.from} wrote to the agent`];
    case 'call_ended':
      return [event.data.duration_ms, `Call ended: ${endName(event.data.reason).toLowerCase()}`];
    default:
      return [null, (event as { type: string }).type.replaceAll('_', ' ')];
  }
}
