import { useEffect, useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { clock } from '../../../ui/format.ts';
import type { Player } from '../player.ts';
import { usePlayerState } from '../use-player.ts';
import css from './waveform.module.css';

const STEP_MS = 5000;

/** Over the strip: the playhead, the time under the pointer, and a slider to the keyboard. */
export function Seeker({ durationMs, player }: { durationMs: number; player: Player | null }) {
  const area = useRef<HTMLDivElement>(null);
  const hover = useRef<HTMLDivElement>(null);
  const second = usePlayerState(player, (of) => Math.floor(of.positionMs / 1000), 0);

  const msAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = (event.clientX - box.left) / Math.max(box.width, 1);
    return Math.min(Math.max(part, 0), 1) * durationMs;
  };
  const handleMove = (event: PointerEvent) => {
    if (hover.current === null) return;
    const ms = msAt(event);
    hover.current.style.left = `${(ms / durationMs) * 100}%`;
    hover.current.dataset.side = ms > durationMs / 2 ? 'left' : 'right';
    hover.current.dataset.at = clock(ms);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (player === null) return;
    const steps: Record<string, number> = {
      ArrowLeft: player.positionMs - STEP_MS,
      ArrowRight: player.positionMs + STEP_MS,
      Home: 0,
      End: durationMs,
    };
    const ms = steps[event.key];
    if (ms === undefined) return;
    event.preventDefault();
    player.seek(Math.min(ms, durationMs));
  };
  const slider =
    player === null
      ? { role: 'img', 'aria-label': 'Who spoke when' }
      : {
          role: 'slider',
          tabIndex: 0,
          'aria-label': 'Place in the call',
          'aria-valuemin': 0,
          'aria-valuemax': Math.round(durationMs / 1000),
          'aria-valuenow': second,
          'aria-valuetext': clock(second * 1000),
        };
  return (
    <div
      ref={area}
      className={css.seeker}
      data-plays={player !== null || undefined}
      onPointerMove={handleMove}
      onPointerDown={(event) => {
        if (event.button === 0) player?.playFrom(msAt(event));
      }}
      onKeyDown={handleKey}
      {...slider}
    >
      <div ref={hover} className={css.hover} aria-hidden />
      {player && <Playhead player={player} durationMs={durationMs} />}
    </div>
  );
}

/** Moves with each frame, past React: a render per frame would cost more than the sound. */
function Playhead({ player, durationMs }: { player: Player; durationMs: number }) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const move = () => {
      if (line.current)
        line.current.style.left = `${Math.min(player.positionMs / durationMs, 1) * 100}%`;
    };
    move();
    return player.watch(move);
  }, [player, durationMs]);
  return <div ref={line} className={css.playhead} aria-hidden />;
}
