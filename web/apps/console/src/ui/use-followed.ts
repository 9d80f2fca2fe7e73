import type { Envelope, SubscribeOptions } from '@trunkline/client/console';
import { useEffect, useEffectEvent, useState } from 'react';
import type { Reload } from './use-load.ts';

type Follow<V> = (
  from: V,
  options: Pick<SubscribeOptions, 'signal' | 'onEvent' | 'onStale'>,
  /** Changes the view by something that came another way than by events. */
  change: (by: (view: V) => V) => void,
) => void;

/**
 * A view as loaded, and with each event since folded in. Begins anew when another one is loaded, which
 * `reload` sees to when the server turns out to keep another log than the one the view came from.
 */
export function useFollowed<V extends object>(
  from: V | null,
  follow: Follow<V>,
  reduce: (view: V, event: Envelope) => V,
  reload: Reload,
): V | null {
  const [followed, setFollowed] = useState<{ from: V; view: V } | null>(null);
  const start = useEffectEvent(follow);
  const onStale = useEffectEvent(reload);
  useEffect(() => {
    if (from === null) return;
    const stop = new AbortController();
    const change = (by: (view: V) => V) =>
      setFollowed((before) => {
        const view = before?.from === from ? before.view : from;
        const next = by(view);
        return next === view && before?.from === from ? before : { from, view: next };
      });
    const onEvent = (event: Envelope) => change((view) => reduce(view, event));
    start(from, { signal: stop.signal, onEvent, onStale: () => onStale() }, change);
    return () => stop.abort();
  }, [from, reduce]);
  return followed !== null && followed.from === from ? followed.view : from;
}
