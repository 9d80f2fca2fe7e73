import { Button } from '@mantine/core';
import { IconArrowDown, IconEar } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { MouseEvent } from 'react';
import { useKeys } from '../../../ui/use-keys.ts';
import type { Player } from '../player.ts';
import { usePlayerState } from '../use-player.ts';
import type { Search } from '../use-search.ts';
import { GapRow, HoldRow } from './inline-rows.tsx';
import { moveFocus, rowAt, rowOf, startOf } from './rows.ts';
import type { Item } from './timeline.ts';
import { spokenAt } from './timeline.ts';
import css from './transcript.module.css';
import { useFollow } from './use-follow.ts';
import { UtteranceRow } from './utterance-row.tsx';

export interface TranscriptProps {
  items: readonly Item[];
  agent: string | null;
  isLive: boolean;
  hasWords: boolean;
  player: Player | null;
  search: Search;
  /** Where the address pointed to when the page was opened. */
  startAtMs: number | null;
  /** The reader listens from here. */
  onPlace: (ms: number) => void;
}

export function Transcript(props: TranscriptProps) {
  const { items, agent, isLive, hasWords, player, search, startAtMs } = props;
  const pane = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const isPlaying = usePlayerState(player, (of) => of.isPlaying, false);
  const spoken = usePlayerState(
    player,
    (of) => (of.positionMs > 0 ? spokenAt(items, of.positionMs) : null),
    null,
  );
  const [spokenId, spokenWord] = spoken?.split(':') ?? [];
  const { isFollowing, setFollowing, scroll } = useFollow(pane, isLive && !isPlaying);

  // A live call: what is new comes into sight.
  useLayoutEffect(() => {
    if (isLive && !isPlaying && isFollowing)
      scroll(() => end.current?.scrollIntoView({ block: 'end' }));
  }, [items, isLive, isPlaying, isFollowing, scroll]);

  // Playing: what is heard stays in sight.
  useEffect(() => {
    if (isPlaying) setFollowing(true);
  }, [isPlaying, setFollowing]);
  useEffect(() => {
    if (!isPlaying || !isFollowing || spokenId === undefined) return;
    scroll(() => rowOf(pane.current, spokenId)?.scrollIntoView({ block: 'nearest' }));
  }, [isPlaying, isFollowing, spokenId, scroll]);

  const foundId = search.current?.utteranceId;
  useEffect(() => {
    if (foundId !== undefined) rowOf(pane.current, foundId)?.scrollIntoView({ block: 'nearest' });
  }, [foundId, search.place]);

  useEffect(() => {
    if (startAtMs !== null) rowAt(pane.current, startAtMs)?.scrollIntoView({ block: 'center' });
    // Only where the page was opened.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useKeys({
    j: () => moveFocus(pane.current, 1),
    k: () => moveFocus(pane.current, -1),
    f: () => setFollowing(true),
    Enter: () => playFrom(document.activeElement),
    Space: () => player?.toggle(),
  });

  const playFrom = (target: Element | null) => {
    const startMs = startOf(target);
    if (startMs === null || player === null) return;
    player.playFrom(startMs);
    setFollowing(true);
    props.onPlace(startMs);
  };
  const handleClick = (event: MouseEvent) => {
    // Who marks text to copy it does not ask for sound.
    if (document.getSelection()?.isCollapsed === false) return;
    const word = event.target instanceof Element ? event.target.closest('[data-start]') : null;
    if (word?.closest('[data-plays]')) playFrom(word);
  };

  if (items.length === 0) return <Nothing isLive={isLive} hasWords={hasWords} />;
  return (
    <div className={css.outer}>
      <div
        ref={pane}
        className={css.pane}
        tabIndex={0}
        role="group"
        aria-label="Words of the call"
        onClick={handleClick}
      >
        <ol className={css.list} data-playable={player !== null || undefined}>
          {items.map((item) => {
            if (item.type === 'gap') return <GapRow key={item.id} item={item} agent={agent} />;
            if (item.type === 'hold') return <HoldRow key={item.id} item={item} isLive={isLive} />;
            return (
              <UtteranceRow
                key={item.id}
                utterance={item.utterance}
                isContinued={item.isContinued}
                agent={agent}
                spokenWord={item.id === spokenId ? Number(spokenWord) : null}
                found={search.byUtterance.get(item.id)}
                foundNow={foundId === item.id ? search.current : null}
              />
            );
          })}
        </ol>
        <div ref={end} className={css.end} />
      </div>
      {!isFollowing && (isLive || isPlaying) && (
        <Button
          className={css.follow}
          size="compact-md"
          leftSection={
            isPlaying ? <IconEar size={16} aria-hidden /> : <IconArrowDown size={16} aria-hidden />
          }
          onClick={() => setFollowing(true)}
        >
          {isPlaying ? 'Follow the sound' : 'Jump to live'}
        </Button>
      )}
    </div>
  );
}

function Nothing({ isLive, hasWords }: { isLive: boolean; hasWords: boolean }) {
  const text = hasWords && isLive ? 'Nobody has spoken yet.' : 'No words in this call.';
  return <p className={css.nothing}>{text}</p>;
}
