import { useCallback, useEffect, useEffectEvent, useState } from 'react';

const RETRY_MS = 4000;

/**
 * Something asked of the server. Neither value nor error: loading. An error beside a value: the value is
 * what was known before `brokenSinceMs`.
 */
export interface Loaded<T> {
  value: T | null;
  error: Error | null;
  brokenSinceMs: number | null;
}

/** Forgets what was loaded, as it is not true any more, and loads anew. */
export type Reload = () => void;

const NOTHING = { value: null, error: null, brokenSinceMs: null };

export interface LoadOptions {
  /** Asks again this long after each answer. */
  everyMs?: number | null;
  /** Asks again at once when it changes, keeping what is shown. */
  again?: string;
  /** Whether an error can pass by itself; if not, it is not asked again. */
  isPassing?: (error: Error) => boolean;
}

/** Loads when `key` changes (nothing while it is null), asks again while it fails; what one key gave is never shown for another. */
export function useLoad<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs = null, again: wish = '', isPassing = () => true }: LoadOptions = {},
): Loaded<T> & { reload: Reload } {
  const [round, setRound] = useState(0);
  const [held, setHeld] = useState<{ key: string | null; loaded: Loaded<T> }>({
    key,
    loaded: NOTHING,
  });
  const start = useEffectEvent(load);
  const canPass = useEffectEvent(isPassing);
  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (delayMs: number) => {
      timer = setTimeout(run, delayMs);
    };
    const run = () => {
      start(stop.signal).then(
        (value) => {
          if (stop.signal.aborted) return;
          setHeld({ key, loaded: { value, error: null, brokenSinceMs: null } });
          if (everyMs !== null) again(everyMs);
        },
        (cause: unknown) => {
          if (stop.signal.aborted) return;
          const error = cause instanceof Error ? cause : new Error(String(cause));
          setHeld((before) => ({
            key,
            loaded: failed(before.key === key ? before.loaded : NOTHING, error),
          }));
          if (canPass(error)) again(RETRY_MS);
        },
      );
    };
    run();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs, wish, round]);
  const reload = useCallback(() => {
    setHeld({ key, loaded: NOTHING });
    setRound((before) => before + 1);
  }, [key]);
  return { ...(held.key === key ? held.loaded : NOTHING), reload };
}

function failed<T>(before: Loaded<T>, error: Error): Loaded<T> {
  return { value: before.value, error, brokenSinceMs: before.brokenSinceMs ?? Date.now() };
}
