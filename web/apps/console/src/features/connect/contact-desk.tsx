import type { CallListView, CallSummary } from '@trunkline/client/console';
import { useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import { Broken } from '../../ui/broken.tsx';
import { useLoad } from '../../ui/use-load.ts';
import { DeskCall } from '../desk/desk-call.tsx';
import { LoadingDesk } from '../desk/loading-desk.tsx';
import { Waiting } from '../desk/waiting.tsx';
import { ownCall } from '../desk/which-call.ts';
import { useLiveCalls } from '../live/use-live-calls.ts';
import type { AgentContact } from './contacts.ts';
import { idsOf } from './contacts.ts';

/** Of calls that are over, so many of the newest are looked through. */
const RECENT = 100;

/** The desk of the contact that the agent's softphone or workspace is with. */
export function ContactDesk({ contact }: { contact: AgentContact | null }) {
  const calls = useLiveCalls();
  const callId = useCallOf(contact, calls.value);
  if (contact === null) return <Waiting deskKey={null} />;
  const key = { contactIds: idsOf(contact) };
  if (callId !== null)
    return <DeskCall key={callId} callId={callId} deskKey={key} calls={calls.value} />;
  if (calls.value === null && calls.error !== null)
    return (
      <Broken what="The calls cannot be read" error={calls.error} sinceMs={calls.brokenSinceMs}>
        <p>The call itself goes on; talk as you would without this panel.</p>
      </Broken>
    );
  return calls.value === null ? <LoadingDesk /> : <Waiting deskKey={key} />;
}

/** The call of the contact: a live one, or, when the page was opened after its end, one of the last. */
function useCallOf(contact: AgentContact | null, live: CallListView | null): string | null {
  const client = useClient();
  const ids = contact === null ? [] : idsOf(contact);
  const [found, setFound] = useState<{ of: string; callId: string } | null>(null);
  const recent = useLoad(
    contact === null ? null : ids.join(' '),
    (signal) => client.calls({ limit: RECENT }, signal),
    { isPassing: () => false },
  );
  const key = ids.join(' ');
  if (found?.of === key) return found.callId;
  const isOfContact = (call: CallSummary) => ids.includes(call.contact_id);
  const call =
    (live === null || ids.length === 0 ? null : ownCall(live, { contactIds: ids })) ??
    recent.value?.calls.find(isOfContact) ??
    null;
  // Kept: a call that ends leaves the live ones, and its desk stays.
  if (call !== null) setFound({ of: key, callId: call.call_id });
  return call?.call_id ?? null;
}
