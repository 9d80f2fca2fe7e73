import type {
  CallListView,
  CallSummary,
  Envelope,
  TrunklineClient,
} from '@trunkline/client/console';
import { callListOf, needsNewRow, reduceCallList, withRows } from '@trunkline/client/console';
import { useClient } from '../../app/client-context.ts';
import { useFollowed } from '../../ui/use-followed.ts';
import type { Loaded } from '../../ui/use-load.ts';
import { useLoad } from '../../ui/use-load.ts';

const PAGE = 200;
/** A wall of more rows than this is read by nobody; the board says that it is cut. */
const MAX_PAGES = 10;

/** Rows are asked for again at most this often, however many events ask for it. */
const REFRESH_MS = 700;

/** The live calls, followed from the place up to which the server's list was true. */
export function useLiveCalls(): Loaded<CallListView> {
  const client = useClient();
  const loaded = useLoad('live', (signal) => loadLive(client, signal));
  const view = useFollowed(
    loaded.value,
    (from, options, change) => {
      const refresh = refresher(options.signal, () =>
        loadLive(client, options.signal).then(({ byId }) =>
          change((view) => withRows(view, [...byId.values()])),
        ),
      );
      const onEvent = (event: Envelope) => {
        options.onEvent(event);
        if (needsNewRow(event)) refresh();
      };
      client.followCalls({ after: from.position, ...options, onEvent });
    },
    reduceCallList,
    loaded.reload,
  );
  return { ...loaded, value: view };
}

/** Loads a little later and once for all who asked until then. What fails is made good by the next. */
function refresher(signal: AbortSignal, load: () => Promise<void>): () => void {
  let isPending = false;
  return () => {
    if (isPending) return;
    isPending = true;
    setTimeout(() => {
      isPending = false;
      if (!signal.aborted) load().catch(() => undefined);
    }, REFRESH_MS);
  };
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
