import { ago, exactTime } from './format.ts';
import { useNow } from './use-now.ts';

/** A moment, relative; the exact one on hover. */
export function When({ atMs }: { atMs: number }) {
  const nowMs = useNow();
  return (
    <time dateTime={new Date(atMs).toISOString()} title={exactTime(atMs)}>
      {ago(atMs, nowMs)}
    </time>
  );
}
