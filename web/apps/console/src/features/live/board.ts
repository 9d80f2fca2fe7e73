import type { CallListView, CallSummary } from '@trunkline/client/console';
import { liveCalls } from '@trunkline/client/console';

/** What a call on the board needs, most pressing first. */
export type Need = 'words-missing' | 'hold' | 'none';

const RANK: Record<Need, number> = { 'words-missing': 0, hold: 1, none: 2 };

export function needOf(call: CallSummary): Need {
  const transcription = call.transcription?.state ?? 'running';
  if (transcription !== 'running') return 'words-missing';
  return call.on_hold ? 'hold' : 'none';
}

/** Live calls by need, and newest first among equals. */
export function byNeed(view: CallListView): CallSummary[] {
  return liveCalls(view).sort((a, b) => RANK[needOf(a)] - RANK[needOf(b)]);
}

export interface Board {
  rows: CallSummary[];
  /** Calls that wait above the board until the reader lets them in. */
  waiting: number;
}

/**
 * The rows to show. While somebody reads (`held` names the rows they see), rows keep their places and new
 * calls wait; what the rows say stays current, and a call that ends says so where it stands.
 */
export function boardOf(view: CallListView, held: readonly string[] | null): Board {
  const wanted = byNeed(view);
  if (held === null) return { rows: wanted, waiting: 0 };
  const rows = held.flatMap((id) => view.byId.get(id) ?? []);
  const shown = new Set(held);
  return { rows, waiting: wanted.filter((call) => !shown.has(call.call_id)).length };
}
