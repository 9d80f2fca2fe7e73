import type { AlertRaised, CallListView, CallSummary } from '@trunkline/client/console';
import { liveCalls } from '@trunkline/client/console';

/** What a call on the board needs, most pressing first. */
export type Need =
  | 'critical'
  | 'unmet'
  | 'words-missing'
  | 'unhappy'
  | 'long-silence'
  | 'long-hold'
  | 'warning'
  | 'hold'
  | 'none';

const RANK: Record<Need, number> = {
  critical: 0,
  unmet: 1,
  'words-missing': 2,
  unhappy: 3,
  'long-silence': 4,
  'long-hold': 5,
  warning: 6,
  hold: 7,
  none: 8,
};

/** Below this a customer is unhappy enough for a supervisor to look. */
const UNHAPPY = -0.5;
/** Nobody spoke for so long. */
const LONG_SILENCE_MS = 20_000;
/** The customer has waited for so long. */
const LONG_HOLD_MS = 60_000;

export function needOf(call: CallSummary, nowMs: number): Need {
  const { alerts } = call;
  if (alerts.some(({ severity }) => severity === 'critical')) return 'critical';
  if (call.unmet.length > 0) return 'unmet';
  if (isStuck(call)) return 'words-missing';
  if ((call.sentiment ?? 0) <= UNHAPPY) return 'unhappy';
  if (!call.on_hold && (call.silence_ms ?? 0) >= LONG_SILENCE_MS) return 'long-silence';
  if (call.on_hold && (holdMs(call, nowMs) ?? 0) >= LONG_HOLD_MS) return 'long-hold';
  if (alerts.length > 0) return 'warning';
  return call.on_hold ? 'hold' : 'none';
}

/** Its words do not come, or its stream cannot be read. */
export function isStuck(call: CallSummary): boolean {
  const transcription = call.transcription?.state ?? 'running';
  return transcription !== 'running' || call.media?.state === 'waiting';
}

/** How long nobody has spoken, where that is long. */
export function longSilenceMs(call: CallSummary): number | null {
  const ms = call.silence_ms ?? 0;
  return !call.on_hold && ms >= LONG_SILENCE_MS ? ms : null;
}

/** How long the present hold is; null when that is not known, or there is none. */
export function holdMs(call: CallSummary, nowMs: number): number | null {
  if (!call.on_hold || call.hold_since_ms == null) return null;
  return Math.max(0, nowMs - call.started_at_ms - call.hold_since_ms);
}

/** Open alerts, the most urgent first, then the newest; and how many more than `most` there are. */
export function shownAlerts(
  call: CallSummary,
  most: number,
): { shown: Pick<AlertRaised, 'kind' | 'severity' | 'title' | 'at_ms'>[]; more: number } {
  const alerts = call.alerts.toSorted(
    (a, b) =>
      Number(b.severity === 'critical') - Number(a.severity === 'critical') || b.at_ms - a.at_ms,
  );
  return { shown: alerts.slice(0, most), more: Math.max(0, alerts.length - most) };
}

/** Live calls by need, and newest first among equals. */
export function byNeed(view: CallListView, nowMs: number): CallSummary[] {
  return liveCalls(view).sort((a, b) => RANK[needOf(a, nowMs)] - RANK[needOf(b, nowMs)]);
}

export interface Board {
  rows: CallSummary[];
  /** Calls that wait above the board until the reader lets them in. */
  waiting: number;
  /** Whether the rows would stand in another order by now. */
  isOtherwise: boolean;
}

/**
 * The rows to show. While somebody reads (`held` names the rows they see), rows keep their places and new
 * calls wait; what the rows say stays current, and a call that ends says so where it stands.
 */
export function boardOf(view: CallListView, held: readonly string[] | null, nowMs: number): Board {
  const wanted = byNeed(view, nowMs);
  if (held === null) return { rows: wanted, waiting: 0, isOtherwise: false };
  const rows = held.flatMap((id) => view.byId.get(id) ?? []);
  const shown = new Set(held);
  const inOrder = wanted.filter((call) => shown.has(call.call_id));
  const live = rows.filter((call) => call.state === 'live');
  return {
    rows,
    waiting: wanted.length - inOrder.length,
    isOtherwise: inOrder.some((call, at) => call.call_id !== live[at]?.call_id),
  };
}
