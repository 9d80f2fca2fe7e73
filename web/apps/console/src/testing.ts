import type { CallSummary } from '@trunkline/client/console';

/** A row of a call of which nothing is known but its id. */
export function callRow(id: string, over: Partial<CallSummary> = {}): CallSummary {
  return {
    call_id: id,
    contact_id: `contact-${id}`,
    started_at_ms: 1,
    state: 'live',
    on_hold: false,
    utterances: 0,
    masks: 0,
    gaps: 0,
    has_recording: false,
    quarantined: false,
    open_findings: 0,
    legal_hold: false,
    alerts: [],
    unmet: [],
    checklist_done: 0,
    checklist_total: 0,
    sentiment_series: [],
    seq: 1,
    position: 1,
    ...over,
  };
}
