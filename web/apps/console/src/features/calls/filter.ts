import type { CallSummary } from '@trunkline/client/console';

/** Whether every word of the query is somewhere in what the row shows, or starts its ids. */
export function isFound(call: CallSummary, query: string): boolean {
  const shown = [call.customer, call.agent, call.queue].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .every(
      (word) =>
        shown.includes(word) ||
        call.contact_id.toLowerCase().startsWith(word) ||
        call.call_id.toLowerCase().startsWith(word),
    );
}
