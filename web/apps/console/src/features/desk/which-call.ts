import type { CallListView, CallSummary, Whoami } from '@trunkline/client/console';
import { liveCalls } from '@trunkline/client/console';

/** By what a desk knows its calls: ids of Connect's contact, or the agent. Null: its reader chooses. */
export type DeskKey = { contactIds: readonly string[] } | { agent: string } | null;

/** What the address says, else who is signed in. */
export function deskKeyOf(params: URLSearchParams, who: Whoami | null): DeskKey {
  const contactIds = params.getAll('contact').filter((id) => id !== '');
  if (contactIds.length > 0) return { contactIds };
  const agent = params.get('agent') ?? who?.agent;
  return agent ? { agent } : null;
}

/** The live call that belongs to the desk, the newest of several. */
export function ownCall(view: CallListView, key: DeskKey): CallSummary | null {
  if (key === null) return null;
  return liveCalls(view).find((call) => belongs(call, key)) ?? null;
}

/** The call that the agent takes up after `callId`: another one of the desk's that is live. */
export function nextCall(view: CallListView, key: DeskKey, callId: string): CallSummary | null {
  if (key === null) return null;
  return liveCalls(view).find((call) => call.call_id !== callId && belongs(call, key)) ?? null;
}

function belongs(call: CallSummary, key: NonNullable<DeskKey>): boolean {
  if ('contactIds' in key) return key.contactIds.includes(call.contact_id);
  const wanted = key.agent.toLowerCase();
  return [call.agent_id, call.agent].some((name) => name?.toLowerCase() === wanted);
}
