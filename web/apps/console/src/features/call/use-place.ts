import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Player } from './player.ts';

/**
 * The place in the call that the address names, as milliseconds in `t`: the page opens there, its sound
 * stands there. The second value writes the place from which the reader listened last.
 */
export function usePlace(player: Player | null): [number | null, (ms: number) => void] {
  const [params, setParams] = useSearchParams();
  const [openedAtMs] = useState(() => parsePlace(params.get('t')));
  useEffect(() => {
    if (openedAtMs !== null) player?.seek(openedAtMs);
  }, [player, openedAtMs]);
  const setPlace = (ms: number) =>
    setParams(
      (before) => {
        before.set('t', String(ms));
        return before;
      },
      { replace: true },
    );
  return [openedAtMs, setPlace];
}

function parsePlace(text: string | null): number | null {
  const ms = Number(text ?? Number.NaN);
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}
