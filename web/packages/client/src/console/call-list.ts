import type {
  CallList,
  CallMetrics,
  CallSummary,
  Envelope,
  TranscriptUtterance,
} from '@trunkline/api-types';

/** The calls known to a page and the place in the log up to which they are true. */
export interface CallListView {
  position: number;
  byId: ReadonlyMap<string, CallSummary>;
}

export const emptyCallList: CallListView = { position: 0, byId: new Map() };

/** A list as the server gave it: it is true up to its `position`, from where following goes on. */
export function callListOf(page: CallList): CallListView {
  return { position: page.position, byId: new Map(page.calls.map((call) => [call.call_id, call])) };
}

/** Folds one logged event in; the same object when it says nothing new. */
export function reduceCallList(view: CallListView, event: Envelope): CallListView {
  if (event.position === 0 || event.position <= view.position) return view;
  const known = view.byId.get(event.call_id);
  // A page may be limited: what it says of a call can be newer than the list's own place.
  if (known && event.seq <= known.seq) return { ...view, position: event.position };
  const call = known ? reduceSummary(known, event) : begin(event);
  const byId = call === null ? view.byId : new Map(view.byId).set(event.call_id, call);
  return { position: event.position, byId };
}

/**
 * Whether the event changes a row in a way that the row itself cannot tell: rows hold neither the ids of their alerts
 * nor their checklist. Such a row is asked for again, and `withRows` takes it in.
 */
export function needsNewRow(event: Envelope): boolean {
  return (
    event.type === 'alert_raised' ||
    event.type === 'alert_cleared' ||
    event.type === 'checklist_changed' ||
    event.type === 'guidance_started'
  );
}

/**
 * Rows as the server gave them later. Of one that is older than what is known only that is taken which the known one
 * could not tell by itself; what changed of it since is on its way in a row that is newer still.
 */
export function withRows(view: CallListView, rows: readonly CallSummary[]): CallListView {
  const byId = new Map(view.byId);
  for (const row of rows) {
    const known = byId.get(row.call_id);
    byId.set(row.call_id, known !== undefined && known.seq > row.seq ? withNeeds(known, row) : row);
  }
  return { ...view, byId };
}

function withNeeds(call: CallSummary, row: CallSummary): CallSummary {
  const { alerts, unmet, checklist_done, checklist_total } = row;
  return { ...call, alerts, unmet, checklist_done, checklist_total };
}

/** Live calls, newest first. */
export function liveCalls(view: CallListView): CallSummary[] {
  return [...view.byId.values()].filter((call) => call.state === 'live').sort(newestFirst);
}

export function newestFirst(a: CallSummary, b: CallSummary): number {
  return b.started_at_ms - a.started_at_ms || b.call_id.localeCompare(a.call_id);
}

function begin(event: Envelope): CallSummary | null {
  if (event.type !== 'call_started') return null;
  const { contact_id, customer, queue, started_at_ms } = event.data;
  return {
    call_id: event.call_id,
    contact_id,
    customer: customer ?? null,
    queue: queue ?? null,
    agent: null,
    started_at_ms,
    state: 'live',
    end_reason: null,
    duration_ms: null,
    on_hold: false,
    utterances: 0,
    masks: 0,
    gaps: 0,
    has_recording: false,
    verdict: null,
    quarantined: false,
    open_findings: 0,
    legal_hold: false,
    transcription: null,
    last_utterance: null,
    alerts: [],
    unmet: [],
    checklist_done: 0,
    checklist_total: 0,
    sentiment_series: [],
    seq: event.seq,
    position: event.position,
  };
}

function reduceSummary(call: CallSummary, event: Envelope): CallSummary {
  const seen = { ...call, seq: event.seq, position: event.position };
  switch (event.type) {
    case 'transcription_status':
      return { ...seen, transcription: event.data };
    case 'agent_connected':
      return { ...seen, agent: event.data.name ?? event.data.id, agent_id: event.data.id };
    case 'hold_started':
      return { ...seen, on_hold: true, hold_since_ms: event.data.at_ms };
    case 'hold_ended':
      return { ...seen, on_hold: false, hold_since_ms: null };
    case 'alert_raised': {
      const { kind, severity, title, at_ms } = event.data;
      return { ...seen, alerts: [...call.alerts, { kind, severity, title, at_ms }] };
    }
    case 'metrics_sampled':
      return withMeasured(seen, event.data);
    case 'utterance_completed':
      return withSpoken(seen, event.data);
    case 'utterance_revised':
      return withRevised(seen, event.data.utterance);
    case 'media_gap':
      return { ...seen, gaps: call.gaps + 1 };
    case 'recording_completed':
      return { ...seen, has_recording: true };
    case 'recording_removed':
      return { ...seen, has_recording: false };
    case 'call_verified': {
      const quarantined = event.data.verdict === 'quarantined';
      return {
        ...seen,
        verdict: event.data.verdict,
        quarantined,
        last_utterance: quarantined ? null : (seen.last_utterance ?? null),
      };
    }
    case 'quarantine_lifted':
      return { ...seen, quarantined: false, open_findings: 0 };
    case 'legal_hold_placed':
      return { ...seen, legal_hold: true };
    case 'legal_hold_released':
      return { ...seen, legal_hold: false };
    case 'call_ended':
      return {
        ...seen,
        state: 'ended',
        on_hold: false,
        hold_since_ms: null,
        silence_ms: null,
        end_reason: event.data.reason,
        duration_ms: event.data.duration_ms,
      };
    default:
      return seen;
  }
}

/** As many values of the sentiment as the server's rows hold. */
const MAX_SENTIMENTS = 20;

function withMeasured(call: CallSummary, metrics: CallMetrics): CallSummary {
  const sentiment = metrics.customer.sentiment ?? null;
  const silence_ms = metrics.current_silence_ms;
  if (sentiment === null) return { ...call, silence_ms };
  const series = [...call.sentiment_series, sentiment].slice(-MAX_SENTIMENTS);
  return { ...call, silence_ms, sentiment, sentiment_series: series };
}

function withSpoken(call: CallSummary, utterance: TranscriptUtterance): CallSummary {
  if (utterance.words.length === 0) return call;
  return {
    ...call,
    utterances: call.utterances + 1,
    masks: call.masks + masksOf(utterance),
    last_utterance: utterance,
  };
}

/** Only the last sentence is known here, so only its masks can be counted anew. */
function withRevised(call: CallSummary, utterance: TranscriptUtterance): CallSummary {
  const last = call.last_utterance;
  if (last?.id !== utterance.id) return call;
  return {
    ...call,
    masks: call.masks + masksOf(utterance) - masksOf(last),
    last_utterance: utterance,
  };
}

function masksOf(utterance: TranscriptUtterance): number {
  return utterance.words.filter((word) => word.masked).length;
}
