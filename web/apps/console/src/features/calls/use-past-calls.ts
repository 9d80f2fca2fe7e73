import type { CallList, TrunklineClient } from '@trunkline/client/console';
import { useEffect, useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import type { Loaded } from '../../ui/use-load.ts';
import { useLoad } from '../../ui/use-load.ts';

const PAGE = 50;
/** In a busy hour calls begin and end all the time: the list is read again this often at most. */
const REFRESH_MS = 2000;

/** Which calls to list: all there are, or those in one state. */
export type StateFilter = 'all' | 'live' | 'ended';

export interface PastCalls {
  loaded: Loaded<CallList>;
  hasMore: boolean;
  loadMore: () => void;
}

/** Calls, newest first, a page more at each wish. A call that ends anywhere brings the list up to date. */
export function usePastCalls(state: StateFilter): PastCalls {
  const client = useClient();
  const [pages, setPages] = useState(1);
  const [version, setVersion] = useState(0);
  const loaded = useLoad(state, (signal) => loadPages(client, state, pages, signal), {
    again: `${pages} ${version}`,
  });

  const position = loaded.value?.position ?? null;
  useEffect(() => {
    if (position === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    client.followCalls({
      after: position,
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type !== 'call_started' && type !== 'call_ended') return;
        timer ??= setTimeout(() => setVersion((before) => before + 1), REFRESH_MS);
      },
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [client, position]);

  return {
    loaded,
    hasMore: Boolean(loaded.value?.next),
    loadMore: () => setPages((before) => before + 1),
  };
}

async function loadPages(
  client: TrunklineClient,
  state: StateFilter,
  pages: number,
  signal: AbortSignal,
): Promise<CallList> {
  const query = { limit: PAGE, ...(state === 'all' ? {} : { state }) };
  const all = await client.calls(query, signal);
  for (let page = 1; page < pages && all.next; page++) {
    const more = await client.calls({ ...query, after: all.next }, signal);
    all.calls.push(...more.calls);
    all.next = more.next ?? null;
  }
  return all;
}
