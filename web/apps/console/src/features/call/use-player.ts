import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Player } from './player.ts';

/** The player of the recording at `url`, as long as there is one. */
export function usePlayer(url: string | null): Player | null {
  const player = useMemo(() => (url === null ? null : new Player(url)), [url]);
  useEffect(() => {
    player?.open();
    return () => player?.close();
  }, [player]);
  return player;
}

const watchNothing = () => () => undefined;

/** What `read` says of the player; renders again only when that changes. */
export function usePlayerState<T extends string | number | boolean | null>(
  player: Player | null,
  read: (player: Player) => T,
  without: T,
): T {
  return useSyncExternalStore(player?.watch ?? watchNothing, () =>
    player === null ? without : read(player),
  );
}
