import { useSyncExternalStore } from 'react';

/** One clock for the page: everything that ticks does so together, once a second. */
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

/** The wall clock, in milliseconds; renders again each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
