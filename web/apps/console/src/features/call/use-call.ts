import type { CallView, TrunklineClient } from '@trunkline/client/console';
import { ApiError, emptyCall, reduceCall } from '@trunkline/client/console';
import { useClient } from '../../app/client-context.ts';
import { useFollowed } from '../../ui/use-followed.ts';
import type { Loaded } from '../../ui/use-load.ts';
import { useLoad } from '../../ui/use-load.ts';

/** One call: its log read once, then followed from there. */
export function useCall(callId: string): Loaded<CallView> {
  const client = useClient();
  const loaded = useLoad(callId, (signal) => loadCall(client, callId, signal), {
    isPassing: (error) => !isAbsent(error),
  });
  const view = useFollowed(
    loaded.value,
    (from, options) => client.followCall(callId, { after: from.lastSeq, ...options }),
    reduceCall,
    loaded.reload,
  );
  return { ...loaded, value: view };
}

/** Whether the server knows no such call: asking again would not help. */
export function isAbsent(error: Error): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether the call waits for a reviewer, and the one who asks is none. */
export function isHidden(error: Error): boolean {
  return error instanceof ApiError && error.code === 'quarantined';
}

async function loadCall(
  client: TrunklineClient,
  callId: string,
  signal: AbortSignal,
): Promise<CallView> {
  let view = emptyCall;
  let after: number | null = 0;
  while (after !== null) {
    const page = await client.events(callId, after, signal);
    view = page.events.reduce(reduceCall, view);
    // A server that points back would be read for ever.
    const next = page.next_after ?? null;
    after = next !== null && next > after ? next : null;
  }
  return view;
}
