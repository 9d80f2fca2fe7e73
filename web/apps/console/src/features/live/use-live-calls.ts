import type { CallListView, CallSummary, TrunklineClient } from '@trunkline/client/console';
import { callListOf, reduceCallList } from '@trunkline/client/console';
import { useClient } from '../../app/client-context.ts';
import { useFollowed } from '../../ui/use-followed.ts';
import type { Loaded } from '../../ui/use-load.ts';
import { useLoad } from '../../ui/use-load.ts';

const PAGE = 200;
/** A wall of more rows than this is read by nobody; the board says that it is cut. */
const MAX_PAGES = 10;

/** The live calls, followed from the place up to which the server's list was true. */
export function useLiveCalls(): Loaded<CallListView> {
  const client = useClient();
  const loaded = useLoad('live', (signal) => loadLive(client, signal));
  const view = useFollowed(
    loaded.value,
    (from, options) => client.followCalls({ after: from.position, ...options }),
    reduceCallList,
    loaded.reload,
  );
  return { ...loaded, value: view };
}

async function loadLive(client: TrunklineClient, signal: AbortSignal): Promise<CallListView> {
  const first = await client.calls({ state: 'live', limit: PAGE }, signal);
  const calls: CallSummary[] = [...first.calls];
  let next = first.next;
  for (let page = 1; next && page < MAX_PAGES; page++) {
    const more = await client.calls({ state: 'live', limit: PAGE, after: next }, signal);
    calls.push(...more.calls);
    next = more.next;
  }
  // The first page's place: what later pages know beyond it, each call's own seq sorts out.
  return callListOf({ ...first, calls });
}
